"""What people answered to a pair that they had judged before, beside what they had said."""

from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery

from annotation.models import Campaign, Label, User
from annotation.models.labels import LabelQuerySet
from annotation.queries.history import TEXTS


def repeated_answers(*, campaign: Campaign, person: User | None = None) -> QuerySet[Any]:
    """The second answers as they were given, the latest first, each with `first_id`,
    `first_verdict`, `first_reasons`, `first_policy` (an id) and `first_at` of what the person had
    said by the time they were asked again: who changes an answer later has both before them."""
    first = Label.objects.filter(
        campaign=campaign,
        pair=OuterRef("pair"),
        assistant=OuterRef("assistant"),
        created_at__lte=OuterRef("assignment__served_at"),
    ).order_by("-id")
    second = second_answers(campaign).filter(supersedes=None)
    if person:
        second = second.filter(assistant=person)
    fields = {
        "id": "pk",
        "verdict": "verdict",
        "reasons": "reasons",
        "policy": "policy",
        "at": "created_at",
    }
    named = {f"first_{name}": Subquery(first.values(field)[:1]) for name, field in fields.items()}
    return second.annotate(**named).order_by("-id")


def comparable(answers: QuerySet[Any]) -> QuerySet[Any]:
    """Those under the same version of the policy as the first: a new one may well have changed
    what somebody answers."""
    return answers.filter(policy=F("first_policy"))


def changed_answers(*, campaign: Campaign, person: User | None = None) -> QuerySet[Any]:
    """The comparable ones that differ from the first, with what a list of them shows."""
    found = comparable(repeated_answers(campaign=campaign, person=person))
    differing = found.exclude(verdict=F("first_verdict"))
    return differing.select_related("assistant", "pair__rejected", "pair__recommended").defer(
        *TEXTS
    )


def last_repeat(*, campaign: Campaign) -> int:
    """The id of the newest second answer; 0 when there is none."""
    found = second_answers(campaign).order_by("-id")
    return found.values_list("pk", flat=True).first() or 0


def second_answers(campaign: Campaign) -> LabelQuerySet:
    """Every row of theirs; they are no labels of the campaign, but work that was done for it."""
    return Label.objects.filter(campaign=repeats_id(campaign))


def repeats_id(campaign: Campaign) -> int:
    """By its number alone Postgres knows that few labels have it; 0 where there are no repeats."""
    return Campaign.every.filter(repeats_of=campaign).values_list("pk", flat=True).first() or 0
