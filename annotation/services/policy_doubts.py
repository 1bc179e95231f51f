"""Kinds of pairs that even those disagree on who are otherwise at one with the others.

Where they differ, the policy is likelier to be unclear than anybody careless.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from annotation.models import ReasonCode
from annotation.queries.votes import StandingLabels

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from modeling.agreement.ratings import Ratings

# With fewer comparisons nobody can be said to be at one with the others.
LEAST_COMPARED = 20
BEST_SHARE = 1 / 3
LEAST_BEST = 3
KINDS = ("given", "language", "source")
MEASURE = "percent_agreement"


def policy_doubts(
    ratings: Ratings, given: StandingLabels, parts: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """`people` are the best, `overall` how often they give the same answer, and `kinds` the same
    of each kind of pairs, those first on which they agree least."""
    import numpy as np

    from modeling.agreement.facets import agreement_in, part_of
    from modeling.agreement.report import coefficients

    best = best_annotators(ratings)
    if len(best) < LEAST_BEST:
        return {"people": len(best), "overall": None, "kinds": []}
    chosen = np.isin(ratings.annotator, best)
    wanted = {"given": _given(ratings, given)} | {kind: parts[kind] for kind in KINDS[1:]}
    kept = {
        kind: {value: places[chosen[places]] for value, places in values.items()}
        for kind, values in wanted.items()
    }
    found = agreement_in(ratings, {
        kind: {value: places for value, places in values.items() if len(places)}
        for kind, values in kept.items()
    })  # fmt: skip
    rows = [
        {
            "kind": kind,
            "name": row["value"],
            "pairs": row["units_with_overlap"],
            "same": row[MEASURE],
        }
        for kind, values in found.items()
        for row in values
        if row[MEASURE]["value"] is not None
    ]
    whole = coefficients(part_of(ratings, np.flatnonzero(chosen)), resamples=500, seed=0)
    return {
        "people": len(best),
        "overall": whole[MEASURE],
        "kinds": sorted(rows, key=lambda row: row["same"]["value"]),
    }


def best_annotators(ratings: Ratings) -> NDArray[np.int64]:
    """Codes of the third whose share of answers like the majority of the others' is highest, by
    the lower end of its Wilson interval; fewer than `LEAST_BEST` where there are no more."""
    import numpy as np

    from modeling.agreement.reliability import NONE, answers, consensus_of_others
    from modeling.agreement.shrinkage import wilson
    from modeling.stopping import VERDICTS

    codes = np.array([VERDICTS.index(label) for label in ratings.labels])[ratings.label]
    others = consensus_of_others(answers(ratings.unit, ratings.annotator, codes))
    compared = (others != NONE) & (codes != VERDICTS.index("unsure"))
    people = len(ratings.annotators)
    n = np.bincount(ratings.annotator[compared], minlength=people)
    same = np.bincount(ratings.annotator[compared & (codes == others)], minlength=people)
    known = np.flatnonzero(n >= LEAST_COMPARED)
    low = np.array([wilson(float(same[person]), float(n[person]))[0] for person in known])
    count = max(LEAST_BEST, round(len(known) * BEST_SHARE))
    return known[np.argsort(-low, kind="stable")[:count]]


def _given(ratings: Ratings, given: StandingLabels) -> dict[str, Any]:
    """By reason, the labels on pairs to which anybody gave it."""
    import numpy as np

    found = {}
    for bit, code in enumerate(ReasonCode.values):
        has = np.zeros(len(ratings.units), dtype=bool)
        has[ratings.unit[(given.labels["reasons"] >> bit & 1).astype(bool)]] = True
        found[code] = np.flatnonzero(has[ratings.unit])
    return found
