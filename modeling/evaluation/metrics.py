"""Figures of merit of many weighted resamples of the same pairs at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

DECISION_METRICS = ("accuracy", "precision", "recall", "f1")
METRICS = (*DECISION_METRICS, "auroc", "average_precision", "brier", "ece")
LOWER_IS_BETTER = frozenset({"brier", "ece"})
# Guo et al. (2017), "On calibration of modern neural networks", use 15 bins of equal width.
ECE_BINS = 15


@dataclass(frozen=True, slots=True)
class Ranked:
    """Pairs with a sure label, the most probable first, and all that does not change when they are
    resampled: `linear` (n, 3 + ECE_BINS) holds what is only summed, `starts` where ties begin."""

    order: NDArray[np.int64]
    positive: Flags
    linear: Floats
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, p: Floats, positive: Flags) -> Ranked:
        """From probabilities (n,) and hard labels (n,), n > 0, in any order."""
        order = np.argsort(-p, kind="stable")
        p, positive = p[order], positive[order]
        said = p >= 0.5
        gaps = np.zeros((len(p), ECE_BINS))
        gaps[np.arange(len(p)), bins_of(p, ECE_BINS)] = p - positive
        sums = np.column_stack([said & positive, said, (p - positive) ** 2])
        starts = np.flatnonzero(np.r_[True, p[1:] != p[:-1]])
        return cls(order, positive, np.hstack([sums, gaps]), starts)

    def metrics(self, weights: Floats) -> Floats:
        """METRICS (len(METRICS), r), decisions at 0.5, for weights (r, n) in the order of `order`;
        NaN where one is undefined."""
        n = weights.sum(1)
        sums = weights @ self.linear
        true_positive, predicted, squared = sums[:, 0], sums[:, 1], sums[:, 2]
        auroc, average_precision, actual = self._ranking(weights)
        decided = rates(
            true_positive,
            predicted - true_positive,
            actual - true_positive,
            n - predicted - actual + true_positive,
        )
        ece = np.abs(sums[:, 3:]).sum(1) / n
        return np.vstack([decided, auroc, average_precision, squared / n, ece])

    def _ranking(self, weights: Floats) -> tuple[Floats, Floats, Floats]:
        """AUROC (ties count half), average precision and the weight of similar pairs, (r,) each."""
        ups, totals = weights * self.positive, weights
        if len(self.starts) < len(self.positive):
            ups, totals = (np.add.reduceat(part, self.starts, axis=1) for part in (ups, totals))
        downs = totals - ups
        ups_so_far, totals_so_far = ups.cumsum(1), totals.cumsum(1)
        actual, n = ups_so_far[:, -1], totals_so_far[:, -1]
        won = (downs * (ups_so_far - 0.5 * ups)).sum(1)
        precision = np.divide(
            ups_so_far, totals_so_far, out=np.zeros_like(ups_so_far), where=totals_so_far > 0
        )
        auroc = ratio(won, actual * (n - actual))
        return auroc, ratio((ups * precision).sum(1), actual), actual


def rates(true_positive: Floats, false_positive: Floats, missed: Floats, rest: Floats) -> Floats:
    """DECISION_METRICS (4, r) from the cells of confusion tables, (r,) each; `rest` are the true
    negatives. NaN where undefined."""
    right, n = true_positive + rest, true_positive + false_positive + missed + rest
    return np.stack(
        [
            ratio(right, n),
            ratio(true_positive, true_positive + false_positive),
            ratio(true_positive, true_positive + missed),
            ratio(2 * true_positive, 2 * true_positive + false_positive + missed),
        ]
    )


def bins_of(p: Floats, bins: int) -> NDArray[np.int64]:
    """The bin of each probability among `bins` of equal width, (lower, upper], 0 in the first."""
    return np.searchsorted(np.linspace(0.0, 1.0, bins + 1)[1:-1], p, side="left")


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Elementwise ratio, NaN where the denominator is not positive."""
    out = np.full(np.shape(numerator), np.nan)
    return np.divide(numerator, denominator, out=out, where=denominator > 0)


def checked(probabilities: ArrayLike, targets: ArrayLike) -> tuple[Floats, Floats]:
    """Both as arrays (n,). Raises ValueError where shapes differ or a value is not in [0, 1]."""
    p, t = np.asarray(probabilities, dtype=float), np.asarray(targets, dtype=float)
    if p.shape != t.shape or p.ndim != 1:
        raise ValueError(f"probabilities {p.shape} and targets {t.shape} must be equal and flat")
    if not all(np.all((values >= 0) & (values <= 1)) for values in (p, t)):
        raise ValueError("probabilities and targets must lie within 0 and 1")
    return p, t
