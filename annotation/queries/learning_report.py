"""Practice and qualification of a campaign, for its coordinator."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from annotation.models import (
    Campaign,
    LearningAttempt,
    LearningPair,
    LearningTask,
    User,
    Verdict,
)
from annotation.queries.learning import Learning, learnings
from annotation.queries.learning_gate import people_who_have_learnt
from annotation.queries.people import workers

# Fewer answers say little about a key.
FEW = 3


@dataclass(frozen=True, slots=True)
class Learner:
    """`seconds`: spent on pairs of both rounds and on what was said of them."""

    person: User
    learning: Learning
    answered: int
    seconds: float

    @property
    def name(self) -> str:
        return self.person.display_name

    @property
    def waits_for_you(self) -> bool:
        """Whether they can do nothing more themselves to be served."""
        due = self.learning.due
        return due is not None and due.is_used_up


@dataclass(frozen=True, slots=True)
class KeyReport:
    """How people answered one pair; `agreed` by the key as it is now."""

    key: LearningPair
    answers: int
    agreed: int
    counts: list[tuple[str, int]]

    @property
    def share(self) -> float | None:
        return self.agreed / self.answers if self.answers else None

    @property
    def is_doubtful(self) -> bool:
        """Whether as many people differ as agree, so that the key may be at fault."""
        return self.answers >= FEW and self.agreed * 2 <= self.answers


def learners(*, campaign: Campaign, people: list[User]) -> list[Learner]:
    """These people, in their order."""
    found = learnings(people=people, campaigns=[campaign])
    work = _work(campaign, people)
    return [
        Learner(person, found[person.pk, campaign.pk], *work.get(person.pk, (0, 0.0)))
        for person in people
    ]


def _work(campaign: Campaign, people: list[User]) -> dict[int, tuple[int, float]]:
    answered = LearningTask.objects.filter(
        attempt__campaign=campaign, attempt__person__in=people, answer__isnull=False
    )
    rows = (
        answered.order_by()
        .values_list("attempt__person")
        .annotate(n=Count("pk"), spent=Sum(F("answer__seconds") + F("reading_seconds")))
    )
    return {person: (number, spent) for person, number, spent in rows}


def key_reports(*, campaign: Campaign, keys: list[LearningPair]) -> list[KeyReport]:
    """What people answered to these pairs, over all attempts."""
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    answered = LearningTask.objects.filter(key__in=keys, answer__isnull=False).order_by()
    for key, verdict, number in answered.values_list("key", "answer__verdict").annotate(
        n=Count("pk")
    ):
        counts[key][verdict] = number
    return [_key_report(key, counts[key.pk]) for key in keys]


def _key_report(key: LearningPair, counts: dict[str, int]) -> KeyReport:
    return KeyReport(
        key=key,
        answers=sum(counts.values()),
        agreed=sum(number for verdict, number in counts.items() if verdict in key.verdicts),
        counts=[(verdict, counts[verdict]) for verdict in Verdict.values if verdict in counts],
    )


def keys_of(*, campaign: Campaign) -> QuerySet[LearningPair]:
    """The pairs of both rounds, practice first, also those that are not asked any more."""
    return (
        campaign.learning_pairs.select_related("pair__rejected", "pair__recommended")
        .defer(
            *(
                f"pair__{side}__{text}"
                for side in ("rejected", "recommended")
                for text in ("description", "transcript")
            )
        )
        .order_by("round", "position", "pk")
    )


def learning_totals(*, campaign: Campaign) -> dict[str, Any]:
    """How many people may work, and how many of them have learnt what is required."""
    people = workers(campaign=campaign)
    learnt = people_who_have_learnt(campaign)
    passed = LearningAttempt.objects.filter(campaign=campaign, passed=True, person__in=people)
    rounds = passed.order_by().aggregate(
        practised=Count("person", filter=Q(round="practice"), distinct=True),
        qualified=Count("person", filter=Q(round="qualification"), distinct=True),
    )
    count = people.count()
    may = count if learnt is None else people.filter(pk__in=learnt).count()
    return {"people": count, "may_work": may, **rounds}


def people_waiting(*, campaign: Campaign) -> list[Learner]:
    """Those who have made every attempt without passing and whom nobody has waved through."""
    if campaign.qualification != Campaign.Stage.REQUIRED:
        return []
    learnt = people_who_have_learnt(campaign) or set()
    tried = workers(campaign=campaign).filter(
        learning_attempts__campaign=campaign, learning_attempts__round="qualification"
    )
    people = list(tried.exclude(pk__in=learnt).distinct())
    return [each for each in learners(campaign=campaign, people=people) if each.waits_for_you]
