"""One label a unit from those of several annotators."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from tqdm import tqdm

from modeling.agreement.consensus import majority
from modeling.cli.labels_file import read_labels
from modeling.row_files import writing

METHODS = {"majority": majority}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--labels", type=Path, required=True, help="CSV: unit,annotator,label")
    parser.add_argument("--method", choices=sorted(METHODS), required=True)
    parser.add_argument("--output", type=Path, required=True, help="CSV: unit,label,probability")


def run(options: argparse.Namespace) -> dict[str, Any]:
    began = time.monotonic()
    consensus = METHODS[options.method](tqdm(read_labels(options.labels), unit=" labels"))
    with writing(options.output) as write:
        for unit, (label, probability) in consensus.items():
            write({"unit": unit, "label": label, "probability": probability})
    return {"units": len(consensus), "seconds": round(time.monotonic() - began, 3)}
