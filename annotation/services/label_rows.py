"""A label as it is written down, and what its pair wants from then on."""

from typing import Any
from uuid import UUID

from django.db.models import Sum

from annotation.models import Assignment, Label, Policy
from annotation.models.labels import COUNTED_SECONDS
from annotation.queries.progress import COUNTED
from annotation.services import content_warnings, demand
from annotation.services.answering import write_answer
from annotation.services.leases import recount_slots


def is_taken(submission: UUID) -> bool:
    """Whether an assignment (whose first label will carry its id) or a label has this id."""
    return (
        Label.objects.filter(submission=submission).exists()
        or Assignment.objects.filter(pk=submission).exists()
    )


def new_label(assignment: Assignment, *, policy: Policy | None = None, **answered: Any) -> Label:
    """An answer to this assignment, and how its pair came to be asked; not yet written."""
    return Label(
        assignment=assignment,
        campaign_id=assignment.campaign_id,
        pair=assignment.pair,
        assistant_id=assignment.assistant_id,
        policy=policy or assignment.policy,
        strategy=assignment.strategy,
        run_id=assignment.run_id,
        score=assignment.score,
        **answered,
    )


def time_left(assignment: Assignment) -> float:
    """The seconds of a correction that are kept: what the answers before it leave of the quarter of
    an hour that counts of a pair."""
    told = Label.objects.filter(assignment=assignment).aggregate(counted=Sum(COUNTED))
    return float(COUNTED_SECONDS - told["counted"])


def write(label: Label, *, recount: bool) -> None:
    """Add the label, and set what its pair still wants: decided anew, or counted anew."""
    assignment = label.assignment
    campaign = assignment.campaign
    flags = content_warnings.is_touched_by(label)
    # Else what was used is still to be counted, or a warning to be noted.
    is_all = not (campaign.counts_use or flags)
    if campaign.is_adaptive:
        looked = write_answer(label, *demand.look(assignment))
        demand.decide_anew(assignment, looked, commit=is_all)
    elif recount:
        write_answer(label)
        recount_slots(assignment.campaign_id, [assignment.pair_id])
    else:
        write_answer(label, commit=is_all)
    if flags:
        content_warnings.note_flag(label)
