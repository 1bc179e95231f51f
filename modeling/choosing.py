"""Several recipes on the same labels, and the one that validates best."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from modeling.dataset import Splits
from modeling.evaluation import evaluate
from modeling.judging import calibrate
from modeling.models import basic, unified
from modeling.prediction import Fitted, PairModel
from modeling.progress import Ticker

if TYPE_CHECKING:
    from modeling.config import TrainingConfig

logger = logging.getLogger(__name__)

# From about as many the unified model is level with the basic one, which it begins as, or ahead
# (youtube: AUROC 0.874 against 0.867 with 212); below, it has not been tried.
MIN_UNIFIED_EXAMPLES = 200
# From here on the cross-encoders learn enough from the texts alone to be worth more as a second
# opinion than where they begin as the basic model's judgement and learn what it does not know
# (4,000 labels, AUROC with late and early fusion: amazon_google 0.956 and 0.943, wdc4 0.929 and
# 0.908, youtube 0.895 and 0.888, abt_buy 0.969 and 0.964; with 1,000 they are level on the mean).
MIN_LATE_FUSION_EXAMPLES = 3000
_BASIC_SHARE = 0.1  # of the progress bar: the basic model takes seconds once texts are embedded


@dataclass(frozen=True, slots=True)
class Choice:
    """What is kept; `tried` has the AUROC on validation of each that was fitted, by name."""

    recipe: str
    config: TrainingConfig
    fitted: Fitted
    tried: dict[str, float | None]


def fit_best(splits: Splits, config: TrainingConfig, *, ticker: Ticker, started: float) -> Choice:
    """The basic model and, where there are enough labels and time for it, the unified one, with
    early fusion or late; what validates best is kept, the simpler one of equals."""
    first = ticker.part(0.0, _BASIC_SHARE)
    fitted = {"basic": basic.fit(splits, config, ticker=first, started=started)}
    # Pairs that the basic model left out for want of time are left out here as well.
    splits = fitted["basic"].splits
    settings = _unified_settings(config, len(splits.train))
    if len(splits.train) >= MIN_UNIFIED_EXAMPLES and _time_left(config, started):
        fitted["unified"] = unified.fit(
            splits, settings, recipe="unified", ticker=ticker.part(_BASIC_SHARE, 1.0),
            started=started,
        )  # fmt: skip
    tried = {name: _auroc(found, config.seed) for name, found in fitted.items()}
    best = max(tried, key=lambda name: tried[name] or 0.0)
    logger.info("%s validates best: %s", best, tried)
    return Choice(best, config if best == "basic" else settings, fitted[best], tried)


def _unified_settings(config: TrainingConfig, examples: int) -> TrainingConfig:
    late = config.similarities and examples >= MIN_LATE_FUSION_EXAMPLES
    return replace(config, fusion="late") if late else config


def _time_left(config: TrainingConfig, started: float) -> bool:
    """Whether at least half of the budget is left."""
    if config.time_budget_s is None:
        return True
    return time.monotonic() - started < 0.5 * config.time_budget_s


def _auroc(fitted: Fitted, seed: int) -> float | None:
    """Of the validation pairs as the stored model would judge them, None where a class is missing.
    Calibrated, since uncalibrated logits of two variants are on two scales and rank no pairs."""
    said = calibrate(PairModel(recipe="", manifest={}, variants=fitted.variants), fitted, Ticker())
    figure = evaluate(said.probabilities, said.targets, resamples=0, seed=seed)["auroc"]
    return figure["value"] if figure else None
