"""Judge a model on labelled pairs, with bootstrap intervals."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from modeling.cli.progress_bar import ProgressBar
from modeling.evaluation import evaluate
from modeling.recipes import load_model
from modeling.records import read_pairs
from modeling.row_files import FILES


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, required=True, help="folder that train wrote")
    parser.add_argument("--data", type=Path, required=True, help=FILES)
    parser.add_argument("--split", choices=("train", "validation", "test"), help="only these rows")
    parser.add_argument("--embedding-cache", type=Path, help="sqlite file of embeddings")
    parser.add_argument("--clean-text", action="store_true", help="for a published model")
    parser.add_argument("--seed", type=int, default=0)


def run(options: argparse.Namespace) -> dict[str, Any]:
    model = load_model(options.model)
    if options.clean_text:
        model.read_cleaned()
    read = (pair for _, pair in read_pairs(options.data, labelled=True))
    pairs = [pair for pair in read if options.split in (None, pair.split)]
    targets = np.array([pair.target for pair in pairs], dtype=float)
    with ProgressBar() as bar:
        predictions = model.predict(pairs, embedding_cache=options.embedding_cache, callback=bar)
        probabilities = np.array([prediction.probability for prediction in predictions])
    return {
        "metrics": evaluate(probabilities, targets, seed=options.seed),
        "rows": len(pairs),
        "undecided": int((targets == 0.5).sum()),
    }
