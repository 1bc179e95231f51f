"""Long work in the database: one transaction whose statements may take their time."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper


class SearchUnderWayError(Exception):
    """Another search for duplicates is going on."""


@contextmanager
def patient_cursor() -> Iterator[CursorWrapper]:
    """A cursor in a transaction without the limit that keeps pages from waiting."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        yield cursor


def hold_groups() -> None:
    """Let all that decides about twins or forms groups follow each other in their transactions."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('duplicates'), 0)")


@contextmanager
def one_search() -> Iterator[None]:
    """One search at a time, over several transactions.

    Raises: SearchUnderWayError.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('duplicates'), 1)")
        if not cursor.fetchone()[0]:
            raise SearchUnderWayError("A search for duplicates is under way already.")
    try:
        yield
    finally:
        if connection.connection is not None and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('duplicates'), 1)")
