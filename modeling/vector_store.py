"""Where vectors of texts and thumbnails are kept: on disk, whatever happens to the process."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from modeling.errors import ModelingError

Vectors = NDArray[np.float16]

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS embedding (encoder TEXT, max_length INTEGER, text_hash BLOB, "
    "vector BLOB NOT NULL, PRIMARY KEY (encoder, max_length, text_hash))"
)
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
    """

    def __init__(self, path: Path) -> None:
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        try:
            with closing(self._connect()) as connection, connection:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute(_SCHEMA)
                connection.execute(_SELECT + "()", ("", 0))  # fails on a table of another kind
        except sqlite3.DatabaseError as error:
            raise ModelingError(
                f"embedding cache {path} cannot be used ({error}); delete it to start afresh"
            ) from error

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=60)
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection

    def get(self, encoder: str, max_length: int, hashes: Sequence[bytes]) -> dict[bytes, Vectors]:
        found: dict[bytes, Vectors] = {}
        with closing(self._connect()) as connection:
            for start in range(0, len(hashes), 500):
                part = hashes[start : start + 500]
                query = _SELECT + "(" + ",".join("?" * len(part)) + ")"
                rows = connection.execute(query, (encoder, max_length, *part))
                found.update({h: np.frombuffer(v, dtype=np.float16) for h, v in rows})
        return found

    def put(self, encoder: str, max_length: int, vectors: Mapping[bytes, Vectors]) -> None:
        rows = [(encoder, max_length, h, v.tobytes()) for h, v in vectors.items()]
        with closing(self._connect()) as connection, connection:
            connection.executemany("INSERT OR REPLACE INTO embedding VALUES (?, ?, ?, ?)", rows)

    def __len__(self) -> int:
        with closing(self._connect()) as connection:
            return int(connection.execute("SELECT count(*) FROM embedding").fetchone()[0])


def open_store(path: Path | None) -> VectorStore:
    """The cache at `path`, or one in memory."""
    return EmbeddingCache(path) if path is not None else MemoryStore()


def text_hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
