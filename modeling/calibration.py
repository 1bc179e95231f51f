"""Probabilities that mean what they say, and the threshold that separates best.

Temperature scaling (Guo et al. 2017, "On calibration of modern neural networks"): logits are
divided by one number per variant, fitted on validation. What weighing the classes in training has
added to all log odds is known and is taken off first (King & Zeng 2001, "Logistic regression in
rare events data", prior correction): no temperature could undo it, and an intercept fitted to few
pairs would be a guess at what is known. Neither changes how one variant ranks pairs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# With fewer, one number fitted to them is worth less than none.
MIN_PAIRS = 20
MIN_OF_EACH = 5
TEMPERATURES = (0.05, 20.0)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Of one variant: a calibrated logit is the raw one less `shift`, divided by `temperature`;
    pairs at or above the probability `threshold` are called similar. `note` says why nothing was
    fitted, or "".

    Raises:
        ValueError: a temperature that is not positive, a threshold outside [0, 1], an endless
            shift.
    """

    temperature: float = 1.0
    threshold: float = 0.5
    fitted_on: int = 0
    note: str = ""
    shift: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 < self.temperature < float("inf") or not 0.0 <= self.threshold <= 1.0:
            raise ValueError(f"temperature {self.temperature}, threshold {self.threshold}")
        if not abs(self.shift) < float("inf"):
            raise ValueError(f"shift {self.shift}")

    def apply(self, logits: Floats) -> Floats:
        """Calibrated logits (n,) of raw ones."""
        return (logits - self.shift) / self.temperature

    def as_dict(self) -> dict[str, Any]:
        """As the manifest holds it."""
        return asdict(self)


def stored_calibration(manifest: Mapping[str, Any], variant: str) -> Calibration:
    """The one in the manifest, whose fields have been checked (`manifest_fields.py`); where it has
    none, logits are taken as they are."""
    return Calibration(**manifest.get("calibration", {}).get(variant, {}))


def fit_calibration(logits: Floats, targets: Floats, *, shift: float = 0.0) -> Calibration:
    """From raw logits (n,) and soft targets (n,) of validation pairs, those at 0.5 included;
    `shift` is what training is known to have added to the log odds of all pairs."""
    similar, different = int((targets > 0.5).sum()), int((targets < 0.5).sum())
    if similar + different < MIN_PAIRS or min(similar, different) < MIN_OF_EACH:
        note = (
            f"not calibrated: {similar} similar and {different} not similar pairs in validation; "
            f"{MIN_PAIRS} pairs with at least {MIN_OF_EACH} of each are needed"
        )
        return Calibration(note=note, shift=shift)
    scaled = Calibration(fit_temperature(logits - shift, targets), shift=shift)
    threshold = best_threshold(sigmoid(scaled.apply(logits)), targets)
    return replace(scaled, threshold=threshold, fitted_on=len(targets))


def fit_temperature(logits: Floats, targets: Floats) -> float:
    """The temperature within TEMPERATURES of least log loss against smoothed targets.

    The loss is convex in 1 / temperature, so it has one minimum over the logarithm too. Targets are
    drawn in a little as Platt (1999) does, without which pairs that are told apart perfectly would
    send the temperature to 0.
    """
    from scipy.optimize import minimize_scalar

    goal = smoothed(targets)

    def loss(log_temperature: float) -> float:
        scaled = logits / np.exp(log_temperature)
        return float(np.mean(np.logaddexp(0.0, scaled) - goal * scaled))

    bounds = tuple(np.log(TEMPERATURES))
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-6})
    return float(np.exp(found.x))


def smoothed(targets: Floats) -> Floats:
    """Targets between 1 / (different + 2) and (similar + 1) / (similar + 2) instead of 0 and 1."""
    similar, different = (targets > 0.5).sum(), (targets < 0.5).sum()
    low, high = 1.0 / (different + 2.0), (similar + 1.0) / (similar + 2.0)
    return np.asarray(low + (high - low) * targets)


def best_threshold(probabilities: Floats, targets: Floats) -> float:
    """The probability from which on to call a pair similar for the highest F1 on these pairs.

    Midway between two neighbouring probabilities, or 0 where all are to be called similar. Of
    several that are equally good, the one nearest to 0.5, then the higher. Needs a similar pair;
    targets at 0.5 do not count.
    """
    decided = targets != 0.5
    order = np.argsort(-probabilities[decided], kind="stable")
    p, positive = probabilities[decided][order], targets[decided][order] > 0.5
    last = np.flatnonzero(np.r_[p[1:] != p[:-1], True])  # of those with equal probability
    f1 = 2 * positive.cumsum()[last] / (last + 1 + positive.sum())
    above, below = p[last], np.r_[p[last[:-1] + 1], 0.0]
    middle = (above + below) / 2
    # Between neighbouring floating-point numbers there is no middle.
    thresholds = np.where(middle > below, middle, above)
    thresholds[-1] = 0.0
    best = thresholds[f1 >= f1.max() - 1e-12]
    return float(min(best, key=lambda threshold: (abs(threshold - 0.5), -threshold)))


def sigmoid(logits: Floats) -> Floats:
    """Logistic function without overflow."""
    positive = 1.0 / (1.0 + np.exp(-np.abs(logits)))
    return np.where(logits >= 0, positive, 1.0 - positive)
