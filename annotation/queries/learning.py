"""Where a person is with what a campaign teaches before it serves."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Now
from django.utils import timezone

from annotation.models import (
    Campaign,
    ExtraAttempt,
    LearningAttempt,
    LearningPair,
    LearningTask,
    Round,
    User,
    Waiver,
)

OFF = Campaign.Stage.OFF


@dataclass(frozen=True)
class RoundState:
    """One round of a campaign for one person. `attempts`: the first in front; `pairs`: how many
    stand in the round; `allowed`: attempts that they have in all, None: as many as they like."""

    campaign: Campaign
    round: Round
    stage: str
    pairs: int
    attempts: list[LearningAttempt]
    allowed: int | None

    @property
    def is_on(self) -> bool:
        return self.stage != OFF

    @property
    def is_required(self) -> bool:
        return self.stage == Campaign.Stage.REQUIRED

    @property
    def is_passed(self) -> bool:
        return any(attempt.passed for attempt in self.attempts)

    @property
    def last(self) -> LearningAttempt | None:
        return self.attempts[-1] if self.attempts else None

    @property
    def under_way(self) -> LearningAttempt | None:
        return self.last if self.last and self.last.finished_at is None else None

    @property
    def best(self) -> LearningAttempt | None:
        finished = [each for each in self.attempts if each.finished_at]
        return max(finished, key=lambda each: each.score or 0, default=None)

    @property
    def left(self) -> int | None:
        """Attempts that can still be begun; None: as many as they like."""
        return None if self.allowed is None else max(self.allowed - len(self.attempts), 0)

    @property
    def is_used_up(self) -> bool:
        """Every attempt was made and none has passed."""
        return self.left == 0 and not self.is_passed and self.under_way is None

    @property
    def can_be_done(self) -> bool:
        """Whether there is something that the person can go on with or begin."""
        return bool(self.under_way or (self.pairs and self.left != 0))

    @property
    def in_one_attempt(self) -> int:
        if self.round == Round.PRACTICE:
            return self.pairs
        return min(self.pairs, self.campaign.qualification_pairs)


@dataclass(frozen=True)
class Learning:
    campaign: Campaign
    practice: RoundState
    qualification: RoundState
    waiver: Waiver | None

    def of(self, round_: Round) -> RoundState:
        return self.practice if round_ == Round.PRACTICE else self.qualification

    @cached_property
    def has_learnt(self) -> bool:
        """Whether the campaign may serve them, as `queries.learning_gate` has it."""
        if self.waiver or not (self.practice.is_required or self.qualification.is_required):
            return True
        if self.qualification.is_passed:
            return True
        return not self.qualification.is_required and self.practice.is_passed

    @property
    def practice_comes_first(self) -> bool:
        return self.practice.is_required and not self.practice.is_passed

    @property
    def due(self) -> RoundState | None:
        """The round that stands between the person and the real pairs, if one does."""
        if self.has_learnt:
            return None
        return self.practice if self.practice_comes_first else self.qualification

    @property
    def offer(self) -> RoundState | None:
        """A round that would do them good now: not required, not begun or not finished yet."""
        if self.has_learnt and self.practice.is_on and not self.practice.is_passed:
            return self.practice if self.practice.pairs else None
        return None


def learnable_by(person: User) -> QuerySet[Campaign]:
    """The campaigns that teach and that this person may work in, now or when they open."""
    return Campaign.objects.filter(
        Q(closes_at=None) | Q(closes_at__gt=Now()),
        Q(everyone=True) | Q(pk__in=person.campaigns.values("pk")),
        ~Q(practice=OFF) | ~Q(qualification=OFF),
        state=Campaign.State.OPEN,
    ).select_related("policy")


def learning_of(*, person: User, campaign: Campaign) -> Learning:
    return learnings(people=[person], campaigns=[campaign])[person.pk, campaign.pk]


def learnings_of(*, person: User, campaigns: Iterable[Campaign]) -> list[Learning]:
    """In the campaigns' order."""
    campaigns = list(campaigns)
    found = learnings(people=[person], campaigns=campaigns)
    return [found[person.pk, campaign.pk] for campaign in campaigns]


