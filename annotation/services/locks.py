"""The advisory locks of labelling and ranking, and the order in which they are taken.

person, then the queues of campaigns in the order in which they are served, then their budgets.
Re-ranking takes its own lock first and the queue's alone for the moment of the switch.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from annotation.models import Campaign, User


def one_at_a_time(assistant: User) -> None:
    """Let the claims and answers of one person follow each other until the transaction ends.

    Two windows of the same person could otherwise take the same pair twice.
    """
    _execute("SELECT pg_advisory_xact_lock(hashtext('person'), %s)", assistant.pk)


def hold_queue(campaign_id: int) -> None:
    """Keep the queue of this campaign from being switched until the transaction ends.

    Everything that changes leases or labels holds it, so that the switch counts all of them.
    """
    _execute("SELECT pg_advisory_xact_lock_shared(hashtext('queue'), %s)", campaign_id)


HOLD_OPEN_QUEUES = """
SELECT pg_advisory_xact_lock(hashtext('person'), %s);
SELECT id, pg_advisory_xact_lock_shared(hashtext('queue'), id::int) FROM (
    SELECT id FROM annotation_campaign WHERE state = 'open' ORDER BY priority DESC, id
) open
"""


def hold_open_queues(assistant: User) -> list[int]:
    """What a claim holds, in one round trip: the person, then the queue of every open campaign;
    returns these campaigns' ids."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD_OPEN_QUEUES, [assistant.pk])
        cursor.nextset()
        return [pk for pk, _ in cursor]


def switch_queue(campaign_id: int) -> None:
    """Wait for all that hold the queue, and hold the next ones back until the transaction ends."""
    _execute("SELECT pg_advisory_xact_lock(hashtext('queue'), %s)", campaign_id)


def hold_budget(campaign_id: int) -> None:
    """Let those who would spend a budget that all share follow each other."""
    _execute("SELECT pg_advisory_xact_lock(hashtext('budget'), %s)", campaign_id)


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


def _execute(statement: str, *parameters: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
