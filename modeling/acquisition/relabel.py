"""A new pair or another opinion on a labelled one: ActiveLab (Goh & Mueller 2023).

"ActiveLab: Active Learning with Re-Labeling by Multiple Annotators", arXiv 2301.11856, as in
`cleanlab.multiannotator`.
"""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modeling.acquisition.base import Indices, Probabilities, check_probabilities
from modeling.stopping import VERDICTS

_UNSURE = VERDICTS.index("unsure")
# cleanlab breaks a tie of votes by the probabilities, and one of those by an unseeded draw.
_NOT_QUITE_HALF = 0.5 - 1e-9


def expected_gain(
    items: ArrayLike,
    annotators: ArrayLike,
    verdicts: ArrayLike,
    labelled_probabilities: Probabilities,
    unlabelled_probabilities: Probabilities,
) -> tuple[Probabilities, Probabilities]:
    """ActiveLab scores within 0 and 1, comparable with each other; low where a label pays most.

    One entry a vote, each (n,): `items` index `labelled_probabilities` (n_labelled,), the model's
    P(similar), NaN where it has not judged; `annotators` are any codes, `verdicts` index
    `modeling.stopping.VERDICTS`. `unlabelled_probabilities` (n_unlabelled,) are of pairs without
    votes. Of two votes by one annotator on one item the later counts.

    An "unsure" counts as missing: ActiveLab knows one set of classes for truth and votes. A pair
    that only got "unsure" is scored like one without votes. Time grows with the labelled pairs,
    about 0.6 s for every thousand.

    Returns:
        Scores (n_labelled,) and (n_unlabelled,).

    Raises:
        ValueError: shapes differ, an item is out of range, or a probability not within 0 and 1.
    """
    labelled, new = (_known(p) for p in (labelled_probabilities, unlabelled_probabilities))
    table = _table(items, annotators, verdicts, len(labelled))
    voted = ~np.isnan(table).all(axis=1)
    rest = np.concatenate([labelled[~voted], new])
    of_voted, of_rest = _activelab(table[voted], labelled[voted], rest)
    scores = np.empty(len(labelled))
    scores[voted], scores[~voted] = of_voted, of_rest[: int((~voted).sum())]
    return scores, of_rest[int((~voted).sum()) :]


@dataclass(frozen=True, slots=True)
class Choice:
    """What to ask next, most worth it first: `index` (m,) into the labelled or unlabelled pairs."""

    index: Indices
    labelled: NDArray[np.bool_]


def choose(labelled_scores: Probabilities, unlabelled_scores: Probabilities, budget: int) -> Choice:
    """The `budget` pairs whose scores are lowest; of equal ones new pairs come first.

    Raises:
        ValueError: `budget` is negative.
    """
    if budget < 0:
        raise ValueError("budget must not be negative")
    n = len(unlabelled_scores)
    order = np.argsort(np.concatenate([unlabelled_scores, labelled_scores]), kind="stable")[:budget]
    labelled = order >= n
    return Choice(np.where(labelled, order - n, order), labelled)


def _known(probabilities: Probabilities) -> Probabilities:
    values = check_probabilities(probabilities)
    return np.where(np.isnan(values) | (values == 0.5), _NOT_QUITE_HALF, values)


def _table(
    items: ArrayLike, annotators: ArrayLike, verdicts: ArrayLike, n_items: int
) -> NDArray[np.float64]:
    """(n_items, annotators with a sure vote): 1 similar, 0 not, NaN missing."""
    item, annotator, verdict = (
        np.asarray(codes, dtype=np.int64) for codes in (items, annotators, verdicts)
    )
    if item.ndim != 1 or not item.shape == annotator.shape == verdict.shape:
        raise ValueError("items, annotators and verdicts must be flat and of one length")
    if len(item) and not 0 <= item.min() <= item.max() < n_items:
        raise ValueError("an item has no probability")
    if len(verdict) and not 0 <= verdict.min() <= verdict.max() < len(VERDICTS):
        raise ValueError("verdicts must be codes of modeling.stopping.VERDICTS")
    # The last vote of each annotator on each item, before those that are unsure are left out.
    votes = np.stack([item, annotator], axis=1)[::-1]
    last = len(item) - 1 - np.unique(votes, axis=0, return_index=True)[1]
    item, annotator, verdict = item[last], annotator[last], verdict[last]
    sure = verdict != _UNSURE
    names, column = np.unique(annotator[sure], return_inverse=True)
    table = np.full((n_items, len(names)), np.nan)
    table[item[sure], column] = verdict[sure] == VERDICTS.index("similar")
    return table


def _activelab(
    table: NDArray[np.float64], labelled: Probabilities, rest: Probabilities
) -> tuple[Probabilities, Probabilities]:
    from cleanlab.multiannotator import get_active_learning_scores

    if not len(labelled) and not len(rest):
        return np.empty(0), np.empty(0)
    # cleanlab prints which annotators share no pair with anybody, at every call.
    with contextlib.redirect_stdout(io.StringIO()):
        return get_active_learning_scores(
            table if len(labelled) else None,
            np.stack([1 - labelled, labelled], axis=1) if len(labelled) else None,
            np.stack([1 - rest, rest], axis=1) if len(rest) else None,
        )
