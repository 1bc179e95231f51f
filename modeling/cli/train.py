"""Train a model on labelled pairs and store it."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path
from typing import Any

from modeling.cli.channel_option import add_channel_option, chosen_vectors
from modeling.cli.progress_bar import ProgressBar
from modeling.config import CHOICES, TrainingConfig
from modeling.recipes import RECIPES
from modeling.recipes import train as train_recipe
from modeling.records import read_pairs
from modeling.row_files import FILES

REPORTED = ("accuracy", "precision", "recall", "f1", "auroc", "average_precision")

LESS_MEMORY = "a smaller --batch-size, more --accumulation or --shared-encoder take less"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    defaults = TrainingConfig()
    parser.add_argument("--data", type=Path, required=True, help=FILES)
    parser.add_argument("--recipe", choices=RECIPES, required=True)
    parser.add_argument("--output", type=Path, required=True, help="folder of the model")
    parser.add_argument("--encoder", help="hub name or folder; default: the one in the wheel")
    add_channel_option(parser)
    parser.add_argument("--seed", type=int, default=defaults.seed)
    parser.add_argument("--time-budget", type=float, metavar="SECONDS", dest="time_budget_s")
    parser.add_argument("--epochs", type=int, default=defaults.epochs)
    parser.add_argument("--batch-size", type=int, default=defaults.batch_size)
    parser.add_argument("--learning-rate", type=float, default=defaults.learning_rate)
    parser.add_argument("--max-length", type=int, default=defaults.max_length)
    parser.add_argument("--balance-classes", action="store_true", help="both weigh the same")
    parser.add_argument("--features", choices=CHOICES["features"], default=defaults.features)
    parser.add_argument("--classifier", choices=CHOICES["classifier"], default=defaults.classifier)
    parser.add_argument(
        "--similarities", action=argparse.BooleanOptionalAction, default=defaults.similarities,
        help="features of the basic model as scalars of the unified ones",
    )  # fmt: skip
    parser.add_argument(
        "--fusion", choices=CHOICES["fusion"], default=defaults.fusion,
        help="when those join what is read of the texts: before training, or after it",
    )  # fmt: skip
    parser.add_argument("--sentence-encoder", help="of the similarities; default: in the wheel")
    parser.add_argument(
        "--image-encoder", help='compares thumbnails: "perceptual", or a hub name or folder'
    )
    parser.add_argument(
        "--report-gap", action="store_true", help="read the time between the two reports"
    )
    parser.add_argument("--shared-encoder", action="store_true", help="one for all text types")
    parser.add_argument("--missing-masks", action="store_true", help="one model for all pairs")
    parser.add_argument("--freeze", choices=CHOICES["freeze"], default=defaults.freeze)
    parser.add_argument("--patience", type=int, metavar="EPOCHS", help="without a better one: stop")
    parser.add_argument("--accumulation", type=int, default=defaults.accumulation, metavar="PARTS")
    parser.add_argument("--precision", choices=CHOICES["precision"], default=defaults.precision)
    parser.add_argument(
        "--no-kernels", dest="kernels", action="store_false", help="on a GPU: PyTorch alone"
    )
    parser.add_argument("--work-dir", type=Path, help="keeps checkpoints, to resume from")
    parser.add_argument("--embedding-cache", type=Path, help="sqlite file of embeddings")
    parser.add_argument("--device", default=defaults.device, choices=CHOICES["device"])
    parser.add_argument(
        "--clean-text", action="store_true", help="leave out addresses, emoji, HTML"
    )


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Figures are of the test split, or of the validation split where no row is marked test."""
    if options.channel_vectors and options.recipe != "unified-v2":
        raise ValueError(f"--channel-vectors: recipe {options.recipe} does not read them")
    for name in ("features", "classifier"):
        chosen, default = getattr(options, name), getattr(TrainingConfig(), name)
        if options.recipe.startswith("unified") and chosen != default:
            raise ValueError(f"--{name}: recipe {options.recipe} does not read it")
    if options.fusion == "late" and options.recipe not in ("unified", "auto"):
        raise ValueError(f"--fusion late: recipe {options.recipe} does not read it")
    placed = chosen_vectors(options)
    read = read_pairs(options.data, labelled=True, channel_vectors=placed)
    examples = [pair for _, pair in read]
    with ProgressBar() as bar:
        result = train_recipe(
            options.recipe, examples, output=options.output, config=_config(options), callback=bar
        )
    counts = result.metrics["counts"]
    split = "test" if counts["test"] else "validation"
    figures = result.metrics[split]["overall"]
    return {
        "metrics": {n: figures[n]["value"] if figures[n] else None for n in REPORTED},
        "seconds": round(result.seconds, 3),
        "evaluated_on": split,
        "counts": counts,
        "variants": list(result.variants),
        "sha256": result.sha256,
    }


def _config(options: argparse.Namespace) -> TrainingConfig:
    names = [field.name for field in fields(TrainingConfig) if field.name in options]
    return TrainingConfig(**{name: getattr(options, name) for name in names})
