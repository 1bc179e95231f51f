"""What is kept about one person, beside the figures."""

from dataclasses import dataclass

from django.db.models import Count, Q

from annotation.models import (
    AnnotatorRecord,
    Assignment,
    Campaign,
    Label,
    LearningAnswer,
    PolicyReading,
    Specialist,
    User,
)


@dataclass(frozen=True, slots=True)
class Kept:
    """Counts of rows: `changed` labels supersede another; `skipped` and `expired` pairs came
    without a label; `learnt` pairs are of practice and qualification."""

    labels: int
    changed: int
    commented: int
    flagged: int
    skipped: int
    with_reason: int
    expired: int
    learnt: int
    readings: int


def kept_about(person: User) -> Kept:
    labels = Label.objects.filter(assistant=person).aggregate(
        labels=Count("pk", filter=Q(supersedes=None)),
        changed=Count("pk", filter=Q(supersedes__isnull=False)),
        commented=Count("pk", filter=~Q(comment="")),
        flagged=Count("pk", filter=Q(flagged=True)),
    )
    state = Assignment.State
    handed_out = Assignment.objects.filter(assistant=person).aggregate(
        skipped=Count("pk", filter=Q(state=state.SKIPPED)),
        with_reason=Count("pk", filter=Q(state=state.SKIPPED, skip_reason__isnull=False)),
        expired=Count("pk", filter=Q(state=state.EXPIRED)),
    )
    learnt = LearningAnswer.objects.filter(task__attempt__person=person).count()
    readings = PolicyReading.objects.filter(person=person).count()
    return Kept(**labels, **handed_out, learnt=learnt, readings=readings)


def software_record(*, campaign: Campaign, person: User) -> AnnotatorRecord | None:
    """What the campaign's rule for further labels believes of this person's verdicts."""
    return AnnotatorRecord.objects.filter(campaign=campaign, assistant=person).first()


def routed_kinds(*, campaign: Campaign, person: User) -> list[Specialist]:
    """The kinds of hard pairs that wait for this person for a while."""
    rows = Specialist.objects.filter(campaign=campaign, assistant=person)
    return list(rows.order_by("lane", "kind"))
