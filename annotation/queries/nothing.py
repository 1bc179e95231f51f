"""Why there is no pair for a person, so that their page can say it kindly."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from annotation.lanes import lanes_read_by
from annotation.models import Assignment, Budget, Campaign, QueueItem, User
from annotation.queries.budgets import Standing, standings
from annotation.queries.serving import campaigns_for


@dataclass(frozen=True, slots=True)
class Nothing:
    """`reason`: closed, opens (`at` a time), members, today, share, all_used (a budget of one's
    own for the day, of one's own in all, or of everybody), languages, colleagues or done."""

    reason: str
    at: datetime | None = None


def why_nothing(*, assistant: User) -> Nothing:
    campaigns = list(campaigns_for(assistant))
    if not campaigns:
        return _none_is_open(assistant)
    reached = [_reached(campaign, assistant) for campaign in campaigns]
    working = [c for c, standing in zip(campaigns, reached, strict=True) if standing is None]
    if not working:
        return Nothing(_budget_reason([each for each in reached if each]))
    if _is_with_colleagues(working, assistant):
        return Nothing("colleagues")
    return Nothing("languages" if _unreadable(working, assistant).exists() else "done")


def _none_is_open(assistant: User) -> Nothing:
    going_on = Campaign.objects.filter(
        Q(closes_at=None) | Q(closes_at__gt=Now()), state=Campaign.State.OPEN
    )
    mine = going_on.filter(Q(everyone=True) | Q(members=assistant))
    opens = mine.filter(opens_at__gt=Now()).order_by("opens_at").values_list("opens_at", flat=True)
    if at := opens.first():
        return Nothing("opens", at)
    started = going_on.exclude(opens_at__gt=Now()).filter(generation__isnull=False)
    return Nothing("members" if started.exists() else "closed")


def _reached(campaign: Campaign, assistant: User) -> Standing | None:
    """A budget of the campaign that lets this person have no pair, if there is one."""
    if not campaign.counts_use:
        return None
    stand = standings(campaign=campaign, assistant=assistant)
    return next((each for each in stand if each.pairs_left == 0), None)


def _budget_reason(reached: Sequence[Standing]) -> str:
    own = [each.budget for each in reached if each.budget.scope == Budget.Scope.PERSON]
    if not own:
        return "all_used"
    daily = any(budget.period == Budget.Period.DAY for budget in own)
    return "today" if daily else "share"


def _waiting(campaigns: Sequence[Campaign]) -> QuerySet[QueueItem]:
    served = [campaign.generation_id for campaign in campaigns]
    return QueueItem.objects.filter(generation__in=served, slots__gt=0)


def _unreadable(campaigns: Sequence[Campaign], assistant: User) -> QuerySet[QueueItem]:
    if assistant.any_language:
        return QueueItem.objects.none()
    return _waiting(campaigns).exclude(lane__in=lanes_read_by(assistant.languages))


def _is_with_colleagues(campaigns: Sequence[Campaign], assistant: User) -> bool:
    """Whether a colleague has a pair that this person has not seen and could be handed if it came
    back, or one is kept for colleagues for a while."""
    seen = Assignment.objects.filter(
        campaign=OuterRef("campaign"), pair=OuterRef("pair"), assistant=assistant
    ).exclude(state=Assignment.State.EXPIRED)
    out = Assignment.objects.filter(
        ~Exists(seen), campaign__in=campaigns, state=Assignment.State.LEASED
    ).exclude(assistant=assistant)
    routed = _waiting(campaigns).filter(routed_until__gt=Now())
    routed = routed.exclude(routed_to__contains=[assistant.pk])
    if assistant.any_language:
        return out.exists() or routed.exists()
    read = Q(lane__in=lanes_read_by(assistant.languages))
    served = [campaign.generation_id for campaign in campaigns]
    item = QueueItem.objects.filter(read, generation__in=served, pair=OuterRef("pair"))
    return out.filter(Exists(item)).exists() or routed.filter(read).exists()
