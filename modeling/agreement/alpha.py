"""Krippendorff's alpha (Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability").

Any number of annotators, any missing ratings. All functions take `counts` (p, q), ratings by label
for each pattern of units with two ratings or more, and `weights` (r, p), units of each pattern in
each of r resamples, and give alpha (r,), NaN where no two different labels occur.
"""

from __future__ import annotations

import numpy as np

from modeling.agreement.bootstrap import divide
from modeling.agreement.ratings import Floats


def alpha_nominal(weights: Floats, counts: Floats) -> Floats:
    """Labels differ or they do not."""
    ratings = counts.sum(1)
    disagreeing = (ratings**2 - (counts**2).sum(1)) / (ratings - 1)
    marginals = weights @ counts
    n = marginals.sum(1)
    expected = divide(n**2 - (marginals**2).sum(1), n - 1)
    return 1.0 - divide(weights @ disagreeing, expected)


def alpha_ordinal(weights: Floats, counts: Floats) -> Floats:
    """Labels in the order of the columns.

    The ordinal difference of two labels is the difference of their mid-ranks among all pairable
    ratings, so that the sums over pairs of labels become second moments of mid-ranks.
    """
    ratings = counts.sum(1)
    marginals = weights @ counts
    n = marginals.sum(1)
    ranks = marginals.cumsum(1) - marginals / 2.0
    ranks -= ((marginals * ranks).sum(1) / np.maximum(n, 1.0))[:, None]
    squares = (weights @ (counts * (ratings / (ratings - 1))[:, None])) * ranks**2
    # Sum over the ratings of a unit of their ranks, squared: (r, p).
    sums = (ranks @ counts.T) ** 2 / (ratings - 1)
    observed = squares.sum(1) - (weights * sums).sum(1)
    expected = divide(n * (marginals * ranks**2).sum(1), n - 1)
    return 1.0 - divide(observed, expected)
