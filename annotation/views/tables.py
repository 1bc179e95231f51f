"""The tables of the dashboards as files."""

from django.http import Http404, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from annotation import rules
from annotation.exporters.tables import TABLES
from annotation.queries.study import shown_campaign
from annotation.views.access import PersonRequest, requires
from annotation.views.downloads import csv_file


@require_safe
@never_cache
@requires(rules.can_see_study)
def table(request: PersonRequest, name: str) -> HttpResponse:
    """One of a campaign's tables, with all its rows."""
    campaign, _all = shown_campaign(request.GET.get("campaign"))
    if campaign is None or name not in TABLES:
        raise Http404(name)
    columns, rows = TABLES[name]
    return csv_file(f"{name}-{campaign.slug}", rows(campaign), columns)
