"""Labels that are likely wrong: those that the others' consensus and a model both doubt.

The rule is that of confident learning (Northcutt, Jiang & Chuang 2021, "Confident Learning:
Estimating Uncertainty in Dataset Labels"): a model doubts a label when the probability that it
gives another answer is at least what it gives that answer, on average, where it is the consensus.
So a model that is never very sure of anything can still doubt, and one that always is doubts less.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modeling.agreement.ratings import Floats
from modeling.stopping import VERDICTS

_SIMILAR, _NOT_SIMILAR = VERDICTS.index("similar"), VERDICTS.index("not_similar")


@dataclass(frozen=True, slots=True)
class Doubts:
    """`doubted` (n_labels,): by both. `thresholds`: the model's mean probability of similar where
    that is the consensus, and of not similar where that is; NaN where there is none to tell."""

    doubted: NDArray[np.bool_]
    thresholds: tuple[float, float]


def doubted_labels(
    unit: NDArray[np.int64], verdict: NDArray[np.int64], posterior: Floats, model: Floats
) -> Doubts:
    """Which labels, codes of `VERDICTS` on `unit` (both (n_labels,)), are likely wrong.

    `posterior` and `model` (n_units,): P(similar) by all people, and by a model that has not seen
    the unit's labels, NaN where it has none. An unsure label is never wrong.
    """
    held = np.isfinite(model)
    similar = held & (posterior > 0.5)
    other = held & (posterior < 0.5)
    thresholds = _mean(model[similar]), _mean(1.0 - model[other])
    p, q = posterior[unit], model[unit]
    # A comparison with NaN is false: without a model's word, or one of the answers, no doubt.
    wrongly_similar = (verdict == _SIMILAR) & (p < 0.5) & (1.0 - q >= thresholds[1])
    wrongly_other = (verdict == _NOT_SIMILAR) & (p > 0.5) & (q >= thresholds[0])
    return Doubts(wrongly_similar | wrongly_other, thresholds)


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else float("nan")
