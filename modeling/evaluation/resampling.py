"""Resamples of pairs of which some belong together: clusters are drawn, with all their pairs.

The cluster bootstrap (Davison & Hinkley 1997, section 3.8; Field & Welsh 2007). Pairs with a video
in common are right or wrong together, and there are fewer independent ones than there are pairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from modeling.evaluation.metrics import Floats
from modeling.schema import PairExample
from modeling.splitting import numbered, video_components, video_keys

Clusters = NDArray[np.int64]

# A component with more of the pairs than this says too little of its kind to be drawn as one.
LARGEST_SHARE = 0.05
# Arrays of this size stay in the processor's cache: three times as fast as ten times the size.
_ELEMENTS_AT_ONCE = 200_000


def clusters_of(pairs: Sequence[PairExample]) -> Clusters:
    """Numbers (n,) of the connected components of the graph of videos; of a large component those
    of the rejected videos instead."""
    keys: list[tuple[object, ...]] = [()] * len(pairs)
    for number, members in enumerate(video_components(pairs)):
        large = len(members) > LARGEST_SHARE * len(pairs)
        for i in members:
            keys[i] = (number, video_keys(pairs[i])[0]) if large else (number,)
    return numbered(keys)


def compact(clusters: Clusters) -> Clusters:
    """The same clusters (n,) with numbers from 0 and without gaps."""
    return np.unique(clusters, return_inverse=True)[1].astype(np.int64)


def resampled(clusters: Clusters, resamples: int, seed: int) -> Iterator[Floats]:
    """How often each pair was drawn, (r, n) at a time, `resamples` rows in all; nothing where one
    cluster has all pairs, since that tells of no other.

    clusters: numbers (n,) without gaps.
    """
    count = int(clusters.max()) + 1
    if count == 1:
        return
    rng = np.random.default_rng(seed)
    at_once = max(1, _ELEMENTS_AT_ONCE // len(clusters))
    for start in range(0, resamples, at_once):
        rows = min(at_once, resamples - start)
        drawn = rng.integers(count, size=(rows, count)) + count * np.arange(rows)[:, None]
        times = np.bincount(drawn.ravel(), minlength=rows * count).reshape(rows, count)
        yield times[:, clusters].astype(float)


def resampled_tables(
    cells: NDArray[np.int64], size: int, clusters: Clusters, resamples: int, seed: int
) -> Floats:
    """Resampled counts (size, resamples) of the cells of a table, given the cell (n,) and the
    cluster (n,) of each pair; as `resampled`, without its arrays.

    Clusters that bring the same to a table are alike, and how many of each kind are drawn has a
    multinomial distribution.
    """
    count = int(clusters.max()) + 1
    if count == 1:
        return np.empty((size, 0))
    brought = np.bincount(clusters * size + cells, minlength=count * size).reshape(count, size)
    kinds, times = np.unique(brought, axis=0, return_counts=True)
    drawn = np.random.default_rng(seed).multinomial(count, times / count, size=resamples)
    return (drawn @ kinds).T.astype(float)
