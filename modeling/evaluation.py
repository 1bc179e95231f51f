"""Figures of merit with percentile-bootstrap intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

METRICS = (
    "accuracy",
    "precision",
    "recall",
    "f1",
    "auroc",
    "average_precision",
    "brier",
)
_ELEMENTS_AT_ONCE = 2_000_000


class Figure(TypedDict):
    """A value and its 95% interval; the interval is None where resamples cannot give one."""

    value: float
    low: float | None
    high: float | None


def evaluate(
    probabilities: ArrayLike,
    targets: ArrayLike,
    *,
    resamples: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> dict[str, Figure | None]:
    """Metrics at threshold 0.5 of `probabilities` (n,) against soft `targets` (n,) in [0, 1].

    Targets become hard at 0.5 and those at exactly 0.5 are left out; the Brier score compares with
    the hard target. A figure is None where it is undefined: AUROC with one class, precision with
    nothing predicted similar. Intervals: percentile bootstrap over pairs (Efron & Tibshirani 1993).

    Raises:
        ValueError: shapes differ or a value is not within [0, 1].
    """
    p, t = np.asarray(probabilities, dtype=float), np.asarray(targets, dtype=float)
    if p.shape != t.shape or p.ndim != 1:
        raise ValueError(f"probabilities {p.shape} and targets {t.shape} must be equal and flat")
    if not (_is_share(p) and _is_share(t)):
        raise ValueError("probabilities and targets must lie within 0 and 1")
    decided = t != 0.5
    p, positive = p[decided], t[decided] > 0.5
    if not len(p):
        return dict.fromkeys(METRICS)
    order = np.argsort(-p, kind="stable")
    p, positive = p[order], positive[order]
    point = _metrics(np.ones((1, len(p))), p, positive)[:, 0]
    draws = _bootstrap(p, positive, resamples, np.random.default_rng(seed))
    return {name: _figure(point[i], draws[i], level) for i, name in enumerate(METRICS)}


def count_undecided(targets: Sequence[float]) -> int:
    """How many targets sit at exactly 0.5 and are left out by `evaluate`."""
    return sum(target == 0.5 for target in targets)


def _is_share(values: Floats) -> bool:
    return bool(np.all((values >= 0) & (values <= 1)))


def _figure(value: float, draws: Floats, level: float) -> Figure | None:
    if np.isnan(value):
        return None
    valid = draws[~np.isnan(draws)]
    if len(valid) < 2:
        return {"value": float(value), "low": None, "high": None}
    low, high = np.quantile(valid, [(1 - level) / 2, (1 + level) / 2])
    return {"value": float(value), "low": float(low), "high": float(high)}


def _bootstrap(p: Floats, positive: NDArray[np.bool_], n: int, rng: np.random.Generator) -> Floats:
    """Metrics of `n` resamples, shape (len(METRICS), n)."""
    size = len(p)
    at_once = max(1, _ELEMENTS_AT_ONCE // size)
    parts = []
    for start in range(0, n, at_once):
        rows = min(at_once, n - start)
        drawn = rng.integers(size, size=(rows, size)) + size * np.arange(rows)[:, None]
        weights = np.bincount(drawn.ravel(), minlength=rows * size).reshape(rows, size)
        parts.append(_metrics(weights.astype(float), p, positive))
    return np.concatenate(parts, axis=1) if parts else np.empty((len(METRICS), 0))


def _metrics(weights: Floats, p: Floats, positive: NDArray[np.bool_]) -> Floats:
    """All metrics for each row of `weights` (r, n); `p` must be sorted, highest first."""
    said = p >= 0.5
    n = weights.sum(1)
    true_positive = weights @ (said & positive)
    predicted, actual = weights @ said, weights @ positive
    correct = weights @ (said == positive)
    brier = weights @ ((p - positive) ** 2)
    auroc, average_precision = _ranking(weights, p, positive)
    return np.stack(
        [
            correct / n,
            _ratio(true_positive, predicted),
            _ratio(true_positive, actual),
            _ratio(2 * true_positive, predicted + actual),
            auroc,
            average_precision,
            brier / n,
        ]
    )


def _ranking(weights: Floats, p: Floats, positive: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """AUROC (ties count half) and average precision for each row of `weights`."""
    starts = np.flatnonzero(np.r_[True, p[1:] != p[:-1]])
    ups = np.add.reduceat(weights * positive, starts, axis=1)
    totals = np.add.reduceat(weights, starts, axis=1)
    downs = totals - ups
    ups_so_far, totals_so_far = ups.cumsum(1), totals.cumsum(1)
    actual, n = ups_so_far[:, -1], totals_so_far[:, -1]
    won = (downs * (ups_so_far - 0.5 * ups)).sum(1)
    precision = np.divide(
        ups_so_far, totals_so_far, out=np.zeros_like(ups_so_far), where=totals_so_far > 0
    )
    return _ratio(won, actual * (n - actual)), _ratio((ups * precision).sum(1), actual)


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    out = np.full(numerator.shape, np.nan)
    return np.divide(numerator, denominator, out=out, where=denominator > 0)
