"""Django's Postgres backend, with prepared statements and a check of pooled connections that
costs no round trip."""

from typing import Any, cast

from django.db import connection
from django.db.backends.utils import CursorWrapper

# For the rest of the transaction.
KEEP_TO_INDEXES = "set_config('enable_seqscan', 'off', true)"


def execute_prepared(statement: str, parameters: Any = None) -> CursorWrapper:
    """Run one statement that is parsed and planned once a connection (see `base`), and return the
    cursor with its rows. The text must be one of few.

    A plan that is made while a table is still small must serve when it is full, so that it must
    not read a table from end to end: `KEEP_TO_INDEXES` sees to that.
    """
    from annotation.postgres.base import DatabaseWrapper

    cursor = cast(DatabaseWrapper, connection).prepared_cursor()
    cursor.execute(statement, parameters)
    return cursor
