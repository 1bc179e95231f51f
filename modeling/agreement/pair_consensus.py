"""P(similar) of every pair by its people alone, and once more with a model as a further witness.

A model may be trained on the second, and people may be asked by it; a model is judged by the first
alone, as no probability of its own went into that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from modeling.agreement.methods import Consensus, consensus
from modeling.agreement.ratings import Floats, Ratings
from modeling.stopping import PRIOR_LIMITS

METHODS = ("majority", "dawid-skene", "glad", "mace", "crowdlab")
_LABELS = ("similar", "not_similar")
# Imagined votes beside the real ones, half for each answer: Jeffreys' prior of a share.
_IMAGINED = 1.0
_LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Estimates:
    """`posterior`, P(similar), and its interval's ends `low` and `high`, each (n_units,)."""

    posterior: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class PairConsensus:
    """`with_model` is NaN where the model says nothing of a unit. `method` is what was used."""

    people: Estimates
    with_model: Estimates
    method: str


def pair_consensus(ratings: Ratings, method: str, *, model: Floats, seed: int = 0) -> PairConsensus:
    """The consensus on verdicts of similarity by one of `METHODS`.

    `model` (n_units,) is a model's P(similar), NaN where it has none; it must come from a model
    that has not seen the labels of the unit, or it repeats what people say and counts them twice.

    - majority: the share of people who say similar, of those who are sure, with Jeffreys' interval
      of it (Brown, Cai & DasGupta 2001); with the model its word takes the place of that prior.
    - dawid-skene, glad, mace: `modeling.agreement.methods`; with the model its odds, kept within
      `PRIOR_LIMITS`, take the place of the base rate's, by Bayes' rule.
    - crowdlab: weighs the model by itself. Alone, people are weighed against the base rate. Where
      no unit has two labels it can weigh nobody, and majority is used.

    Raises:
        ValueError: the method is unknown, `model` has another length or is not within 0 and 1.
    """
    if method not in METHODS:
        raise ValueError(f"{method!r} is not among {', '.join(METHODS)}")
    said = np.isfinite(model)
    if model.shape != (len(ratings.units),) or np.any((model[said] < 0) | (model[said] > 1)):
        raise ValueError("model must have a probability, or NaN, for each unit")
    if method == "crowdlab" and not _shares_units(ratings):
        method = "majority"
    if method == "majority":
        found = _majority(ratings, np.full(len(model), 0.5)), _majority(ratings, model)
    elif method == "crowdlab":
        found = _crowdlab(ratings, model, seed)
    else:
        by_people = consensus(ratings, method, labels=_LABELS, seed=seed)
        people, base = _estimates(by_people), by_people.prior[by_people.labels.index("similar")]
        found = people, _told(people, model, float(base))
    alone, together = found
    return PairConsensus(alone, _only_where(said, together), method)


def _counts(ratings: Ratings) -> tuple[Floats, Floats]:
    """Votes for similar and for not similar of each unit, both (n_units,)."""
    n = len(ratings.units)

    def votes(label: str) -> Floats:
        if label not in ratings.labels:
            return np.zeros(n)
        chosen = ratings.label == ratings.labels.index(label)
        return np.bincount(ratings.unit[chosen], minlength=n).astype(np.float64)

    similar, other = map(votes, _LABELS)
    return similar, other


def _shares_units(ratings: Ratings) -> bool:
    similar, other = _counts(ratings)
    return bool(np.any(similar + other > 1))


def _majority(ratings: Ratings, prior: Floats) -> Estimates:
    """Mean and central interval of Beta(similar + prior, others + 1 - prior)."""
    from scipy.stats import beta

    similar, other = _counts(ratings)
    word = np.clip(np.nan_to_num(prior, nan=0.5), *PRIOR_LIMITS) * _IMAGINED
    # Few pairs differ in both; quantiles take long.
    rows, place = np.unique(
        np.column_stack([similar + word, other + _IMAGINED - word]), axis=0, return_inverse=True
    )
    a, b = rows.T
    tail = (1 - _LEVEL) / 2
    columns = a / (a + b), beta.ppf(tail, a, b), beta.ppf(1 - tail, a, b)
    return Estimates(*(column[place.ravel()] for column in columns))


def _crowdlab(ratings: Ratings, model: Floats, seed: int) -> tuple[Estimates, Estimates]:
    similar, other = _counts(ratings)
    base = (similar.sum() + 1) / (similar.sum() + other.sum() + 2)

    def weighed(word: Floats) -> Estimates:
        known = np.where(np.isfinite(word), word, base)
        probabilities = np.column_stack([known, 1 - known])
        found = consensus(
            ratings, "crowdlab", probabilities=probabilities, labels=_LABELS, seed=seed
        )
        return _estimates(found)

    return weighed(np.full(len(model), np.nan)), weighed(model)


def _estimates(found: Consensus) -> Estimates:
    column = found.labels.index("similar")
    return Estimates(found.posterior[:, column], found.low[:, column], found.high[:, column])


def _told(people: Estimates, model: Floats, base: float) -> Estimates:
    """With the model's odds in place of those of the base rate."""
    word = np.clip(np.nan_to_num(model, nan=0.5), *PRIOR_LIMITS)
    shift = _log_odds(word) - _log_odds(np.array(base))
    ends = people.posterior, people.low, people.high
    return Estimates(*(0.5 * (1 + np.tanh(0.5 * (_log_odds(each) + shift))) for each in ends))


def _log_odds(p: Floats) -> Floats:
    kept = np.clip(p, 1e-12, 1 - 1e-12)
    return np.asarray(np.log(kept) - np.log1p(-kept))


def _only_where(said: Floats, found: Estimates) -> Estimates:
    return Estimates(
        *(np.where(said, each, np.nan) for each in (found.posterior, found.low, found.high))
    )
