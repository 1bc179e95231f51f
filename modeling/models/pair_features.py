"""What the basic model sees of a pair."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from modeling.embeddings import SentenceEncoder, VectorStore
from modeling.progress import Ticker
from modeling.schema import PairExample, VideoText
from modeling.text import clean

Features = NDArray[np.float64]

TEXT_TYPES = {"nt": ("title", "description"), "wt": ("title", "description", "transcript")}
MAX_TOKENS = {"title": 64, "description": 64, "transcript": 128}


def feature_names(text_types: Sequence[str]) -> list[str]:
    """Names of the columns of `features`."""
    names = [f"{kind}_{text}" for text in text_types for kind in ("cosine", "missing")]
    return [*names, "same_channel"]


def features(
    pairs: Sequence[PairExample],
    text_types: Sequence[str],
    encoder: SentenceEncoder,
    max_length: int,
    store: VectorStore,
    ticker: Ticker,
) -> Features:
    """Shape (len(pairs), 2 * len(text_types) + 1): cosine, missing for each text; same channel.

    A text that is empty on either side has cosine 0 and missing 1.
    """
    columns = []
    for index, text_type in enumerate(text_types):
        part = ticker.part(index / len(text_types), (index + 1) / len(text_types))
        limit = min(max_length, MAX_TOKENS[text_type])
        columns += _cosines(pairs, text_type, encoder, limit, store, part)
    columns.append(np.array([pair.same_channel for pair in pairs], dtype=float))
    return np.column_stack(columns)


def _cosines(
    pairs: Sequence[PairExample],
    text_type: str,
    encoder: SentenceEncoder,
    limit: int,
    store: VectorStore,
    ticker: Ticker,
) -> list[Features]:
    """Two columns of shape (len(pairs),): cosine of the texts, and whether one is missing."""
    left = [_text(pair.left, text_type) for pair in pairs]
    right = [_text(pair.right, text_type) for pair in pairs]
    there = np.array([bool(a and b) for a, b in zip(left, right, strict=True)], dtype=bool)
    rows = np.flatnonzero(there).tolist()
    texts = [left[i] for i in rows] + [right[i] for i in rows]
    vectors = encoder.embed(texts, limit, store, ticker).astype(np.float32)
    cosine = np.zeros(len(pairs))
    if rows:
        cosine[rows] = np.einsum("ij,ij->i", vectors[: len(rows)], vectors[len(rows) :])
    return [cosine, (~there).astype(float)]


def _text(video: VideoText, text_type: str) -> str:
    return clean(getattr(video, text_type))
