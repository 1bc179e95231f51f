"""What the rest of the system calls: train a recipe, load a trained model."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modeling.config import TrainingConfig
from modeling.errors import ArtefactError, ModelingError, NotEnoughData, TrainingCancelled
from modeling.progress import Ticker, TrainingCallback
from modeling.schema import PairExample

if TYPE_CHECKING:
    from modeling.choosing import Choice
    from modeling.dataset import Splits
    from modeling.prediction import PairModel

__all__ = [
    "RECIPES",
    "ArtefactError",
    "ModelingError",
    "NotEnoughData",
    "TrainingCallback",
    "TrainingCancelled",
    "TrainingConfig",
    "TrainingResult",
    "load_model",
    "train",
]

logger = logging.getLogger(__name__)

RECIPES = ("basic", "unified", "unified-v2", "auto")


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """`sha256` is that of the manifest, which holds the sha256 of every other file."""

    path: Path
    metrics: dict[str, Any]
    variants: tuple[str, ...]
    seconds: float
    sha256: str


def train(
    recipe: str,
    examples: Sequence[PairExample],
    *,
    output: Path,
    config: TrainingConfig,
    callback: TrainingCallback | None = None,
) -> TrainingResult:
    """Train `recipe` on the labelled examples and store it, evaluated, at `output`; "auto" tries
    several and keeps what validates best.

    Raises:
        ValueError: unknown recipe.
        NotEnoughData: fewer than 20 training examples, or only one class among them.
        TrainingCancelled: `callback.should_stop()` answered true; a checkpoint is left in work_dir.
        ArtefactError: the encoder is unusable, or output, or what config says of places.
        ModelingError: another run keeps its checkpoints in work_dir.
    """
    started = time.monotonic()
    if recipe not in RECIPES:
        raise ValueError(f"unknown recipe {recipe!r}; known: {', '.join(RECIPES)}")
    from modeling.checkpoints import claimed, discard_checkpoints
    from modeling.training_places import require_places

    require_places(Path(output), config)
    ticker = Ticker(callback)
    with claimed(config.work_dir, ticker):
        result = _train(recipe, examples, Path(output), config, ticker, started)
        discard_checkpoints(config.work_dir)
    return result


def _train(
    recipe: str,
    examples: Sequence[PairExample],
    output: Path,
    config: TrainingConfig,
    ticker: Ticker,
    started: float,
) -> TrainingResult:
    from modeling.judging import calibrate_and_evaluate
    from modeling.prediction import PairModel
    from modeling.registry import save_model

    splits = _splits(examples, config)
    sizes = f"{len(splits.train):,} training pairs, {len(splits.validation):,} validation"
    ticker.report(0.0, sizes)
    chosen = _fit(recipe, splits, config, ticker.part(0.0, 0.9), started)
    model = PairModel(recipe=chosen.recipe, manifest={}, variants=chosen.fitted.variants)
    judging = ticker.part(0.9, 1.0)
    metrics = calibrate_and_evaluate(model, chosen.fitted, seed=config.seed, ticker=judging)
    seconds = time.monotonic() - started
    metrics |= {"recipe": chosen.recipe, "tried": chosen.tried}
    sha256 = save_model(output, model, _manifest(chosen, model, metrics, seconds))
    ticker.report(1.0, f"trained in {seconds:.0f} s")
    return TrainingResult(output, metrics, tuple(chosen.fitted.variants), seconds, sha256)


def _manifest(
    chosen: Choice, model: PairModel, metrics: dict[str, Any], seconds: float
) -> dict[str, Any]:
    from modeling.training_sketch import TrainingSketch

    used = chosen.fitted.splits
    return {
        "config": chosen.config.as_dict(),
        "metrics": metrics,
        "seconds": seconds,
        "calibration": {name: found.as_dict() for name, found in model.calibration.items()},
        "made_with": TrainingSketch.of((*used.train, *used.validation)).as_dict(),
    }


def _splits(examples: Sequence[PairExample], config: TrainingConfig) -> Splits:
    from modeling.dataset import balanced, prepare_splits, require_enough
    from modeling.noise import pair_without_noise

    read = map(pair_without_noise, examples) if config.clean_text else examples
    splits = prepare_splits(tuple(read), seed=config.seed)
    require_enough(splits)
    if not splits.validation:
        unknown = "" if splits.test else ", and nothing says how good it is"
        logger.warning(
            "no pair is held out for validation, as where nearly all share their videos: the model "
            "is not calibrated%s; label pairs of other videos", unknown,
        )  # fmt: skip
    return balanced(splits) if config.balance_classes else splits


def _fit(
    recipe: str, splits: Splits, config: TrainingConfig, ticker: Ticker, started: float
) -> Choice:
    from modeling.choosing import Choice, fit_best
    from modeling.models import basic, unified

    if recipe == "auto":
        return fit_best(splits, config, ticker=ticker, started=started)
    if recipe == "basic":
        fitted = basic.fit(splits, config, ticker=ticker, started=started)
    else:
        fitted = unified.fit(splits, config, recipe=recipe, ticker=ticker, started=started)
    return Choice(recipe, config, fitted, {})


def load_model(path: Path, *, sha256: str | None = None) -> PairModel:
    """Load a model stored by `train`, its files verified and nothing but safetensors read, or a
    published one, of which tensors alone are.

    Raises:
        ArtefactError: missing, damaged, or not the artefact whose `sha256` was given.
    """
    from modeling.registry import load_model as load

    return load(Path(path), sha256=sha256)
