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
FOLDS = 5
FEW_STRENGTH = 0.3
_KINDS: dict[str, Any] = {"few": Logistic, "logistic": Logistic, "boosting": Boosted}


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
    def fit(
        cls, x: Floats, targets: Floats, weights: Floats, *, seed: int, few: Sequence[int]
    ) -> Self:
        """`few` are columns of `x` (n, d)."""
        columns = np.asarray(few, dtype=np.int64)
        # Chosen once, not for every fold: it takes longer than all else.
        settings = {"few": {"strength": FEW_STRENGTH}, "boosting": dict[str, float]()}
        settings["logistic"] = {"strength": best_strength(x, targets, weights)}

        def fitted(rows: Any) -> dict[str, Classifier]:
            told = targets[rows], weights[rows]
            return {
                name: kind.fit(_seen(name, x[rows], columns), *told, seed=seed, **settings[name])
                for name, kind in _KINDS.items()
            }

        if min((targets > 0).sum(), (targets < 1).sum()) < FOLDS:
            # Too few of a class to hold some of them back: each part counts the same.
            equal = np.full(len(_KINDS), 1 / len(_KINDS))
            return cls(fitted(slice(None)), columns, equal, 0.0)
        unseen = np.zeros((len(x), len(_KINDS)))
        folds = _folds(targets, seed)
        for fold in range(FOLDS):
            parts = fitted(folds != fold)
            unseen[folds == fold] = _logits(parts, x[folds == fold], columns)
        shares, intercept = _weigh(unseen, targets, weights)
        return cls(fitted(slice(None)), columns, shares, intercept)

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


def _seen(name: str, x: Floats, few: Columns) -> Floats:
    """The columns that this part looks at."""
    return x[:, few] if name == "few" else x


def _logits(parts: dict[str, Classifier], x: Floats, few: Columns) -> Floats:
    """Shape (n, parts)."""
    return np.column_stack([part.logits(_seen(name, x, few)) for name, part in parts.items()])


def _folds(targets: Floats, seed: int) -> NDArray[np.int64]:
    """A fold for each example, both classes spread evenly over them."""
    folds = np.empty(len(targets), dtype=np.int64)
    shuffled = np.random.default_rng(seed).permutation(len(targets))
    order = shuffled[np.argsort(targets[shuffled], kind="stable")]
    folds[order] = np.arange(len(targets)) % FOLDS
    return folds


def _weigh(logits: Floats, targets: Floats, weights: Floats) -> tuple[Floats, float]:
    """Weights (parts,) and intercept of the least log loss."""
    from scipy.optimize import minimize

    parts = logits.shape[1]

    def loss(w: Floats) -> tuple[float, Floats]:
        z = logits @ w[:-1] + w[-1]
        slopes = weights * (1 / (1 + np.exp(-np.clip(z, -500, 500))) - targets)
        value = weights @ (np.logaddexp(0, z) - targets * z)
        return float(value), np.append(logits.T @ slopes, slopes.sum())

    found = minimize(
        loss, np.append(np.full(parts, 1 / parts), 0.0), jac=True, method="L-BFGS-B",
        bounds=[*[(0, None)] * parts, (None, None)],
    )  # fmt: skip
    return np.asarray(found.x[:-1]), float(found.x[-1])


_STORED: dict[str, Any] = {"stacked": Stacked, "logistic": Logistic, "boosting": Boosted}
CLASSIFIERS = tuple(_STORED)


def fit_classifier(
    kind: str, x: Floats, targets: Floats, weights: Floats, seed: int, few: Sequence[int]
) -> Classifier:
    """`x` (n, d), soft `targets` (n,) in [0, 1], `weights` (n,); `few` as in Stacked."""
    if kind == "stacked":
        return Stacked.fit(x, targets, weights, seed=seed, few=few)
    fitted: Classifier = _STORED[kind].fit(x, targets, weights, seed=seed)
    return fitted


def classifier_from(kind: str, tensors: Tensors) -> Classifier:
    """The classifier whose `tensors()` these are."""
    stored: Classifier = _STORED[kind].from_tensors(tensors)
    return stored
