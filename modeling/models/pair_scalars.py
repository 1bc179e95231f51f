"""The numbers that a network reads beside the texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modeling.embeddings import VectorStore
from modeling.models.pair_features import PairFeatures
from modeling.progress import Ticker
from modeling.schema import PairExample


@dataclass(frozen=True, slots=True)
class PairScalars:
    """Channel equality; with `similarities` all of those features; with `masked`, last, which of
    the texts is missing on either side."""

    text_types: tuple[str, ...]
    similarities: PairFeatures | None = None
    masked: bool = False

    def matrix(
        self, pairs: Sequence[PairExample], store: VectorStore, ticker: Ticker
    ) -> NDArray[np.float64]:
        """Shape (len(pairs), k)."""
        columns: list[Any] = [[pair.same_channel for pair in pairs]]
        if self.similarities is not None:
            columns += self.similarities.columns(pairs, store, ticker).values()
        if self.masked:
            columns += [[_missing(pair, t) for pair in pairs] for t in self.text_types]
        return np.column_stack([np.asarray(column, dtype=float) for column in columns])


def _missing(pair: PairExample, text_type: str) -> bool:
    return not all((getattr(v, text_type) or "").strip() for v in (pair.left, pair.right))
