"""Every agreement figure at once, as the dashboard and the command line show them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from modeling.agreement.alpha import alpha_nominal, alpha_ordinal
from modeling.agreement.bootstrap import Figure, estimate
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
    ratings = read_ratings(rows, order)
    return coefficients(ratings, resamples=resamples, seed=seed) | {
        "cohen_kappa": pairwise_kappas(ratings, resamples=resamples, seed=seed),
        "annotators": len(ratings.annotators),
        "repeated": ratings.repeated,
    }


def coefficients(ratings: Ratings, *, resamples: int, seed: int) -> dict[str, Any]:
    """The coefficients for all annotators together, and how much they rest on."""
    rated = count_patterns(ratings)
    paired = pairable(rated)

    def figure(coefficient: Callable[[Floats, Floats], Floats], patterns: Patterns) -> Figure:
        return estimate(
            lambda weights: coefficient(weights, patterns.counts),
            patterns.units if len(paired.units) else paired.units,
            resamples=resamples,
            seed=seed,
            why=NO_VARIATION if len(paired.units) else NO_OVERLAP,
        )

    return {
        **{name: figure(coefficient, paired) for name, coefficient in ALPHAS.items()},
        **{name: figure(coefficient, rated) for name, coefficient in OTHERS.items()},
        "units": len(ratings.units),
        "labels": len(ratings.unit),
        "units_with_overlap": int(paired.units.sum()),
    }
