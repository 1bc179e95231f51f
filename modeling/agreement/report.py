"""Every agreement figure at once, as the dashboard and the command line show them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from modeling.agreement.alpha import alpha_nominal, alpha_ordinal
from modeling.agreement.bootstrap import Figure, estimates
from modeling.agreement.fleiss import fleiss_kappa, gwet_ac1, percent_agreement
from modeling.agreement.kappa import pairwise_kappas
from modeling.agreement.ratings import (
    Floats,
    Patterns,
    Ratings,
    Row,
    count_patterns,
    pairable,
    read_ratings,
)

Coefficient = Callable[[Floats, Floats], Floats]

NO_OVERLAP = "no unit was labelled by two annotators"
NO_VARIATION = "only one label occurs, so agreement by chance is certain"
ALPHAS = {"alpha_nominal": alpha_nominal, "alpha_ordinal": alpha_ordinal}
OTHERS = {
    "fleiss_kappa": fleiss_kappa,
    "gwet_ac1": gwet_ac1,
    "percent_agreement": percent_agreement,
}


def agreement_report(
    rows: Iterable[Row],
    *,
    order: Sequence[str] | None = None,
    resamples: int = 500,
    seed: int = 0,
) -> dict[str, Any]:
    """Agreement among annotators from `rows` of (unit, annotator, label), any missing.

    `order` lists the labels from lowest to highest; by default that of similarity judgements, or
    alphabetical. Of two labels by one annotator on one unit the later counts. A figure that cannot
    be computed has value None and says `why`. Intervals: percentile bootstrap over units.

    Raises:
        ValueError: a label is not in `order`.
    """
    return report_on(read_ratings(rows, order), resamples=resamples, seed=seed)


def report_on(ratings: Ratings, *, resamples: int = 500, seed: int = 0) -> dict[str, Any]:
    """As `agreement_report`, of ratings that are arrays already."""
    return coefficients(ratings, resamples=resamples, seed=seed) | {
        "cohen_kappa": pairwise_kappas(ratings, resamples=resamples, seed=seed),
        "annotators": len(ratings.annotators),
        "repeated": ratings.repeated,
    }


def coefficients(ratings: Ratings, *, resamples: int, seed: int) -> dict[str, Any]:
    """The coefficients for all annotators together, and how much they rest on."""
    rated = count_patterns(ratings)
    paired = pairable(rated)

    def figures(of: Mapping[str, Coefficient], patterns: Patterns) -> dict[str, Figure]:
        told = {
            name: partial(_of_counts, coefficient, patterns.counts)
            for name, coefficient in of.items()
        }
        weights = patterns.units if len(paired.units) else paired.units
        why = NO_VARIATION if len(paired.units) else NO_OVERLAP
        return estimates(told, weights, resamples=resamples, seed=seed, why=why)

    return {
        **figures(ALPHAS, paired),
        **figures(OTHERS, rated),
        "units": len(ratings.units),
        "labels": len(ratings.unit),
        "units_with_overlap": int(paired.units.sum()),
    }


def _of_counts(coefficient: Coefficient, counts: Floats, weights: Floats) -> Floats:
    return coefficient(weights, counts)
