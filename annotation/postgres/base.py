import select
from typing import Any, Self

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper
from psycopg_pool import ConnectionPool


class PreparedCursor(psycopg.Cursor[Any]):
    """Has the server parse and plan a statement once a connection; its text must not vary."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        return super().execute(query, params, **{**options, "prepare": True})


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection of the pool that the server has not closed meanwhile."""
        connection = super().get_new_connection(conn_params)
        while self.pool and is_dead(connection):
            connection.close()  # the pool makes another in its place
            self.pool.putconn(connection)
            connection = super().get_new_connection(conn_params)
        return connection

    def prepared_cursor(self) -> CursorWrapper:
        """A cursor for the statements of every request, which Postgres would otherwise plan anew
        each time, for longer than it runs them. One statement at a time."""
        self.ensure_connection()
        with self.wrap_database_errors:
            cursor = PreparedCursor(self.connection)
        wrapped: CursorWrapper = self._prepare_cursor(cursor)  # type: ignore[attr-defined]
        return wrapped


def is_dead(connection: psycopg.Connection[Any]) -> bool:
    """Whether the server has closed this idle connection.

    Nothing is there to be read from a healthy one, and to see that costs no round trip. Where
    something is, be it the end of the stream or a notice, asking the server decides.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if not poll.poll(0):
        return False
    try:
        ConnectionPool.check_connection(connection)
    except psycopg.OperationalError:
        return True
    return False
