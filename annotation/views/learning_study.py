"""Practice and qualification, for whoever runs the study."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from annotation import rules
from annotation.models import Campaign, User
from annotation.queries.learning_report import (
    key_reports,
    keys_of,
    learners,
    learning_totals,
    people_waiting,
)
from annotation.queries.people import workers
from annotation.queries.study import shown_campaign
from annotation.services import learning_decisions as decisions
from annotation.views.access import PersonRequest, requires
from annotation.views.paging import page_of

PEOPLE, PAIRS = 30, 20
# What can be decided: by which service, what is said then, and what if it was so already.
DECISIONS: dict[str, tuple[Callable[..., object], Any, Any]] = {
    "waive": (decisions.waive, gettext_lazy("%(name)s is waved through."), ""),
    "take-back": (
        decisions.take_back,
        gettext_lazy("%(name)s is not waved through any more."),
        gettext_lazy("%(name)s was not waved through."),
    ),
    "another": (
        decisions.allow_another,
        gettext_lazy("%(name)s has one attempt more."),
        gettext_lazy("%(name)s still has an attempt, or has passed."),
    ),
}


@require_safe
@never_cache
@requires(rules.can_see_study)
def overview(request: PersonRequest) -> HttpResponse:
    campaign, campaigns = shown_campaign(request.GET.get("campaign"))
    context: dict[str, Any] = {"campaign": campaign, "campaigns": campaigns}
    if campaign:
        context |= _figures(request, campaign)
    return render(request, "study/learning.html", context)


def _figures(request: PersonRequest, campaign: Campaign) -> dict[str, Any]:
    people = page_of(request, workers(campaign=campaign), size=PEOPLE, name="people")
    keys = page_of(request, keys_of(campaign=campaign), size=PAIRS, name="pairs")
    return {
        "totals": learning_totals(campaign=campaign),
        "waiting": people_waiting(campaign=campaign),
        "people": people,
        "learners": learners(campaign=campaign, people=list(people)),
        "pairs": keys,
        "reports": key_reports(campaign=campaign, keys=list(keys)),
    }


@require_POST
@requires(rules.can_decide_on_learning)
def decide(request: PersonRequest, slug: str, person_id: int) -> HttpResponse:
    campaign = get_object_or_404(Campaign, slug=slug)
    person = get_object_or_404(User, pk=person_id)
    who: dict[str, Any] = {"campaign": campaign, "person": person, "by": request.user}
    chosen = DECISIONS.get(request.POST.get("do", ""))
    if chosen is None:
        messages.error(request, _("Nothing was decided: press one of the buttons."))
    else:
        decide_so, said, already = chosen
        says = said if decide_so(**who) else already
        messages.success(request, says % {"name": person.display_name})
    return redirect(f"{reverse('learning')}?campaign={campaign.slug}")
