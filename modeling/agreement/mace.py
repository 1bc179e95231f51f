"""MACE: who knows and who guesses (Hovy et al. 2013).

"Learning Whom to Trust with MACE", NAACL. Annotator j knows the true label of a unit with
probability theta_j and gives it; otherwise the annotator guesses, label k with probability xi_jk
whatever the unit. So P(label y | truth t) = (1 - theta_j) xi_jy + theta_j [y = t]. All true labels
are equally likely beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import digamma, gammaln

from modeling.agreement.ratings import Floats
from modeling.agreement.votes import Block, Votes, blocks, normalise, read_votes, still_rises

# Of the paper: Beta(1/2, 1/2) on knowing, Dirichlet(10, ..., 10) on what is guessed, 10 starts
# of 50 steps.
KNOWING_PRIOR = 0.5
GUESSING_PRIOR = 10.0
RESTARTS = 10
_NOISE = 0.5
# Labels on which starts are compared: annotators have few parameters, so these tell the starts
# apart, and ten fits to a million labels would take ten times as long as one.
SAMPLE = 50_000

_Start = tuple[Floats, Floats]


@dataclass(frozen=True, slots=True)
class Mace:
    """A fitted model.

    `posterior` (n_units, n_labels). `quality` (n_annotators,): the mean of theta, the paper's
    competence. `knowing` (n_annotators, 2) are the parameters of theta's Beta posterior (knows,
    guesses), `guessing` (n_annotators, n_labels) those of xi's Dirichlet posterior. `bounds`: the
    variational lower bound of the log likelihood after each step, which never falls.
    """

    posterior: Floats
    quality: Floats
    knowing: Floats
    guessing: Floats
    bounds: list[float]
    converged: bool


def fit(
    units: ArrayLike,
    annotators: ArrayLike,
    labels: ArrayLike,
    *,
    n_units: int | None = None,
    n_annotators: int | None = None,
    n_labels: int | None = None,
    restarts: int = RESTARTS,
    seed: int = 0,
    tolerance: float = 1e-6,
    max_iterations: int = 200,
) -> Mace:
    """Fit to one entry a label: codes of unit, annotator and label, each (n,).

    Variational Bayes with the paper's priors. The first start has everyone alike, the others are
    random by `seed`; the one with the highest bound is kept. A start ends when its bound rises by
    less than `tolerance` a label. Of more than `SAMPLE` labels, starts are compared on those of as
    many random units as have about that many, and the best goes on with all. A unit without labels
    has equal shares.

    Raises:
        ValueError: shapes differ, a code is out of range, there are fewer than two labels, or
            `restarts` or `max_iterations` is below 1.
    """
    if restarts < 1 or max_iterations < 1:
        raise ValueError("restarts and max_iterations must be 1 or more")
    votes = read_votes(
        units, annotators, labels, n_units=n_units, n_annotators=n_annotators, n_labels=n_labels
    )
    rng = np.random.default_rng(seed)
    starts = [_start(votes, noise, rng) for noise in [0.0] + [_NOISE] * (restarts - 1)]
    some = _sample(votes, rng)
    best = _best(some, starts, tolerance, max_iterations)
    if some is votes:
        return best
    begin = _geometric_mean(best.knowing), _geometric_mean(best.guessing)
    return _run(votes, blocks(votes), begin, tolerance, max_iterations)


def _best(votes: Votes, starts: list[_Start], tolerance: float, max_iterations: int) -> Mace:
    parts = blocks(votes)
    fits = (_run(votes, parts, start, tolerance, max_iterations) for start in starts)
    best = next(fits)
    # Only what is clearly better replaces an earlier one: rounding must not decide.
    for other in fits:
        if other.bounds[-1] > best.bounds[-1] + tolerance * max(len(votes.unit), 1):
            best = other
    return best


def _sample(votes: Votes, rng: np.random.Generator) -> Votes:
    if len(votes.unit) <= SAMPLE:
        return votes
    kept = rng.random(votes.n_units) < SAMPLE / len(votes.unit)
    return votes.chosen(kept[votes.unit])


def _start(votes: Votes, noise: float, rng: np.random.Generator) -> _Start:
    """Probabilities (n_annotators, 2) of knowing and guessing, and (n_annotators, n_labels)."""
    knows, guesses = (
        1.0 + noise * rng.random((votes.n_annotators, n)) for n in (2, votes.n_labels)
    )
    return knows / knows.sum(1, keepdims=True), guesses / guesses.sum(1, keepdims=True)


def _run(
    votes: Votes, parts: list[Block], start: _Start, tolerance: float, max_iterations: int
) -> Mace:
    posterior = np.empty((votes.n_labels, votes.n_units))
    known, _ = _expect(parts, posterior, *start)
    counts = votes.counts()
    bounds: list[float] = []
    while still_rises(bounds, len(votes.unit), tolerance) and len(bounds) < max_iterations:
        knowing, guessing = _parameters(known, counts)
        means = _geometric_mean(knowing), _geometric_mean(guessing)
        known, evidence = _expect(parts, posterior, *means)
        gaps = _divergence(knowing, KNOWING_PRIOR) + _divergence(guessing, GUESSING_PRIOR)
        bounds.append(evidence - float(gaps.sum()))
    quality = knowing[:, 0] / knowing.sum(axis=1)
    converged = not still_rises(bounds, len(votes.unit), tolerance)
    table = np.ascontiguousarray(posterior.T)
    return Mace(table, quality, knowing, guessing, bounds, converged)


def _expect(
    parts: list[Block], posterior: Floats, knows: Floats, guesses: Floats
) -> tuple[Floats, float]:
    """The expected labels that were known (n_annotators, n_labels) and the log evidence; writes
    P(truth) to `posterior` (n_labels, n_units).

    If the truth is another label than the given one, it makes no difference which, so that only
    the given one needs a sum.
    """
    guessed = knows[:, 1:] * guesses
    hit = knows[:, :1] + guessed
    gain, missed = (np.log(hit) - np.log(guessed)).ravel(), np.log(guessed).ravel()
    right, evidence = np.zeros_like(guesses), 0.0
    for part in parts:
        shares, log_norm = normalise(part.by_unit(gain[part.cell]))
        posterior[:, part.units] = shares
        evidence += log_norm.sum() - np.log(len(shares)) * len(log_norm)
        evidence += missed[part.cell].sum()
        right += part.by_annotator(shares.ravel()[part.said])
    return right * knows[:, :1] / hit, float(evidence)


def _parameters(known: Floats, counts: Floats) -> tuple[Floats, Floats]:
    guessed = np.maximum(counts - known, 0.0)
    knowing: Floats = np.stack([known.sum(axis=1), guessed.sum(axis=1)], axis=1) + KNOWING_PRIOR
    return knowing, guessed + GUESSING_PRIOR


def _geometric_mean(parameters: Floats) -> Floats:
    """exp E log p for rows p of a Dirichlet distribution; sums to less than 1."""
    return np.exp(digamma(parameters) - digamma(parameters.sum(axis=1, keepdims=True)))


def _divergence(parameters: Floats, prior: float) -> Floats:
    """Kullback-Leibler divergence (n,) of Dirichlet(parameters) from the symmetric `prior`."""
    k = parameters.shape[1]
    total = parameters.sum(axis=1)
    logs = digamma(parameters) - digamma(total)[:, None]
    constants = gammaln(total) - gammaln(parameters).sum(axis=1)
    constants -= gammaln(prior * k) - k * gammaln(prior)
    return constants + ((parameters - prior) * logs).sum(axis=1)
