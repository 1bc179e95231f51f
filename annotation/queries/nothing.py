"""Why there is no pair for a person, so that their page can say it kindly."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.db.models.lookups import Exact

from annotation.lanes import lanes_read_by
from annotation.models import Assignment, Budget, Campaign, QueueItem, User
from annotation.queries.budgets import Standing, standings
from annotation.queries.learning import Learning, first_due
from annotation.queries.policy import unread_policy
from annotation.queries.serving import campaigns_for

# No campaign is open, it opens later or is for others; a budget of one's own for the day, of one's
# own in all, or of everybody is used up; what is left is with colleagues, of topics that the person
# keeps off their queue, or in languages that they do not read; or nothing is left.
OF_WORK = (
    "closed", "opens", "members", "today", "share", "all_used", "colleagues", "topics", "languages",
    "done",
)  # fmt: skip
# What comes before the first pair: a new version of the policy is to be read, practice or
# qualification to be done; of which no attempt is left, or no pairs are there yet.
OF_LEARNING = ("practice", "qualification", "attempts", "prepared")
REASONS = ("policy", *OF_LEARNING, *OF_WORK)


@dataclass(frozen=True, slots=True)
class Nothing:
    """`reason`: one of `REASONS`; `at`: when it opens; `learning`: what is to be learnt first."""

    reason: str
    at: datetime | None = None
    learning: Learning | None = None


def why_nothing(*, assistant: User) -> Nothing:
    if unread_policy(assistant):
        return Nothing("policy")
    campaigns = list(campaigns_for(assistant))
    learning = first_due(assistant)
    # What somebody can do themselves is said first.
    if learning and (_can_do(learning) or not campaigns):
        return Nothing(_learning_reason(learning), learning=learning)
    if not campaigns:
        return _none_is_open(assistant)
    reached = [_reached(campaign, assistant) for campaign in campaigns]
    working = [c for c, standing in zip(campaigns, reached, strict=True) if standing is None]
    if not working:
        return Nothing(_budget_reason([each for each in reached if each]))
    if _is_with_colleagues(working, assistant):
        return Nothing("colleagues")
    if _kept_off(working, assistant).exists():
        return Nothing("topics")
    return Nothing("languages" if _unreadable(working, assistant).exists() else "done")


def _can_do(learning: Learning) -> bool:
    return learning.due is not None and learning.due.can_be_done


def _learning_reason(learning: Learning) -> str:
    due = learning.due
    if due is not None and due.can_be_done:
        return str(due.round)
    return "attempts" if due is not None and due.is_used_up else "prepared"


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


def _items(campaigns: Sequence[Campaign]) -> QuerySet[QueueItem]:
    """What the campaigns serve."""
    served = [campaign.generation_id for campaign in campaigns]
    return QueueItem.objects.filter(generation__in=served)


def _welcome(assistant: User) -> Exact:
    """That an item has no topic that this person keeps off their queue."""
    return Exact(F("topics").bitand(assistant.topics_off), 0)


def _readable(items: QuerySet[QueueItem], assistant: User) -> QuerySet[QueueItem]:
    if assistant.any_language:
        return items
    return items.filter(lane__in=lanes_read_by(assistant.languages))


def _kept_off(campaigns: Sequence[Campaign], assistant: User) -> QuerySet[QueueItem]:
    """What this person would be handed, did they not keep its topic off their queue."""
    if not assistant.topics_off:
        return QueueItem.objects.none()
    seen = Assignment.objects.filter(
        campaign__in=campaigns, pair=OuterRef("pair"), assistant=assistant
    ).exclude(state=Assignment.State.EXPIRED)
    items = _items(campaigns).filter(~Exists(seen), slots__gt=0)
    return _readable(items.exclude(_welcome(assistant)), assistant)


def _unreadable(campaigns: Sequence[Campaign], assistant: User) -> QuerySet[QueueItem]:
    if assistant.any_language:
        return QueueItem.objects.none()
    waiting = _items(campaigns).filter(_welcome(assistant), slots__gt=0)
    return waiting.exclude(lane__in=lanes_read_by(assistant.languages))


def _is_with_colleagues(campaigns: Sequence[Campaign], assistant: User) -> bool:
    """Whether a colleague has a pair that this person has not seen and could be handed if it came
    back, or one is kept for colleagues for a while."""
    seen = Assignment.objects.filter(
        campaign=OuterRef("campaign"), pair=OuterRef("pair"), assistant=assistant
    ).exclude(Q(state=Assignment.State.EXPIRED) | Q(comes_back_at__lte=Now(), state="skipped"))
    out = Assignment.objects.filter(
        ~Exists(seen), campaign__in=campaigns, state=Assignment.State.LEASED
    ).exclude(assistant=assistant)
    items, welcome = _items(campaigns), _welcome(assistant)
    routed = items.filter(welcome, slots__gt=0, routed_until__gt=Now())
    routed = routed.exclude(routed_to__contains=[assistant.pk])
    if not assistant.any_language:
        mine = _readable(items.filter(welcome), assistant)
        out = out.filter(Exists(mine.filter(pair=OuterRef("pair"))))
    elif assistant.topics_off:
        out = out.exclude(Exists(items.filter(pair=OuterRef("pair")).exclude(welcome)))
    return out.exists() or _readable(routed, assistant).exists()
