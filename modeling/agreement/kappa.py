"""Cohen's kappa (Cohen 1960) between each two annotators."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from modeling.agreement.bootstrap import Figure, divide, estimate
from modeling.agreement.ratings import Floats, Ratings


def cohen_kappa(weights: Floats, q: int) -> Floats:
    """Kappa (r,) of `weights` (r, q * q), the flattened tables of one annotator by the other."""
    tables = weights.reshape(-1, q, q)
    n = tables.sum((1, 2))
    observed = divide(np.trace(tables, axis1=1, axis2=2), n)
    chance = divide((tables.sum(1) * tables.sum(2)).sum(1), n**2)
    return divide(observed - chance, 1.0 - chance)


def pairwise_tables(ratings: Ratings) -> Iterator[tuple[int, int, Floats]]:
    """(annotator, annotator, table (q, q)) for each two annotators who share a unit."""
    first, second = _shared(ratings)
    if not len(first):
        return
    a, b = ratings.annotator[first], ratings.annotator[second]
    swap = a > b
    first, second = np.where(swap, second, first), np.where(swap, first, second)
    q, n = len(ratings.labels), len(ratings.annotators)
    pair = ratings.annotator[first] * n + ratings.annotator[second]
    cell = ratings.label[first] * q + ratings.label[second]
    pairs, index = np.unique(pair, return_inverse=True)
    tables = np.bincount(index * q * q + cell, minlength=len(pairs) * q * q)
    for code, table in zip(pairs.tolist(), tables.reshape(-1, q, q), strict=True):
        yield code // n, code % n, table.astype(float)


def _shared(ratings: Ratings) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of each two ratings of the same unit."""
    order = np.argsort(ratings.unit, kind="stable")
    unit = ratings.unit[order]
    firsts, seconds = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    distance = 1
    while len(same := np.flatnonzero(unit[distance:] == unit[: len(unit) - distance])):
        firsts.append(order[same])
        seconds.append(order[same + distance])
        distance += 1
    return np.concatenate(firsts), np.concatenate(seconds)


def pairwise_kappas(ratings: Ratings, *, resamples: int, seed: int) -> list[dict[str, object]]:
    """[{"a", "b", "value", "low", "high", "n"}, ...], with "why" where there is no value."""
    figures = []
    for a, b, table in pairwise_tables(ratings):
        figure = kappa_figure(table, resamples=resamples, seed=seed)
        names = {"a": ratings.annotators[a], "b": ratings.annotators[b]}
        figures.append({**names, **figure, "n": int(table.sum())})
    return figures


def kappa_figure(table: Floats, *, resamples: int, seed: int) -> Figure:
    """Kappa of a `table` (q, q) of one's answers by the other's, with its interval."""
    cells = table.ravel()
    used = cells > 0
    return estimate(
        lambda weights: cohen_kappa(_spread(weights, used), len(table)),
        cells[used],
        resamples=resamples,
        seed=seed,
        why="both gave one and the same label throughout",
    )


def _spread(weights: Floats, used: NDArray[np.bool_]) -> Floats:
    full = np.zeros((len(weights), len(used)))
    full[:, used] = weights
    return full
