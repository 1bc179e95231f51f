"""The numbers that a network reads beside the texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from modeling.models.classifiers import Classifier
from modeling.models.feature_table import FeatureTable
from modeling.models.pair_features import PairFeatures
from modeling.models.stacking import Stacked
from modeling.progress import Ticker
from modeling.schema import PairExample
from modeling.text import is_missing
from modeling.vector_store import VectorStore

Floats = NDArray[np.float64]
GUESS_COLUMN = 1  # of the matrix, where there is a guess


@dataclass(frozen=True, slots=True)
class PairScalars:
    """Channel equality; the basic model's logit where there is a `guess`, made of `similarities`;
    with `masked`, last, which of the texts is missing on either side."""

    text_types: tuple[str, ...]
    similarities: PairFeatures | None = None
    masked: bool = False
    guess: Classifier | None = None

    @property
    def without_guess(self) -> Self:
        """For a network that is not told."""
        return replace(self, similarities=None, guess=None)

    def matrix(self, pairs: Sequence[PairExample], store: VectorStore, ticker: Ticker) -> Floats:
        """Shape (len(pairs), k)."""
        if self.guess is None:
            return self._with(pairs)
        return self._with(pairs, self.guessed(pairs, store, ticker))

    def guessed(self, pairs: Sequence[PairExample], store: VectorStore, ticker: Ticker) -> Floats:
        """The basic model's logits (len(pairs),); there must be a guess."""
        assert self.similarities is not None
        assert self.guess is not None
        return self.guess.logits(self.similarities.matrix(pairs, store, ticker))

    def fitted(
        self, examples: Sequence[PairExample], store: VectorStore, ticker: Ticker, *, seed: int
    ) -> tuple[Self, Floats]:
        """With a guess, where there are similarities, and the matrix of the `examples`, of which
        each is guessed without having been seen: a network would trust a guess too far that knows
        the answers."""
        if self.similarities is None:
            return self, self._with(examples)
        table = FeatureTable.read(self.similarities, examples, store, ticker).told
        guess, unseen = Stacked.fit_with_unseen(table, seed=seed)
        # With a handful of labels of a class none can be held back.
        told = guess.logits(table.x) if unseen is None else unseen
        return replace(self, guess=guess), self._with(examples, told)

    def _with(self, pairs: Sequence[PairExample], logits: Floats | None = None) -> Floats:
        columns: list[Any] = [[pair.same_channel for pair in pairs]]
        if logits is not None:
            columns.append(logits)
        if self.masked:
            columns += [[_missing(pair, t) for pair in pairs] for t in self.text_types]
        return np.column_stack([np.asarray(column, dtype=float) for column in columns])


def _missing(pair: PairExample, text_type: str) -> bool:
    return any(is_missing(getattr(video, text_type)) for video in (pair.left, pair.right))
