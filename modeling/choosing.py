"""Several recipes on the same labels, and the one that validates best."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from modeling.dataset import Splits
from modeling.evaluation import evaluate
from modeling.models import basic, unified
from modeling.prediction import Fitted, PairModel
from modeling.progress import Ticker

if TYPE_CHECKING:
    from modeling.config import TrainingConfig

logger = logging.getLogger(__name__)

# Below, fine-tuning was never better than the basic model, and it takes a hundred times as long.
MIN_UNIFIED_EXAMPLES = 500
_BASIC_SHARE = 0.1  # of the progress bar: the basic model takes seconds once texts are embedded


def fit_best(
    splits: Splits, config: TrainingConfig, *, ticker: Ticker, started: float
) -> tuple[str, Fitted, dict[str, Any]]:
    """(recipe, what it fitted, AUROC on validation by recipe tried): the basic model and, where
    there are enough labels for it, the unified one. The basic model keeps a tie."""
    part = ticker.part(0.0, _BASIC_SHARE)
    fitted = {"basic": basic.fit(splits, config, ticker=part, started=started)}
    if len(splits.train) >= MIN_UNIFIED_EXAMPLES and _time_left(config, started):
        part = ticker.part(_BASIC_SHARE, 1.0)
        # Pairs that the basic model left out for want of time are left out here as well.
        fitted["unified"] = unified.fit(
            fitted["basic"].splits, config, recipe="unified", ticker=part, started=started
        )
    aurocs = {recipe: _auroc(recipe, found, config.seed) for recipe, found in fitted.items()}
    best = max(aurocs, key=lambda recipe: aurocs[recipe] or 0.0)
    logger.info("Recipe %s validates best: %s", best, aurocs)
    return best, fitted[best], aurocs


def _time_left(config: TrainingConfig, started: float) -> bool:
    """Whether at least half of the budget is left."""
    if config.time_budget_s is None:
        return True
    return time.monotonic() - started < 0.5 * config.time_budget_s


def _auroc(recipe: str, fitted: Fitted, seed: int) -> float | None:
    """Of the validation pairs, None where a class is missing."""
    model = PairModel(recipe=recipe, manifest={}, variants=fitted.variants)
    pairs = fitted.splits.validation
    found = model.stream(pairs, batch_size=64, store=fitted.store, ticker=Ticker())
    probabilities = np.array([prediction.probability for prediction in found])
    targets = np.array([pair.target for pair in pairs], dtype=float)
    figure = evaluate(probabilities, targets, resamples=0, seed=seed)["auroc"]
    return figure["value"] if figure else None
