"""Add probability and logit to every row of a file, in its order."""

from __future__ import annotations

import argparse
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tqdm import tqdm

from modeling.recipes import load_model
from modeling.records import read_pairs
from modeling.row_files import Row, writing
from modeling.schema import PairExample


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, required=True, help="folder that train wrote")
    parser.add_argument("--input", type=Path, required=True, help=".jsonl or .csv, or either .gz")
    parser.add_argument("--output", type=Path, required=True, help="its name gives the format")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--embedding-cache", type=Path, help="sqlite file of embeddings")


def run(options: argparse.Namespace) -> dict[str, Any]:
    began, rows = time.monotonic(), 0
    model = load_model(options.model)
    waiting: deque[Row] = deque()

    def pairs() -> Iterator[PairExample]:
        for row, pair in read_pairs(options.input, labelled=False):
            waiting.append(row)
            yield pair

    predictions = model.predict(
        pairs(), batch_size=options.batch_size, embedding_cache=options.embedding_cache
    )
    with writing(options.output) as write:
        for prediction in tqdm(predictions, unit=" pairs"):
            added = {"probability": prediction.probability, "logit": prediction.logit}
            write(waiting.popleft() | added)
            rows += 1
    return {"rows": rows, "seconds": round(time.monotonic() - began, 3)}
