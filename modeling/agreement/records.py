"""How often each annotator is right on each kind of item, for giving hard ones to those who know.

Not for display: it decides whom to ask, and says nothing of anybody's worth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modeling.agreement.ratings import Floats

Codes = NDArray[np.int64]

# The same spread of accuracies as behind `modeling.agreement.dawid_skene.STRENGTH`.
STRENGTH = 20.0
LEAST_VOTES = 10


@dataclass(frozen=True, slots=True)
class Records:
    """`accuracy` and `votes` (n_annotators, n_groups): the shrunk share right, and of how many."""

    accuracy: Floats
    votes: Codes


def records(
    annotators: ArrayLike,
    groups: ArrayLike,
    correct_probability: ArrayLike,
    *,
    strength: float = STRENGTH,
    n_annotators: int | None = None,
    n_groups: int | None = None,
) -> Records:
    """The accuracy of each annotator on each group from one entry a vote, each (n,).

    `annotators` and `groups` are codes; `correct_probability` is P(the vote is right), NaN where
    that has no meaning (see `dawid_skene.correct_probability`).

    Empirical-Bayes shrinkage of beta-binomial means (Casella 1985, "An Introduction to Empirical
    Bayes Data Analysis"), each level worth `strength` votes: a group's mean towards that of all
    votes; an annotator's mean difference from the groups worked on towards none; and the mean of
    an annotator on a group towards the group's plus the annotator's difference. Differences are
    taken within groups so that nobody looks worse for working where everybody errs more.

    Raises:
        ValueError: shapes differ, a code is negative or out of range, a probability is not within
            0 and 1, or `strength` is not positive.
    """
    who, where, right = _read(annotators, groups, correct_probability, strength)
    m = int(who.max(initial=-1)) + 1 if n_annotators is None else n_annotators
    g = int(where.max(initial=-1)) + 1 if n_groups is None else n_groups
    if who.max(initial=-1) >= m or where.max(initial=-1) >= g:
        raise ValueError("a code is out of range")
    cell = who * g + where
    votes = np.bincount(cell, minlength=m * g).reshape(m, g)
    rights = np.bincount(cell, weights=right, minlength=m * g).reshape(m, g)
    overall = right.mean() if len(right) else 0.5
    by_group = (rights.sum(0) + strength * overall) / (votes.sum(0) + strength)
    difference = (rights - votes * by_group).sum(1) / (votes.sum(1) + strength)
    expected = np.clip(by_group + difference[:, None], 0.0, 1.0)
    return Records((rights + strength * expected) / (votes + strength), votes)


def best(records: Records, group: int, share: float, *, least: int = LEAST_VOTES) -> Codes:
    """Annotators with the best record on `group`, best first, ties by code.

    The best `share` (rounded up) of those with `least` votes there or more, and whoever ties with
    the last of them; empty where nobody has enough, which means that anyone may be asked.

    Raises:
        ValueError: `share` is not above 0 and at most 1.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share must be above 0 and at most 1, not {share}")
    known = np.flatnonzero(records.votes[:, group] >= least)
    if not len(known):
        return known
    accuracy = records.accuracy[known, group]
    # Rounded so that sums in another order do not untie what is equal.
    order = np.argsort(-accuracy.round(9), kind="stable")
    last = accuracy[order[math.ceil(share * len(known)) - 1]]
    return known[order[accuracy[order].round(9) >= last.round(9)]]


def _read(
    annotators: ArrayLike, groups: ArrayLike, correct_probability: ArrayLike, strength: float
) -> tuple[Codes, Codes, Floats]:
    who, where = (np.asarray(codes, dtype=np.int64) for codes in (annotators, groups))
    right = np.asarray(correct_probability, dtype=np.float64)
    if who.ndim != 1 or not who.shape == where.shape == right.shape:
        raise ValueError("annotators, groups and correct_probability must be flat, of one length")
    if who.min(initial=0) < 0 or where.min(initial=0) < 0:
        raise ValueError("codes must not be negative")
    if np.any((right < 0) | (right > 1)):
        raise ValueError("correct_probability must lie within 0 and 1")
    if strength <= 0:
        raise ValueError("strength counts votes and must be positive")
    meant = ~np.isnan(right)
    return who[meant], where[meant], right[meant]