def learnings(
    *, people: Sequence[User], campaigns: Sequence[Campaign]
) -> dict[tuple[int, int], Learning]:
    """By person and campaign, in as many queries for all of them as for one."""
    if not people or not campaigns:
        return {}
    who = {"person__in": people, "campaign__in": campaigns}
    own: defaultdict[tuple[int, int], list[LearningAttempt]] = defaultdict(list)
    for attempt in LearningAttempt.objects.filter(**who).order_by("number"):
        own[attempt.person_id, attempt.campaign_id].append(attempt)
    granted = ExtraAttempt.objects.filter(**who).values_list("person_id", "campaign_id")
    extra: Counter[tuple[int, int]] = Counter(granted)
    waived = Waiver.objects.filter(**who, taken_back_at=None).select_related("by")
    waivers = {(waiver.person_id, waiver.campaign_id): waiver for waiver in waived}
    pairs = _pairs_by_round(campaigns)
    return {
        key: _learning(campaign, pairs[campaign.pk], own[key], extra[key], waivers.get(key))
        for campaign in campaigns
        for key in ((person.pk, campaign.pk) for person in people)
    }


def _learning(
    campaign: Campaign,
    pairs: dict[str, int],
    attempts: list[LearningAttempt],
    extra: int,
    waiver: Waiver | None,
) -> Learning:
    def state(round_: Round, stage: str, allowed: int | None) -> RoundState:
        own = [each for each in attempts if each.round == round_]
        return RoundState(campaign, round_, stage, pairs.get(round_, 0), own, allowed)

    return Learning(
        campaign=campaign,
        practice=state(Round.PRACTICE, campaign.practice, None),
        qualification=state(
            Round.QUALIFICATION, campaign.qualification, campaign.qualification_attempts + extra
        ),
        waiver=waiver,
    )


def pairs_by_round(*, campaign: Campaign) -> dict[str, int]:
    return _pairs_by_round([campaign])[campaign.pk]


def _pairs_by_round(campaigns: Sequence[Campaign]) -> defaultdict[int, dict[str, int]]:
    """By campaign and round, how many pairs are asked."""
    used = LearningPair.objects.filter(campaign__in=campaigns, in_use=True).order_by()
    found: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for campaign, round_, count in used.values_list("campaign_id", "round").annotate(n=Count("pk")):
        found[campaign][round_] = count
    return found


def tasks_of(attempt: LearningAttempt) -> list[LearningTask]:
    """The pairs of an attempt in their order, with all that is shown of them."""
    shown = ("answer", "key__pair__rejected", "key__pair__recommended")
    return list(attempt.tasks.select_related(*shown).order_by("position"))


def own_task(*, person: User, task_id: int) -> LearningTask | None:
    """A task of this person's, with all that its page shows."""
    return (
        LearningTask.objects.filter(pk=task_id, attempt__person=person)
        .select_related(
            "attempt__campaign__policy", "key__pair__rejected", "key__pair__recommended"
        )
        .first()
    )


def seconds_learning(*, person: User) -> float:
    """Time on practice and qualification pairs and on what was said of them: work like any."""
    return time_learning(person=person, since=timezone.now())[0]


def time_learning(*, person: User, since: datetime) -> tuple[float, float]:
    """The same seconds in all, and those on what was answered, and on what was read, since then."""
    tasks = LearningTask.objects.filter(attempt__person=person, answer__isnull=False)
    answering, reading = Sum("answer__seconds", default=0.0), Sum("reading_seconds", default=0.0)
    spent = tasks.aggregate(
        in_all=answering + reading,
        since=Sum("answer__seconds", filter=Q(answer__created_at__gte=since), default=0.0)
        + Sum("reading_seconds", filter=Q(read_at__gte=since), default=0.0),
    )
    return spent["in_all"], spent["since"]


def first_due(person: User) -> Learning | None:
    """Where a round stands between this person and real pairs: of several campaigns one in which
    they can do something about it, else the first in front."""
    found = [each for each in _all(person) if each.due]
    can_do = [each for each in found if each.due and each.due.can_be_done]
    return next(iter(can_do or found), None)


def offered_to(person: User) -> Learning | None:
    """A practice that somebody who may work already has not made, if a campaign offers one."""
    return next((each for each in _all(person) if each.offer), None)


def _all(person: User) -> list[Learning]:
    return learnings_of(person=person, campaigns=learnable_by(person))
