"""From features to a logit: logistic regression, or boosted trees; stored as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Tensors = dict[str, NDArray[Any]]
CAUTIOUS_STRENGTH = 0.1


class Classifier(Protocol):
    """Fitted to features (n, d) and soft labels."""

    def logits(self, x: Floats) -> Floats:
        """Shape (n,)."""
        ...

    def tensors(self) -> Tensors:
        """What `from_tensors` takes."""
        ...


@dataclass(frozen=True, slots=True)
class Logistic:
    """Logistic regression on standardised features; `coefficients` (d,) are of the raw ones."""

    coefficients: Floats
    intercept: float

    @classmethod
    def fit(
        cls, x: Floats, targets: Floats, weights: Floats, *, seed: int, strength: float
    ) -> Self:
        """`strength` is C, the inverse of the penalty."""
        from sklearn.linear_model import LogisticRegression

        centre, scale = x.mean(0), spread(x)
        example, labels, counted = _two_rows_a_soft_label(targets, weights)
        model = LogisticRegression(C=strength, max_iter=1000)
        model.fit(((x - centre) / scale)[example], labels, sample_weight=counted)
        coefficients = model.coef_[0] / scale
        return cls(coefficients, float(model.intercept_[0] - coefficients @ centre))

    def logits(self, x: Floats) -> Floats:
        return np.asarray(x @ self.coefficients + self.intercept)

    def tensors(self) -> Tensors:
        return {"coefficients": self.coefficients, "intercept": np.array([self.intercept])}

    @classmethod
    def from_tensors(cls, tensors: Tensors) -> Self:
        return cls(tensors["coefficients"], float(tensors["intercept"][0]))


def spread(x: Floats) -> Floats:
    """Standard deviations (d,) of the columns of `x` (n, d), 1 of a column that is constant."""
    # Not where it is 0: rounding makes it 1e-17 for most constants.
    return np.where(np.ptp(x, axis=0) == 0, 1.0, x.std(0))


def best_strength(x: Floats, targets: Floats, weights: Floats, folds: NDArray[np.int64]) -> float:
    """For `Logistic.fit`: of the least log loss on the `folds` (n,), each held back in turn; a
    cautious one where there is but one."""
    from sklearn.linear_model import LogisticRegressionCV

    numbers = np.unique(folds)
    if len(numbers) < 2:
        return CAUTIOUS_STRENGTH
    example, labels, counted = _two_rows_a_soft_label(targets, weights)
    # Both rows of a soft label are held back together, or each would give the other away.
    held = [folds[example] == number for number in numbers]
    model = LogisticRegressionCV(
        Cs=(0.01, 0.1, 0.3, 1.0, 10.0), l1_ratios=(0,), scoring="neg_log_loss", max_iter=1000,
        cv=[(np.flatnonzero(~out), np.flatnonzero(out)) for out in held],
        use_legacy_attributes=False,
    )  # fmt: skip
    model.fit(((x - x.mean(0)) / spread(x))[example], labels, sample_weight=counted)
    return float(np.ravel(model.C_)[0])


# Of a node of scikit-learn's trees, what finding a leaf takes.
_FIELDS = ("value", "feature_idx", "num_threshold", "left", "right", "is_leaf")


@dataclass(frozen=True, slots=True)
class Boosted:
    """Histogram gradient boosting (Ke et al. 2017, as in scikit-learn): shallow trees of all nodes
    one after another; `starts` (trees + 1,) says where each begins, `baseline` is the first logit.
    """

    nodes: Tensors
    starts: NDArray[np.int64]
    baseline: float

    @classmethod
    def fit(cls, x: Floats, targets: Floats, weights: Floats, *, seed: int) -> Self:
        from sklearn.ensemble import HistGradientBoostingClassifier

        example, labels, counted = _two_rows_a_soft_label(targets, weights)
        model = HistGradientBoostingClassifier(
            max_iter=150, learning_rate=0.05, max_leaf_nodes=6, min_samples_leaf=10,
            l2_regularization=5.0, early_stopping=False, random_state=seed,
        )  # fmt: skip
        model.fit(x[example], labels, sample_weight=counted)
        trees = [stage[0].nodes for stage in model._predictors]
        nodes = {name: np.concatenate([tree[name] for tree in trees]) for name in _FIELDS}
        starts = np.cumsum([0, *map(len, trees)], dtype=np.int64)
        return cls(nodes, starts, float(np.ravel(model._baseline_prediction)[0]))

    def logits(self, x: Floats) -> Floats:
        total = np.full(len(x), self.baseline)
        rows = np.arange(len(x))
        for start in self.starts[:-1]:
            at = np.full(len(x), start)
            # All rows go down one level at a time, until each sits on a leaf.
            while not (done := self.nodes["is_leaf"][at].astype(bool)).all():
                low = x[rows, self.nodes["feature_idx"][at]] <= self.nodes["num_threshold"][at]
                child = np.where(low, self.nodes["left"][at], self.nodes["right"][at])
                at = np.where(done, at, start + child)
            total += self.nodes["value"][at]
        return total

    def tensors(self) -> Tensors:
        return self.nodes | {"starts": self.starts, "baseline": np.array([self.baseline])}

    @classmethod
    def from_tensors(cls, tensors: Tensors) -> Self:
        nodes = {name: tensors[name] for name in _FIELDS}
        return cls(nodes, tensors["starts"], float(tensors["baseline"][0]))


def _two_rows_a_soft_label(
    targets: Floats, weights: Floats
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """(example, label, weight) of each row: log loss is linear in the label."""
    n = len(targets)
    examples, labels = np.tile(np.arange(n), 2), np.repeat([1, 0], n)
    both = np.concatenate([weights * targets, weights * (1 - targets)])
    counted = both > 0
    return examples[counted], labels[counted], both[counted]
