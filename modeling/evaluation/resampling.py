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

# With fewer there is no interval. Of a true accuracy of 0.9, percentile intervals that claim 95%
# hold it in 26% of cases with 3 clusters, 62% with 10, 86% with 20, 95% with 50; and of two equally
# good models one is called better by its Brier score in 30% with 3.
FEWEST_CLUSTERS = 20
# Where all draws are equal, as of pairs that are all right, it takes these many. Most that miss the
# truth are such: of a true 0.9 all are right in 12% of cases with 20 clusters, in 1.5% with 40.
FEWEST_ALIKE = 40
# A component with more of the pairs than this says too little of its kind to be drawn as one.
LARGEST_SHARE = 0.05
# One with no more pairs than this is drawn as one all the same: the twentieth of a small set is a
# pair or two, and would call any two independent that share a video.
LARGEST_AT_LEAST = 20
# Arrays of this size stay in the processor's cache: three times as fast as ten times the size.
_ELEMENTS_AT_ONCE = 200_000


def clusters_of(pairs: Sequence[PairExample]) -> Clusters:
    """Numbers (n,) of the connected components of the graph of videos; of a large component those
    of the rejected videos instead."""
    largest = max(LARGEST_SHARE * len(pairs), LARGEST_AT_LEAST)
    keys: list[tuple[object, ...]] = [()] * len(pairs)
    for number, members in enumerate(video_components(pairs)):
        apart = len(members) > largest
        for i in members:
            keys[i] = (number, video_keys(pairs[i])[0]) if apart else (number,)
    return numbered(keys)


def compact(clusters: Clusters) -> Clusters:
    """The same clusters (n,) with numbers from 0 and without gaps."""
    return np.unique(clusters, return_inverse=True)[1].astype(np.int64)


def resampled(clusters: Clusters, resamples: int, seed: int) -> Iterator[Floats]:
    """How often each pair was drawn, (r, n) at a time, `resamples` rows in all; nothing where there
    are fewer than FEWEST_CLUSTERS.

    clusters: numbers (n,) without gaps.
    """
    count = int(clusters.max()) + 1
    if count < FEWEST_CLUSTERS:
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
    multinomial distribution. The draws do not depend on which cell has which number.
    """
    count = int(clusters.max()) + 1
    if count < FEWEST_CLUSTERS:
        return np.empty((size, 0))
    brought = np.bincount(clusters * size + cells, minlength=count * size).reshape(count, size)
    kinds, first, times = np.unique(brought, axis=0, return_index=True, return_counts=True)
    # As they come: sorted by their cells, two models that change places would get other draws.
    came = np.argsort(first)
    drawn = np.random.default_rng(seed).multinomial(count, times[came] / count, size=resamples)
    return (drawn @ kinds[came]).T.astype(float)
