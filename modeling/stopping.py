"""When a pair has been judged often enough: the rules of a campaign, on the standard library alone.

A web process decides after every label, so nothing here may load numpy.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

VERDICTS = ("similar", "not_similar", "unsure")
_CODES = {verdict: code for code, verdict in enumerate(VERDICTS)}

# A model is checked on a few hundred held-out pairs. No error among 150 still allows 2% (the rule
# of three), so a probability beyond these limits claims more than anybody has seen.
PRIOR_LIMITS = (0.02, 0.98)
# Of a person with few labels a verdict may never have been seen; that does not make it impossible.
_LEAST = 1e-6
_ROUNDING = 1e-3


class Rule(StrEnum):
    """How many labels a pair gets; `decide` says what each means."""

    FIXED = "fixed"
    OVERLAP = "overlap"
    DIFFER = "differ"
    POSTERIOR = "posterior"
    ACTIVELAB = "activelab"


@dataclass(frozen=True, slots=True)
class Confusion:
    """What a person says of a pair whose truth is known: P(verdict | truth) in order of `VERDICTS`.

    Raises:
        ValueError: a row is not a distribution over three verdicts.
    """

    similar: tuple[float, float, float]
    not_similar: tuple[float, float, float]

    def __post_init__(self) -> None:
        for row in (self.similar, self.not_similar):
            if len(row) != 3 or not all(0 <= p <= 1 for p in row) or abs(sum(row) - 1) > _ROUNDING:
                raise ValueError(f"a row of a confusion must be three shares of 1, not {row}")


# If three assistants and a majority are right on 95% of pairs drawn at random, each is right on
# about 87 to 89% of those they are sure of; of the study's judgements 3% were unsure. Taken a
# little low: trust that is too small costs one label more, trust that is too large a wrong answer.
# Overlooking what two videos share is easier than inventing it. Being unsure tells nothing of them.
TYPICAL = Confusion(similar=(0.83, 0.14, 0.03), not_similar=(0.10, 0.87, 0.03))


@dataclass(frozen=True, slots=True)
class Opinion:
    """One person's verdict on the pair, and what is known of the person."""

    verdict: str
    confusion: Confusion = TYPICAL


@dataclass(frozen=True, slots=True)
class Decision:
    """`wanted`: labels in all, those there included; `posterior`: P(similar) with these opinions.

    The pair has enough when `wanted` is the number of its opinions.
    """

    wanted: int
    posterior: float


def posterior(opinions: Sequence[Opinion], prior: float) -> float:
    """P(similar) after independent `opinions`, by Bayes' rule (Dawid & Skene 1979).

    `prior` is the model's probability, or the share of similar pairs where there is no model; it is
    kept within `PRIOR_LIMITS`.

    Raises:
        ValueError: `prior` is not within 0 and 1, or a verdict is unknown.
    """
    if not 0 <= prior <= 1:
        raise ValueError(f"the prior must lie within 0 and 1, not {prior}")
    low, high = PRIOR_LIMITS
    prior = min(max(prior, low), high)
    log_odds = math.log(prior / (1 - prior))
    # fsum is exact, so the result does not depend on who answered first.
    return _logistic(math.fsum([log_odds, *map(_evidence, opinions)]))


def decide(
    rule: Rule,
    *,
    opinions: Sequence[Opinion],
    prior: float,
    most: int,
    stop_at: float,
    base: int = 1,
) -> Decision:
    """How many labels a pair with these opinions wants, never fewer than it has.

    - FIXED, OVERLAP: `base`; for OVERLAP the caller draws the pairs whose `base` is higher.
    - DIFFER: two, then one more at a time up to `most` until more than half say the same.
    - POSTERIOR: one more at a time up to `most` until the posterior of either answer reaches
      `stop_at`. The first label is always asked for: a model alone never settles a pair.
    - ACTIVELAB: `base`; further opinions are chosen when the queue is ranked
      (`modeling.acquisition.relabel`).

    Raises:
        ValueError: a verdict is unknown, `stop_at` is not between 0.5 and 1, `most` or `base` is
            below 1, or `prior` is not within 0 and 1.
    """
    if not 0.5 < stop_at < 1:
        raise ValueError(f"stop_at must lie between 0.5 and 1, not {stop_at}")
    if most < 1 or base < 1:
        raise ValueError("a pair needs at least one label: most and base must be 1 or more")
    probability = posterior(opinions, prior)
    if rule is Rule.DIFFER:
        enough = _has_majority(opinions)
        wanted = len(opinions) if enough else min(max(len(opinions) + 1, 2), most)
    elif rule is Rule.POSTERIOR:
        certainty = max(probability, 1 - probability)
        enough = bool(opinions) and certainty >= stop_at
        wanted = len(opinions) if enough else min(len(opinions) + 1, most)
    else:
        wanted = base
    return Decision(max(wanted, len(opinions)), probability)


def _has_majority(opinions: Sequence[Opinion]) -> bool:
    """Whether two or more have answered and more than half of them said the same."""
    counts = Counter(opinion.verdict for opinion in opinions)
    return len(opinions) >= 2 and max(counts.values()) * 2 > len(opinions)


def _evidence(opinion: Opinion) -> float:
    """The logarithm of how much likelier the verdict is of a similar pair than of another."""
    code = _CODES.get(opinion.verdict)
    if code is None:
        raise ValueError(f"verdict {opinion.verdict!r} is not among {', '.join(VERDICTS)}")
    if_similar, if_not = opinion.confusion.similar[code], opinion.confusion.not_similar[code]
    return math.log(max(if_similar, _LEAST) / max(if_not, _LEAST))


def _logistic(x: float) -> float:
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    return math.exp(x) / (1 + math.exp(x))
