"""GLAD: how able annotators are and how difficult units, at once (Whitehill et al. 2009).

"Whose Vote Should Count More: Optimal Integration of Labels from Labelers of Unknown Expertise",
NeurIPS, for any number of labels K as in crowd-kit. Annotator j gives unit i its true label with
probability a = 1 / (1 + exp(-alpha_j exp(beta_i))), each other one with (1 - a) / (K - 1). Alpha is
the ability, beta the logarithm of the ease (the paper's difficulty being exp(-beta)). Both have
normal priors with mean and variance 1, as in the paper.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from modeling.agreement.ratings import Floats
from modeling.agreement.votes import Block, Votes, blocks, normalise, read_votes, still_rises

PRIOR_MEAN = 1.0
_HALVINGS = 20


@dataclass(frozen=True, slots=True)
class Glad:
    """A fitted model.

    `posterior` (n_units, n_labels). `quality` (n_annotators,): the expected share of an annotator's
    labels that are right, by ability and the units' ease; NaN without labels. `ability`
    (n_annotators,) is alpha, `ease` (n_units,) beta; `ability_information` and `ease_information`
    are their inverse variances were the truth known. `bounds`: log posterior density of alpha and
    beta, up to a constant, before the first and after each step; it never falls.
    """

    posterior: Floats
    quality: Floats
    ability: Floats
    ease: Floats
    ability_information: Floats
    ease_information: Floats
    class_prior: Floats
    bounds: list[float]
    converged: bool


@dataclass(frozen=True, slots=True)
class _Expected:
    """What the E-step gives: P(truth) (n_labels, n_units), P(right) by block, the bound, and the
    sums for the step of the abilities."""

    posterior: Floats
    right: list[Floats]
    bound: float
    gradient: Floats
    information: Floats
    rights: Floats


def fit(
    units: ArrayLike,
    annotators: ArrayLike,
    labels: ArrayLike,
    *,
    n_units: int | None = None,
    n_annotators: int | None = None,
    n_labels: int | None = None,
    class_prior: ArrayLike | None = None,
    tolerance: float = 1e-6,
    max_iterations: int = 200,
) -> Glad:
    """Fit to one entry a label: codes of unit, annotator and label, each (n,).

    `class_prior` (n_labels,): the share of each label among true ones, by default equal as in the
    paper. An annotator without labels has ability 1, a unit without labels the class prior.

    The M-step is a Newton step of the abilities, which given the ease are independent of each
    other, then one of the ease given the abilities (conditional maximisation, Meng & Rubin 1993);
    both are halved until the bound does not fall. EM ends when the bound rises by less than
    `tolerance` a label.

    Raises:
        ValueError: shapes differ, a code is out of range, there are fewer than two labels,
            `class_prior` is not a distribution over the labels, or `max_iterations` is below 1.
    """
    if max_iterations < 1:
        raise ValueError("max_iterations must be 1 or more")
    votes = read_votes(
        units, annotators, labels, n_units=n_units, n_annotators=n_annotators, n_labels=n_labels
    )
    parts, prior = blocks(votes), _read_class_prior(class_prior, votes.n_labels)
    at = np.full(votes.n_annotators, PRIOR_MEAN), np.full(votes.n_units, PRIOR_MEAN)
    expected = _expect(parts, *at, prior)
    bounds = [expected.bound]
    while still_rises(bounds, len(votes.unit), tolerance) and len(bounds) <= max_iterations:
        at, expected = _climb(parts, at, expected, prior)
        bounds.append(expected.bound)
    converged = not still_rises(bounds, len(votes.unit), tolerance)
    return _fitted(votes, parts, at, expected, prior, bounds, converged)


def _read_class_prior(class_prior: ArrayLike | None, n_labels: int) -> Floats:
    if class_prior is None:
        return np.full(n_labels, 1.0 / n_labels)
    prior = np.asarray(class_prior, dtype=np.float64)
    if prior.shape != (n_labels,) or not np.all(prior > 0) or abs(prior.sum() - 1) > 1e-6:
        raise ValueError("class_prior must be a positive share for each label, 1 in all")
    return prior


def _climb(
    parts: list[Block], at: tuple[Floats, Floats], expected: _Expected, prior: Floats
) -> tuple[tuple[Floats, Floats], _Expected]:
    """The next abilities and ease, and what to expect with them; where they are if no step up."""
    ability = at[0] + _step(expected.gradient, expected.information, at[0])
    ease, _ = _ease_step(parts, expected.right, ability, at[1])
    for _ in range(_HALVINGS):
        after = _expect(parts, ability, ease, prior)
        if after.bound >= expected.bound:
            return (ability, ease), after
        ability, ease = (at[0] + ability) / 2, (at[1] + ease) / 2
    return at, expected


def _expect(parts: list[Block], ability: Floats, ease: Floats, prior: Floats) -> _Expected:
    k, easy = len(prior), np.exp(ease)
    posterior, rights = np.empty((k, len(ease))), []
    sums = np.zeros((3, len(ability)))
    bound = -0.5 * (np.sum((ability - PRIOR_MEAN) ** 2) + np.sum((ease - PRIOR_MEAN) ** 2))
    for part in parts:
        eased = easy[part.units][part.unit]
        strength = ability[part.annotator] * eased
        chance, softplus = _logistic(strength)
        # log a - log((1 - a) / (K - 1)) is strength + log(K - 1): only what was given needs a sum.
        log_weights = part.by_unit(strength + np.log(k - 1)) + np.log(prior)[:, None]
        posterior[:, part.units], log_norm = normalise(log_weights)
        bound += log_norm.sum() - softplus.sum() - np.log(k - 1) * len(strength)
        right = posterior[:, part.units].ravel()[part.said]
        rights.append(right)
        terms = ((right - chance) * eased, chance * (1 - chance) * eased**2, chance)
        sums += [np.bincount(part.annotator, term, len(ability)) for term in terms]
    return _Expected(posterior, rights, float(bound), *sums)


def _ease_step(
    parts: list[Block], rights: list[Floats], ability: Floats, ease: Floats
) -> tuple[Floats, Floats]:
    """Better ease and the information on it, both (n_units,)."""
    gradient, information = np.empty_like(ease), np.empty_like(ease)
    easy = np.exp(ease)
    for part, right in zip(parts, rights, strict=True):
        strength = ability[part.annotator] * easy[part.units][part.unit]
        chance, _ = _logistic(strength)
        n = part.last - part.first
        pull = (right - chance) * strength
        gradient[part.units] = np.bincount(part.unit, pull, n)
        known = chance * (1 - chance) * strength**2
        information[part.units] = np.bincount(part.unit, known, n)
    # The exact curvature where it is larger: Fisher's alone oversteps where people err on what
    # seemed easy.
    curvature = information + np.maximum(-gradient, 0.0)
    return ease + _step(gradient, curvature, ease), information + 1.0


def _step(gradient: Floats, curvature: Floats, at: Floats) -> Floats:
    return (gradient - (at - PRIOR_MEAN)) / (curvature + 1.0)


def _fitted(
    votes: Votes,
    parts: list[Block],
    at: tuple[Floats, Floats],
    expected: _Expected,
    prior: Floats,
    bounds: list[float],
    converged: bool,
) -> Glad:
    ability, ease = at
    _, ease_information = _ease_step(parts, expected.right, ability, ease)
    n = np.bincount(votes.annotator, minlength=votes.n_annotators)
    quality = np.where(n > 0, expected.rights / np.maximum(n, 1), np.nan)
    known = expected.information + 1.0, ease_information
    posterior = np.ascontiguousarray(expected.posterior.T)
    return Glad(posterior, quality, ability, ease, *known, prior, bounds, converged)


def _logistic(x: Floats) -> tuple[Floats, Floats]:
    """1 / (1 + exp(-x)) and log(1 + exp(x))."""
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small) / (1.0 + small), np.maximum(x, 0.0) + np.log1p(small)
