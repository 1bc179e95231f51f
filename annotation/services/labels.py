from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from annotation.models import Assignment, Campaign, Label, ReasonCode, Verdict
from annotation.models.labels import DAY_SECONDS, MAX_COMMENT
from annotation.models.people import User
from annotation.services import budgets, demand
from annotation.services.answering import begin_answer
from annotation.services.clock import ClockTimestamp
from annotation.services.gold_feedback import is_to_be_told
from annotation.services.label_rows import is_taken, new_label, time_left, write
from annotation.services.leases import recount_slots
from annotation.services.skipping import what_is_kept
from annotation.services.timing import believable

ReasonsMode = Campaign.ReasonsMode


@dataclass(frozen=True, slots=True)
class Answer:
    verdict: str
    reasons: tuple[str, ...] = ()
    comment: str = ""
    flagged: bool = False
    seconds: float = 0.0
    marked_shared: bool = False

    def errors(self) -> dict[str, str]:
        """What is wrong with this answer, by field; empty when nothing is."""
        found: dict[str, str] = {}
        if self.verdict not in Verdict.values:
            found["verdict"] = gettext("Choose similar, not similar or unsure.")
        if unknown := [code for code in self.reasons if code not in ReasonCode.values]:
            found["reasons"] = gettext("Not a reason of the policy: %(codes)s.") % {
                "codes": ", ".join(unknown)
            }
        elif self.verdict == Verdict.SIMILAR and not self.reasons:
            found["reasons"] = gettext("Choose at least one way in which the videos are similar.")
        elif self.verdict != Verdict.SIMILAR and self.reasons:
            found["reasons"] = gettext("Reasons go with the answer “similar” only.")
        if len(self.comment) > MAX_COMMENT:
            found["comment"] = gettext("At most %(most)s characters (%(now)s now).") % {
                "most": MAX_COMMENT,
                "now": len(self.comment),
            }
        elif "\x00" in self.comment:
            found["comment"] = gettext("Contains a character that cannot be stored.")
        return found


@dataclass(frozen=True, slots=True)
class Submitted:
    label: Label
    created: bool


class LabelRefusedError(Exception):
    """The label was not taken; the message is for the person who sent it."""


class UnknownAssignmentError(LabelRefusedError):
    pass


class ConflictingLabelError(LabelRefusedError):
    pass


class InvalidAnswerError(LabelRefusedError):
    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


@transaction.atomic
def submit(*, assistant: User, assignment_id: UUID, answer: Answer) -> Submitted:
    """Record a judgement. The assignment's id is the idempotency key: the same answer sent again
    returns the first label; one whose lease ran out is accepted and marked late.

    Raises: UnknownAssignmentError, InvalidAnswerError; ConflictingLabelError for another answer
    to an assignment that has one (that is what `revise` is for).
    """
    _check(answer)
    assignment, late = _begin(assistant, assignment_id)
    if assignment.state == Assignment.State.LABELLED:
        return _repeated(assignment.labels.get(submission=assignment.pk), answer)
    _check_mode(assignment, answer)
    had_its_slot = assignment.state == Assignment.State.LEASED
    assignment.answer_told = is_to_be_told(assignment)
    label = new_label(assignment, submission=assignment.pk, late=late, **_as_label(answer))
    write(label, recount=not had_its_slot)
    budgets.count(assignment, pairs=0 if had_its_slot else 1, seconds=label.seconds)
    return Submitted(label, created=True)


def revise(*, assistant: User, label_id: int, submission: UUID, answer: Answer) -> Submitted:
    """Supersede one's own current label by a new row; `submission` is the idempotency key.

    Raises: UnknownAssignmentError, InvalidAnswerError; ConflictingLabelError when the label has
    been superseded already, the person was told what is right, or the key is somebody else's.
    """
    _check(answer)
    try:
        return _revise(assistant, label_id, submission, answer)
    except IntegrityError as error:
        # Whoever else used the key at this moment was not to be seen yet.
        if "annotation_label_submission" not in str(error):
            raise
        raise _key_is_taken() from error


