"""What a classifier of pairs is fitted to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from modeling.models.pair_features import PairFeatures, is_simple
from modeling.models.stacking import Told
from modeling.progress import Ticker
from modeling.schema import PairExample
from modeling.splitting import video_keys
from modeling.vector_store import VectorStore


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """The features of pairs by the names of their `columns`, with what else a classifier is told.
    A pair that comes again is the same, whichever of its videos comes first."""

    columns: tuple[str, ...]
    told: Told

    @classmethod
    def read(
        cls,
        features: PairFeatures,
        examples: Sequence[PairExample],
        store: VectorStore,
        ticker: Ticker,
    ) -> Self:
        columns = features.columns(examples, store, ticker)
        told = Told(
            np.column_stack(list(columns.values())),
            np.array([example.target for example in examples], dtype=float),
            np.array([example.weight for example in examples]),
            [index for index, name in enumerate(columns) if is_simple(name)],
            _pair_numbers(examples),
        )
        return cls(tuple(columns), told)


def _pair_numbers(examples: Sequence[PairExample]) -> NDArray[np.int64]:
    """A number for each pair (n,), by the order of its videos' names, not of the examples."""
    keys = [tuple(sorted(map(repr, video_keys(example)))) for example in examples]
    numbers = {key: number for number, key in enumerate(sorted(set(keys)))}
    return np.array([numbers[key] for key in keys], dtype=np.int64)
