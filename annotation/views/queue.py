from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from annotation import rules
from annotation.models import Campaign
from annotation.queries.queue_report import queue_report
from annotation.queries.skips import skipped_pairs, told_of
from annotation.queries.study import pairs_by_id, shown_campaign, state_changes
from annotation.queue_forms import DryRunForm, WhyForm
from annotation.services import campaigns
from annotation.services import dry_run as dry_runs
from annotation.services.explain import explain
from annotation.views import figures
from annotation.views.access import PersonRequest, requires
from annotation.views.paging import page_of

PEOPLE, LANES, SKIPPED, CHANGES = 30, 15, 15, 5
SAID = {
    Campaign.State.OPEN: _("%(campaign)s is open again."),
    Campaign.State.PAUSED: _("%(campaign)s is paused: from now on nobody is handed a pair of it."),
}


@require_safe
@never_cache
@requires(rules.can_see_study)
def queue(request: PersonRequest) -> HttpResponse:
    campaign, everyone = shown_campaign(request.GET.get("campaign"))
    context: dict[str, Any] = {"campaign": campaign, "campaigns": everyone}
    if campaign:
        context |= _figures(request, campaign, everyone) | _why(request, campaign)
        context |= _skipped(request, campaign)
        context["dry_run"] = DryRunForm(campaign=campaign)
    return render(request, "study/queue.html", context)


def _figures(
    request: PersonRequest, campaign: Campaign, everyone: list[Campaign]
) -> dict[str, Any]:
    report = queue_report(campaign=campaign)
    served = [each for each in everyone if each.state == Campaign.State.OPEN]
    lanes = page_of(request, list(report.state.by_lane.values()), size=LANES, name="lanes")
    return {
        "report": report,
        "total": report.state.total,
        "place": served.index(campaign) + 1 if campaign in served else None,
        "open_campaigns": len(served),
        "lanes": lanes,
        "changes": page_of(request, state_changes(campaign=campaign), size=CHANGES, name="changes"),
        "lane_chart": figures.lane_chart(list(lanes)),
        "strategies": list(report.state.by_strategy.values()),
        "slots": [row for _, row in sorted(report.state.by_slots.items())],
        "workers": page_of(request, report.workers, size=PEOPLE, name="people"),
    }


def _skipped(request: PersonRequest, campaign: Campaign) -> dict[str, Any]:
    page = page_of(request, skipped_pairs(campaign=campaign), size=SKIPPED, name="skipped")
    pairs = pairs_by_id(row["pair"] for row in page)
    rows = [(pairs[row["pair"]], told_of(row)) for row in page]
    return {"skipped": page, "skipped_rows": rows}


def _why(request: PersonRequest, campaign: Campaign) -> dict[str, Any]:
    """The answer to the question in the address, if there is one."""
    asked = "pair" in request.GET or "person" in request.GET
    form = WhyForm(request.GET if asked else None)
    if not form.is_valid():
        return {"why_form": form}
    pair, person = form.cleaned_data["pair"], form.cleaned_data["person"]
    answer = explain(campaign=campaign, pair=pair, person=person)
    return {"why_form": form, "answer": answer, "pair": pair, "person": person}


@require_POST
@requires(rules.can_manage_campaigns)
def set_state(request: PersonRequest, slug: str) -> HttpResponse:
    """Pause or resume; to close a campaign is for the admin."""
    campaign = get_object_or_404(Campaign, slug=slug)
    state = request.POST.get("state")
    if campaign.state == Campaign.State.CLOSED or state not in SAID:
        messages.error(request, _("A campaign can be paused here, or opened again after a pause."))
    else:
        campaigns.set_state(campaign=campaign, state=Campaign.State(state), by=request.user)
        messages.success(request, SAID[Campaign.State(state)] % {"campaign": campaign.name})
    return redirect(f"{reverse('queue')}?campaign={campaign.slug}")


@require_POST
@requires(rules.can_see_study)
def dry_run(request: PersonRequest, slug: str) -> HttpResponse:
    campaign = get_object_or_404(Campaign, slug=slug)
    form = DryRunForm(request.POST, campaign=campaign)
    context: dict[str, Any] = {"campaign": campaign, "dry_run": form}
    if form.is_valid():
        people, pairs = list(form.cleaned_data["people"]), form.cleaned_data["pairs"]
        context["runs"] = dry_runs.dry_run(campaign=campaign, people=people, pairs=pairs)
    return render(request, "study/dry_run.html", context, status=400 if form.errors else 200)
