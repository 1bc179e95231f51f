"""How many labels it takes for an interval of the wanted width: before a campaign, from what is
known or guessed of the people."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from modeling.agreement.alpha import alpha_nominal
from modeling.agreement.ratings import Floats, Patterns
from modeling.agreement.wanted import MOST_UNITS, check_wanted
from modeling.progress import Ticker, TrainingCallback
from modeling.stopping import VERDICTS

STUDIES, RESAMPLES, ROUNDS = 200, 400, 8
FIRST_GUESS = 500
LEAST_UNITS = 20
_CLOSE_ENOUGH = 0.02


@dataclass(frozen=True, slots=True)
class Likely:
    """What a unit may get: `counts` (p, q), labels by verdict, each with `probability` (p,)."""

    counts: Floats
    probability: Floats


@dataclass(frozen=True, slots=True)
class AlphaPlan:
    """`units` with `each` labels for `half_width` or less in the wanted share of such studies.

    `alpha` is the value to expect, `typical_half_width` the median of the simulated studies.
    """

    units: int
    labels: int
    each: int
    alpha: float
    half_width: float
    typical_half_width: float | None
    assurance: float


def likely_answers(confusions: ArrayLike, *, prevalence: float, each: int) -> Likely:
    """What `each` different people, drawn at random, say of a unit, exactly.

    `confusions` (m, 2, 3): P(verdict | truth) of each person, as in `dawid_skene.DawidSkene`; one
    alone stands for as many of the kind as are wanted. Given the truth people err independently,
    which where some pairs are hard for everybody makes alpha look higher and plans smaller.

    Raises:
        ValueError: a shape or a distribution is wrong, or there are fewer people than `each`.
    """
    people = np.asarray(confusions, dtype=np.float64)
    if people.ndim != 3 or people.shape[1:] != (2, len(VERDICTS)):
        raise ValueError(f"confusions must be (people, 2, 3), not {people.shape}")
    if np.any(people < 0) or np.any(np.abs(people.sum(2) - 1) > 1e-3):
        raise ValueError("each row of a confusion must be three shares of 1")
    if not 0 <= prevalence <= 1:
        raise ValueError(f"prevalence must lie within 0 and 1, not {prevalence}")
    if each < 2:
        raise ValueError("agreement takes two labels a pair or more")
    people = np.repeat(people, each, axis=0) if len(people) == 1 else people
    if len(people) < each:
        raise ValueError(f"{each} labels a pair take as many people; there are {len(people)}")
    counts = [c for c in product(range(each + 1), repeat=len(VERDICTS)) if sum(c) == each]
    similar, not_similar = (_of_subsets(people[:, truth], each) for truth in (0, 1))
    mixed = prevalence * similar + (1 - prevalence) * not_similar
    return Likely(np.array(counts, dtype=np.float64), np.array([mixed[c] for c in counts]))


def _of_subsets(chances: Floats, each: int) -> Floats:
    """P(counts of verdicts) over all subsets of `each` people, by the counts, (each + 1,) * 3.

    `chances` (m, 3). An elementary symmetric polynomial, made by adding one person at a time.
    """
    sums = np.zeros((each + 1,) * len(VERDICTS))
    sums[0, 0, 0] = 1.0
    for person in chances:
        grown = sums.copy()
        grown[1:] += person[0] * sums[:-1]
        grown[:, 1:] += person[1] * sums[:, :-1]
        grown[:, :, 1:] += person[2] * sums[:, :, :-1]
        sums = grown
    return np.asarray(sums / math.comb(len(chances), each))


def observed_answers(patterns: Patterns, *, each: int) -> Likely:
    """What units with exactly `each` labels were given so far.

    Raises:
        ValueError: no unit has so many.
    """
    chosen = patterns.counts.sum(1) == each
    if not chosen.any():
        raise ValueError(f"no pair has exactly {each} labels yet")
    units = patterns.units[chosen]
    return Likely(patterns.counts[chosen], units / units.sum())


def units_for_alpha(
    likely: Likely,
    half_width: float,
    *,
    assurance: float = 0.8,
    seed: int = 0,
    callback: TrainingCallback | None = None,
) -> AlphaPlan:
    """Units for a nominal alpha whose 95% bootstrap interval is `half_width` to either side.

    Studies are simulated, each with its own bootstrap; `assurance` is the share of them whose
    interval is narrow enough (Kelley & Rausch 2006, "Sample Size Planning for the Standardized Mean
    Difference: Accuracy in Parameter Estimation"). Widths fall with the root of the units, from
    which each guess follows from the one before. Within 2% or so of the smallest number.

    Raises:
        ValueError: a wanted value is out of range, alpha is undefined for such answers, or it takes
            more than `MOST_UNITS`.
        TrainingCancelled: the callback asks to stop.
    """
    check_wanted(half_width, assurance)
    alpha = float(alpha_nominal(likely.probability[None, :] * 1e9, likely.counts)[0])
    if math.isnan(alpha):
        raise ValueError("only one label would occur: alpha has no value then")
    units, widths = _search(likely, half_width, assurance, seed, Ticker(callback))
    each = int(likely.counts[0].sum())
    reached, typical = (
        float(np.quantile(widths, share, method="higher")) for share in (assurance, 0.5)
    )
    shown = typical if math.isfinite(typical) else None
    return AlphaPlan(units, units * each, each, alpha, reached, shown, assurance)


def _search(
    likely: Likely, half_width: float, assurance: float, seed: int, ticker: Ticker
) -> tuple[int, Floats]:
    """Units, and the half-widths of simulated studies of that size."""
    units = FIRST_GUESS
    for turn in range(ROUNDS):
        part = ticker.part(turn / ROUNDS, (turn + 1) / ROUNDS)
        widths = half_widths(likely, units, seed=seed, ticker=part)
        reached = float(np.quantile(widths, assurance, method="higher"))
        wanted = _next(units, reached, half_width)
        if abs(wanted - units) <= _CLOSE_ENOUGH * units or turn == ROUNDS - 1:
            break
        units = wanted
    if math.isinf(reached):
        raise ValueError("with so few pairs alpha often has no interval: ask for a narrower one")
    return units, widths


def half_widths(
    likely: Likely,
    units: int,
    *,
    studies: int = STUDIES,
    seed: int = 0,
    ticker: Ticker | None = None,
) -> Floats:
    """Half the width of the bootstrap interval of each of simulated `studies` of so many `units`.

    Studies in which only one label occurs have none and count as infinitely wide.
    """
    ticker, rng = ticker or Ticker(), np.random.default_rng(seed)
    found = np.full(studies, np.inf)
    for study, seen in enumerate(rng.multinomial(units, likely.probability, size=studies)):
        ticker.check()
        there = seen > 0
        share = seen[there] / units
        draws = rng.multinomial(units, share, size=RESAMPLES).astype(np.float64)
        alphas = alpha_nominal(draws, likely.counts[there])
        if len(alphas := alphas[~np.isnan(alphas)]) >= RESAMPLES / 2:
            low, high = np.quantile(alphas, [0.025, 0.975])
            found[study] = (high - low) / 2
        if ticker.due():
            ticker.report(study / studies, f"studies of {units:,} pairs: {study} of {studies}")
    return found


def _next(units: int, reached: float, wanted: float) -> int:
    grown = 4.0 * units if math.isinf(reached) else units * (reached / wanted) ** 2
    if grown > MOST_UNITS:
        raise ValueError(f"an interval that narrow takes more than {MOST_UNITS:,} pairs")
    return max(LEAST_UNITS, math.ceil(grown))
