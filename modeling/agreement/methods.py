"""Every method of consensus behind one call, with an interval for every posterior."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from modeling.agreement import crowdlab, dawid_skene, dawid_skene_labels, glad, mace
from modeling.agreement.consensus import TIE
from modeling.agreement.credible import (
    DRAWS,
    Sampler,
    interval,
    of_confusions,
    of_crowdlab,
    of_glad,
    of_mace,
)
from modeling.agreement.ratings import SIMILARITY_ORDER, Floats, Ratings
from modeling.agreement.votes import Votes
from modeling.stopping import VERDICTS

MODELS = ("dawid-skene", "glad", "mace", "crowdlab")


@dataclass(frozen=True, slots=True)
class Consensus:
    """`posterior`, `low` and `high` (n_units, n_labels): P(the truth is that one of `labels`) and
    its 95% interval (`modeling.agreement.credible` says of what). `quality` (n_annotators,), each
    method's own: expected share right (GLAD, Dawid-Skene; here an "unsure" is not right),
    competence (MACE), agreement (CROWDLAB); NaN where nothing is known. `prior` (n_labels,): the
    share of each label before anybody is heard, which is in every posterior; even ones for
    CROWDLAB, which has the model's.
    """

    labels: list[str]
    posterior: Floats
    low: Floats
    high: Floats
    quality: Floats
    prior: Floats

    def decided(self) -> list[tuple[str, float, float, float]]:
        """(label, probability, low, high) of each unit; where labels tie, "unsure" and theirs."""
        if not len(self.posterior):
            return []
        each, top = np.arange(len(self.posterior)), self.posterior.argmax(axis=1)
        best = self.posterior[each, top]
        tied = np.sum(self.posterior >= best[:, None] - 1e-9, axis=1) > 1
        names = [TIE if tie else self.labels[t] for t, tie in zip(top, tied, strict=True)]
        ends = self.low[each, top], self.high[each, top]
        return list(zip(names, *(column.tolist() for column in (best, *ends)), strict=True))


def consensus(
    ratings: Ratings,
    method: str,
    *,
    probabilities: Floats | None = None,
    labels: Sequence[str] | None = None,
    seed: int = 0,
    draws: int = DRAWS,
) -> Consensus:
    """What the annotators agree on by one of `MODELS`.

    Where all labels are verdicts on similarity, "unsure" is none of the answers and tells nothing
    of the truth. Any other label may be the truth. `labels`: the possible answers, which must
    include all that were given but "unsure"; by default those given. Only CROWDLAB uses
    `probabilities` (n_units, n_labels), a model's, with columns in the order of `labels`.

    Raises:
        ValueError: the method is unknown, CROWDLAB lacks probabilities or overlap, or a label is
            not among `labels`.
    """
    if method not in MODELS:
        raise ValueError(f"{method!r} is not among {', '.join(MODELS)}")
    if method == "crowdlab" and (probabilities is None or labels is None):
        raise ValueError("crowdlab needs the probabilities of a model, with their labels")
    answers = list(labels) if labels is not None else _answers(ratings.labels)
    rng = np.random.default_rng(seed)
    if len(answers) < 2 or not len(ratings.units):
        return _certain(ratings, answers)
    if method == "dawid-skene" and set(answers) == set(_SURE):
        return _verdicts(ratings, answers, rng, draws)
    votes = _votes(ratings, answers)
    posterior, quality, prior, sampler = _fit(method, votes, probabilities, seed, rng, draws)
    return Consensus(answers, posterior, *interval(votes, sampler, posterior), quality, prior)


_SURE = tuple(label for label in SIMILARITY_ORDER if label != TIE)


def _answers(used: list[str]) -> list[str]:
    """`read_ratings` gives all verdicts on similarity where no other label occurs."""
    return list(_SURE) if set(used) == set(SIMILARITY_ORDER) else used


def _certain(ratings: Ratings, answers: list[str]) -> Consensus:
    ones = np.ones((len(ratings.units), len(answers)))
    quality, prior = np.ones(len(ratings.annotators)), np.ones(len(answers))
    return Consensus(answers, ones, ones, ones, quality, prior)


def _votes(ratings: Ratings, answers: list[str]) -> Votes:
    code = {label: index for index, label in enumerate(answers)}
    given = {ratings.labels[index] for index in np.unique(ratings.label)}
    if strange := sorted(given - {*answers, TIE}):
        raise ValueError(f"label {strange[0]!r} is not among {', '.join(answers)}")
    codes = np.array([code.get(label, -1) for label in ratings.labels], dtype=np.int64)
    label = codes[ratings.label] if len(codes) else ratings.label
    sizes = len(ratings.units), len(ratings.annotators), len(answers)
    return Votes(ratings.unit, ratings.annotator, label, *sizes).chosen(label >= 0)


def _fit(
    method: str,
    votes: Votes,
    probabilities: Floats | None,
    seed: int,
    rng: np.random.Generator,
    draws: int,
) -> tuple[Floats, Floats, Floats, Sampler]:
    """Posterior, quality, prior, and what draws posteriors."""
    codes = votes.unit, votes.annotator, votes.label
    people, even = votes.n_annotators, np.full(votes.n_labels, 1.0 / votes.n_labels)
    if method == "crowdlab":
        given = np.asarray(probabilities, dtype=np.float64)
        mixed = crowdlab.fit(*codes, probabilities=given, n_annotators=people)
        return mixed.posterior, mixed.quality, even, of_crowdlab(mixed, given, rng, draws)
    sizes = {"n_units": votes.n_units, "n_annotators": people, "n_labels": votes.n_labels}
    if method == "glad":
        able = glad.fit(*codes, **sizes)
        return able.posterior, able.quality, able.class_prior, of_glad(able, rng, draws)
    if method == "mace":
        known = mace.fit(*codes, **sizes, seed=seed)
        return known.posterior, known.quality, even, of_mace(known, rng, draws)
    confused = dawid_skene_labels.fit(*codes, **sizes)
    shares = confused.posterior[np.unique(votes.unit)].sum(axis=0) + 1.0
    sampler = of_confusions(confused.concentration, shares, rng, draws)
    return confused.posterior, confused.quality, confused.prevalence, sampler


def _verdicts(
    ratings: Ratings, answers: list[str], rng: np.random.Generator, draws: int
) -> Consensus:
    """The product's own Dawid-Skene, in which "unsure" tells nothing."""
    codes = np.array([VERDICTS.index(label) for label in ratings.labels], dtype=np.int64)
    verdict = codes[ratings.label] if len(codes) else ratings.label
    n, m = len(ratings.units), len(ratings.annotators)
    fitted = dawid_skene.fit(ratings.unit, ratings.annotator, verdict, n_items=n, n_annotators=m)
    posterior: Floats = np.stack([fitted.posterior, 1.0 - fitted.posterior], axis=1)
    every = Votes(ratings.unit, ratings.annotator, verdict, n, m, len(_SURE))
    votes = every.chosen(verdict < len(_SURE))
    shares = posterior[np.unique(votes.unit)].sum(axis=0) + 1.0
    low, high = interval(votes, of_confusions(fitted.concentration, shares, rng, draws), posterior)
    columns = [VERDICTS.index(answer) for answer in answers]
    prior = np.array([fitted.prevalence, 1.0 - fitted.prevalence])
    quality = np.stack([fitted.confusions[:, t, t] for t in range(2)], axis=1) @ prior
    ends = posterior[:, columns], low[:, columns], high[:, columns]
    return Consensus(answers, *ends, quality, prior[columns])
