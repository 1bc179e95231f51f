"""Several classifiers in one, each as much as it has shown to be worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from modeling.models.classifiers import (
    Boosted,
    Classifier,
    Floats,
    Logistic,
    Tensors,
    best_strength,
)

Columns = NDArray[np.int64]
Numbers = NDArray[np.int64]
FOLDS = 5
FEW_STRENGTH = 0.3
_KINDS: dict[str, Any] = {"few": Logistic, "logistic": Logistic, "boosting": Boosted}
_EQUAL = np.full(len(_KINDS), 1 / len(_KINDS))


@dataclass(frozen=True, slots=True)
class Told:
    """What a classifier is fitted to: features `x` (n, d), soft `targets` (n,) in [0, 1], `weights`
    (n,), and the `few` columns that few labels are enough for. Examples of equal numbers in `same`
    (n,) are one pair, to be held back together; without, each is another. Where the numbers come
    from what the pairs are, folds do not depend on the order of the examples."""

    x: Floats
    targets: Floats
    weights: Floats
    few: Sequence[int]
    same: Numbers | None = None

    def folds(self, seed: int) -> Numbers:
        """A fold for each example (n,): `FOLDS`, or as many as the rarer class has pairs, but one
        at least; both classes are spread evenly over them."""
        same = np.arange(len(self.x)) if self.same is None else self.same
        _, first, pair = np.unique(same, return_index=True, return_inverse=True)
        targets = self.targets[first]
        rarer = int(min((targets > 0).sum(), (targets < 1).sum()))
        shuffled = np.random.default_rng(seed).permutation(len(targets))
        order = shuffled[np.argsort(targets[shuffled], kind="stable")]
        folds = np.empty(len(targets), dtype=np.int64)
        folds[order] = np.arange(len(targets)) % max(1, min(FOLDS, rarer))
        return folds[pair]


@dataclass(frozen=True, slots=True)
class Stacked:
    """Logistic regression on a few columns, on all, and boosted trees: a weighted sum of logits.

    The weights (none below 0) and the intercept minimise the log loss of logits that each part
    gave to examples it was not fitted to (Breiman 1996, "Stacked regressions"): with few labels
    most of the weight goes to the simple parts, with many to the one that can learn from them.
    """

    parts: dict[str, Classifier]
    few: Columns
    weights: Floats
    intercept: float

    @classmethod
    def fit(cls, told: Told, *, seed: int) -> Self:
        return cls.fit_with_unseen(told, seed=seed)[0]

    @classmethod
    def fit_with_unseen(cls, told: Told, *, seed: int) -> tuple[Self, Floats | None]:
        """And what `unseen` gives of the same."""
        fitting = _Fitting.of(told, seed)
        worth, unseen = fitting.weighed()
        return cls(fitting.parts(np.ones(len(told.x), dtype=bool)), fitting.few, *worth), unseen

    @staticmethod
    def unseen(told: Told, *, seed: int) -> Floats | None:
        """Logits (n,) of examples by parts that were not fitted to them, weighed as `fit` would;
        None where a class has fewer than `FOLDS` pairs."""
        return _Fitting.of(told, seed).weighed()[1]

    @property
    def columns(self) -> int:
        """How many it was fitted to."""
        return len(self.parts["logistic"].tensors()["coefficients"])

    def logits(self, x: Floats) -> Floats:
        return np.asarray(_logits(self.parts, x, self.few) @ self.weights + self.intercept)

    def tensors(self) -> Tensors:
        own = {"few": self.few, "weights": self.weights, "intercept": np.array([self.intercept])}
        parts = self.parts.items()
        return own | {f"{n}.{k}": v for n, part in parts for k, v in part.tensors().items()}

    @classmethod
    def from_tensors(cls, tensors: Tensors) -> Self:
        def part(name: str) -> Classifier:
            prefix = f"{name}."
            own = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
            found: Classifier = _KINDS[name].from_tensors(own)
            return found

        parts = {name: part(name) for name in _KINDS}
        return cls(parts, tensors["few"], tensors["weights"], float(tensors["intercept"][0]))


@dataclass(frozen=True, slots=True)
class _Fitting:
    """What the parts are fitted to, and how."""

    told: Told
    few: Columns
    folds: Numbers
    seed: int
    settings: dict[str, dict[str, float]]

    @classmethod
    def of(cls, told: Told, seed: int) -> Self:
        # Chosen once, not for every fold: it takes longer than all else.
        settings = {"few": {"strength": FEW_STRENGTH}, "boosting": dict[str, float]()}
        folds = told.folds(seed)
        strength = best_strength(told.x, told.targets, told.weights, folds)
        settings["logistic"] = {"strength": strength}
        return cls(told, np.asarray(told.few, dtype=np.int64), folds, seed, settings)

    def parts(self, rows: NDArray[np.bool_]) -> dict[str, Classifier]:
        """Fitted to these rows."""
        told = self.told
        x, targets, weights = told.x[rows], told.targets[rows], told.weights[rows]
        return {
            name: kind.fit(
                _seen(name, x, self.few), targets, weights, seed=self.seed, **self.settings[name]
            )
            for name, kind in _KINDS.items()
        }

    def weighed(self) -> tuple[tuple[Floats, float], Floats | None]:
        """The weights of the parts and the intercept, and the logits (n,) that they were found by;
        each part counts the same where a class has too few examples to hold some of them back."""
        unseen = self.unseen()
        if unseen is None:
            return (_EQUAL, 0.0), None
        shares, intercept = weigh(unseen, self.told.targets, self.told.weights)
        return (shares, intercept), np.asarray(unseen @ shares + intercept)

    def unseen(self) -> Floats | None:
        """Logits (n, parts), each by a part that was not fitted to the example."""
        if len(np.unique(self.folds)) < FOLDS:
            return None
        found = np.zeros((len(self.told.x), len(_KINDS)))
        for fold in range(FOLDS):
            held = self.folds == fold
            found[held] = _logits(self.parts(~held), self.told.x[held], self.few)
        return found


def _seen(name: str, x: Floats, few: Columns) -> Floats:
    """The columns that this part looks at."""
    return x[:, few] if name == "few" else x


def _logits(parts: dict[str, Classifier], x: Floats, few: Columns) -> Floats:
    """Shape (n, parts)."""
    return np.column_stack([part.logits(_seen(name, x, few)) for name, part in parts.items()])


def weigh(
    logits: Floats, targets: Floats, weights: Floats, *, pull: float = 0.0
) -> tuple[Floats, float]:
    """Weights (parts,), none below 0, and the intercept of the least log loss of the weighed sum of
    `logits` (n, parts). With a `pull` to equal weights, half of it times the squared distance is
    added to the loss."""
    from scipy.optimize import minimize

    parts = logits.shape[1]

    def loss(w: Floats) -> tuple[float, Floats]:
        z, off = logits @ w[:-1] + w[-1], w[:-1] - 1 / parts
        slopes = weights * (1 / (1 + np.exp(-np.clip(z, -500, 500))) - targets)
        value = weights @ (np.logaddexp(0, z) - targets * z) + pull * off @ off / 2
        return float(value), np.append(logits.T @ slopes + pull * off, slopes.sum())

    found = minimize(
        loss, np.append(np.full(parts, 1 / parts), 0.0), jac=True, method="L-BFGS-B",
        bounds=[*[(0, None)] * parts, (None, None)],
    )  # fmt: skip
    return np.asarray(found.x[:-1]), float(found.x[-1])


_STORED: dict[str, Any] = {"stacked": Stacked, "logistic": Logistic, "boosting": Boosted}
CLASSIFIERS = tuple(_STORED)


def fit_classifier(kind: str, told: Told, seed: int) -> Classifier:
    if kind == "stacked":
        return Stacked.fit(told, seed=seed)
    if kind == "logistic":
        return fit_logistic(told, seed)
    fitted: Classifier = _STORED[kind].fit(told.x, told.targets, told.weights, seed=seed)
    return fitted


def fit_logistic(told: Told, seed: int) -> Logistic:
    """With the penalty that does best on pairs held back."""
    strength = best_strength(told.x, told.targets, told.weights, told.folds(seed))
    return Logistic.fit(told.x, told.targets, told.weights, seed=seed, strength=strength)


def classifier_from(kind: str, tensors: Tensors) -> Classifier:
    """The classifier whose `tensors()` these are."""
    stored: Classifier = _STORED[kind].from_tensors(tensors)
    return stored
