"""Add probability and logit to every row of a file, in its order, and which texts were missing."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tqdm import tqdm

from modeling.engines import CHOICES, DEFAULT
from modeling.recipes import load_model
from modeling.records import missing_fields, read_pairs
from modeling.row_files import Row, writing
from modeling.schema import PairExample


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", type=Path, required=True, help="folder that train wrote, or a published one"
    )
    parser.add_argument("--input", type=Path, required=True, help=".jsonl or .csv, or either .gz")
    parser.add_argument("--output", type=Path, required=True, help="its name gives the format")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument(
        "--engine", choices=CHOICES, default=DEFAULT,
        help="how networks run: exact to 1e-5, fast (AUROC within 0.001), or one by name",
    )  # fmt: skip
    parser.add_argument("--embedding-cache", type=Path, help="sqlite file of embeddings")


def run(options: argparse.Namespace) -> dict[str, Any]:
    began, rows = time.monotonic(), 0
    model = load_model(options.model)
    waiting: deque[tuple[Row, PairExample]] = deque()
    missing: Counter[str] = Counter()

    def pairs() -> Iterator[PairExample]:
        for row, pair in read_pairs(options.input, labelled=False):
            waiting.append((row, pair))
            yield pair

    predictions = model.predict(
        pairs(),
        batch_size=options.batch_size,
        embedding_cache=options.embedding_cache,
        engine=options.engine,
    )
    with writing(options.output) as write:
        for prediction in tqdm(predictions, unit=" pairs"):
            row, pair = waiting.popleft()
            lacks = missing_fields(row, pair, model.variants[prediction.variant].text_types)
            added = {"probability": prediction.probability, "logit": prediction.logit}
            write(row | added | {"missing": " ".join(lacks)})
            missing.update(lacks)
            rows += 1
    for name, count in missing.most_common():
        print(f"{name} is missing in {count:,} of {rows:,} rows: read as empty", file=sys.stderr)
    return {"rows": rows, "missing": dict(missing), "seconds": round(time.monotonic() - began, 3)}
