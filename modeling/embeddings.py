"""Sentence embeddings: each distinct text once, kept on disk, whatever happens to the process."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from modeling.encoders import Encoder, load_bi_encoder, load_tokenizer, pick_device
from modeling.errors import ModelingError
from modeling.progress import Ticker
from modeling.text import clean, clip

Vectors = NDArray[np.float16]

TOKENS_PER_BATCH = 1024  # small enough to waste little padding; larger is no faster on a CPU
TOKENS_PER_BATCH_CUDA = 65536
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


class SentenceEncoder:
    """Mean-pooled, L2-normalised embeddings from a bi-encoder."""

    def __init__(self, encoder: Encoder, *, device: str = "auto") -> None:
        self.encoder = encoder
        self.device = pick_device(device)
        self.computed = 0  # texts that went through the network, for speed figures and tests
        self._loaded: tuple[Any, Any] | None = None

    def _load(self) -> tuple[Any, Any]:
        # Late, since everything may be in the cache already.
        if self._loaded is None:
            model = load_bi_encoder(self.encoder.path).eval().to(self.device)
            self._loaded = load_tokenizer(self.encoder.path), model
        return self._loaded

    def embed(
        self,
        texts: Sequence[str],
        max_length: int,
        store: VectorStore,
        ticker: Ticker | None = None,
    ) -> Vectors:
        """Vectors of shape (len(texts), dimension); raises TrainingCancelled between batches.

        What has been computed is in `store` even when this is interrupted. Vectors always pass
        through float16, so a result does not depend on what was cached.
        """
        cleaned = [clip(clean(text), max_length) for text in texts]
        hashes = [text_hash(text) for text in cleaned]
        distinct = dict(zip(hashes, cleaned, strict=True))
        known = store.get(self.encoder.id, max_length, list(distinct))
        missing = {h: text for h, text in distinct.items() if h not in known}
        done, ticker = 0, ticker or Ticker()
        for part in self._compute(missing, max_length):
            store.put(self.encoder.id, max_length, part)
            known |= part
            done += len(part)
            ticker.step(done / len(missing))
            ticker.check()
        if not hashes:
            return np.zeros((0, 0), dtype=np.float16)
        return np.stack([known[h] for h in hashes])

    def _compute(
        self, texts: Mapping[bytes, str], max_length: int
    ) -> Iterator[dict[bytes, Vectors]]:
        if not texts:
            return
        tokenizer, _ = self._load()
        hashes = list(texts)
        ids = tokenizer(list(texts.values()), truncation=True, max_length=max_length)["input_ids"]
        for batch in _token_batches([len(i) for i in ids], self._tokens_per_batch()):
            vectors = self._forward([ids[i] for i in batch])
            self.computed += len(batch)
            yield {hashes[i]: vectors[row] for row, i in enumerate(batch)}

    def _tokens_per_batch(self) -> int:
        return TOKENS_PER_BATCH_CUDA if self.device == "cuda" else TOKENS_PER_BATCH

    def _forward(self, ids: Sequence[Sequence[int]]) -> Vectors:
        import torch

        tokenizer, model = self._load()
        width = max(map(len, ids))
        padded = np.full((len(ids), width), tokenizer.pad_token_id or 0, dtype=np.int64)
        mask = np.zeros((len(ids), width), dtype=np.int64)
        for row, tokens in enumerate(ids):
            padded[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        with torch.inference_mode():
            attention = torch.from_numpy(mask).to(self.device)
            inputs = torch.from_numpy(padded).to(self.device)
            hidden = model(input_ids=inputs, attention_mask=attention).last_hidden_state.float()
            weights = attention.unsqueeze(-1).float()
            pooled = (hidden * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
            unit = torch.nn.functional.normalize(pooled, dim=1)
        return np.asarray(unit.cpu().numpy(), dtype=np.float16)


def _token_batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Indices sorted by length, longest first, in batches of at most `budget` padded tokens."""
    batch: list[int] = []
    for index in np.argsort(-np.asarray(lengths), kind="stable").tolist():
        if batch and (len(batch) + 1) * lengths[batch[0]] > budget:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
