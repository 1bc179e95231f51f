import select
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool

from annotation.postgres import batch


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection of the pool that the server has not closed meanwhile."""
        connection = super().get_new_connection(conn_params)
        while self.pool and is_dead(connection):
            connection.close()  # the pool makes another in its place
            self.pool.putconn(connection)
            connection = super().get_new_connection(conn_params)
        return connection

    def execute_batch(
        self, steps: Sequence[batch.Step], *, commit: bool = False
    ) -> list[batch.Rows]:
        """The rows of each step. Postgres would otherwise plan the statements of every request
        anew each time, for longer than it runs them, and each would be a round trip."""
        self.validate_thread_sharing()
        self.validate_no_broken_transaction()
        self.ensure_connection()
        for step in steps:
            self._show(step)
        with self.wrap_database_errors:
            return batch.run(self, steps, commit=commit)

    def _show(self, step: batch.Step) -> None:
        """Let those who watch or forbid statements see this one. It has no cursor."""
        context = {"connection": self, "cursor": None}
        execute = reduce(_wrapped, self.execute_wrappers, _sent_with_its_batch)
        execute(step.text, step.values, False, context)


def _wrapped(execute: Any, wrapper: Any) -> Any:
    def wrapped(sql: str, params: Any, many: bool, context: Mapping[str, Any]) -> Any:
        return wrapper(execute, sql, params, many, context)

    return wrapped


def _sent_with_its_batch(sql: str, params: Any, many: bool, context: Mapping[str, Any]) -> None:
    pass


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
