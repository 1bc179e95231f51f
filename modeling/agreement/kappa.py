"""Cohen's kappa (Cohen 1960) between each two annotators."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modeling.agreement.bootstrap import Figure, divide, estimate
from modeling.agreement.ratings import Floats, Ratings

Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Answers:
    """What two said of the same units: the label of one, that of the other, and how often, (u,).
    Of many labels nearly all combinations never occur, and those are not here."""

    first: Codes
    second: Codes
    count: Floats

    @classmethod
    def of_table(cls, table: ArrayLike) -> Answers:
        """From a table (q, q) of one's labels by the other's."""
        counts = np.asarray(table, dtype=float)
        first, second = np.nonzero(counts)
        return cls(first, second, counts[first, second])

    def kappa(self, weights: Floats) -> Floats:
        """Cohen's kappa (r,) where the combinations occur `weights` (r, u) times."""
        n = weights.sum(axis=1)
        observed = divide(weights[:, self.first == self.second].sum(axis=1), n)
        chance = np.zeros(len(weights))
        for label in np.intersect1d(self.first, self.second):
            said = (codes == label for codes in (self.first, self.second))
            chance += np.prod([weights[:, here].sum(axis=1) for here in said], axis=0)
        chance = divide(chance, n**2)
        return divide(observed - chance, 1.0 - chance)


def pairwise_answers(ratings: Ratings) -> Iterator[tuple[int, int, Answers]]:
    """(annotator, annotator, what they said) for each two annotators who share a unit."""
    first, second = _shared(ratings)
    if not len(first):
        return
    a, b = ratings.annotator[first], ratings.annotator[second]
    swap = a > b
    first, second = np.where(swap, second, first), np.where(swap, first, second)
    keys = np.stack(
        [
            ratings.annotator[first],
            ratings.annotator[second],
            ratings.label[first],
            ratings.label[second],
        ]
    )
    found, count = np.unique(keys, axis=1, return_counts=True)
    starts = np.flatnonzero(np.diff(found[:2], axis=1, prepend=-1).any(axis=0))
    for low, high in zip(starts, [*starts[1:], found.shape[1]], strict=True):
        one, other = found[2:, low:high]
        answers = Answers(one, other, count[low:high].astype(float))
        yield int(found[0, low]), int(found[1, low]), answers


def _shared(ratings: Ratings) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of each two ratings of the same unit."""
    order = np.argsort(ratings.unit, kind="stable")
    unit = ratings.unit[order]
    firsts, seconds = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    distance = 1
    while len(same := np.flatnonzero(unit[distance:] == unit[: len(unit) - distance])):
        firsts.append(order[same])
        seconds.append(order[same + distance])
        distance += 1
    return np.concatenate(firsts), np.concatenate(seconds)


def pairwise_kappas(ratings: Ratings, *, resamples: int, seed: int) -> list[dict[str, object]]:
    """[{"a", "b", "value", "low", "high", "n"}, ...], with "why" where there is no value."""
    figures = []
    for a, b, answers in pairwise_answers(ratings):
        figure = kappa_figure(answers, resamples=resamples, seed=seed)
        names = {"a": ratings.annotators[a], "b": ratings.annotators[b]}
        figures.append({**names, **figure, "n": int(answers.count.sum())})
    return figures


def kappa_figure(answers: Answers, *, resamples: int, seed: int) -> Figure:
    """Kappa of two people's answers with its interval."""
    why = "both gave one and the same label throughout"
    return estimate(answers.kappa, answers.count, resamples=resamples, seed=seed, why=why)
