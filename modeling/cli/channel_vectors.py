"""Place channels by how often two are recommended together, for models that read such vectors."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from tqdm import tqdm

from modeling.channel_vectors import as_rows, channel_vectors, read_counts
from modeling.option_types import at_least
from modeling.row_files import FILES, require_writable, writing

LESS_MEMORY = "fewer --dimensions or channels take less"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--input", type=Path, required=True, help=f"channel_a, channel_b, count; {FILES}"
    )
    parser.add_argument("--output", type=Path, required=True, help="channel, vector")
    parser.add_argument(
        "--dimensions", type=int, default=32, help="numbers a channel (default: %(default)s)"
    )
    parser.add_argument(
        "--shift", type=float, default=1.0, metavar="TIMES",
        help="only what is together more often than by chance times this counts",
    )  # fmt: skip
    parser.add_argument("--seed", type=at_least(0), default=0, help="where to begin")


def run(options: argparse.Namespace) -> dict[str, Any]:
    began = time.monotonic()
    require_writable(options.output)
    with tqdm(read_counts(options.input), unit=" rows") as rows:
        placed = channel_vectors(
            rows, dimensions=options.dimensions, shift=options.shift, seed=options.seed
        )
    with writing(options.output) as write:
        for row in as_rows(placed):
            write(row)
    return {
        "channels": len(placed.channels),
        "apart": len(placed.apart),
        "dimensions": options.dimensions,
        "seconds": round(time.monotonic() - began, 3),
    }
