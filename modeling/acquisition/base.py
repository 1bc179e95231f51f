"""What every acquisition strategy offers."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float64]
Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]


class AcquisitionStrategy(Protocol):
    """`name` is stored with every label that the strategy led to."""

    name: str

    def query(self, probabilities: Probabilities, n: int, rng: np.random.Generator) -> Indices:
        """Indices (min(n, pool),) into the pool (pool,), the pair to ask first in front."""
        ...


def check_probabilities(probabilities: Probabilities) -> Probabilities:
    """As floats; raises ValueError unless flat and within [0, 1] (NaN: not judged yet)."""
    values = np.asarray(probabilities, dtype=np.float64)
    if values.ndim != 1:
        raise ValueError(f"probabilities must be flat, not {values.shape}")
    if np.any((values < 0) | (values > 1)):
        raise ValueError("probabilities must lie within 0 and 1")
    return values
