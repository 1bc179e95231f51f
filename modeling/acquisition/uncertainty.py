"""Uncertainty sampling (Lewis & Gale 1994): first the pairs whose probability is nearest 0.5."""

from __future__ import annotations

import numpy as np

from modeling.acquisition.base import Indices, Probabilities, check_probabilities


def uncertainty(probabilities: Probabilities) -> Probabilities:
    """1 - |2p - 1|, shape (n,), 1 at p = 0.5; a pair not judged yet (NaN) counts as 1."""
    values = check_probabilities(probabilities)
    return np.where(np.isnan(values), 1.0, 1.0 - np.abs(2.0 * values - 1.0))


def most_uncertain(scores: Probabilities, n: int, rng: np.random.Generator) -> Indices:
    """Indices of the `n` largest scores in falling order, ties broken at random."""
    n = min(n, len(scores))
    shuffled = rng.permutation(len(scores))
    if n < len(scores):
        top = np.argpartition(-scores[shuffled], n - 1)[:n] if n else np.empty(0, dtype=np.int64)
        shuffled = shuffled[np.sort(top)]
    order = np.argsort(-scores[shuffled], kind="stable")
    return np.asarray(shuffled[order], dtype=np.int64)


class UncertaintySampling:
    """The most uncertain pairs first."""

    name = "uncertainty"

    def query(self, probabilities: Probabilities, n: int, rng: np.random.Generator) -> Indices:
        return most_uncertain(uncertainty(probabilities), n, rng)
