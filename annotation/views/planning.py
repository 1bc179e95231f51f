"""How many labels and how much overlap a campaign takes, and when it will be done."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from annotation import rules
from annotation.charts import Reference
from annotation.line_charts import Line, log_lines, swatch
from annotation.models import Campaign
from annotation.planning_form import PlanningForm
from annotation.queries.planning import Observed, forecast, observed
from annotation.queries.study import shown_campaign
from annotation.services.planning import ASSURANCE, Curve, Plan, Wanted, plan
from annotation.views.access import PersonRequest, requires
from annotation.views.downloads import csv_file
from annotation.wording import decimal, labels_in_words

# The campaign that an address names when it wants to start from nothing.
NO_CAMPAIGN = "-"
COLUMNS = (
    "each", "alpha", "pairs_for_alpha", "pairs_for_auroc", "labels", "hours", "cost", "settled",
    "right", "best_auroc",
)  # fmt: skip


@require_safe
@never_cache
@requires(rules.can_see_study)
def planning(request: PersonRequest) -> HttpResponse:
    campaign, campaigns = _campaign(request)
    seen = observed(campaign=campaign) if campaign else Observed()
    form = PlanningForm(request.GET, seen=seen)
    context: dict[str, Any] = {
        "asked": request.GET.urlencode(),
        "campaign": campaign,
        "campaigns": campaigns,
        "named": campaign.slug if campaign else NO_CAMPAIGN,
        "form": form,
        "seen": seen,
    }
    if form.is_valid():
        context |= _plan(seen, form.wanted())
    if campaign and campaign.state != campaign.State.CLOSED:
        context["forecast"] = forecast(campaign=campaign, seen=seen)
    return render(request, "planning/page.html", context)


@require_safe
@never_cache
@requires(rules.can_see_study)
def planning_csv(request: PersonRequest) -> HttpResponse:
    """What each number of labels a pair takes, by what the address asks for."""
    campaign, _all = _campaign(request)
    seen = observed(campaign=campaign) if campaign else Observed()
    form = PlanningForm(request.GET, seen=seen)
    if not form.is_valid():
        return HttpResponseBadRequest(form.errors.as_text(), content_type="text/plain")
    found = plan(seen=seen, wanted=form.wanted())
    rows = ({column: getattr(row, column) for column in COLUMNS} for row in found.rows)
    return csv_file("planning", rows, COLUMNS)


def _campaign(request: PersonRequest) -> tuple[Campaign | None, list[Campaign]]:
    named = request.GET.get("campaign")
    campaign, campaigns = shown_campaign(named)
    return (None if named == NO_CAMPAIGN else campaign), campaigns


@dataclass(frozen=True, slots=True)
class Figure:
    """Half-widths by numbers of labels: a picture and the table of the same."""

    name: str
    chart: SafeString
    legend: list[tuple[SafeString, str]]
    rows: list[tuple[int, list[float | None]]]


def _plan(seen: Observed, wanted: Wanted) -> dict[str, Any]:
    found = plan(seen=seen, wanted=wanted)
    return {
        "wanted": wanted,
        "plan": found,
        "assurance": ASSURANCE,
        "figures": [
            _figure(_("Half-width of α"), found, found.alpha, wanted.alpha),
            _figure(_("Half-width of AUROC"), found, found.auroc, wanted.auroc),
        ],
    }


def _figure(name: str, found: Plan, curves: Sequence[Curve], wanted: float) -> Figure:
    lines = [
        Line(_a_pair(curve.each), f"line-{place}", curve.half_widths)
        for place, curve in enumerate(curves, start=1)
        if any(width is not None for width in curve.half_widths)
    ]
    title = _("%(name)s by the number of labels") % {"name": name}
    reference = Reference(wanted, _("wanted: %(width)s") % {"width": decimal(wanted, 3)})
    return Figure(
        name=title,
        chart=log_lines(lines, found.sizes, title=title, reference=reference),
        legend=[(swatch(line.kind), line.name) for line in lines],
        rows=[
            (size, [line.values[place] for line in lines]) for place, size in enumerate(found.sizes)
        ],
    )


def _a_pair(each: int) -> str:
    return _("%(labels)s a pair") % {"labels": labels_in_words(each)}
