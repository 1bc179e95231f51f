"""The statements of an answer: those that begin it, and the one that writes it down."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from annotation.models import Assignment, Campaign, Label, Pair, Policy, User
from annotation.postgres import Rows, Step, execute_batch
from annotation.queries.rows import Columns, instances
from annotation.services.claim_start import LOCK_PERSON

ASSIGNMENT = Columns(
    Assignment,
    "assignment",
    only=("id", "campaign_id", "pair_id", "assistant_id", "policy_id", "state", "strategy",
          "run_id", "score", "served_at", "answer_told"),
)  # fmt: skip
CAMPAIGN = Columns(
    Campaign,
    "campaign",
    only=("id", "policy_id", "counts_use", "relabelling", "labels_per_pair", "stop_at",
          "route_hours", "reasons_mode", "repeats_of_id", "gold_feedback"),
)  # fmt: skip
PAIR = Columns(Pair, "pair", only=("id", "pair_id", "held_out"))
POLICY = Columns(Policy, "policy", only=("id", "version"))
# The locks are taken before any row, in the order in which a claim takes them.
# Of a pair that is judged once more it is its campaign's, whose budgets it is charged to.
LOCK_QUEUE = """
SELECT pg_advisory_xact_lock_shared(hashtext('queue'), coalesce(repeats_of_id, campaign.id)::int)
FROM annotation_assignment assignment
JOIN annotation_campaign campaign ON campaign.id = assignment.campaign_id
WHERE assignment.id = %(assignment)s AND assistant_id = %(person)s
"""
ASSIGNMENT_ROW = f"""
SELECT {ASSIGNMENT.sql}, {CAMPAIGN.sql}, {PAIR.sql}, {POLICY.sql},
    assignment.lease_expires_at < clock_timestamp()
FROM annotation_assignment assignment
JOIN annotation_campaign campaign ON campaign.id = assignment.campaign_id
JOIN annotation_pair pair ON pair.id = assignment.pair_id
JOIN annotation_policy policy ON policy.id = assignment.policy_id
WHERE assignment.id = %(assignment)s AND assignment.assistant_id = %(person)s
FOR UPDATE OF assignment
"""  # noqa: S608 - constants only
WRITE = """
WITH labelled AS (
    UPDATE annotation_assignment SET state = 'labelled', changed_at = clock_timestamp(),
        answer_told = %(answer_told)s
    WHERE id = %(assignment)s
)
INSERT INTO annotation_label (submission, assignment_id, campaign_id, pair_id, assistant_id,
    policy_id, verdict, reasons, comment, flagged, seconds, strategy, run_id, score, late,
    supersedes_id, marked_shared)
VALUES (%(submission)s, %(assignment)s, %(campaign)s, %(pair)s, %(assistant)s, %(policy)s,
    %(verdict)s, %(reasons)s::varchar[], %(comment)s, %(flagged)s, %(seconds)s, %(strategy)s,
    %(run)s, %(score)s, %(late)s, %(supersedes)s, %(marked_shared)s)
RETURNING id, created_at
"""


@dataclass(frozen=True, slots=True)
class Begun:
    """An assignment that is locked until the transaction ends, and whether its lease has run out
    by the clock that it was made by."""

    assignment: Assignment
    has_run_out: bool


def begin_answer(*, assistant: User, assignment_id: UUID) -> Begun | None:
    """Lock the person, the queue and the assignment; None when it is not theirs."""
    values: dict[str, Any] = {"person": assistant.pk, "assignment": assignment_id}
    statements = (LOCK_PERSON, LOCK_QUEUE, ASSIGNMENT_ROW)
    *_, rows = execute_batch(*(Step(text, values) for text in statements))
    if not rows:
        return None
    row = rows[0]
    tables = (ASSIGNMENT, CAMPAIGN, PAIR, POLICY)
    assignment: Assignment
    assignment, assignment.campaign, assignment.pair, assignment.policy = instances(row, *tables)
    return Begun(assignment, row[-1])


def write_answer(label: Label, *then: Step, commit: bool = False) -> list[Rows]:
    """Add the label, and set its assignment to labelled, and changed: a switch counts it anew.

    Returns the rows of `then`, which run after it; `commit` as in `execute_batch`.
    """
    values: dict[str, Any] = {
        "submission": label.submission,
        "assignment": label.assignment_id,
        "campaign": label.campaign_id,
        "pair": label.pair_id,
        "assistant": label.assistant_id,
        "policy": label.policy_id,
        "verdict": label.verdict,
        "reasons": label.reasons,
        "comment": label.comment,
        "flagged": label.flagged,
        "seconds": label.seconds,
        "strategy": label.strategy,
        "run": label.run_id,
        "score": label.score,
        "late": label.late,
        "supersedes": label.supersedes_id,
        "marked_shared": label.marked_shared,
        "answer_told": label.assignment.answer_told,
    }
    written, *rows = execute_batch(Step(WRITE, values), *then, commit=commit)
    label.pk, label.created_at = written[0]
    return rows
