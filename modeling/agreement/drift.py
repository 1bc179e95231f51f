"""Whether somebody's agreement changes over the weeks, and whether the numbers could show it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, TypedDict

import numpy as np
from numpy.typing import ArrayLike

from modeling.agreement.ratings import Floats
from modeling.agreement.shrinkage import wilson

LEAST_LABELS = 30
# Below so many on either side the test's normal approximation does not hold (Cochran 1954).
LEAST_OF_A_KIND = 5
# A change over the whole time that may be 20 points larger or smaller than it looks says nothing.
WIDEST = 0.2
FALSE_ALARMS = 0.05

TrendVerdict = Literal[
    "too few labels to say",
    "no change that these numbers could show",
    "agreement rose over the weeks",
    "agreement fell over the weeks",
]


class Week(TypedDict):
    """`value` is None in a week without labels; the 95% interval is Wilson's."""

    week: int
    n: int
    agreed: float
    value: float | None
    low: float
    high: float


class Trend(TypedDict):
    """`change`: of the share over the whole time, on a straight line, with its 95% interval.

    `z` and `p`: Cochran-Armitage test; `p_adjusted`: for the number of people tested. None where
    there is nothing to test.
    """

    change: float | None
    low: float | None
    high: float | None
    z: float | None
    p: float | None
    p_adjusted: float | None
    verdict: TrendVerdict


def weekly(weeks: ArrayLike, agreed: ArrayLike, n: ArrayLike) -> list[Week]:
    """`agreed` of `n` labels in each of `weeks`, each (w,)."""
    found: list[Week] = []
    for week, right, count in zip(
        *(np.asarray(x).tolist() for x in (weeks, agreed, n)), strict=True
    ):
        low, high = wilson(right, count)
        value = right / count if count else None
        found.append({
            "week": int(week), "n": int(count), "agreed": right, "value": value,
            "low": low, "high": high,
        })  # fmt: skip
    return found


def trend(weeks: ArrayLike, agreed: ArrayLike, n: ArrayLike) -> Trend:
    """Test of a trend in `agreed` of `n` labels over `weeks`, each (w,), for one person.

    Cochran 1954, "Some Methods for Strengthening the Common Chi-square Tests", and Armitage 1955,
    "Tests for Linear Trends in Proportions": the score test of the slope of a logistic regression
    on the week. The change is the weighted least-squares line's, with the same variance.

    Raises:
        ValueError: shapes differ, or more agreed in a week than there were labels.
    """
    week, right, count = (np.asarray(x, dtype=np.float64) for x in (weeks, agreed, n))
    if week.ndim != 1 or not week.shape == right.shape == count.shape:
        raise ValueError("weeks, agreed and n must be flat and of one length")
    if np.any(right < 0) or np.any(right > count):
        raise ValueError("agreed must lie within 0 and n")
    used = count > 0
    return _tested(week[used], right[used], count[used])


def _tested(week: Floats, right: Floats, count: Floats) -> Trend:
    n, agreed = float(count.sum()), float(right.sum())
    if n < LEAST_LABELS or len(np.unique(week)) < 2:
        return _untested("too few labels to say")
    if min(agreed, n - agreed) < LEAST_OF_A_KIND:
        return _untested("no change that these numbers could show")
    share, away = agreed / n, week - (count @ week) / n
    spread = float(count @ away**2)
    score, variance = float((right - count * share) @ away), share * (1 - share) * spread
    span = float(week.max() - week.min())
    change, half = span * score / spread, 1.959964 * span * math.sqrt(variance) / spread
    z = score / math.sqrt(variance)
    p = math.erfc(abs(z) / math.sqrt(2))
    return {
        "change": change, "low": change - half, "high": change + half,
        "z": z, "p": p, "p_adjusted": p, "verdict": _verdict(change, half, p),
    }  # fmt: skip


def _untested(verdict: TrendVerdict) -> Trend:
    return {
        "change": None, "low": None, "high": None,
        "z": None, "p": None, "p_adjusted": None, "verdict": verdict,
    }  # fmt: skip


def _verdict(change: float, half: float, p: float) -> TrendVerdict:
    if half > WIDEST:
        return "too few labels to say"
    if p >= FALSE_ALARMS:
        return "no change that these numbers could show"
    return "agreement rose over the weeks" if change > 0 else "agreement fell over the weeks"


def allow_for_many(trends: Sequence[Trend]) -> list[Trend]:
    """The same with `p_adjusted` by Holm's method, and verdicts that go by it.

    Of 50 people without any change two or three would otherwise be said to have changed (Holm 1979,
    "A Simple Sequentially Rejective Multiple Test Procedure").
    """
    tested = sorted((t["p"], i) for i, t in enumerate(trends) if t["p"] is not None)
    adjusted, largest = [*trends], 0.0
    for rank, (p, place) in enumerate(tested):
        largest = max(largest, min(1.0, p * (len(tested) - rank)))
        found = trends[place]
        change, low = found["change"], found["low"]
        assert change is not None
        assert low is not None
        verdict = _verdict(change, change - low, largest)
        adjusted[place] = {**found, "p_adjusted": largest, "verdict": verdict}
    return adjusted
