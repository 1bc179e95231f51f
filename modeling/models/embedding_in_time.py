"""Embedding all texts and thumbnails of a training before it, as far as its time budget goes."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from modeling.dataset import Splits, require_enough
from modeling.embeddings import SentenceEncoder
from modeling.models.pair_features import TEXT_TYPES, PairFeatures
from modeling.progress import Ticker
from modeling.schema import PairExample
from modeling.thumbnails import ThumbnailEncoder
from modeling.vector_store import VectorStore

if TYPE_CHECKING:
    from modeling.config import TrainingConfig

logger = logging.getLogger(__name__)

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
    """Fill the store, in random order, until all is there or `until` (of `time.monotonic`), but
    with one part at least.

    Examples that were not reached are left out of every split, at random, and counted. Where
    thumbnails are read, pairs without are counted, too.

    Raises:
        NotEnoughData: what was reached cannot carry a model.
        TrainingCancelled: what has been embedded stays in the store.
    """
    everything = [*splits.train, *splits.validation, *splits.test]
    order = np.random.default_rng(config.seed).permutation(len(everything))
    reached: set[int] = set()
    reading = PairFeatures.configured(encoder, TEXT_TYPES["wt"], config, terms=None)
    step, job = _CHUNK.get(encoder.device, 256), ticker.job("pairs embedded", len(order))
    for start in range(0, len(order), step):
        # One part is always taken: a model of some pairs is worth more than none of all.
        if reached and time.monotonic() > until:
            break
        pairs = [everything[i] for i in order[start : start + step]]
        part = job.part(start / len(order), min(1.0, (start + step) / len(order)))
        reading.columns(pairs, store, part)
        reached.update(id(pair) for pair in pairs)
    kept = _only(splits, reached)
    require_enough(kept)
    return _without_thumbnails(kept, reading.images) if reading.images else kept


def _without_thumbnails(splits: Splits, images: ThumbnailEncoder) -> Splits:
    """The same, with how many pairs lack a thumbnail and how many files could not be read."""
    pairs = (*splits.train, *splits.validation, *splits.test)
    lacking = sum(any(images.lacks(pair)) for pair in pairs)
    logger.info("%s of %s pairs lack a thumbnail", f"{lacking:,}", f"{len(pairs):,}")
    if images.unreadable:
        path, why = next(iter(images.unreadable.items()))
        n = f"{len(images.unreadable):,}"
        logger.warning("%s thumbnails cannot be read, such as %s: %s", n, path, why)
    found = {"without_thumbnails": lacking, "unreadable_thumbnails": len(images.unreadable)}
    return replace(splits, dropped=splits.dropped | found)


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
