"""Uniform sampling: the baseline, the cold start, and the only source of honest evaluation."""

from __future__ import annotations

import numpy as np

from modeling.acquisition.base import Indices, Probabilities


class RandomSampling:
    """Uniform without replacement; looks at nothing but the size of the pool."""

    name = "random"

    def query(self, probabilities: Probabilities, n: int, rng: np.random.Generator) -> Indices:
        return np.asarray(rng.permutation(len(probabilities))[:n], dtype=np.int64)
