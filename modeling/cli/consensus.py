"""One label a unit from those of several annotators."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from modeling.agreement.consensus import majority
from modeling.agreement.methods import MODELS, consensus
from modeling.agreement.ratings import read_ratings
from modeling.cli.labels_file import Placed, read_placed_labels, require_few
from modeling.cli.probabilities_file import HELP, read_probabilities, with_probabilities
from modeling.errors import InputError
from modeling.option_types import at_least
from modeling.row_files import FILES, Row, require_writable, writing

_COLUMNS = ("label", "probability", "low", "high")

LESS_MEMORY = "fewer labels or different labels take less, --method majority the least"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--labels", type=Path, required=True, help=f"unit,annotator,label; {FILES}")
    parser.add_argument(
        "--method", choices=["majority", *MODELS], required=True,
        help="crowdlab needs --probabilities. Where all labels are similar, not_similar or unsure,"
        " only the first two are answers except for majority, and unsure stands where they tie; of"
        " other labels each may be one",
    )  # fmt: skip
    parser.add_argument("--probabilities", type=Path, help=HELP)
    parser.add_argument(
        "--output", type=Path, required=True,
        help=f"unit,label,probability; {FILES}; and for all but majority low,high: how far the"
        " probability may be off because annotators are known from their labels only (95%%)",
    )  # fmt: skip
    parser.add_argument(
        "--seed", type=at_least(0), default=0, help="of mace's starts and the intervals"
    )


def run(options: argparse.Namespace) -> dict[str, Any]:
    began = time.monotonic()
    require_writable(options.output)
    if options.method == "crowdlab" and options.probabilities is None:
        raise InputError("--method crowdlab needs --probabilities, those of a model for each unit")
    if options.method != "crowdlab" and options.probabilities is not None:
        print(f"{options.method} does not use --probabilities", file=sys.stderr)
    units: set[str] = set()
    with tqdm(read_placed_labels(options.labels), unit=" labels") as read:
        labels = _noting(read, units)
        rows = _majority(labels) if options.method == "majority" else _by_model(labels, options)
    if not rows:
        raise InputError(f"{options.labels}: holds no label")
    with writing(options.output) as write:
        for row in rows:
            write(row)
    without = len(units) - len(rows)
    seconds = round(time.monotonic() - began, 3)
    return {"units": len(rows), "without_label": without, "seconds": seconds}


def _noting(labels: Iterable[Placed], units: set[str]) -> Iterator[Placed]:
    for place, row in labels:
        units.add(row[0])
        yield place, row


def _majority(labels: Iterable[Placed]) -> list[Row]:
    found = majority(row for _, row in labels)
    return [
        {"unit": unit, "label": label, "probability": probability}
        for unit, (label, probability) in found.items()
    ]


def _by_model(labels: Iterable[Placed], options: argparse.Namespace) -> list[Row]:
    known = read_probabilities(options.probabilities) if options.method == "crowdlab" else None
    checked = with_probabilities(options.labels, labels, known) if known is not None else None
    ratings = read_ratings(checked or (row for _, row in labels))
    if not len(ratings.unit):
        return []
    require_few(options.labels, "label", len(ratings.labels))
    more: dict[str, Any] = {}
    if known is not None:
        table = np.array([known.by_unit[str(unit)] for unit in ratings.units])
        more = {"probabilities": table, "labels": known.labels}
    found = consensus(ratings, options.method, seed=options.seed, **more)
    return [
        {"unit": unit, **dict(zip(_COLUMNS, figures, strict=True))}
        for unit, figures in zip(ratings.units, found.decided(), strict=True)
    ]
