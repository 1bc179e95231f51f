"""What several people may say of one pair, exactly, and how often that settles it.

A web process answers with it, so nothing here may load numpy; `planning.likely_answers` is the
same for arrays.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from modeling.stopping import Confusion

Counts = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Answers:
    """By the counts of verdicts (similar, not similar, unsure) that a pair got from `each` people:
    their chance if it is similar, and if it is not. `prevalence`: the share of similar pairs."""

    each: int
    prevalence: float
    if_similar: dict[Counts, float]
    if_not: dict[Counts, float]

    def shares(self) -> dict[Counts, float]:
        """The share of all pairs that get each of the counts."""
        similar, other = self.prevalence, 1 - self.prevalence
        return {c: similar * p + other * self.if_not[c] for c, p in self.if_similar.items()}


@dataclass(frozen=True, slots=True)
class Settled:
    """`share`: of pairs on which more people are sure of one answer than of the other; `right`: how
    many of those answers are true.

    `best_auroc`: what a perfect model would show against them; wrong ones among them make it less.
    """

    share: float
    right: float
    best_auroc: float


def expected_answers(people: Sequence[Confusion], *, prevalence: float, each: int) -> Answers:
    """What `each` different people, drawn at random, say; given the truth they err independently.

    Of fewer people than `each` the mean stands for as many of its kind as are wanted.

    Raises:
        ValueError: there is nobody, or a value is out of range.
    """
    if not people:
        raise ValueError("there must be somebody who answers")
    if not 0 <= prevalence <= 1:
        raise ValueError(f"prevalence must lie within 0 and 1, not {prevalence}")
    if each < 1:
        raise ValueError(f"a pair takes one label or more, not {each}")
    asked = people if len(people) >= each else [mean_confusion(people)] * each
    return Answers(
        each,
        prevalence,
        _of_subsets([person.similar for person in asked], each),
        _of_subsets([person.not_similar for person in asked], each),
    )


def mean_confusion(people: Sequence[Confusion]) -> Confusion:
    """What somebody drawn at random says."""
    n = len(people)
    first, second, third = (sum(p.similar[k] for p in people) / n for k in range(3))
    similar = first, second, third
    first, second, third = (sum(p.not_similar[k] for p in people) / n for k in range(3))
    return Confusion(similar, (first, second, third))


def settled(answers: Answers) -> Settled:
    """How often such answers settle a pair, and how far that may be relied on."""
    prior, shares = answers.prevalence, answers.shares()
    called = {
        1: [c for c in shares if c[0] > c[1]],
        0: [c for c in shares if c[1] > c[0]],
    }
    true_similar = prior * sum(answers.if_similar[c] for c in called[1])
    false_other = prior * sum(answers.if_similar[c] for c in called[0])
    true_other = (1 - prior) * sum(answers.if_not[c] for c in called[0])
    false_similar = (1 - prior) * sum(answers.if_not[c] for c in called[1])
    share = true_similar + false_other + true_other + false_similar
    right = (true_similar + true_other) / share if share else math.nan
    called_similar, called_other = true_similar + false_similar, true_other + false_other
    if not called_similar or not called_other:
        return Settled(share, right, math.nan)
    # Of a pair called similar and one called not: both right, or both really the same (a toss).
    wrong_similar, wrong_other = false_similar / called_similar, false_other / called_other
    best = (1 - wrong_similar) * (1 - wrong_other)
    best += (wrong_similar * (1 - wrong_other) + wrong_other * (1 - wrong_similar)) / 2
    return Settled(share, right, best)


def _of_subsets(chances: Sequence[tuple[float, float, float]], each: int) -> dict[Counts, float]:
    """P(counts of verdicts) over all subsets of `each` people: an elementary symmetric polynomial,
    made by adding one person at a time."""
    sums: dict[Counts, float] = {(0, 0, 0): 1.0}
    for similar, other, unsure in chances:
        grown = defaultdict(float, sums)
        for (a, b, c), weight in sums.items():
            if a + b + c < each:
                grown[a + 1, b, c] += weight * similar
                grown[a, b + 1, c] += weight * other
                grown[a, b, c + 1] += weight * unsure
        sums = grown
    of_all = math.comb(len(chances), each)
    return {counts: weight / of_all for counts, weight in sums.items() if sum(counts) == each}
