"""Django's Postgres backend, with batches of prepared statements and a check of pooled connections
that costs no round trip."""

from collections.abc import Mapping
from typing import Any, cast

from django.db import connection

from annotation.postgres.batch import Rows, Step

__all__ = ["KEEP_TO_INDEXES", "Rows", "Step", "execute_batch", "execute_prepared"]

# For the rest of the transaction.
KEEP_TO_INDEXES = "set_config('enable_seqscan', 'off', true)"


def execute_prepared(
    statement: str, values: Mapping[str, Any] | None = None, *, commit: bool = False
) -> Rows:
    """The rows of one statement that is parsed and planned once a connection. The text must be one
    of few. See `execute_batch`."""
    return execute_batch(Step(statement, values), commit=commit)[0]


def execute_batch(*steps: Step, commit: bool = False) -> list[Rows]:
    """The rows of each of these statements, sent together and run one after the other.

    `commit` ends the transaction with them, where it is the outermost: whatever is done before
    Django ends it (which costs nothing any more) is in none. A plan that is made while a table is
    still small must serve when it is full, so that it must not read a table from end to end:
    `KEEP_TO_INDEXES` sees to that.
    """
    from annotation.postgres.base import DatabaseWrapper

    return cast(DatabaseWrapper, connection).execute_batch(steps, commit=commit)
