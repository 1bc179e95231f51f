"""The advisory locks of labelling and ranking, and the order in which they are taken.

person (the claims and answers of one person follow each other: two windows could otherwise take the
same pair twice), then the queues of campaigns in the order in which they are served, then their
budgets. `claim_start` and `answering` take the first two in one statement. Of rows: assignments,
then items of the queue, then the video that a label flags, then what is used of budgets.
Re-ranking takes its own lock first and the queue's alone for the moment of the switch.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from annotation.models import Campaign


def hold_queue(campaign_id: int) -> None:
    """Keep the queue of this campaign from being switched until the transaction ends.

    Everything that changes leases or labels holds it, so that the switch counts all of them.
    """
    _execute("SELECT pg_advisory_xact_lock_shared(hashtext('queue'), %s)", campaign_id)


def switch_queue(campaign_id: int) -> None:
    """Wait for all that hold the queue, and hold the next ones back until the transaction ends.

    The campaign's row is locked first, as a form does that saves the campaign before it gets here;
    this keeps nobody from referring to it.
    """
    _execute("SELECT FROM annotation_campaign WHERE id = %s FOR NO KEY UPDATE", campaign_id)
    _execute("SELECT pg_advisory_xact_lock(hashtext('queue'), %s)", campaign_id)


def hold_budget(campaign_id: int) -> None:
    """Let those who would spend a budget that all share follow each other."""
    _execute("SELECT pg_advisory_xact_lock(hashtext('budget'), %s)", campaign_id)


def hold_admins() -> None:
    """Let those who would take somebody's role of admin away follow each other."""
    _execute("SELECT pg_advisory_xact_lock(hashtext('admins'), 0)")


def hold_learning(person_id: int) -> None:
    """Let what one person does in practice and qualification follow each other: no other lock is
    taken with it."""
    _execute("SELECT pg_advisory_xact_lock(hashtext('learning'), %s)", person_id)


@contextmanager
def ranking(campaign: Campaign) -> Iterator[None]:
    """One re-ranking of a campaign at a time, over several transactions."""
    _execute("SET statement_timeout = 0")
    _execute("SET idle_in_transaction_session_timeout = 0")
    try:
        _execute("SELECT pg_advisory_lock(hashtext('ranking'), %s)", campaign.pk)
        yield
    finally:
        if connection.connection is not None and not connection.needs_rollback:
            _execute("SELECT pg_advisory_unlock(hashtext('ranking'), %s)", campaign.pk)
            _execute("RESET statement_timeout")
            _execute("RESET idle_in_transaction_session_timeout")


@contextmanager
def refreshing(campaign: Campaign) -> Iterator[bool]:
    """Whether this may compute the figures of a campaign now: where they take longer than the time
    between two refreshes, the second leaves it to the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('figures'), %s)", [campaign.pk])
        free: bool = cursor.fetchone()[0]
    try:
        yield free
    finally:
        if free and connection.connection is not None and not connection.needs_rollback:
            _execute("SELECT pg_advisory_unlock(hashtext('figures'), %s)", campaign.pk)


def _execute(statement: str, *parameters: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
