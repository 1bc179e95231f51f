"""Agreement of any number of annotators: per cent, Fleiss' kappa and Gwet's AC1.

Generalised to varying numbers of ratings a unit as in Gwet, Handbook of Inter-Rater Reliability
(4th ed. 2014, ch. 2): units with one rating count for the marginals only. All functions take
`weights` (r, p) and `counts` (p, q) as in `alpha`, here with every rated unit, and give (r,).
"""

from __future__ import annotations

import numpy as np

from modeling.agreement.bootstrap import divide
from modeling.agreement.ratings import Floats


def percent_agreement(weights: Floats, counts: Floats) -> Floats:
    """Chance that two ratings of a unit are equal, averaged over units with two or more."""
    ratings = counts.sum(1)
    twice = ratings >= 2
    pairs = np.where(twice, ratings * (ratings - 1), 1.0)
    agreeing = (counts * (counts - 1)).sum(1) / pairs
    return divide(weights @ (agreeing * twice), weights @ twice.astype(float))


def fleiss_kappa(weights: Floats, counts: Floats) -> Floats:
    """Fleiss 1971; chance agreement is the sum of squared mean label shares."""
    observed = percent_agreement(weights, counts)
    chance = (_label_shares(weights, counts) ** 2).sum(1)
    return divide(observed - chance, 1.0 - chance)


def gwet_ac1(weights: Floats, counts: Floats) -> Floats:
    """Gwet 2008; chance agreement does not run away when one label is rare."""
    observed = percent_agreement(weights, counts)
    q = counts.shape[1]
    if q < 2:
        return np.full(len(weights), np.nan)
    shares = _label_shares(weights, counts)
    chance = (shares * (1.0 - shares)).sum(1) / (q - 1)
    return divide(observed - chance, 1.0 - chance)


def _label_shares(weights: Floats, counts: Floats) -> Floats:
    per_unit = counts / counts.sum(1, keepdims=True)
    return (weights @ per_unit) / weights.sum(1, keepdims=True)
