"""The data behind the pictures: columns by name, of equal length, None where there is no value."""

from __future__ import annotations

import numpy as np

from modeling.evaluation.metrics import ECE_BINS, Flags, Floats, bins_of, rates

Table = dict[str, list[float | None]]

# As many points as a picture of this size can show.
_POINTS = 400
_SCORE_BINS = 20
_Z = 1.959964  # of a 95% interval


def roc(p: Floats, positive: Flags) -> Table:
    """The operating points from none to all called similar; needs both classes."""
    thresholds, said, right = _operating_points(p, positive)
    return _table(
        false_positive_rate=(said - right) / (len(p) - positive.sum()),
        true_positive_rate=right / positive.sum(),
        threshold=thresholds,
    )


def precision_recall(p: Floats, positive: Flags) -> Table:
    """Operating points with at least one pair called similar; needs a similar pair."""
    thresholds, said, right = (column[1:] for column in _operating_points(p, positive))
    return _table(recall=right / positive.sum(), precision=right / said, threshold=thresholds)


def reliability(p: Floats, positive: Flags) -> Table:
    """Of the bins of the calibration error that hold pairs: the mean probability and the share of
    similar pairs with its 95% interval (Wilson 1927)."""
    bins = bins_of(p, ECE_BINS)
    n = np.bincount(bins, minlength=ECE_BINS).astype(float)
    there = np.flatnonzero(n)
    said = np.bincount(bins, weights=p, minlength=ECE_BINS)[there] / n[there]
    share = np.bincount(bins, weights=positive, minlength=ECE_BINS)[there] / n[there]
    low, high = _wilson(share, n[there])
    edges = np.linspace(0.0, 1.0, ECE_BINS + 1)
    return _table(
        lower=edges[there],
        upper=edges[there + 1],
        n=n[there],
        mean_probability=said,
        share_similar=share,
        low=low,
        high=high,
    )


def histogram(p: Floats, positive: Flags) -> Table:
    """How many pairs of each label have their probability in bins of 0.05."""
    edges, bins = np.linspace(0.0, 1.0, _SCORE_BINS + 1), bins_of(p, _SCORE_BINS)
    return _table(
        lower=edges[:-1],
        upper=edges[1:],
        similar=np.bincount(bins[positive], minlength=_SCORE_BINS).astype(float),
        not_similar=np.bincount(bins[~positive], minlength=_SCORE_BINS).astype(float),
    )


def thresholds(p: Floats, positive: Flags) -> Table:
    """Precision, recall and F1 for thresholds 0, 0.01, ... 1; NaN where undefined."""
    grid = np.linspace(0.0, 1.0, 101)
    called = {label: np.sort(p[positive == label]) for label in (True, False)}
    tp, fp = (len(x) - np.searchsorted(x, grid, side="left") for x in called.values())
    missed, rest = len(called[True]) - tp, len(called[False]) - fp
    _, precision, recall, f1 = rates(*(np.asarray(x, dtype=float) for x in (tp, fp, missed, rest)))
    return _table(threshold=grid, precision=precision, recall=recall, f1=f1)


def _operating_points(p: Floats, positive: Flags) -> tuple[Floats, Floats, Floats]:
    """Thresholds from above 1 downwards, how many are called similar, how many of them rightly."""
    order = np.argsort(-p, kind="stable")
    p, right = p[order], positive[order].cumsum()
    last = np.flatnonzero(np.r_[p[1:] != p[:-1], True])
    if len(last) > _POINTS:
        last = last[np.unique(np.linspace(0, len(last) - 1, _POINTS).round().astype(int))]
    return (
        np.r_[np.inf, p[last]],
        np.r_[0.0, last + 1.0],
        np.r_[0.0, right[last]],
    )


def _wilson(share: Floats, n: Floats) -> tuple[Floats, Floats]:
    middle = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z * np.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2)) / (1 + _Z**2 / n)
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


def _table(**columns: Floats) -> Table:
    return {
        name: [float(value) if np.isfinite(value) else None for value in column]
        for name, column in columns.items()
    }
