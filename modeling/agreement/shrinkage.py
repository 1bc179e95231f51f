"""Shares of several people, each drawn towards what the others show, the more the fewer its labels.

The beta-binomial model of Gelman et al., Bayesian Data Analysis (3rd ed. 2013, section 5.3): a
person's share is a draw from the group's beta distribution. Plugging in one estimate of that
distribution makes intervals too narrow where the group is small (Morris 1983, "Parametric Empirical
Bayes Inference"), so its mean and strength are integrated over, weighed by their marginal
likelihood and the book's prior (equation 5.9). All on a grid, in numpy alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from modeling.agreement.ratings import Floats

LEVEL = 0.95
# Even steps of log odds: beta distributions that pile up at 0 or 1 are smooth there.
_STEP = 0.02
_LOG_ODDS = (np.arange(1400) - 699.5) * _STEP
_SHARES = 1.0 / (1.0 + np.exp(-_LOG_ODDS))
_LOG_SHARES, _LOG_RESTS = -np.log1p(np.exp(-_LOG_ODDS)), -np.log1p(np.exp(_LOG_ODDS))
_MEANS = (np.arange(100) + 0.5) / 100
# Uniform in 1 / sqrt(strength), which is the book's prior, from 2, as of shares between which
# nothing is known, to about 1,150.
_STRENGTHS = 2.0 * ((np.arange(12) + 0.5) / 12) ** -2.0
# Of every distribution on the grid, (k,).
_MEAN_OF, _STRENGTH_OF = np.repeat(_MEANS, len(_STRENGTHS)), np.tile(_STRENGTHS, len(_MEANS))
# Somebody unlike any group that was ever thought of is still possible.
_UNHEARD_OF = 1e-12


@dataclass(frozen=True, slots=True)
class Shrunk:
    """`value`, `low`, `high` (n,): posterior mean and 95% credible interval of each share.

    `usual` (n,): the group's expected mean as all the others show it. `above` (n,): the probability
    that the share is above the group's mean, whatever that is. `mean` and `strength`: of the
    group's distribution, in expectation (the strength harmonically); the latter counts the labels
    that the group is worth beside a person's own.
    """

    value: Floats
    low: Floats
    high: Floats
    usual: Floats
    above: Floats
    mean: float
    strength: float


def shrink(successes: ArrayLike, trials: ArrayLike) -> Shrunk:
    """Of `successes` among `trials`, each (n,), one entry a person; no trials are allowed.

    Each posterior is the person's own likelihood times a mixture of beta distributions, weighed by
    how well they explain the other people, so nobody is drawn towards a mean of their own making.
    Of 20,000 labels bounds are exact to about 0.0005, of fewer labels to less of their width.

    Raises:
        ValueError: shapes differ, or there are more successes than trials or less than none.
    """
    s, n = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    if s.ndim != 1 or s.shape != n.shape:
        raise ValueError("successes and trials must be flat and of one length")
    if np.any(s < 0) or np.any(s > n):
        raise ValueError("successes must lie within 0 and trials")
    likelihood, (priors, above_mean) = _likelihood(s, n), _priors()
    # log P(data of a person | distribution), up to a constant of the person: (n, k).
    evidence = np.log(np.maximum(likelihood @ priors.T, 1e-300))
    total = evidence.sum(0)
    of_others, of_all = _normalised(total - evidence), _normalised(total[None, :])[0]
    posterior = likelihood * (of_others @ priors + _UNHEARD_OF)
    posterior /= posterior.sum(1, keepdims=True)
    above = (likelihood @ above_mean.T / np.exp(evidence)) @ of_all
    mean, strength = of_all @ _MEAN_OF, 1.0 / (of_all @ (1.0 / _STRENGTH_OF))
    usual = of_others @ _MEAN_OF
    return Shrunk(
        posterior @ _SHARES, *_quantiles(posterior), usual, above, float(mean), float(strength)
    )


def wilson(successes: float, trials: float) -> tuple[float, float]:
    """95% interval of one share from its own labels alone (Wilson 1927); (0, 1) without any."""
    if trials <= 0:
        return 0.0, 1.0
    z2, share = 1.959963984540054**2, successes / trials
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    spread = np.sqrt(z2 * (share * (1 - share) / trials + z2 / (4 * trials**2)))
    half = float(spread) / (1 + z2 / trials)
    return max(0.0, middle - half), min(1.0, middle + half)


def _likelihood(s: Floats, n: Floats) -> Floats:
    """Of each share on the grid (n, t), 1 at the likeliest."""
    logs = s[:, None] * _LOG_SHARES + (n - s)[:, None] * _LOG_RESTS
    return np.exp(logs - logs.max(1, keepdims=True))


@cache
def _priors() -> tuple[Floats, Floats]:
    """The distributions on the grid (k, t), each a sum of 1, and only what is above their means."""
    a, b = (_MEAN_OF * _STRENGTH_OF)[:, None], ((1 - _MEAN_OF) * _STRENGTH_OF)[:, None]
    priors = _normalised(a * _LOG_SHARES + b * _LOG_RESTS)
    beyond = _LOG_ODDS - np.log(_MEAN_OF / (1 - _MEAN_OF))[:, None]
    # A step that the mean lies in counts in part.
    return priors, priors * np.clip(beyond / _STEP + 0.5, 0.0, 1.0)


def _normalised(logs: Floats) -> Floats:
    weights = np.exp(logs - logs.max(1, keepdims=True))
    return np.asarray(weights / weights.sum(1, keepdims=True))


def _quantiles(posterior: Floats) -> tuple[Floats, Floats]:
    """Bounds that leave out as much on either side, (n,) each."""
    edges = np.append(_LOG_ODDS, _LOG_ODDS[-1] + _STEP) - _STEP / 2
    below = np.c_[np.zeros(len(posterior)), posterior.cumsum(1)]
    tail = (1 - LEVEL) / 2
    bounds = np.array([np.interp([tail, 1 - tail], row, edges) for row in below]).reshape(-1, 2)
    low, high = 1.0 / (1.0 + np.exp(-bounds.T))
    return low, high
