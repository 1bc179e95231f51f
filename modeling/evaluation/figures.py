"""Metrics with percentile-bootstrap intervals (Efron & Tibshirani 1993) over clusters of pairs."""

from __future__ import annotations

from typing import TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modeling.evaluation.metrics import (
    DECISION_METRICS,
    METRICS,
    Flags,
    Floats,
    Ranked,
    checked,
    rates,
)
from modeling.evaluation.resampling import (
    FEWEST_ALIKE,
    Clusters,
    compact,
    resampled,
    resampled_tables,
)

RESAMPLES = 1000
LEVEL = 0.95
Counts = NDArray[np.int64]
_SAME = 1e-12  # what rounding makes of equal draws


class Figure(TypedDict):
    """A value and its 95% interval; the interval is None where resamples cannot give one."""

    value: float
    low: float | None
    high: float | None


Figures = dict[str, Figure | None]


def evaluate(
    probabilities: ArrayLike,
    targets: ArrayLike,
    *,
    clusters: Clusters | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = LEVEL,
) -> Figures:
    """METRICS of `probabilities` (n,) against soft `targets` (n,) in [0, 1], decisions at 0.5.

    Targets become hard at 0.5 and those at exactly 0.5 are left out; Brier score and calibration
    error compare with the hard target. The expected calibration error is that of Guo et al. (2017):
    15 bins of equal width, of the probability that a pair is similar. A figure is None where it is
    undefined: AUROC with one class, precision with nothing predicted similar.

    clusters: numbers (n,) of pairs that are not independent, as `clusters_of` gives them; without,
        each pair is by itself.

    Raises:
        ValueError: shapes differ or a value is not within [0, 1].
    """
    p, t = checked(probabilities, targets)
    decided = t != 0.5
    if not decided.any():
        return dict.fromkeys(METRICS)
    ranked = Ranked.of(p[decided], t[decided] > 0.5)
    point = ranked.metrics(np.ones((1, len(ranked.positive))))[:, 0]
    drawn = _of_decided(clusters, decided)[ranked.order]
    draws = [ranked.metrics(weights) for weights in resampled(drawn, resamples, seed)]
    every = np.hstack([np.empty((len(METRICS), 0)), *draws])
    said = p[decided][ranked.order] >= 0.5
    behind = clusters_behind(METRICS, drawn, ranked.positive, said)
    return in_figures(METRICS, point, every, behind, level)


def evaluate_decisions(
    similar: Flags,
    targets: ArrayLike,
    *,
    clusters: Clusters | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = LEVEL,
) -> Figures:
    """DECISION_METRICS of the decisions `similar` (n,), however they were made.

    They follow from the confusion table, which is all that is resampled: the same bootstrap as that
    of `evaluate`, without its arrays.
    """
    _, t = checked(np.asarray(similar, dtype=float), targets)
    decided = t != 0.5
    if not decided.any():
        return dict.fromkeys(DECISION_METRICS)
    said, positive = np.asarray(similar)[decided], t[decided] > 0.5
    # True positives, false positives, missed, true negatives.
    cells = 3 - 2 * said - positive
    point = rates(*np.bincount(cells, minlength=4)[:, None].astype(float))[:, 0]
    drawn = _of_decided(clusters, decided)
    draws = rates(*resampled_tables(cells, 4, drawn, resamples, seed))
    behind = clusters_behind(DECISION_METRICS, drawn, positive, said)
    return in_figures(DECISION_METRICS, point, draws, behind, level)


def clusters_behind(
    names: tuple[str, ...], clusters: Clusters, positive: Flags, said: Flags
) -> Counts:
    """How many clusters each metric rests on, (k,): recall and F1 on those with a similar pair,
    precision on those with a pair that was `said` to be similar, the others on all."""
    similar, called, every = (
        len(np.unique(clusters[rows])) for rows in (positive, said, slice(None))
    )
    some = {"recall": similar, "f1": similar, "precision": called}
    return np.array([some.get(name, every) for name in names])


def _of_decided(clusters: Clusters | None, decided: Flags) -> Clusters:
    if clusters is None:
        return np.arange(int(decided.sum()))
    return compact(np.asarray(clusters)[decided])


def mean(
    values: Floats, *, clusters: Clusters, seed: int = 0, level: float = LEVEL
) -> Figure | None:
    """Of `values` (n,), None where there are none; `clusters` as in `evaluate`."""
    if not len(values):
        return None
    draws = [w @ values / w.sum(1) for w in resampled(compact(clusters), RESAMPLES, seed)]
    every = np.concatenate([np.empty(0), *draws])
    return _in_figure(float(values.mean()), every, len(np.unique(clusters)), level)


def in_figures(
    names: tuple[str, ...], point: Floats, draws: Floats, clusters: Counts, level: float
) -> Figures:
    """`point` (k,), `draws` (k, r) and how many `clusters` (k,) are behind them, by `names`."""
    rows = zip(names, point, draws, clusters, strict=True)
    return {
        name: _in_figure(float(value), row, int(count), level) for name, value, row, count in rows
    }


def _in_figure(value: float, draws: Floats, clusters: int, level: float) -> Figure | None:
    """None where the value is NaN; draws that are NaN do not count."""
    if np.isnan(value):
        return None
    valid = draws[~np.isnan(draws)]
    if len(valid) < 2 or (clusters < FEWEST_ALIKE and np.ptp(valid) <= _SAME):
        return {"value": value, "low": None, "high": None}
    low, high = np.quantile(valid, [(1 - level) / 2, (1 + level) / 2])
    return {"value": value, "low": float(low), "high": float(high)}
