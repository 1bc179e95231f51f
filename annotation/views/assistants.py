"""What can be said of each person's answers, and how surely, for whoever runs the study."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from annotation import rules
from annotation.contest_forms import ReplyForm
from annotation.models import Campaign, Contest, User
from annotation.person_figures import COLUMNS, flat, shown_people
from annotation.queries.contests import contested, contests_of, waiting_contests
from annotation.queries.reliability import figures_of, people_of
from annotation.queries.study import shown_campaign
from annotation.services import contests as services
from annotation.views.access import PersonRequest, requires
from annotation.views.behind import behind_context
from annotation.views.downloads import csv_file
from annotation.views.paging import page_of
from annotation.views.person import person_context

PEOPLE, CONTESTS = 20, 10


@require_safe
@never_cache
@requires(rules.can_see_study)
def assistants(request: PersonRequest) -> HttpResponse:
    campaign, campaigns = shown_campaign(request.GET.get("campaign"))
    context: dict[str, Any] = {"campaign": campaign, "campaigns": campaigns}
    if campaign:
        page = page_of(request, people_of(campaign=campaign), size=PEOPLE)
        found = contested(campaign=campaign, people=[row.person_id for row in page])
        waiting = page_of(
            request, waiting_contests(campaign=campaign), size=CONTESTS, name="waiting"
        )
        report = getattr(campaign, "reliability", None)
        context |= {
            "report": report,
            "page": page,
            "people": shown_people(page, found),
            "any_repeats": bool(report and report.last_repeat),
            "waiting": waiting,
        }
    return render(request, "assistants/list.html", context)


@require_safe
@never_cache
@requires(rules.can_see_study)
def assistants_csv(request: PersonRequest) -> HttpResponse:
    """The table with all its rows."""
    campaign = _campaign(request)
    people = list(people_of(campaign=campaign))
    found = contested(campaign=campaign, people=[row.person_id for row in people])
    rows = (flat(row, found.get(row.person_id, {})) for row in people)
    return csv_file(f"assistants-{campaign.slug}", rows, COLUMNS)


@require_safe
@never_cache
@requires(rules.can_see_study)
def assistant(request: PersonRequest, person_id: int) -> HttpResponse:
    campaign, person = _campaign(request), get_object_or_404(User, pk=person_id)
    row = figures_of(campaign=campaign, person=person)
    contests = contests_of(campaign=campaign, person=person)
    context = {
        "campaign": campaign,
        "person": person,
        "contests": page_of(request, contests, size=CONTESTS, name="contests"),
        "is_oneself": person == request.user,
        "pairs_url": f"{reverse('assistant-pairs', args=[person.pk])}?campaign={campaign.slug}",
    } | person_context(request, campaign, row)
    return render(request, "assistants/person.html", context)


@require_safe
@never_cache
@requires(rules.can_see_study)
def assistant_pairs(request: PersonRequest, person_id: int) -> HttpResponse:
    """The pairs behind one figure on a person."""
    campaign, person = _campaign(request), get_object_or_404(User, pk=person_id)
    context = behind_context(request, campaign, person, to_you=False)
    return render(request, "assistants/pairs.html", context)


@require_POST
@requires(rules.can_answer_contests)
def answer_contest(request: PersonRequest, contest_id: int) -> HttpResponse:
    contest = get_object_or_404(Contest.objects.select_related("campaign"), pk=contest_id)
    form = ReplyForm(request.POST)
    if contest.person_id == request.user.pk:
        messages.error(request, _("What you contest yourself is for somebody else to answer."))
    elif not form.is_valid():
        messages.error(request, _("Not sent: an answer needs words, 4,000 characters at most."))
    else:
        accepted = form.cleaned_data["state"] == Contest.State.ACCEPTED
        reply = form.cleaned_data["reply"]
        if services.answer_contest(
            contest=contest, by=request.user, accepted=accepted, reply=reply
        ):
            messages.success(request, _("Your answer is kept; the person sees it."))
        else:
            messages.error(request, _("Somebody has answered this already."))
    address = reverse("assistant", args=[contest.person_id])
    return redirect(f"{address}?campaign={contest.campaign.slug}")


def _campaign(request: HttpRequest) -> Campaign:
    campaign, _all = shown_campaign(request.GET.get("campaign"))
    if campaign is None:
        raise Http404("no campaign yet")
    return campaign
