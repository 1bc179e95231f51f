"""Agreement among annotators: alpha, kappa, AC1 and per cent, with intervals."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from tqdm import tqdm

from modeling.agreement.report import agreement_report
from modeling.cli.labels_file import read_labels


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--labels", type=Path, required=True, help="CSV: unit,annotator,label")
    parser.add_argument("--order", nargs="+", metavar="LABEL", help="labels from low to high")
    parser.add_argument("--resamples", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)


def run(options: argparse.Namespace) -> dict[str, Any]:
    rows = tqdm(read_labels(options.labels), unit=" labels")
    return agreement_report(
        rows, order=options.order, resamples=options.resamples, seed=options.seed
    )
