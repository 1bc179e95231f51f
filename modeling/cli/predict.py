"""Add probability and logit to every row of a file, in its order, and what was missing of it."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tqdm import tqdm

from modeling.cli.channel_option import add_channel_option, chosen_vectors, require_reader
from modeling.engines import CHOICES, DEFAULT
from modeling.prediction import PairModel
from modeling.recipes import load_model
from modeling.records import missing_fields, read_pairs
from modeling.row_files import FILES, Row, kind_of, require_writable, writing
from modeling.schema import PairExample

ADDED: dict[str, type] = {"probability": float, "logit": float, "missing": str}

LESS_MEMORY = "a smaller --batch-size takes less"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", type=Path, required=True, help="folder that train wrote, or a published one"
    )
    parser.add_argument("--input", type=Path, required=True, help=FILES)
    parser.add_argument("--output", type=Path, required=True, help="its name gives the format")
    add_channel_option(parser)
    parser.add_argument(
        "--batch-size", type=int, default=64,
        help="pairs at a time; 32 times as many are read at once (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--engine", choices=CHOICES, default=DEFAULT,
        help="how networks run: exact to 1e-5, fast (AUROC within 0.001), or one by name "
        "(default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--embedding-cache", type=Path, help="sqlite file of embeddings")
    parser.add_argument("--clean-text", action="store_true", help="for a published model")


def run(options: argparse.Namespace) -> dict[str, Any]:
    began = time.monotonic()
    require_writable(options.output)
    model = load_model(options.model)
    if options.clean_text:
        model.read_cleaned()
    require_reader(options, [model])
    missing: Counter[str] = Counter()
    rows, predicted = 0, _predicted(model, options)
    with (
        writing(options.output, source=options.input, added=ADDED) as write,
        tqdm(predicted, unit=" pairs") as bar,
    ):
        for row, lacks in bar:
            write(row | {"missing": " ".join(lacks)})
            missing.update(lacks)
            rows += 1
    for name, count in missing.most_common():
        of_channels = name == "channel_sim" or name.endswith("_channel")
        meaning = "taken for different channels" if of_channels else "read as empty"
        print(f"{name} is missing in {count:,} of {rows:,} rows: {meaning}", file=sys.stderr)
    return {"rows": rows, "missing": dict(missing), "seconds": round(time.monotonic() - began, 3)}


def _predicted(model: PairModel, options: argparse.Namespace) -> Iterator[tuple[Row, list[str]]]:
    """Each row with its probability and logit, and the names of the columns that it lacks."""
    waiting: deque[tuple[Row, PairExample]] = deque()

    def pairs() -> Iterator[PairExample]:
        for row, pair in _read(options):
            waiting.append((row, model.prepared(pair)))
            yield pair

    predictions = model.predict(
        pairs(),
        batch_size=options.batch_size,
        embedding_cache=options.embedding_cache,
        engine=options.engine,
    )
    for prediction in predictions:
        row, pair = waiting.popleft()
        variant = model.variants[prediction.variant]
        lacks = missing_fields(
            row, pair, variant.text_types, variant.pair_features,
            channel_vectors=variant.channel_dimensions > 0,
        )  # fmt: skip
        yield row | {"probability": prediction.probability, "logit": prediction.logit}, lacks


def _read(options: argparse.Namespace) -> Iterator[tuple[Row, PairExample]]:
    # From Parquet to Parquet, columns that are not read are copied without looking at them.
    whole_rows = {kind_of(options.input), kind_of(options.output)} != {"parquet"}
    return read_pairs(
        options.input,
        labelled=False,
        whole_rows=whole_rows,
        channel_vectors=chosen_vectors(options),
    )
