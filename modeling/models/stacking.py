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
        cls,
        x: Floats,
        targets: Floats,
        weights: Floats,
        *,
        seed: int,
        few: Sequence[int],
        same: Numbers | None = None,
    ) -> Self:
        """`few` are columns of `x` (n, d); examples of equal numbers in `same` (n,) are one pair,
        and held back together."""
        return cls.fit_with_unseen(x, targets, weights, seed=seed, few=few, same=same)[0]

    @classmethod
    def fit_with_unseen(
        cls,
        x: Floats,
        targets: Floats,
        weights: Floats,
        *,
        seed: int,
        few: Sequence[int],
        same: Numbers | None = None,
    ) -> tuple[Self, Floats | None]:
        """And what `unseen` gives of the same."""
        told = _Told.read(x, targets, weights, seed, few, same)
        worth, unseen = told.weighed()
        return cls(told.parts(np.ones(len(x), dtype=bool)), told.few, *worth), unseen

    @staticmethod
    def unseen(
        x: Floats,
        targets: Floats,
        weights: Floats,
        *,
        seed: int,
        few: Sequence[int],
        same: Numbers | None = None,
    ) -> Floats | None:
        """Logits (n,) of examples by parts that were not fitted to them, weighed as `fit` would;
        None where a class has fewer than `FOLDS` pairs."""
        return _Told.read(x, targets, weights, seed, few, same).weighed()[1]

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
class _Told:
    """What the parts are fitted to, and how."""

    x: Floats
    targets: Floats
    weights: Floats
    few: Columns
    seed: int
    settings: dict[str, dict[str, float]]
    same: Numbers

    @classmethod
    def read(
        cls,
        x: Floats,
        targets: Floats,
        weights: Floats,
        seed: int,
        few: Sequence[int],
        same: Numbers | None,
    ) -> Self:
        # Chosen once, not for every fold: it takes longer than all else.
        settings = {"few": {"strength": FEW_STRENGTH}, "boosting": dict[str, float]()}
        settings["logistic"] = {"strength": best_strength(x, targets, weights)}
        same = np.arange(len(x)) if same is None else same
        return cls(x, targets, weights, np.asarray(few, dtype=np.int64), seed, settings, same)

    def parts(self, rows: NDArray[np.bool_]) -> dict[str, Classifier]:
        """Fitted to these rows."""
        told = self.targets[rows], self.weights[rows]
        return {
            name: kind.fit(
                _seen(name, self.x[rows], self.few), *told, seed=self.seed, **self.settings[name]
            )
            for name, kind in _KINDS.items()
        }

    def weighed(self) -> tuple[tuple[Floats, float], Floats | None]:
        """The weights of the parts and the intercept, and the logits (n,) that they were found by;
        each part counts the same where a class has too few examples to hold some of them back."""
        unseen = self.unseen()
        if unseen is None:
            return (_EQUAL, 0.0), None
        shares, intercept = _weigh(unseen, self.targets, self.weights)
        return (shares, intercept), np.asarray(unseen @ shares + intercept)

    def unseen(self) -> Floats | None:
        """Logits (n, parts), each by a part that was not fitted to the example."""
        _, first, pair = np.unique(self.same, return_index=True, return_inverse=True)
        targets = self.targets[first]
        if min((targets > 0).sum(), (targets < 1).sum()) < FOLDS:
            return None
        found = np.zeros((len(self.x), len(_KINDS)))
        folds = _folds(targets, self.seed)[pair]
        for fold in range(FOLDS):
            held = folds == fold
            found[held] = _logits(self.parts(~held), self.x[held], self.few)
        return found


def _seen(name: str, x: Floats, few: Columns) -> Floats:
    """The columns that this part looks at."""
    return x[:, few] if name == "few" else x


def _logits(parts: dict[str, Classifier], x: Floats, few: Columns) -> Floats:
    """Shape (n, parts)."""
    return np.column_stack([part.logits(_seen(name, x, few)) for name, part in parts.items()])


def _folds(targets: Floats, seed: int) -> NDArray[np.int64]:
    """A fold for each pair, both classes spread evenly over them."""
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
    kind: str,
    x: Floats,
    targets: Floats,
    weights: Floats,
    seed: int,
    few: Sequence[int],
    same: Numbers | None = None,
) -> Classifier:
    """`x` (n, d), soft `targets` (n,) in [0, 1], `weights` (n,); `few`, `same` as in Stacked."""
    if kind == "stacked":
        return Stacked.fit(x, targets, weights, seed=seed, few=few, same=same)
    fitted: Classifier = _STORED[kind].fit(x, targets, weights, seed=seed)
    return fitted


def classifier_from(kind: str, tensors: Tensors) -> Classifier:
    """The classifier whose `tensors()` these are."""
    stored: Classifier = _STORED[kind].from_tensors(tensors)
    return stored
