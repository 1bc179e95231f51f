"""What is recorded about the person who looks: for themself alone."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from annotation import rules
from annotation.contest_forms import ContestForm
from annotation.models import Campaign
from annotation.queries.contests import contests_of
from annotation.queries.long_runs import labels_of_run, long_runs
from annotation.queries.own_record import kept_about, routed_kinds, software_record
from annotation.queries.progress import own_progress
from annotation.queries.reliability import campaigns_answered_in, figures_of
from annotation.services.contests import contest
from annotation.views.access import PersonRequest, requires
from annotation.views.behind import PAIRS, behind_context
from annotation.views.paging import page_of
from annotation.views.person import person_context

CONTESTS = 10


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@requires(rules.is_signed_in)
def record(request: PersonRequest) -> HttpResponse:
    """All figures and all else that is kept; posted to, it takes what they contest."""
    campaign, campaigns = _own_campaign(request)
    form = ContestForm(request.POST or None, initial={"figure": request.GET.get("contest")})
    if request.method == "POST" and campaign and form.is_valid():
        return _contest(request, campaign, form)
    context: dict[str, Any] = {
        "campaign": campaign,
        "campaigns": campaigns,
        "form": form,
        "kept": kept_about(request.user),
        "progress": own_progress(request.user),
    }
    if campaign:
        context |= _of_campaign(request, campaign)
    return render(request, "me/record.html", context, status=400 if form.errors else 200)


def _of_campaign(request: PersonRequest, campaign: Campaign) -> dict[str, Any]:
    person = request.user
    contests = contests_of(campaign=campaign, person=person)
    row = figures_of(campaign=campaign, person=person)
    return {
        "report": row.report if row else None,
        "runs": long_runs(campaign=campaign, person=person),
        "contests": page_of(request, contests, size=CONTESTS, name="contests"),
        "software": software_record(campaign=campaign, person=person),
        "routed": routed_kinds(campaign=campaign, person=person),
        "pairs_url": f"{reverse('record-pairs')}?campaign={campaign.slug}",
    } | person_context(request, campaign, row, to_you=True)


def _contest(request: PersonRequest, campaign: Campaign, form: ContestForm) -> HttpResponse:
    if contest(campaign=campaign, person=request.user, **form.cleaned_data):
        messages.success(request, _("Kept. The answer will stand here, beside what you wrote."))
    else:
        messages.error(request, _("You already wait for an answer on this: it stands below."))
    return redirect(f"{reverse('record')}?campaign={campaign.slug}#contests")


@require_safe
@never_cache
@requires(rules.is_signed_in)
def record_pairs(request: PersonRequest) -> HttpResponse:
    """One's own answers behind a figure."""
    campaign = _campaign_or_404(request)
    context = behind_context(request, campaign, request.user, to_you=True)
    return render(request, "assistants/pairs.html", context)


@require_safe
@never_cache
@requires(rules.is_signed_in)
def record_run(request: PersonRequest) -> HttpResponse:
    """One's own answers in a long run of the same."""
    campaign = _campaign_or_404(request)
    first, last = (_number(request.GET.get(end, "")) for end in ("first", "last"))
    found = labels_of_run(campaign=campaign, person=request.user, first=first, last=last)
    context = {"campaign": campaign, "page": page_of(request, found, size=PAIRS)}
    return render(request, "me/run.html", context)


def _own_campaign(request: PersonRequest) -> tuple[Campaign | None, list[Campaign]]:
    campaigns = campaigns_answered_in(request.user)
    named = [one for one in campaigns if one.slug == request.GET.get("campaign")]
    first = named or campaigns
    return (first[0] if first else None), campaigns


def _campaign_or_404(request: PersonRequest) -> Campaign:
    campaign, _all = _own_campaign(request)
    if campaign is None:
        raise Http404("no answers yet")
    return campaign


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0
