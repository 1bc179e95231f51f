"""Everything that `evaluate` tells of a model, as one object for JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from modeling.evaluation.breakdown import breakdown
from modeling.evaluation.comparison import compare
from modeling.evaluation.figures import evaluate, evaluate_decisions, mean
from modeling.evaluation.judgements import Judgements


def report(
    judged: Judgements,
    *,
    name: str,
    compared: Judgements | None = None,
    compared_name: str = "",
    seed: int = 0,
) -> dict[str, Any]:
    """Figures of the pairs with a sure label: `metrics` at 0.5, `at_threshold` at the chosen
    thresholds, `by` kind of pair; what `unsure` pairs would change; why figures are `undefined`;
    and the `comparison` with another model's judgements of the same pairs."""
    p, t, clusters = judged.probabilities, judged.targets, judged.clusters
    found: dict[str, Any] = {
        "metrics": evaluate(p, t, clusters=clusters, seed=seed),
        "at_threshold": evaluate_decisions(judged.similar, t, clusters=clusters, seed=seed),
        "threshold": {variant: c.threshold for variant, c in judged.calibration.items()},
        "calibration": {variant: c.as_dict() for variant, c in judged.calibration.items()},
        "rows": len(t),
        "clusters": len(set(clusters[judged.decided].tolist())),
        "undecided": int((t == 0.5).sum()),
        "similar": int((t > 0.5).sum()),
        "undefined": undefined(judged),
        "by": breakdown(judged, seed=seed),
        "unsure": _unsure(judged, seed),
    }
    if compared is not None:
        found["comparison"] = compare(judged, compared, names=(name, compared_name), seed=seed)
    return found


def undefined(judged: Judgements) -> list[str]:
    """A sentence for each reason why some figure, at 0.5 or at the threshold, has no value."""
    sure = judged.decided
    n, similar = int(sure.sum()), int((judged.targets[sure] > 0.5).sum())
    if not n:
        return ["no figure is defined: no pair has a sure label"]
    reasons = []
    if similar == 0:
        reasons.append(f"recall, auroc and average_precision are undefined: none of the {n:,} "
                       "pairs with a sure label is similar")  # fmt: skip
    if similar == n:
        reasons.append(f"auroc is undefined: all {n:,} pairs with a sure label are similar")
    said = {"at 0.5": judged.probabilities >= 0.5, "at the threshold": judged.similar}
    if where := " and ".join(name for name, called in said.items() if not called[sure].any()):
        reasons.append(f"precision {where} is undefined: the model calls no pair similar")
        if similar == 0:
            reasons.append(f"f1 {where} is undefined: no pair is similar, and none is called so")
    return reasons


def _unsure(judged: Judgements, seed: int) -> dict[str, Any]:
    """Figures that count the unsure pairs (target exactly 0.5): as not similar, since nobody said
    that they are similar; and the mean squared distance to the soft targets of all pairs."""
    p, t, clusters = judged.probabilities, judged.targets, judged.clusters
    unsure, soft = t == 0.5, (p - t) ** 2
    as_no = np.where(unsure, 0.0, t)
    return {
        "n": int(unsure.sum()),
        "share": float(unsure.mean()) if len(t) else None,
        "mean_probability": float(p[unsure].mean()) if unsure.any() else None,
        "called_similar": int((p[unsure] >= 0.5).sum()),
        "counted_as_not_similar": evaluate(p, as_no, clusters=clusters, seed=seed),
        "soft_brier": mean(soft, clusters=clusters, seed=seed),
    }
