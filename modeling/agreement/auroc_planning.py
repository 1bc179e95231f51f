"""How many labelled pairs an AUROC takes for an interval of the wanted width.

A web process answers with it, so nothing here may load numpy.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass

from modeling.agreement.wanted import MOST_UNITS, check_wanted

Z = 1.959964


@dataclass(frozen=True, slots=True)
class AurocPlan:
    """`units` with a sure label, of them `similar`, for `half_width` on each side."""

    units: int
    similar: int
    auroc: float
    half_width: float


def auroc_error(auroc: float, similar: float, other: float) -> float:
    """Standard error of an AUROC from so many `similar` and `other` pairs.

    Hanley & McNeil 1982, "The Meaning and Use of the Area under a Receiver Operating Characteristic
    (ROC) Curve", with their Q1 and Q2, which hold for exponential scores.
    """
    q1, q2 = auroc / (2 - auroc), 2 * auroc**2 / (1 + auroc)
    variance = auroc * (1 - auroc)
    variance += (similar - 1) * (q1 - auroc**2) + (other - 1) * (q2 - auroc**2)
    return math.sqrt(variance / (similar * other))


def units_for_auroc(half_width: float, *, auroc: float, prevalence: float) -> AurocPlan:
    """The fewest pairs with a sure label on which an AUROC has a 95% interval that narrow.

    `auroc` is the value expected, `prevalence` the share of similar pairs among them.

    Raises:
        ValueError: a value is out of range, or it takes more than `MOST_UNITS`.
    """
    check_wanted(half_width)
    if not 0.5 <= auroc < 1:
        raise ValueError(f"the expected AUROC must be 0.5 or more and below 1, not {auroc}")
    if not 0 < prevalence < 1:
        raise ValueError(f"prevalence must lie between 0 and 1, not {prevalence}")

    def narrow_enough(units: int) -> bool:
        error = auroc_error(auroc, units * prevalence, units * (1 - prevalence))
        return half_width >= Z * error

    least = math.ceil(max(1 / prevalence, 1 / (1 - prevalence)))
    units = least + bisect_left(range(least, MOST_UNITS + 1), True, key=narrow_enough)
    if units > MOST_UNITS:
        raise ValueError(f"an interval that narrow takes more than {MOST_UNITS:,} pairs")
    error = auroc_error(auroc, units * prevalence, units * (1 - prevalence))
    return AurocPlan(units, round(units * prevalence), auroc, Z * error)
