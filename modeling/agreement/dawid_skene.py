"""Consensus and annotator reliability at once, by EM (Dawid & Skene 1979).

The truth is binary, similar or not. "unsure" is a third thing that a person may say of either, as
often of the one as of the other: if EM were free to learn which truth it goes with, it would call
pairs that nobody could judge with near certainty, by whichever answer the first guess leant to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modeling.agreement.ratings import Floats
from modeling.stopping import PRIOR_LIMITS, TYPICAL, VERDICTS, Confusion

Codes = NDArray[np.int64]

# Votes that the pooled confusion counts for beside each person's own. If accuracies spread by
# about 7 points around 0.87, a beta distribution of them has 0.87 * 0.13 / 0.07**2 - 1 = 22.
STRENGTH = 20.0
# With next to no overlap EM drifts to a prevalence near zero and everyone in error; from a tenth on
# it does not, and then leaving single votes out would teach from disputed items alone, since a rule
# that stops early leaves those with most votes.
LEAST_SHARED = 0.1
_TYPICAL = np.array([TYPICAL.similar, TYPICAL.not_similar])
_SIMILAR, _NOT_SIMILAR, _UNSURE = map(VERDICTS.index, ("similar", "not_similar", "unsure"))
_N = len(VERDICTS)
# Of the two sure answers alone: P(verdict | truth, sure).
_TYPICAL_UNSURE = float(_TYPICAL[0, _UNSURE])
_TYPICAL_SURE = _TYPICAL[:, :2] / _TYPICAL[:, :2].sum(axis=1, keepdims=True)
_LEAST = 1e-12


@dataclass(frozen=True, slots=True)
class DawidSkene:
    """A fitted model.

    `posterior` (n_items,): P(similar), the prevalence where nobody was sure. `confusions`
    (n_annotators, 2, 3): P(verdict | truth), truth in the order similar, not similar, verdicts in
    that of `modeling.stopping.VERDICTS`. `concentration` (n_annotators, 2, 2): for each truth the
    parameters of the Dirichlet distribution of what an annotator who is sure says. `prevalence`:
    the expected share of similar items among those of which somebody was sure, which is in every
    posterior.
    """

    posterior: Floats
    confusions: Floats
    concentration: Floats
    prevalence: float
    iterations: int
    converged: bool


@dataclass(frozen=True, slots=True)
class _Votes:
    """The sure ones."""

    items: Codes
    cells: Codes  # annotator * 2 + verdict
    telling: Floats  # 1 where the vote teaches the confusions, else 0
    voted: Codes  # the items with a vote
    totals: Floats  # (n_annotators, 2) votes that teach
    unsure: Floats  # (n_annotators,) votes of each that are not sure
    sure: Floats  # (n_annotators,) and those that are


def fit(
    items: ArrayLike,
    annotators: ArrayLike,
    verdicts: ArrayLike,
    *,
    prior: ArrayLike | None = None,
    n_items: int | None = None,
    n_annotators: int | None = None,
    strength: float = STRENGTH,
    tolerance: float = 1e-4,
    max_iterations: int = 200,
) -> DawidSkene:
    """Fit to one entry a vote: codes of item, annotator and verdict, each (n,).

    Confusions are maximum a posteriori under a Dirichlet prior (Raykar et al. 2010, "Learning from
    Crowds"): `strength` votes for each truth, spread like the pooled confusion of all annotators
    (as in the hierarchical model of Paun et al. 2018, "Comparing Bayesian Models of Annotation"),
    and the pooled one likewise towards `TYPICAL`. An annotator without votes has the pooled one.
    "unsure" has one share for both truths and tells nothing of an item. A single vote without a
    prior cannot tell a rare truth from a poor annotator, so where fewer than `LEAST_SHARED` of the
    items have two sure votes, only these teach the confusions.

    Without `prior` every item starts from the estimated prevalence, and what comes out is the
    consensus for evaluation. With `prior` (n_items,), the model's P(similar) with NaN where it has
    none, items start from that, kept within `PRIOR_LIMITS`. Such a consensus agrees with the
    model because the model is in it: use it to decide what to ask, never to evaluate.

    Raises:
        ValueError: shapes differ, a code is out of range, `prior` is not within 0 and 1,
            `strength` is negative, or `max_iterations` is below 1.
    """
    if strength < 0:
        raise ValueError("strength counts votes and must not be negative")
    if max_iterations < 1:
        raise ValueError("max_iterations must be 1 or more")
    given = _prior_log_odds(prior, items, n_items)
    votes = _read(items, annotators, verdicts, given, n_annotators)
    posterior = _expect(votes, *_start(votes), given)
    unsure, usual = _unsure(votes, strength)
    converged, iterations = False, 0
    while not converged and iterations < max_iterations:
        before = posterior
        concentration, prevalence = _maximise(votes, posterior, strength, 1.0 - usual)
        answers = _normalised(concentration)
        posterior = _expect(votes, answers, prevalence, given)
        converged = bool(np.abs(posterior - before).max(initial=0.0) < tolerance)
        iterations += 1
    each = np.broadcast_to(unsure[:, None, None], (*answers.shape[:2], 1))
    confusions = np.concatenate([answers * (1.0 - each), each], axis=2)
    return DawidSkene(posterior, confusions, concentration, prevalence, iterations, converged)


def _start(votes: _Votes) -> tuple[Floats, float]:
    """Everyone `TYPICAL`, and the prevalence at which such people say "similar" as often."""
    share = (np.sum(votes.cells % 2 == _SIMILAR) + 1.0) / (len(votes.cells) + 2.0)
    hit, false_alarm = _TYPICAL_SURE[:, _SIMILAR]
    prevalence = float(np.clip((share - false_alarm) / (hit - false_alarm), *PRIOR_LIMITS))
    return np.tile(_TYPICAL_SURE, (len(votes.totals), 1, 1)), prevalence


def _unsure(votes: _Votes, strength: float) -> tuple[Floats, float]:
    """How often each is unsure, (n_annotators,), and how often people are."""
    imagined = 2.0 * strength  # as for the answers: `strength` for each truth
    all_votes = votes.unsure.sum() + votes.sure.sum() + imagined
    usual = (votes.unsure.sum() + imagined * _TYPICAL_UNSURE) / all_votes if all_votes else 0.0
    own = votes.unsure + votes.sure + imagined
    shares = (votes.unsure + imagined * usual) / np.where(own > 0, own, 1.0)
    return np.where(own > 0, shares, _TYPICAL_UNSURE), float(usual)


def _expect(votes: _Votes, answers: Floats, prevalence: float, given: Floats) -> Floats:
    logs = np.log(np.maximum(answers, _LEAST))
    evidence = (logs[:, 0] - logs[:, 1]).ravel()[votes.cells]
    start = np.where(np.isnan(given), np.log(prevalence / (1 - prevalence)), given)
    log_odds = start + np.bincount(votes.items, weights=evidence, minlength=len(given))
    return 0.5 * (1.0 + np.tanh(0.5 * log_odds))


def _maximise(
    votes: _Votes, posterior: Floats, strength: float, sure: float
) -> tuple[Floats, float]:
    """Concentrations and prevalence; of the prior votes the share `sure` are answers."""
    weights = posterior[votes.items] * votes.telling
    similar = np.bincount(votes.cells, weights=weights, minlength=votes.totals.size)
    similar = similar.reshape(votes.totals.shape)
    counts: Floats = np.stack([similar, np.maximum(votes.totals - similar, 0.0)], axis=1)
    typical = strength * sure * _TYPICAL_SURE
    pooled = _normalised(counts.sum(axis=0) + typical)
    # One similar and one other item beside the real ones keep the prevalence off 0 and 1.
    prevalence = (posterior[votes.voted].sum() + 1.0) / (len(votes.voted) + 2.0)
    return counts + strength * sure * pooled, float(prevalence)


def _normalised(concentration: Floats) -> Floats:
    """What is said of each truth, (..., 2, 2); `TYPICAL` without votes and prior."""
    total = concentration.sum(-1, keepdims=True)
    return np.where(total > 0, concentration / np.where(total > 0, total, 1.0), _TYPICAL_SURE)


def _prior_log_odds(prior: ArrayLike | None, items: ArrayLike, n_items: int | None) -> Floats:
    """Log odds (n_items,), NaN where there is no prior."""
    if prior is None:
        codes = np.asarray(items, dtype=np.int64)
        return np.full(int(codes.max(initial=-1)) + 1 if n_items is None else n_items, np.nan)
    values = np.asarray(prior, dtype=np.float64)
    if values.ndim != 1 or len(values) != (len(values) if n_items is None else n_items):
        raise ValueError("prior must have one entry an item")
    if np.any((values < 0) | (values > 1)):
        raise ValueError("prior must lie within 0 and 1")
    values = np.clip(values, *PRIOR_LIMITS)
    return np.log(values / (1 - values))


def _read(
    items: ArrayLike,
    annotators: ArrayLike,
    verdicts: ArrayLike,
    given: Floats,
    n_annotators: int | None,
) -> _Votes:
    item, annotator, verdict = (
        np.asarray(codes, dtype=np.int64) for codes in (items, annotators, verdicts)
    )
    if item.ndim != 1 or not item.shape == annotator.shape == verdict.shape:
        raise ValueError("items, annotators and verdicts must be flat and of one length")
    n = int(annotator.max(initial=-1)) + 1 if n_annotators is None else n_annotators
    for codes, limit in ((item, len(given)), (annotator, n), (verdict, _N)):
        if len(codes) and not 0 <= codes.min() <= codes.max() < limit:
            raise ValueError(f"codes must lie within 0 and {limit - 1}")
    sure = verdict != _UNSURE
    tallies = [np.bincount(annotator[said], minlength=n).astype(float) for said in (~sure, sure)]
    item, cells = item[sure], (annotator * 2 + verdict)[sure]
    count = np.bincount(item, minlength=len(given))
    voted = np.flatnonzero(count)
    overlaps = np.sum(count >= 2) >= LEAST_SHARED * len(voted)
    telling = ((count >= 2) | ~np.isnan(given) | overlaps)[item].astype(np.float64)
    totals: Floats = np.bincount(cells, weights=telling, minlength=n * 2).astype(np.float64)
    return _Votes(item, cells, telling, voted, totals.reshape(n, 2), *tallies)


def correct_probability(posterior: Floats, items: ArrayLike, verdicts: ArrayLike) -> Floats:
    """P(the vote is right) for each vote, (n,): NaN for "unsure", which is neither right nor wrong.

    The vote itself has a share in `posterior`, as in the E-step of EM: without it a person would
    look worse for having been given the pairs on which everything else is in doubt.
    """
    said = np.asarray(verdicts)
    similar = posterior[np.asarray(items)]
    return np.select([said == _SIMILAR, said == _NOT_SIMILAR], [similar, 1 - similar], np.nan)


def to_confusion(row: Floats) -> Confusion:
    """One annotator's (2, 3) of `DawidSkene.confusions` for `modeling.stopping`."""
    similar, not_similar = (tuple(float(p) for p in truth) for truth in np.asarray(row))
    return Confusion(similar, not_similar)  # type: ignore[arg-type]
