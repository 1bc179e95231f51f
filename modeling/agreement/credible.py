"""How far off a consensus may be because the annotators are known from their labels only.

For each method the annotators' parameters are drawn from their (approximate) posterior, and every
unit's posterior is computed with each draw; its interval are the quantiles. What this covers is the
uncertainty about the annotators (for GLAD also about how difficult the unit is), nothing else:

- The model itself is taken to be right. Where people err together, no interval here is wide enough.
- Draws come from the expected counts of EM, or from a normal approximation at its end. Both take
  the estimated truth for known, so the intervals are too narrow: on simulated labels a 95% interval
  held the posterior by the annotators' real parameters, to 0.001, for 77 to 96% of units, least
  with MACE and three labels a unit.
- It is no interval of the truth. The chance that the label is wrong is what the posterior says.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from modeling.agreement import crowdlab
from modeling.agreement.crowdlab import Crowdlab
from modeling.agreement.glad import Glad
from modeling.agreement.mace import Mace
from modeling.agreement.ratings import Floats
from modeling.agreement.votes import Block, Codes, Votes, blocks, normalise

DRAWS = 200
# P(truth) of the units of a block with each draw, (n_labels, units, draws).
Sampler = Callable[[Block], Floats]
# Labels at once: the draws of so many fit into a processor's cache.
_BLOCK = 2048
_LEAST = 1e-12


def interval(
    votes: Votes, sampler: Sampler, posterior: Floats, *, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Lower and upper ends of the central interval of each posterior, both (n_units, n_truths).

    With few draws the estimate `posterior` (n_units, n_truths) may lie outside of what was drawn;
    the interval is then widened to it.
    """
    tails = [(1.0 - level) / 2.0, (1.0 + level) / 2.0]
    ends = [_ends(sampler(part), tails) for part in blocks(votes, _BLOCK)]
    if not ends:
        return np.empty((0, votes.n_labels)), np.empty((0, votes.n_labels))
    low, high = np.concatenate(ends, axis=2)
    return np.minimum(low.T, posterior), np.maximum(high.T, posterior)


def _ends(drawn: Floats, tails: list[float]) -> Floats:
    """(2, n_labels, units)"""
    if len(drawn) != 2:
        return np.quantile(drawn, tails, axis=2)
    low, high = np.quantile(drawn[0], tails, axis=1)
    return np.array([[low, 1.0 - high], [high, 1.0 - low]])


def of_confusions(
    concentration: Floats, prevalence: Floats, rng: np.random.Generator, draws: int = DRAWS
) -> Sampler:
    """Dawid-Skene: confusions and prevalence from Dirichlet posteriors.

    `concentration` (n_annotators, n_truths, n_labels) and `prevalence` (n_truths,) are their
    parameters.
    """
    drawn = rng.standard_gamma(concentration, size=(draws, *concentration.shape))
    confusions = np.maximum(drawn, _LEAST) / np.maximum(drawn, _LEAST).sum(-1, keepdims=True)
    # (truths, annotators and labels, draws)
    logs = np.moveaxis(np.log(confusions), (2, 0), (0, 3))
    logs = np.ascontiguousarray(logs).reshape(len(prevalence), -1, draws)
    priors = np.log(rng.dirichlet(prevalence, size=draws)).T[:, None, :]

    def sample(part: Block) -> Floats:
        n = part.last - part.first
        return normalise(np.stack([_sums(part.unit, part.cell, log, n) for log in logs]) + priors)[
            0
        ]

    return sample


def of_mace(fitted: Mace, rng: np.random.Generator, draws: int = DRAWS) -> Sampler:
    """MACE: knowing and guessing from their variational posteriors."""
    known, guessed = fitted.knowing.T
    knows = rng.beta(known, guessed, size=(draws, len(known)))[:, :, None]
    guesses = rng.standard_gamma(fitted.guessing, size=(draws, *fitted.guessing.shape))
    guesses /= guesses.sum(axis=2, keepdims=True)
    gain = np.log1p(knows / np.maximum((1.0 - knows) * guesses, _LEAST)).reshape(draws, -1)
    table = np.ascontiguousarray(gain.T)

    def sample(part: Block) -> Floats:
        return normalise(_by_label(part, part.cell, table))[0]

    return sample


def of_glad(fitted: Glad, rng: np.random.Generator, draws: int = DRAWS) -> Sampler:
    """GLAD: abilities and ease from normal distributions around the estimates (Laplace)."""
    error = fitted.ability_information[:, None] ** -0.5
    ability = fitted.ability[:, None] + error * rng.standard_normal((len(error), draws))
    log_prior = np.log(fitted.class_prior)[:, None, None]
    others = np.log(len(log_prior) - 1)

    def sample(part: Block) -> Floats:
        spread = fitted.ease_information[part.units, None] ** -0.5
        noise = rng.standard_normal((len(spread), draws))
        easy = np.exp(fitted.ease[part.units, None] + spread * noise)
        able = _by_label(part, part.annotator, ability)
        return normalise(easy * able + others * part.by_unit()[:, :, None] + log_prior)[0]

    return sample


def of_crowdlab(
    fitted: Crowdlab, probabilities: Floats, rng: np.random.Generator, draws: int = DRAWS
) -> Sampler:
    """CROWDLAB: the shares behind its weights from Beta posteriors with Jeffreys' prior.

    Each share counts for as many observations as there are units with several labels behind it.
    The model's probabilities (n_units, n_labels) are taken as they are.
    """

    def share(value: Floats, n: Floats) -> Floats:
        return rng.beta(value * n + 0.5, (1.0 - value) * n + 0.5, size=(draws, len(value))).T

    one = np.array([float(fitted.shared)])
    baseline = share(np.array([fitted.baseline_error]), one)
    agreement = share(np.array([fitted.agreement]), one)
    error = share(fitted.annotator_error, fitted.shared_by.astype(np.float64))
    weight = crowdlab.to_weight(error, baseline)
    model = crowdlab.to_weight(share(np.array([fitted.model_error]), one), baseline)
    model *= fitted.labels_a_unit**0.5

    def sample(part: Block) -> Floats:
        given = np.asarray(probabilities)[part.units].T[:, :, None]
        sums = _by_label(part, part.annotator, weight)
        return crowdlab.average(given, sums, agreement, model)

    return sample


def _by_label(part: Block, index: Codes, table: Floats) -> Floats:
    """Sums of rows of `table` (m, draws) by what was said of whom, (n_labels, units, draws)."""
    n = part.last - part.first
    return _sums(part.said, index, table, n * part.n_labels).reshape(part.n_labels, n, -1)


def _sums(keys: Codes, index: Codes, table: Floats, size: int) -> Floats:
    """(size, draws): for each key the sum of the rows of `table` that `index` (n,) names."""
    from scipy.sparse import csr_array

    order = np.argsort(keys, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(keys, minlength=size))])
    ones = np.ones(len(order))
    return csr_array((ones, index[order], starts), shape=(size, len(table))) @ table
