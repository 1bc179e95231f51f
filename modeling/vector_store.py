"""Where vectors of texts and thumbnails are kept: on disk, whatever happens to the process."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from modeling.errors import ModelingError
from modeling.places import require_file, telling

Vectors = NDArray[np.float16]

_TABLE = (
    "embedding (encoder TEXT, max_length INTEGER, text_hash BLOB, "
    "vector BLOB NOT NULL, PRIMARY KEY (encoder, max_length, text_hash))"
)
_SCHEMA = f"CREATE TABLE IF NOT EXISTS {_TABLE}"
_OTHER_TABLES = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'embedding' "
    "AND name NOT LIKE 'sqlite%' ORDER BY name"
)
_FIRST_PAGE = 65_536  # of a database, which has the statements of its tables: at most so long
_SELECT = (
    "SELECT text_hash, vector FROM embedding WHERE encoder = ? AND max_length = ? AND text_hash IN "
)


class VectorStore(Protocol):
    """Keeps float16 vectors by encoder, length limit and hash of the text."""

    def get(
        self, encoder: str, max_length: int, hashes: Sequence[bytes]
    ) -> dict[bytes, Vectors]: ...

    def put(self, encoder: str, max_length: int, vectors: Mapping[bytes, Vectors]) -> None: ...


class MemoryStore:
    """Vectors for the length of one call; forgets all when `limit` is passed."""

    def __init__(self, limit: int = 400_000) -> None:
        self.limit = limit
        self._vectors: dict[tuple[str, int, bytes], Vectors] = {}

    def get(self, encoder: str, max_length: int, hashes: Sequence[bytes]) -> dict[bytes, Vectors]:
        keyed = ((h, self._vectors.get((encoder, max_length, h))) for h in hashes)
        return {h: vector for h, vector in keyed if vector is not None}

    def put(self, encoder: str, max_length: int, vectors: Mapping[bytes, Vectors]) -> None:
        if len(self._vectors) + len(vectors) > self.limit:
            self._vectors.clear()
        self._vectors.update({(encoder, max_length, h): v for h, v in vectors.items()})


class EmbeddingCache:
    """A sqlite file of vectors that several processes may share and any may be killed in.

    Write-ahead logging and one transaction a `put`: a killed writer loses at most its last batch.

    Raises:
        ModelingError: nothing can be kept in the file or read from it, now or later.
    """

    def __init__(self, path: Path) -> None:
        self._path = Path(path)
        require_file(self._path)
        with telling(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._connected() as connection:
            if others := connection.execute(_OTHER_TABLES).fetchall():
                raise ModelingError(
                    f"embedding cache {path} cannot be used (it has a table {others[0][0]}); "
                    "choose another file"
                )
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(_SCHEMA)
            connection.execute(_SELECT + "()", ("", 0))  # fails on a table of another kind

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """A transaction."""
        try:
            with closing(sqlite3.connect(self._path, timeout=60)) as connection, connection:
                connection.execute("PRAGMA synchronous=NORMAL")
                yield connection
        except sqlite3.DatabaseError as error:
            raise ModelingError(
                f"embedding cache {self._path} cannot be used ({error}); {self._advice(error)}"
            ) from error

    def _advice(self, error: sqlite3.DatabaseError) -> str:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest says more closely what
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) and _is_ours(self._path):
            return "delete it to start afresh"
        if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
            return "make room there, or choose another place"
        if code == sqlite3.SQLITE_BUSY:
            return "try again when no other process writes to it"
        return "choose another file"

    def get(self, encoder: str, max_length: int, hashes: Sequence[bytes]) -> dict[bytes, Vectors]:
        found: dict[bytes, Vectors] = {}
        with self._connected() as connection:
            for start in range(0, len(hashes), 500):
                part = hashes[start : start + 500]
                query = _SELECT + "(" + ",".join("?" * len(part)) + ")"
                rows = connection.execute(query, (encoder, max_length, *part))
                found.update({h: np.frombuffer(v, dtype=np.float16) for h, v in rows})
        return found

    def put(self, encoder: str, max_length: int, vectors: Mapping[bytes, Vectors]) -> None:
        rows = [(encoder, max_length, h, v.tobytes()) for h, v in vectors.items()]
        with self._connected() as connection:
            connection.executemany("INSERT OR REPLACE INTO embedding VALUES (?, ?, ?, ?)", rows)

    def __len__(self) -> int:
        with self._connected() as connection:
            return int(connection.execute("SELECT count(*) FROM embedding").fetchone()[0])


def open_store(path: Path | None) -> VectorStore:
    """The cache at `path`, or one in memory."""
    return EmbeddingCache(path) if path is not None else MemoryStore()


def _is_ours(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(_FIRST_PAGE)
    return start.startswith(b"SQLite format 3") and _TABLE.encode() in start


def text_hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
