"""Train a model on labelled pairs and store it."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path
from typing import Any

from modeling.cli.channel_option import add_channel_option, chosen_vectors, require_placed
from modeling.cli.progress_bar import ProgressBar
from modeling.config import CHOICES, TrainingConfig
from modeling.recipes import RECIPES
from modeling.recipes import train as train_recipe
from modeling.records import read_pairs
from modeling.row_files import FILES

REPORTED = ("accuracy", "precision", "recall", "f1", "auroc", "average_precision")

Group = argparse._ActionsContainer  # a parser, or a part of what its help lists
_DEFAULTS = TrainingConfig()
_WHEEL = "hub name or folder; default: the one in the wheel"

LESS_MEMORY = "a smaller --batch-size, more --accumulation or --shared-encoder take less"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help=FILES)
    parser.add_argument(
        "--recipe", choices=RECIPES, required=True,
        help="auto keeps what validates best of basic and unified",
    )  # fmt: skip
    parser.add_argument("--output", type=Path, required=True, help="folder of the model")
    parser.add_argument("--work-dir", type=Path, help="keeps checkpoints, to resume from")
    parser.add_argument("--embedding-cache", type=Path, help="sqlite file of embeddings")
    parser.add_argument(
        "--time-budget", type=float, metavar="SECONDS", dest="time_budget_s",
        help="for training and evaluation; default: no limit",
    )  # fmt: skip
    _choice(parser, "device", "auto is a CUDA device where there is one")
    _number(parser, "seed", "the same gives the same model")
    parser.add_argument(
        "--clean-text", action="store_true", help="leave out addresses, emoji, HTML"
    )
    parser.add_argument("--balance-classes", action="store_true", help="both weigh the same")
    parser.add_argument(
        "--encoder", help=f"of the networks, and of basic, which embeds with it; {_WHEEL}"
    )
    _number(parser, "max-length", "tokens of two texts (unified), or at most of one (basic)")
    _add_similarities(parser.add_argument_group("similarities"))
    _add_networks(parser.add_argument_group("networks (unified, unified-v2, auto)"))


def _add_similarities(group: Group) -> None:
    _choice(group, "features", "of basic and auto: study is cosines, missing texts, channels")
    _choice(group, "classifier", "of basic and auto: stacked weighs both of the others")
    group.add_argument(
        "--similarities", action=argparse.BooleanOptionalAction, default=_DEFAULTS.similarities,
        help="the basic model's judgement as a scalar of the unified ones (default: on)",
    )  # fmt: skip
    _choice(group, "fusion", "of unified and auto: whether that joins before training or after")
    group.add_argument("--sentence-encoder", help=f"of the unified models; {_WHEEL}")
    group.add_argument(
        "--image-encoder", help='compares thumbnails: "perceptual", or a hub name or folder'
    )
    group.add_argument(
        "--report-gap", action="store_true", help="read the time between the two reports"
    )


def _add_networks(group: Group) -> None:
    _number(group, "epochs", "at most")
    _number(group, "batch-size", "pairs a step")
    _number(group, "learning-rate", "the highest, after a warm-up")
    group.add_argument("--patience", type=int, metavar="EPOCHS", help="without a better one: stop")
    _number(group, "accumulation", "of a batch, one after another: less memory", metavar="PARTS")
    _choice(group, "precision", "auto is bf16 where there are units for it")
    _choice(group, "freeze", "what stays as it came: word embeddings, whole encoders, nothing")
    group.add_argument("--shared-encoder", action="store_true", help="one for all text types")
    group.add_argument("--missing-masks", action="store_true", help="one model for all pairs")
    add_channel_option(group)
    group.add_argument(
        "--no-kernels", dest="kernels", action="store_false", help="on a GPU: PyTorch alone"
    )


def _number(group: Group, name: str, meaning: str, **more: Any) -> None:
    default = getattr(_DEFAULTS, name.replace("-", "_"))
    group.add_argument(
        f"--{name}", type=type(default), default=default, help=f"{meaning} (default: {default})",
        **more,
    )  # fmt: skip


def _choice(group: Group, name: str, meaning: str) -> None:
    default = getattr(_DEFAULTS, name)
    group.add_argument(
        f"--{name}", choices=CHOICES[name], default=default, help=f"{meaning} (default: {default})"
    )


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Figures are of the test split, or of the validation split where no row is marked test."""
    if options.channel_vectors and options.recipe != "unified-v2":
        raise ValueError(f"--channel-vectors: recipe {options.recipe} does not read them")
    for name in ("features", "classifier"):
        chosen, default = getattr(options, name), getattr(_DEFAULTS, name)
        if options.recipe.startswith("unified") and chosen != default:
            raise ValueError(f"--{name}: recipe {options.recipe} does not read it")
    if options.fusion == "late" and options.recipe not in ("unified", "auto"):
        raise ValueError(f"--fusion late: recipe {options.recipe} does not read it")
    placed = chosen_vectors(options)
    read = read_pairs(options.data, labelled=True, channel_vectors=placed)
    examples = [pair for _, pair in read]
    require_placed(options, placed, examples)
    with ProgressBar() as bar:
        result = train_recipe(
            options.recipe, examples, output=options.output, config=_config(options), callback=bar
        )
    counts = result.metrics["counts"]
    split = next((name for name in ("test", "validation") if counts[name]), None)
    figures = result.metrics[split or "validation"]["overall"]
    return {
        "metrics": {n: figures[n]["value"] if figures[n] else None for n in REPORTED},
        "seconds": round(result.seconds, 3),
        "recipe": result.metrics["recipe"],
        "tried": result.metrics["tried"],
        "evaluated_on": split,
        "counts": counts,
        "variants": list(result.variants),
        "sha256": result.sha256,
    }


def _config(options: argparse.Namespace) -> TrainingConfig:
    names = [field.name for field in fields(TrainingConfig) if field.name in options]
    return TrainingConfig(**{name: getattr(options, name) for name in names})
