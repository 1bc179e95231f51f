"""Several prepared statements in one round trip to the server.

The statements of one batch run one after the other, each with a snapshot of its own, as if they had
been sent singly: one that follows a lock sees what was committed while the lock was waited for.
psycopg's pipeline mode does the same in Python generators, which take as much processor time as the
round trips; this talks to libpq itself (chapter "Pipeline Mode" of its manual).
"""

import re
import select
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import psycopg
from psycopg import pq
from psycopg.adapt import PyFormat, Transformer

if TYPE_CHECKING:
    from psycopg.pq.abc import PGresult

    from annotation.postgres.base import DatabaseWrapper

Rows = list[tuple[Any, ...]]
PARAMETER = re.compile(r"%\((\w+)\)s")
# Statements that a connection keeps planned; those of the queue's earlier generations are dropped.
MOST_PLANNED = 100
IDLE = pq.TransactionStatus.IDLE
FAILED = {pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.BAD_RESPONSE}


class Step(NamedTuple):
    """One statement with its values by name, written `%(name)s` in the text. No `%` is doubled."""

    text: str
    values: Mapping[str, Any] | None = None


@lru_cache(maxsize=1024)
def numbered(text: str) -> tuple[bytes, tuple[str, ...]]:
    """The statement as Postgres takes it ($1, $2 …), and the names of its parameters in order."""
    names = tuple(dict.fromkeys(PARAMETER.findall(text)))
    places = {name: f"${place}" for place, name in enumerate(names, 1)}
    return PARAMETER.sub(lambda found: places[found[1]], text).encode(), names


class _Server:
    """One connection as this module uses it, with the statements that it has planned, the last used
    at the end."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.libpq = connection.pgconn
        self.transformer = Transformer.from_context(connection)
        self._names: OrderedDict[str, bytes] = OrderedDict()
        self._made = 0

    def name_of(self, text: str) -> bytes | None:
        if name := self._names.get(text):
            self._names.move_to_end(text)
        return name

    def add(self, text: str) -> tuple[bytes, bytes | None]:
        """The new statement's name, and that of one which is to be dropped for it."""
        self._made += 1
        name = self._names[text] = b"likewise_%d" % self._made
        dropped = self._names.popitem(last=False)[1] if len(self._names) > MOST_PLANNED else None
        return name, dropped

    @property
    def planned(self) -> Iterable[str]:
        return self._names

    def forget(self, texts: Iterable[str]) -> None:
        for text in texts:
            self._names.pop(text, None)


def _server_of(connection: psycopg.Connection[Any]) -> _Server:
    """Kept on the connection itself, so that it goes when a pool replaces the connection: it holds
    a Transformer, which holds the connection, and a table of them would never let go."""
    kept = vars(connection)
    if "likewise_server" not in kept:
        kept["likewise_server"] = _Server(connection)
    server: _Server = kept["likewise_server"]
    return server


def run(wrapper: "DatabaseWrapper", steps: Sequence[Step], *, commit: bool) -> list[Rows]:
    """The rows of each step. Begins the transaction that Django believes to be open, if it is not;
    `commit` ends it along with the last step, where it is the outermost.

    Raises: psycopg.Error of the first statement that failed.
    """
    connection: psycopg.Connection[Any] = wrapper.connection
    server = _server_of(connection)
    began = time.monotonic()
    batch = _Batch(server)
    try:
        if not connection.autocommit and server.libpq.transaction_status == IDLE:
            batch.command(b"BEGIN")
        for step in steps:
            batch.add(step)
        if commit and wrapper.in_atomic_block and not wrapper.savepoint_ids:
            batch.command(b"COMMIT")
        return batch.rows()
    finally:
        if not batch.is_over():
            connection.close()
        _note(wrapper, steps, time.monotonic() - began)


def _note(wrapper: "DatabaseWrapper", steps: Sequence[Step], seconds: float) -> None:
    """As Django's own cursors do, for those who watch."""
    if wrapper.queries_logged:
        took = f"{seconds / len(steps):.3f}"
        wrapper.queries_log.extend({"sql": step.text, "time": took} for step in steps)


class _Batch:
    def __init__(self, server: _Server) -> None:
        self._server = server
        self._libpq = server.libpq
        # Whether the rows of each result that will come are asked for.
        self._expected: list[bool] = []
        self._planned: list[str] = []
        self._libpq.enter_pipeline_mode()

    def command(self, text: bytes) -> None:
        self._libpq.send_query_params(text, None)
        self._expected.append(False)

    def add(self, step: Step) -> None:
        text, names = numbered(step.text)
        name = self._server.name_of(step.text) or self._plan(step.text, text)
        values = [step.values[each] for each in names] if step.values else []
        dumped = self._server.transformer.dump_sequence(values, [PyFormat.TEXT] * len(values))
        self._libpq.send_query_prepared(name, dumped)
        self._expected.append(True)

    def _plan(self, key: str, text: bytes) -> bytes:
        name, dropped = self._server.add(key)
        self._planned.append(key)
        if dropped:
            self.command(b"DEALLOCATE " + dropped)
        self._libpq.send_prepare(name, text)
        self._expected.append(False)
        return name

    def rows(self) -> list[Rows]:
        self._libpq.pipeline_sync()
        came = [self._result() for _ in self._expected]
        self._result()  # the end of the pipeline
        for result in came:
            if result.status in FAILED:
                self._fail(result)
        return [
            self._loaded(each) for each, asked in zip(came, self._expected, strict=True) if asked
        ]

    def _fail(self, result: "PGresult") -> NoReturn:
        error = psycopg.errors.error_from_result(result, encoding="utf-8")
        # Nobody knows which of them the server has planned.
        self._server.forget(self._planned)
        if isinstance(error, psycopg.errors.FeatureNotSupported):
            # A table has other columns than when its statement was planned.
            self._server.forget(list(self._server.planned))
        raise error

    def _result(self) -> "PGresult":
        """The next result; nothing comes after those of each statement but the end."""
        while True:
            self._wait()
            if result := self._libpq.get_result():
                return result
            if self._libpq.status == pq.ConnStatus.BAD:
                raise psycopg.OperationalError(self._libpq.get_error_message())

    def _wait(self) -> None:
        """Until a result is there; other threads go on meanwhile, which libpq's own wait would
        not let them."""
        while self._libpq.flush():
            self._poll(select.POLLIN | select.POLLOUT)
        while self._libpq.is_busy():
            self._poll(select.POLLIN)

    def _poll(self, events: int) -> None:
        poll = select.poll()
        poll.register(self._libpq.socket, events)
        if any(event & ~select.POLLOUT for _, event in poll.poll()):
            self._libpq.consume_input()

    def _loaded(self, result: "PGresult") -> Rows:
        transformer = self._server.transformer
        transformer.set_pgresult(result)
        return transformer.load_rows(0, result.ntuples, tuple) if result.nfields else []

    def is_over(self) -> bool:
        """Whether all that was sent has been answered; the connection is of no use otherwise."""
        try:
            self._libpq.exit_pipeline_mode()
        except psycopg.Error:
            return False
        return True
