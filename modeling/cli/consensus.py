"""One label a unit from those of several annotators."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from modeling.agreement.consensus import majority
from modeling.agreement.methods import MODELS, consensus
from modeling.agreement.ratings import read_ratings
from modeling.cli.labels_file import read_labels, read_placed_labels
from modeling.cli.probabilities_file import HELP, read_probabilities, with_probabilities
from modeling.errors import InputError
from modeling.row_files import Row, writing

_COLUMNS = ("label", "probability", "low", "high")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--labels", type=Path, required=True, help="CSV: unit,annotator,label")
    parser.add_argument(
        "--method", choices=["majority", *MODELS], required=True,
        help="crowdlab needs --probabilities. Where all labels are similar, not_similar or unsure,"
        " only the first two are answers except for majority; of other labels each may be one",
    )  # fmt: skip
    parser.add_argument("--probabilities", type=Path, help=HELP)
    parser.add_argument(
        "--output", type=Path, required=True,
        help="CSV: unit,label,probability, and for all but majority low,high: how far the"
        " probability may be off because annotators are known from their labels only (95%%)",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, help="of mace's starts and the intervals")


def run(options: argparse.Namespace) -> dict[str, Any]:
    began = time.monotonic()
    if options.method == "crowdlab" and options.probabilities is None:
        raise InputError("--method crowdlab needs --probabilities, those of a model for each unit")
    if options.method != "crowdlab" and options.probabilities is not None:
        print(f"{options.method} does not use --probabilities", file=sys.stderr)
    rows = _majority(options) if options.method == "majority" else _by_model(options)
    with writing(options.output) as write:
        for row in rows:
            write(row)
    return {"units": len(rows), "seconds": round(time.monotonic() - began, 3)}


def _majority(options: argparse.Namespace) -> list[Row]:
    found = majority(tqdm(read_labels(options.labels), unit=" labels"))
    return [
        {"unit": unit, "label": label, "probability": probability}
        for unit, (label, probability) in found.items()
    ]


def _by_model(options: argparse.Namespace) -> list[Row]:
    known = read_probabilities(options.probabilities) if options.method == "crowdlab" else None
    placed = tqdm(read_placed_labels(options.labels), unit=" labels")
    if known is None:
        ratings = read_ratings(row for _, row in placed)
        found = consensus(ratings, options.method, seed=options.seed)
    else:
        ratings = read_ratings(with_probabilities(options.labels, placed, known))
        table = np.array([known.by_unit[str(unit)] for unit in ratings.units])
        found = consensus(
            ratings, options.method, probabilities=table, labels=known.labels, seed=options.seed
        )
    return [
        {"unit": unit, **dict(zip(_COLUMNS, figures, strict=True))}
        for unit, figures in zip(ratings.units, found.decided(), strict=True)
    ]