@transaction.atomic
def _revise(assistant: User, label_id: int, submission: UUID, answer: Answer) -> Submitted:
    old = Label.objects.filter(pk=label_id, assistant=assistant).first()
    if old is None:
        raise UnknownAssignmentError(gettext("This label is not one of yours."))
    assignment, _ = _begin(assistant, old.assignment_id)
    if repeated := Label.objects.filter(submission=submission, supersedes=old).first():
        return _repeated(repeated, answer)
    _refuse_to_revise(old, assignment, submission)
    _check_mode(assignment, answer)
    label = new_label(
        assignment,
        policy=assignment.campaign.policy,
        submission=submission,
        late=False,
        supersedes=old,
        **_as_label(answer, within=time_left(assignment)),
    )
    write(label, recount=False)
    budgets.count(assignment, seconds=label.seconds)
    return Submitted(label, created=True)


def _refuse_to_revise(old: Label, assignment: Assignment, submission: UUID) -> None:
    if is_taken(submission):
        raise _key_is_taken()
    if Label.objects.filter(supersedes=old).exists():
        raise ConflictingLabelError(
            gettext("This label was changed in the meantime. Open it again.")
        )
    if assignment.answer_told:
        raise ConflictingLabelError(
            gettext("You were told the answer to this pair, so that yours stays as it was.")
        )


def _key_is_taken() -> ConflictingLabelError:
    return ConflictingLabelError(
        gettext("This submission's id belongs to something else. Try again.")
    )


@transaction.atomic
def skip(*, assistant: User, assignment_id: UUID, reason: str | None = None) -> Assignment:
    """Hand the pair back, no question asked; skipping twice is harmless. `reason`: one of
    `Assignment.SkipReason`, if the person gave one.

    Raises: UnknownAssignmentError, InvalidAnswerError for a reason that is none;
    ConflictingLabelError when it has a label already.
    """
    if reason is not None and reason not in Assignment.SkipReason.values:
        raise InvalidAnswerError({"reason": gettext("Choose one of the reasons, or give none.")})
    assignment, _ = _begin(assistant, assignment_id)
    if assignment.state == Assignment.State.LABELLED:
        raise ConflictingLabelError(
            gettext("This pair has your label already. You can change it instead.")
        )
    if assignment.state == Assignment.State.SKIPPED:
        return assignment
    had_its_slot = assignment.state == Assignment.State.LEASED
    assignment.state = Assignment.State.SKIPPED
    Assignment.objects.filter(pk=assignment.pk).update(
        state=assignment.state, changed_at=ClockTimestamp(), **what_is_kept(assignment, reason)
    )
    recount_slots(assignment.campaign_id, [assignment.pair_id])
    demand.route_past(assignment)
    budgets.count(assignment, pairs=-1 if had_its_slot else 0)
    return assignment


def _check(answer: Answer) -> None:
    if errors := answer.errors():
        raise InvalidAnswerError(errors)


def _check_mode(assignment: Assignment, answer: Answer) -> None:
    """What no constraint can say, since the rule is the campaign's."""
    if len(set(answer.reasons)) > 1 and assignment.campaign.reasons_mode == ReasonsMode.ONE:
        raise InvalidAnswerError(
            {"reasons": gettext("Choose one way only: the one that counts most.")}
        )


def _begin(assistant: User, assignment_id: UUID) -> tuple[Assignment, bool]:
    begun = begin_answer(assistant=assistant, assignment_id=assignment_id)
    if begun is None:
        raise UnknownAssignmentError(gettext("This pair was not handed to you."))
    return begun.assignment, begun.has_run_out


def _as_label(answer: Answer, *, within: float = DAY_SECONDS) -> dict[str, Any]:
    """`within`: the seconds that are kept of it at most."""
    return {
        "verdict": answer.verdict,
        "reasons": sorted(set(answer.reasons)),
        "comment": answer.comment.strip(),
        "flagged": answer.flagged,
        "seconds": believable(answer.seconds, within=within),
        "marked_shared": answer.marked_shared,
    }


def _repeated(label: Label, answer: Answer) -> Submitted:
    same = (label.verdict, label.reasons, label.comment, label.flagged) == (
        answer.verdict,
        sorted(set(answer.reasons)),
        answer.comment.strip(),
        answer.flagged,
    )
    if not same:
        raise ConflictingLabelError(
            gettext("This pair has another answer of yours. Change that instead.")
        )
    return Submitted(label, created=False)
