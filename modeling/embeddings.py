"""Sentence embeddings: each distinct text once, through the quickest engine that is exact."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from modeling.encoders import Encoder, load_bi_encoder, load_tokenizer, pick_device, require_reads
from modeling.engines import Engine, padded_width
from modeling.engines.making import make_engine
from modeling.errors import ModelingError
from modeling.progress import Ticker
from modeling.text import clean, clip
from modeling.vector_store import Vectors, VectorStore, text_hash

logger = logging.getLogger(__name__)

_READY, _CONVERTED = "torch-f32", "openvino-f32"
# Tokens at once that pay for a conversion: it takes as long as PyTorch takes for about so many.
_WORTH_CONVERTING = 10_000
# Small enough to waste little padding; larger batches are no faster on a processor.
_TOKENS_PER_BATCH = {"cpu": 1024, "cuda": 65536}


class SentenceEncoder:
    """Mean-pooled, L2-normalised embeddings from a bi-encoder.

    On a processor the first call with many new texts converts it for OpenVINO, if that is there and
    unless `convert` is off. How many decides, not a clock, so that the same calls give the same
    vectors.
    """

    def __init__(self, encoder: Encoder, *, device: str = "auto", convert: bool = True) -> None:
        self.encoder = encoder
        self.device = pick_device(device)
        self.computed = 0  # texts that went through the network, for speed figures and tests
        self.engine: Engine | None = None  # none before the first text is computed
        self._loaded: tuple[Any, Any] | None = None
        self._reads = 0  # tokens that the network was seen to take
        self._may_convert = convert and self.device == "cpu"

    def embed(
        self,
        texts: Sequence[str],
        max_length: int,
        store: VectorStore,
        ticker: Ticker | None = None,
    ) -> Vectors:
        """Vectors of shape (len(texts), dimension); raises TrainingCancelled between batches.

        What has been computed is in `store` even when this is interrupted. Vectors always pass
        through float16, so that what was cached is what would be computed, to rounding.
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
        lengths = [len(i) for i in ids]
        engine, longest = self._engine(sum(lengths), max_length), max(lengths)
        for batch in _token_batches(lengths, _TOKENS_PER_BATCH.get(self.device, 1024)):
            width = padded_width(engine, lengths[batch[0]], longest)
            vectors = self._forward(engine, [ids[i] for i in batch], width)
            self.computed += len(batch)
            yield {hashes[i]: vectors[row] for row, i in enumerate(batch)}

    def _load(self) -> tuple[Any, Any]:
        # Late, since everything may be in the store already.
        if self._loaded is None:
            from modeling.bi_encoder import MeanPooledEncoder

            network = MeanPooledEncoder(load_bi_encoder(self.encoder.path)).eval()
            self._loaded = load_tokenizer(self.encoder.path), network.to(self.device)
        return self._loaded

    def _engine(self, tokens: int, max_length: int) -> Engine:
        """The engine for so many tokens in rows of at most `max_length`."""
        from modeling.bi_encoder import INPUT_NAMES

        _, network = self._load()
        if max_length > self._reads:
            require_reads(network.encoder, max_length, self.encoder.path)
            self._reads = max_length
        if self._may_convert and tokens >= _WORTH_CONVERTING:
            self._may_convert = False
            try:
                self.engine = make_engine(
                    _CONVERTED, network, INPUT_NAMES, self.device, max_length=max_length
                )
            except ModelingError as error:
                logger.warning("%s; embedding in PyTorch", error)
        if self.engine is None:
            self.engine = make_engine(_READY, network, INPUT_NAMES, self.device)
        return self.engine

    def _forward(self, engine: Engine, ids: Sequence[Sequence[int]], width: int) -> Vectors:
        from modeling.bi_encoder import INPUT_NAMES, TEXT

        tokenizer, _ = self._load()
        padded = np.full((len(ids), width), tokenizer.pad_token_id or 0, dtype=np.int64)
        mask = np.zeros((len(ids), width), dtype=np.int64)
        for row, tokens in enumerate(ids):
            padded[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        inputs = dict(zip(INPUT_NAMES, (padded, mask), strict=True))
        return engine.features(TEXT, inputs).astype(np.float16)


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
