"""CROWDLAB: annotators' labels and a model's probabilities, averaged (Goh et al. 2022).

"CROWDLAB: Supervised learning to infer consensus labels and quality scores for data with multiple
annotators", arXiv 2210.06812, as in `cleanlab.multiannotator`. The model counts like an annotator
who gives a distribution: P(truth = k | unit i) = (w_M p_ik + sum_j w_j l_ijk) / (w_M + sum_j w_j),
over annotators j of the unit, where l_ijk is P if j said k and (1 - P) / (K - 1) otherwise. P is
the mean agreement with the consensus. The weights w say how much better than always guessing the
commonest label annotators agree with each other (w_j) and the model with the consensus (w_M).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modeling.agreement.ratings import Floats
from modeling.agreement.votes import Codes, Votes, read_votes

_LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class Crowdlab:
    """A fitted model.

    `posterior` (n_units, n_labels). `consensus` (n_units,): the labels that weights and quality go
    by, cleanlab's consensus; in close cases the posterior may favour another. `quality`
    (n_annotators,): cleanlab's, a mean of the posterior of an annotator's labels and of agreement
    with the consensus of units with several labels; NaN without such units. `agreement`: P of the
    formula; `baseline_error`: that of always the commonest label; `annotator_error`
    (n_annotators,) and `model_error`, the shares of disagreement that the weights come from;
    `annotator_weight`, `model_weight`. `shared`: units with several labels; `shared_by`
    (n_annotators,) how many of them each annotator labelled; `labels_a_unit`, their mean number.
    """

    posterior: Floats
    consensus: Codes
    quality: Floats
    agreement: float
    baseline_error: float
    annotator_error: Floats
    model_error: float
    annotator_weight: Floats
    model_weight: float
    shared: int
    shared_by: Codes
    labels_a_unit: float


def fit(
    units: ArrayLike,
    annotators: ArrayLike,
    labels: ArrayLike,
    *,
    probabilities: ArrayLike,
    n_annotators: int | None = None,
) -> Crowdlab:
    """Fit to one entry a label: codes of unit, annotator and label, each (n,), none twice.

    `probabilities` (n_units, n_labels): the model's, best out of sample. A unit without labels has
    these as its posterior. The consensus agrees with the model because the model is in it: never
    evaluate the model on it.

    The weights are found twice, as in cleanlab: from the majority vote, then from the consensus
    that follows. A tied vote goes to the likeliest label by the model, then to the rarer label,
    then to the first one (where cleanlab draws at random).

    Raises:
        ValueError: shapes differ, a code is out of range, a row of `probabilities` is not a
            distribution over two or more labels, or no unit has labels of two annotators.
    """
    p = _read_probabilities(probabilities)
    votes = read_votes(
        units, annotators, labels, n_units=len(p), n_annotators=n_annotators, n_labels=p.shape[1]
    )
    said = votes.unit * votes.n_labels + votes.label
    counts = np.bincount(said, minlength=p.size).reshape(p.shape).astype(np.float64)
    n = counts.sum(axis=1)
    if not np.any(n > 1):
        raise ValueError("crowdlab needs a unit with labels of two annotators: no label shows yet"
                         " how far annotators agree")  # fmt: skip
    error = _annotator_error(votes, counts, n)
    majority = _majority(counts, p)
    first = _weigh(votes, p, counts, majority, error)
    return _weigh(votes, p, counts, _top(first.posterior, majority), error)


def average(
    probabilities: Floats, weights: Floats, agreement: Floats | float, model: Floats | float
) -> Floats:
    """The formula above for `weights` (k, ...), the sums of w_j over who said k."""
    total = weights.sum(axis=0)
    other = (1.0 - agreement) / (len(probabilities) - 1)
    mixed = model * probabilities + other * total + (agreement - other) * weights
    return mixed / (model + total)


def to_weight(error: Floats, baseline_error: Floats | float) -> Floats:
    """How much better than the baseline, never quite nothing."""
    return np.maximum(1.0 - error / baseline_error, _LEAST)


def _read_probabilities(probabilities: ArrayLike) -> Floats:
    p = np.asarray(probabilities, dtype=np.float64)
    if p.ndim != 2 or p.shape[1] < 2:
        raise ValueError("probabilities must have a row for each unit and two labels or more")
    if not np.all((p >= 0) & (p <= 1)) or not np.allclose(p.sum(axis=1), 1.0, atol=1e-3):
        raise ValueError("each row of probabilities must be a distribution over the labels")
    return p


def _annotator_error(votes: Votes, counts: Floats, n: Floats) -> Floats:
    """Share of disagreement with the other annotators of the same units, (n_annotators,).

    Whoever shares no unit with anybody has the mean of the others.
    """
    m = votes.n_annotators
    same = counts[votes.unit, votes.label] - 1.0
    others = n[votes.unit] - 1.0
    agreed = np.bincount(votes.annotator, weights=same, minlength=m)
    compared = np.bincount(votes.annotator, weights=others, minlength=m)
    known = compared > 0
    agreement = agreed / np.where(known, compared, 1.0)
    return 1.0 - np.where(known, agreement, agreement[known].mean())


def _majority(counts: Floats, p: Floats) -> Codes:
    """The commonest label of each unit, (n_units,); see `fit` for ties."""
    tied = counts == counts.max(axis=1, keepdims=True)
    likely = np.where(tied, p, -1.0)
    tied &= likely == likely.max(axis=1, keepdims=True)
    used = np.where(tied, counts.sum(axis=0), np.inf)
    return used.argmin(axis=1)


def _top(posterior: Floats, instead: Codes) -> Codes:
    """The likeliest label of each unit, or that of `instead` where several are."""
    highest = posterior == posterior.max(axis=1, keepdims=True)
    return np.where(highest.sum(axis=1) == 1, highest.argmax(axis=1), instead)


def _weigh(votes: Votes, p: Floats, counts: Floats, consensus: Codes, error: Floats) -> Crowdlab:
    n: Floats = counts.sum(axis=1)
    shared, k = n > 1, p.shape[1]
    agreed = counts[np.arange(len(counts)), consensus][shared] / n[shared]
    commonest = np.bincount(consensus[shared], minlength=k).argmax()
    baseline = max(float(np.mean(consensus[shared] != commonest)), _LEAST)
    model_error = float(np.mean(p[shared].argmax(axis=1) != consensus[shared]))
    weight = to_weight(error, baseline)
    labels_a_unit = float(n[n > 0].mean())
    model = max(1.0 - model_error / baseline, _LEAST) * labels_a_unit**0.5
    said = votes.unit * k + votes.label
    sums = np.bincount(said, weights=weight[votes.annotator], minlength=p.size).astype(np.float64)
    agreement = float(agreed.mean())
    posterior = average(p.T, sums.reshape(p.shape).T, agreement, model).T
    share = model / (model + weight.sum() * labels_a_unit / max(len(weight), 1))
    quality, shared_by = _quality(votes, posterior, consensus, shared, share)
    return Crowdlab(
        posterior, consensus, quality, agreement, baseline, error, model_error, weight, model,
        int(shared.sum()), shared_by, labels_a_unit,
    )  # fmt: skip


def _quality(
    votes: Votes,
    posterior: Floats,
    consensus: Codes,
    shared: NDArray[np.bool_],
    model_share: float,
) -> tuple[Floats, Codes]:
    """cleanlab's quality of each annotator and the units behind it, both (n_annotators,)."""
    m = votes.n_annotators
    own = np.bincount(votes.annotator, weights=posterior[votes.unit, votes.label], minlength=m)
    n = np.bincount(votes.annotator, minlength=m)
    several = shared[votes.unit]
    who, right = votes.annotator[several], (votes.label == consensus[votes.unit])[several]
    shared_by = np.bincount(who, minlength=m)
    rights = np.bincount(who, weights=right.astype(np.float64), minlength=m)
    agreed = np.where(shared_by > 0, rights / np.maximum(shared_by, 1), np.nan)
    return model_share * own / np.maximum(n, 1) + (1 - model_share) * agreed, shared_by
