"""What can be said about each annotator, and how surely.

Nobody is compared with a consensus that their own label went into, and nothing is said of anybody
where the numbers leave much open. People come in the order of their codes, never by their figures:
where intervals overlap an order would claim what nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modeling.agreement.drift import Trend, Week, allow_for_many, trend, weekly
from modeling.agreement.ratings import Floats
from modeling.agreement.shrinkage import Shrunk, shrink, wilson
from modeling.stopping import VERDICTS

Codes = NDArray[np.int64]

NONE = -1
# An interval of 20 points holds both a person who agrees as usual and one who does not.
WIDEST = 0.2
# Said of somebody only if the opposite is less likely than this.
CHANCE = 0.025
_SIMILAR, _NOT_SIMILAR = VERDICTS.index("similar"), VERDICTS.index("not_similar")

RateVerdict = Literal[
    "too few labels to say",
    "no difference from the others that these numbers could show",
    "more often than is usual here",
    "less often than is usual here",
]


class Rate(TypedDict):
    """`agreed` of `n`; `raw` is their ratio, `value` is drawn towards the group, with its interval.

    `usual` is what the others show. None where nobody has any label.
    """

    n: int
    agreed: int
    raw: float | None
    value: float | None
    low: float | None
    high: float | None
    usual: float | None
    verdict: RateVerdict


class Reliability(TypedDict):
    """All about one annotator.

    `consensus`: sure labels like the majority of the others' sure labels on the unit; `confusion`
    (2, 3): own verdicts, in the order of `VERDICTS`, where that majority is similar, not similar.
    `gold`: sure labels like the known answer. `repeats`: second answers like the first.
    """

    annotator: int
    n: int
    consensus: Rate
    confusion: list[list[int]]
    gold: Rate
    repeats: Rate
    weeks: list[Week]
    trend: Trend


@dataclass(frozen=True, slots=True)
class Answers:
    """Codes of `unit`, `annotator` and `verdict` (in `VERDICTS`), one entry a label, each (n,).

    `week` (n,) counts weeks from anywhere; empty where time is not known. `gold` (n_units,) is the
    verdict known to be right, `NONE` where there is none; may be empty. `repeats` holds
    (annotator, first verdict, second verdict), one each time somebody met a unit again.

    Raises:
        ValueError: lengths differ, a code is out of range, or somebody has two labels on a unit.
    """

    unit: Codes
    annotator: Codes
    verdict: Codes
    week: Codes = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    gold: Codes = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    repeats: Codes = field(default_factory=lambda: np.empty((0, 3), dtype=np.int64))

    def __post_init__(self) -> None:
        n = len(self.unit)
        if not n == len(self.annotator) == len(self.verdict) or len(self.week) not in (0, n):
            raise ValueError("unit, annotator, verdict and week must be of one length")
        verdicts = np.concatenate([self.verdict, self.repeats[:, 1:].ravel()])
        who = np.concatenate([self.annotator, self.repeats[:, 0]])
        if min(c.min(initial=0) for c in (self.unit, who, verdicts)) < 0:
            raise ValueError("codes must not be negative")
        if max(verdicts.max(initial=0), self.gold.max(initial=0)) >= len(VERDICTS):
            raise ValueError(f"verdicts must lie within 0 and {len(VERDICTS) - 1}")
        if len(self.gold) and self.unit.max(initial=-1) >= len(self.gold):
            raise ValueError("gold must have one entry a unit")
        both = np.sort(self.unit * (self.annotator.max(initial=0) + 1) + self.annotator)
        if np.any(both[1:] == both[:-1]):
            raise ValueError("somebody has two labels on a unit: give the later one only")


def answers(
    unit: ArrayLike, annotator: ArrayLike, verdict: ArrayLike, *,
    week: ArrayLike = (), gold: ArrayLike = (), repeats: Iterable[Sequence[int]] = (),
) -> Answers:  # fmt: skip
    """`Answers` from anything like arrays."""
    codes = [np.asarray(x, dtype=np.int64) for x in (unit, annotator, verdict, week, gold)]
    again = np.array(list(repeats), dtype=np.int64).reshape(-1, 3)
    return Answers(codes[0], codes[1], codes[2], week=codes[3], gold=codes[4], repeats=again)


def reliability(given: Answers, *, n_annotators: int | None = None) -> list[Reliability]:
    """One entry an annotator, by code; see `Reliability`."""
    highest = max(given.annotator.max(initial=-1), given.repeats[:, 0].max(initial=-1))
    m = int(highest) + 1 if n_annotators is None else n_annotators
    if highest >= m:
        raise ValueError(f"annotators must lie within 0 and {m - 1}")
    consensus = consensus_of_others(given)
    confusion = _confusions(given, consensus, m)
    gold = given.gold[given.unit] if len(given.gold) else np.full(len(given.unit), NONE)
    who, first, second = given.repeats.T
    rates = (
        _rates(*_counted(given.annotator, given.verdict, consensus, m)),
        _rates(*_counted(given.annotator, given.verdict, gold, m)),
        _rates(np.bincount(who[first == second], minlength=m), np.bincount(who, minlength=m)),
    )
    weeks = _weeks(given, consensus, m)
    trends = allow_for_many([trend(*person) for person in weeks])
    labels = np.bincount(given.annotator, minlength=m).tolist()
    return [
        {
            "annotator": person, "n": labels[person], "consensus": rates[0][person],
            "confusion": confusion[person].tolist(), "gold": rates[1][person],
            "repeats": rates[2][person], "weeks": weekly(*weeks[person]), "trend": trends[person],
        }
        for person in range(m)
    ]  # fmt: skip


def consensus_of_others(given: Answers) -> Codes:
    """For each label, the majority of the *other* people's sure verdicts on its unit, (n,).

    `NONE` where they tie or nobody else was sure. Leaving a person's own label out matters most
    where few judge a unit: of three, one label is a third of the majority.
    """
    margin = np.select([given.verdict == _SIMILAR, given.verdict == _NOT_SIMILAR], [1, -1], 0)
    whole = np.bincount(given.unit, weights=margin).astype(np.int64)
    others = whole[given.unit] - margin
    return np.select([others > 0, others < 0], [_SIMILAR, _NOT_SIMILAR], NONE)


def _counted(who: Codes, verdict: Codes, reference: Codes, m: int) -> tuple[Codes, Codes]:
    """Agreements and comparisons of each person (m,), of sure verdicts with sure references."""
    sure = np.isin(verdict, (_SIMILAR, _NOT_SIMILAR))
    compared = sure & np.isin(reference, (_SIMILAR, _NOT_SIMILAR))
    agreeing = np.bincount(who[compared & (verdict == reference)], minlength=m)
    return agreeing, np.bincount(who[compared], minlength=m)


def _rates(agreed: Codes, n: Codes) -> list[Rate]:
    drawn = shrink(agreed, n)
    return [
        _rate(drawn, person, int(agreed[person]), int(n[person]), n) for person in range(len(n))
    ]


def _rate(drawn: Shrunk, person: int, agreed: int, n: int, everybody: Codes) -> Rate:
    if not everybody.any():
        return {
            "n": 0, "agreed": 0, "raw": None, "value": None, "low": None, "high": None,
            "usual": None, "verdict": "too few labels to say",
        }  # fmt: skip
    value, low, high, usual, above = (
        float(of[person]) for of in (drawn.value, drawn.low, drawn.high, drawn.usual, drawn.above)
    )
    # A narrow interval that comes from the group alone is no reason to speak about a person.
    own_low, own_high = wilson(agreed, n)
    return {
        "n": n, "agreed": agreed, "raw": agreed / n if n else None,
        "value": value, "low": low, "high": high, "usual": usual,
        "verdict": _verdict(max(high - low, own_high - own_low), above),
    }  # fmt: skip


def _verdict(width: float, above: float) -> RateVerdict:
    if width > WIDEST:
        return "too few labels to say"
    if CHANCE <= above <= 1 - CHANCE:
        return "no difference from the others that these numbers could show"
    return "more often than is usual here" if above > 0.5 else "less often than is usual here"


def _confusions(given: Answers, consensus: Codes, m: int) -> Codes:
    """Counts (m, 2, 3)."""
    known = consensus != NONE
    cell = (given.annotator * 2 + consensus) * len(VERDICTS) + given.verdict
    return np.bincount(cell[known], minlength=m * 2 * len(VERDICTS)).reshape(m, 2, len(VERDICTS))


def _weeks(given: Answers, consensus: Codes, m: int) -> list[tuple[Floats, Floats, Floats]]:
    """Of each person: weeks with a comparison, agreements and comparisons in each."""
    nothing = (np.empty(0),) * 3
    if not len(given.week):
        return [nothing] * m
    first = int(given.week.min())
    span = int(given.week.max()) - first + 1
    cell = given.annotator * span + (given.week - first)
    agreed, n = (
        counts.reshape(m, span).astype(np.float64)
        for counts in _counted(cell, given.verdict, consensus, m * span)
    )
    week = np.arange(first, first + span, dtype=np.float64)
    return [(week[n[p] > 0], agreed[p][n[p] > 0], n[p][n[p] > 0]) for p in range(m)]
