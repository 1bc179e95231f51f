"""Long work in the database: one transaction whose statements may take their time."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.errors import LockNotAvailable

# How long a page waits for what a search decides, which may take minutes on a large corpus.
PATIENCE_MS = 2000


class SearchUnderWayError(Exception):
    """Another search for duplicates is going on."""


class GroupsHeldError(Exception):
    """A search, or somebody else, is deciding about twins just now."""


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


def hold_groups_soon() -> None:
    """The same for somebody who waits for a page.

    Raises: GroupsHeldError when the others take too long; the transaction is void then.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = {PATIENCE_MS}")
        try:
            hold_groups()
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable):
                raise GroupsHeldError("A search is deciding just now.") from error
            raise
        cursor.execute("SET LOCAL lock_timeout TO DEFAULT")


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
