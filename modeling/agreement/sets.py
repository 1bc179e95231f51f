"""Agreement on reasons: a label's reasons are a set, and sets may agree in part.

Like `alpha`, everything follows from `counts` (p, s), ratings by set for each pattern of units with
two or more, and from weights of patterns, so that a bootstrap over units is a few matrix products.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import partial
from typing import TypedDict

import numpy as np

from modeling.agreement.alpha import alpha_nominal
from modeling.agreement.bootstrap import Figure, divide, estimate, estimates
from modeling.agreement.ratings import (
    Floats,
    Patterns,
    Ratings,
    count_patterns,
    pairable,
    read_ratings,
)

SetRow = tuple[Hashable, Hashable, Iterable[str] | None]

NO_OVERLAP = "no unit was given reasons by two annotators"
NO_VARIATION = "only one set of reasons occurs, so agreement by chance is certain"
ONE_ANSWER = "all gave this reason, or nobody did, so agreement by chance is certain"
NOBODY = "nobody gave this reason where two annotators gave any"


class ReasonFigures(TypedDict):
    """One reason by itself; `given` counts the labels that have it, `share` is that of all."""

    reason: str
    given: int
    share: float
    alpha_nominal: Figure
    positive_agreement: Figure


class ReasonsReport(TypedDict):
    """Counts are of labels and units whose reasons are known."""

    alpha_masi: Figure
    alpha_jaccard: Figure
    by_reason: list[ReasonFigures]
    units: int
    units_with_overlap: int
    labels: int


def reasons_report(
    rows: Iterable[SetRow], *, resamples: int = 1000, seed: int = 0
) -> ReasonsReport:
    """Agreement on sets from `rows` of (unit, annotator, reasons).

    Reasons None are missing, as where nobody was asked for any; an empty set is an answer. Of two
    answers by one annotator on one unit the later counts. Figures that cannot be computed have
    value None and say `why`. Intervals: percentile bootstrap over units. `by_reason` is in
    alphabetical order.
    """
    return report_on_sets(*_read(rows), resamples=resamples, seed=seed)


def report_on_sets(
    ratings: Ratings, sets: Sequence[frozenset[str]], *, resamples: int = 1000, seed: int = 0
) -> ReasonsReport:
    """As `reasons_report`, of ratings whose labels are places in `sets`."""
    paired = pairable(count_patterns(ratings))

    # Sets are many, and so are their patterns: each resample is drawn once for both.
    alphas = estimates(
        {
            name: partial(_alpha, paired.counts, distances(sets))
            for name, distances in (("masi", masi_distances), ("jaccard", jaccard_distances))
        },
        paired.units, resamples=resamples, seed=seed,
        why=NO_VARIATION if len(paired.units) else NO_OVERLAP,
    )  # fmt: skip
    return {
        "alpha_masi": alphas["masi"],
        "alpha_jaccard": alphas["jaccard"],
        "by_reason": _by_reason(ratings, sets, paired, resamples=resamples, seed=seed),
        "units": len(ratings.units),
        "units_with_overlap": int(paired.units.sum()),
        "labels": len(ratings.unit),
    }


def _alpha(counts: Floats, distances: Floats, weights: Floats) -> Floats:
    return alpha_of_distances(weights, counts, distances)


def alpha_of_distances(weights: Floats, counts: Floats, distances: Floats) -> Floats:
    """Krippendorff's alpha (r,) of `weights` (r, p), `counts` (p, s) and `distances` (s, s).

    Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", with any symmetric difference
    that is 0 on the diagonal. NaN where all pairable ratings are of one kind.
    """
    disagreeing = ((counts @ distances) * counts).sum(1) / (counts.sum(1) - 1)
    marginals = weights @ counts
    n = marginals.sum(1)
    expected = divide(((marginals @ distances) * marginals).sum(1), n - 1)
    return 1.0 - divide(weights @ disagreeing, expected)


def jaccard_distances(sets: Sequence[frozenset[str]]) -> Floats:
    """1 - |A and B| / |A or B| between each two sets, (s, s); 0 between two empty ones."""
    common, union, _ = _overlaps(sets)
    return 1.0 - np.divide(common, union, out=np.ones_like(common), where=union > 0)


def masi_distances(sets: Sequence[frozenset[str]]) -> Floats:
    """1 - Jaccard similarity x monotonicity between each two sets, (s, s).

    Passonneau 2006, "Measuring Agreement on Set-valued Items (MASI) for Semantic and Pragmatic
    Annotation": monotonicity is 1 for equal sets, 2/3 where one holds the other, 1/3 where they
    merely share something, else 0.
    """
    common, _, sizes = _overlaps(sets)
    smaller = np.minimum(sizes[:, None], sizes[None, :])
    larger = np.maximum(sizes[:, None], sizes[None, :])
    monotonicity = np.select(
        [(common == smaller) & (common == larger), common == smaller, common > 0],
        [1.0, 2 / 3, 1 / 3],
        0.0,
    )
    return 1.0 - (1.0 - jaccard_distances(sets)) * monotonicity


def positive_agreement(weights: Floats, counts: Floats) -> Floats:
    """Chance that another annotator gives a reason too, when one did, (r,).

    `counts` (p, 2): ratings without and with the reason. Of all ordered pairs of ratings of a unit
    whose first has it, the share whose second has it (Fleiss 1981, for two raters the proportion of
    positive agreement of Cicchetti & Feinstein 1990), a unit's pairs weighing 1 / (ratings - 1), as
    in alpha, so that units weigh by their ratings. NaN where nobody gave it.
    """
    having = counts[:, 1]
    agreeing = having * (having - 1) / (counts.sum(1) - 1)
    return divide(weights @ agreeing, weights @ having)


def _overlaps(sets: Sequence[frozenset[str]]) -> tuple[Floats, Floats, Floats]:
    """Sizes of intersections and unions (s, s), and of the sets (s,)."""
    reasons = sorted(frozenset().union(*sets))
    member = np.array([[float(reason in one) for reason in reasons] for one in sets])
    member = member.reshape(len(sets), len(reasons))
    sizes = member.sum(1)
    common = member @ member.T
    return common, sizes[:, None] + sizes[None, :] - common, sizes


def _read(rows: Iterable[SetRow]) -> tuple[Ratings, list[frozenset[str]]]:
    """Ratings whose labels are the sets, by their place in the list."""
    sets: dict[frozenset[str], int] = {}
    named = [
        (unit, who, str(sets.setdefault(frozenset(reasons), len(sets))))
        for unit, who, reasons in rows
        if reasons is not None
    ]
    return read_ratings(named, order=[str(place) for place in range(len(sets))]), list(sets)


def _by_reason(
    ratings: Ratings, sets: Sequence[frozenset[str]], paired: Patterns, **drawn: int
) -> list[ReasonFigures]:
    """`drawn`: resamples and seed of `estimate`."""
    found: list[ReasonFigures] = []
    for reason in sorted(frozenset().union(*sets)):
        has = np.array([reason in reasons for reasons in sets], dtype=float)
        having, given = paired.counts @ has, has[ratings.label].sum()
        few = _merge(np.c_[paired.counts.sum(1) - having, having], paired.units)
        found.append({
            "reason": reason, "given": int(given), "share": float(given / len(ratings.label)),
            "alpha_nominal": _figure(alpha_nominal, few, ONE_ANSWER, **drawn),
            "positive_agreement": _figure(positive_agreement, few, NOBODY, **drawn),
        })  # fmt: skip
    return found


def _figure(
    of: Callable[[Floats, Floats], Floats], patterns: Patterns, why: str, **drawn: int
) -> Figure:
    return estimate(
        lambda weights: of(weights, patterns.counts),
        patterns.units, why=why if len(patterns.units) else NO_OVERLAP, **drawn,
    )  # fmt: skip


def _merge(counts: Floats, units: Floats) -> Patterns:
    """Patterns that became equal, as one."""
    distinct, place = np.unique(counts, axis=0, return_inverse=True)
    merged = np.bincount(place.ravel(), weights=units, minlength=len(distinct))
    return Patterns(distinct, merged.astype(np.float64))
