"""A new model on the pairs that it has not learned from: calibrated on some, judged on all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modeling.calibration import fit_calibration, sigmoid
from modeling.evaluation import Figures, evaluate
from modeling.evaluation.figures import evaluate_decisions
from modeling.evaluation.resampling import clusters_of
from modeling.prediction import Fitted, Logits, PairModel
from modeling.progress import Ticker
from modeling.schema import PairExample
from modeling.vector_store import VectorStore


@dataclass(frozen=True, slots=True)
class Said:
    """Of `examples` (n,): logits, and the variants that gave them, each (n,)."""

    examples: Sequence[PairExample]
    logits: Logits
    routed: NDArray[np.str_]

    @classmethod
    def by(
        cls, model: PairModel, examples: Sequence[PairExample], store: VectorStore, ticker: Ticker
    ) -> Said:
        found = list(model.stream(examples, batch_size=64, store=store, ticker=ticker))
        logits = np.array([prediction.logit for prediction in found])
        return cls(examples, logits, np.array([p.variant for p in found], dtype=str))

    @property
    def probabilities(self) -> NDArray[np.float64]:
        return sigmoid(self.logits)

    @property
    def targets(self) -> NDArray[np.float64]:
        return np.array([example.target for example in self.examples], dtype=float)


def calibrate(model: PairModel, fitted: Fitted, ticker: Ticker) -> Said:
    """Fit the calibration of each variant of a new model on the validation pairs; what it says of
    them from then on, on which alone its variants may be compared with each other or another's."""
    raw = Said.by(model, fitted.splits.validation, fitted.store, ticker)
    logits = raw.logits.copy()
    for variant in model.variants:
        rows = raw.routed == variant
        found = fit_calibration(raw.logits[rows], raw.targets[rows], shift=fitted.splits.shift)
        model.calibration[variant], logits[rows] = found, found.apply(raw.logits[rows])
    return Said(raw.examples, logits, raw.routed)


def calibrate_and_evaluate(
    model: PairModel, fitted: Fitted, *, seed: int, ticker: Ticker
) -> dict[str, Any]:
    """Calibrate a new model, then judge it on test and validation: overall and by the variant that
    judged the pair, calibrated, at 0.5.

    `at_threshold` has the overall figures at the chosen thresholds. Those of validation are
    optimistic, more so the fewer pairs there are: temperature and threshold are fitted to the same
    pairs, which have already chosen a network's epoch, shares of late fusion, and a recipe.
    """
    splits = fitted.splits
    metrics: dict[str, Any] = {"counts": splits.counts(), "at_threshold": {}}
    validation = calibrate(model, fitted, ticker.part(0.0, 0.5))
    test = Said.by(model, splits.test, fitted.store, ticker.part(0.5, 1.0))
    for name, said in (("validation", validation), ("test", test)):
        metrics[name], metrics["at_threshold"][name] = _figures(model, said, seed)
        metrics["counts"][f"{name}_undecided"] = int((said.targets == 0.5).sum())
    return metrics


def _figures(model: PairModel, said: Said, seed: int) -> tuple[dict[str, Figures], Figures]:
    """Those at 0.5 by group, and the overall ones at the thresholds of the variants."""
    probabilities, targets, routed = said.probabilities, said.targets, said.routed
    clusters = clusters_of(said.examples)
    groups = {"overall": np.ones(len(targets), dtype=bool)}
    groups |= {variant: routed == variant for variant in ("nt", "wt")}
    by_group = {
        group: evaluate(probabilities[rows], targets[rows], clusters=clusters[rows], seed=seed)
        for group, rows in groups.items()
    }
    thresholds = np.array([model.calibration[v].threshold for v in routed])
    return by_group, evaluate_decisions(
        probabilities >= thresholds, targets, clusters=clusters, seed=seed
    )
