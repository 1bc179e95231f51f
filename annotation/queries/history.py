from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from annotation.models import Assignment, Label, User

TEXTS = [
    f"pair__{side}__{text}"
    for side in ("rejected", "recommended")
    for text in ("description", "transcript")
]


def own_labels(*, assistant: User) -> QuerySet[Label]:
    """A person's labels as they stand, the latest first."""
    return (
        Label.objects.current()
        .filter(assistant=assistant)
        .select_related("pair__rejected", "pair__recommended", "supersedes")
        .defer(*TEXTS)
        .order_by("-id")
    )


def own_label(*, assistant: User, label_id: int) -> Label | None:
    """One of a person's labels with everything that its page shows."""
    return (
        Label.objects.filter(assistant=assistant, pk=label_id)
        .select_related(
            "assignment",
            "pair__rejected",
            "pair__recommended",
            "campaign",
            "policy",
            "supersedes",
            "superseded_by",
        )
        .first()
    )


def label_to_revise(*, assistant: User, assignment_id: UUID, submission: UUID) -> int | None:
    """The label that a change with this id supersedes: the one that counts now, or, for a change
    that is here already, the one it superseded. None where there is no answer yet."""
    own = Label.objects.filter(assistant=assistant, assignment_id=assignment_id)
    superseded = own.filter(superseded_by__submission=submission)
    found = superseded.first() or own.filter(superseded_by=None).first()
    return found.pk if found else None


def own_assignment(*, assistant: User, assignment_id: UUID) -> Assignment | None:
    """A pair that was handed to this person, with everything that its page shows."""
    return (
        Assignment.objects.filter(assistant=assistant, pk=assignment_id)
        .select_related("pair__rejected", "pair__recommended", "campaign", "policy")
        .first()
    )


def seconds_since_served(*, assistant: User, assignment_id: UUID) -> float:
    """Time since a pair was handed out: the only measure where a browser runs no script."""
    served = (
        Assignment.objects.filter(assistant=assistant, pk=assignment_id)
        .values_list("served_at", flat=True)
        .first()
    )
    return (timezone.now() - served).total_seconds() if served else 0.0
