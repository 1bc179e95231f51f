"""The pairs behind a figure about one person."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, QuerySet, Subquery, Sum, Value, When
from django.db.models.lookups import GreaterThan, LessThan

from annotation.models import Campaign, GoldAnswer, Label, User, Verdict
from annotation.queries.history import TEXTS
from annotation.queries.repeated_answers import repeated_answers
from annotation.queries.weeks import UnknownWeekError, week_span

SURE = (Verdict.SIMILAR, Verdict.NOT_SIMILAR)
# What a person's answers are compared with.
REFERENCES = ("consensus", "gold", "repeats")


class UnknownFigureError(Exception):
    """No such figure, or a part that it cannot have."""


@dataclass(frozen=True, slots=True)
class Behind:
    """The answers that differ from the reference; with `own` and `reference` those of one cell,
    whether they differ or not. `week` as in 2026-W48; empty for all."""

    figure: str = "consensus"
    own: str = ""
    reference: str = ""
    week: str = ""

    @property
    def is_cell(self) -> bool:
        return bool(self.own or self.reference)

    def check(self) -> None:
        """Raises UnknownFigureError."""
        if self.figure not in REFERENCES:
            raise UnknownFigureError(self.figure)
        if self.is_cell and (self.own not in Verdict.values or self.reference not in SURE):
            raise UnknownFigureError(f"{self.own} beside {self.reference}")


def labels_behind(*, campaign: Campaign, person: User, behind: Behind) -> QuerySet[Label, Any]:
    """Labels of a person, the latest first, each with its `reference`: the majority of
    the others' sure answers under the same version of the policy, the known answer, or what the
    person said when they were asked again.

    Raises:
        UnknownFigureError: there is none such.
    """
    behind.check()
    labels = _compared(campaign, person, behind.figure)
    if behind.week:
        labels = labels.filter(_of_week(behind.week))
    references = {"consensus": _majority, "gold": _known_answer, "repeats": _second_answer}
    found = labels.annotate(reference=references[behind.figure]())
    if behind.is_cell:
        found = found.filter(verdict=behind.own, reference=behind.reference)
    elif behind.figure == "repeats":
        found = found.filter(reference__isnull=False).exclude(verdict=F("reference"))
    else:
        found = found.filter(verdict__in=SURE, reference__in=SURE).exclude(verdict=F("reference"))
    pairs = found.select_related("pair__rejected", "pair__recommended").defer(*TEXTS)
    return pairs.order_by("-id")


def _compared(campaign: Campaign, person: User, figure: str) -> QuerySet[Label, Any]:
    """The person's labels: those that stand, or what they had said when they were asked again."""
    if figure == "repeats":
        asked_again = repeated_answers(campaign=campaign, person=person)
        return Label.objects.filter(pk__in=asked_again.order_by().values("first_id"))
    return Label.objects.current().filter(campaign=campaign, assistant=person)


def _majority() -> Case:
    """As `modeling.agreement.reliability.consensus_of_others` has it."""
    others = Label.objects.current().filter(
        campaign=OuterRef("campaign"), pair=OuterRef("pair"), policy=OuterRef("policy")
    )
    votes = Sum(
        Case(
            When(verdict=Verdict.SIMILAR, then=1),
            When(verdict=Verdict.NOT_SIMILAR, then=-1),
            default=0,
        )
    )
    of_others = others.exclude(assistant=OuterRef("assistant")).order_by().values("pair")
    margin = Subquery(of_others.annotate(margin=votes).values("margin"))
    return Case(
        When(GreaterThan(margin, Value(0)), then=Value(Verdict.SIMILAR.value)),
        When(LessThan(margin, Value(0)), then=Value(Verdict.NOT_SIMILAR.value)),
    )


def _known_answer() -> Subquery:
    known = GoldAnswer.objects.filter(campaign=OuterRef("campaign"), pair=OuterRef("pair"))
    return Subquery(known.values("verdict"))


def _second_answer() -> Subquery:
    again = Label.objects.filter(
        campaign__repeats_of=OuterRef("campaign"),
        supersedes=None,
        pair=OuterRef("pair"),
        assistant=OuterRef("assistant"),
        policy=OuterRef("policy"),
    )
    return Subquery(again.values("verdict")[:1])


def _of_week(week: str) -> Exists:
    """Whether the answer was first given in it, whenever it was corrected."""
    try:
        monday, next_monday = week_span(week)
    except UnknownWeekError as error:
        raise UnknownFigureError(str(error)) from error
    begun = Label.objects.filter(assignment=OuterRef("assignment"), supersedes=None)
    return Exists(begun.filter(created_at__gte=monday, created_at__lt=next_monday))
