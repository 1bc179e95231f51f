"""How wide the interval of Krippendorff's alpha will be, in closed form.

`planning` simulates studies for the same and takes seconds; this takes none, for pages that people
wait for. On the standard library alone: a web process loads it.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

from modeling.agreement.expected_answers import Answers, Counts
from modeling.agreement.wanted import MOST_UNITS, check_wanted

LEAST_UNITS = 20
# So many resamples has the bootstrap of `report`: its bounds are themselves moved by chance.
RESAMPLES = 500
_STEP = 1e-5
_NORMAL = NormalDist()
_Z = _NORMAL.inv_cdf(0.975)
# The relative standard deviation of the distance between two empirical quantiles of a normal.
_RESAMPLING = math.sqrt(0.025 * 0.95 / (2 * RESAMPLES)) / (_NORMAL.pdf(_Z) * _Z)


@dataclass(frozen=True, slots=True)
class AlphaWidth:
    """`alpha` to expect; `error`: its standard error times the root of the units; `spread`: the
    relative standard deviation of an estimate of that error, times the same."""

    alpha: float
    error: float
    spread: float

    def half_width(self, units: int, assurance: float = 0.8) -> float:
        """Half the 95% interval that this share of studies with so many units keeps below."""
        check_wanted(0.5, assurance)
        varies = math.hypot(_RESAMPLING, self.spread / math.sqrt(units))
        wider = 1 + _NORMAL.inv_cdf(assurance) * varies
        return _Z * self.error / math.sqrt(units) * wider

    def units(self, half_width: float, assurance: float = 0.8) -> int:
        """The fewest units for an interval that narrow in the wanted share of studies.

        Raises:
            ValueError: a wanted value is out of range, or it takes more than `MOST_UNITS`.
        """
        check_wanted(half_width, assurance)
        sizes = range(LEAST_UNITS, MOST_UNITS + 1)
        place = bisect_left(sizes, True, key=lambda n: self.half_width(n, assurance) <= half_width)
        if place == len(sizes):
            raise ValueError(f"an interval that narrow takes more than {MOST_UNITS:,} pairs")
        return sizes[place]


def alpha_width(answers: Answers) -> AlphaWidth:
    """Of a nominal alpha on pairs with such answers.

    Alpha is a smooth function of the shares of patterns, so its error and that error's own follow
    by the delta method, with the influence function of each pattern (Hampel 1974, "The Influence
    Curve and Its Role in Robust Estimation"). It asks for at most a few percent more
    units than simulated studies do, from 100 units on.

    Raises:
        ValueError: there are fewer than two labels a pair, or only one verdict would occur.
    """
    if answers.each < 2:
        raise ValueError("agreement takes two labels a pair or more")
    shares = answers.shares()
    alpha, variance = _alpha_and_variance(shares)
    if math.isnan(alpha):
        raise ValueError("only one label would occur: alpha has no value then")
    if variance <= 0:
        return AlphaWidth(alpha, 0.0, 0.0)
    moved = 0.0
    for counts, share in shares.items():
        nearby = {c: (1 - _STEP) * p + _STEP * (c == counts) for c, p in shares.items()}
        moved += share * ((_alpha_and_variance(nearby)[1] - variance) / _STEP) ** 2
    return AlphaWidth(alpha, math.sqrt(variance), math.sqrt(moved) / (2 * variance))


def _alpha_and_variance(shares: Mapping[Counts, float]) -> tuple[float, float]:
    """Alpha, and the variance of its influence function, when units have patterns in `shares`."""
    each = sum(next(iter(shares)))
    verdicts = [sum(p * counts[k] for counts, p in shares.items()) / each for k in range(3)]
    by_chance = 1 - sum(share * share for share in verdicts)
    if by_chance < 1e-12:
        return math.nan, math.nan
    differing = {c: (1 - sum(n * n for n in c) / each**2) * each / (each - 1) for c in shares}
    ratio = sum(p * differing[c] for c, p in shares.items()) / by_chance
    variance = 0.0
    for counts, p in shares.items():
        shift = -2 * sum(v * (n / each - v) for v, n in zip(verdicts, counts, strict=True))
        influence = (differing[counts] - ratio * (by_chance + shift)) / by_chance
        variance += p * influence * influence
    return 1 - ratio, variance
