"""Embedding all texts of a training before it, as far as its time budget goes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from modeling.dataset import Splits, require_enough
from modeling.embeddings import SentenceEncoder, VectorStore
from modeling.models.pair_features import TEXT_TYPES, PairFeatures
from modeling.progress import Ticker
from modeling.schema import PairExample

if TYPE_CHECKING:
    from modeling.config import TrainingConfig

# Pairs between two looks at the time budget; long enough to sort by length within.
_CHUNK = {"cpu": 256, "cuda": 4096}


def embed_in_time(
    splits: Splits,
    encoder: SentenceEncoder,
    config: TrainingConfig,
    store: VectorStore,
    *,
    ticker: Ticker,
    until: float,
) -> Splits:
    """Fill the store, in random order, until all is there or `until` (of `time.monotonic`).

    Examples that were not reached are left out of every split, at random, and counted.

    Raises:
        NotEnoughData: what was reached cannot carry a model.
        TrainingCancelled: what has been embedded stays in the store.
    """
    everything = [*splits.train, *splits.validation, *splits.test]
    order = np.random.default_rng(config.seed).permutation(len(everything))
    reached: set[int] = set()
    reading = PairFeatures(encoder, TEXT_TYPES["wt"], config.max_length, terms=None)
    step, job = _CHUNK.get(encoder.device, 256), ticker.job("pairs embedded", len(order))
    for start in range(0, len(order), step):
        if time.monotonic() > until:
            break
        pairs = [everything[i] for i in order[start : start + step]]
        part = job.part(start / len(order), min(1.0, (start + step) / len(order)))
        reading.columns(pairs, store, part)
        reached.update(id(pair) for pair in pairs)
    kept = _only(splits, reached)
    require_enough(kept)
    return kept


def _only(splits: Splits, reached: set[int]) -> Splits:
    def keep(examples: Sequence[PairExample]) -> tuple[PairExample, ...]:
        return tuple(e for e in examples if id(e) in reached)

    kept = replace(
        splits,
        train=keep(splits.train),
        validation=keep(splits.validation),
        test=keep(splits.test),
    )
    lost = sum(
        len(before) - len(after)
        for before, after in zip(
            (splits.train, splits.validation, splits.test),
            (kept.train, kept.validation, kept.test),
            strict=True,
        )
    )
    return replace(kept, dropped=splits.dropped | {"left_out_for_time": lost}) if lost else kept
