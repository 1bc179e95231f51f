"""Which recipe learns most from so many labels?

    python -m benchmarks.models --data FOLDER --results results.jsonl --workers 2

Each recipe is trained on 250, 1,000, 4,000 and all labels of each data set, drawn anew for each of
three seeds, and judged on the same held-out pairs. A result that the file holds is not made
again, so that the benchmark can be stopped and go on. `--recipes rates` asks which learning rate
trains the unified model as the study describes it.
"""

import argparse
import json
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
from tqdm import tqdm

from benchmarks.models_data import DATASETS, TABLED, load
from benchmarks.models_recipes import ALL_RECIPES, BASELINES, RATES, RECIPES
from benchmarks.table import print_table
from modeling.config import TrainingConfig
from modeling.evaluation import evaluate

QUICK = {"datasets": "abt_buy", "labels": "250", "seeds": 1, "most_test": 400,
         "recipes": ",".join([*BASELINES, "basic"])}  # fmt: skip
Row = dict[str, Any]
Cell = tuple[str, str, str, int]  # data set, recipe, labels, seed


def main() -> None:
    options = _arguments()
    known = _stored(options.results)
    cells = list(_cells(options))
    wanted = [cell for cell in cells if cell not in known]
    for cell, row in tqdm(_measured(wanted, options), total=len(wanted), unit=" results"):
        known[cell] = row
        _store(options.results, row)
    tables = [_table(d, [known[cell] for cell in cells]) for d in options.datasets.split(",")]
    for table in tables:
        print_table(table["rows"], list(table["rows"][0]))
        print()
    print(json.dumps({"tables": tables}))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    data = os.environ.get("LIKEWISE_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=data, help="folder; default: $LIKEWISE_DATA")
    parser.add_argument("--quick", action="store_true", help="one small data set, 250 labels")
    parser.add_argument("--datasets", default=",".join(TABLED))
    parser.add_argument("--labels", default="250,1000,4000,all")
    parser.add_argument("--recipes", default=",".join(RECIPES),
                        help='as the table names them, or "rates"')  # fmt: skip
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--most-test", type=int, default=2000, metavar="PAIRS")
    parser.add_argument("--time-budget", type=float, metavar="SECONDS", help="of each training")
    parser.add_argument("--workers", type=int, default=1, help="processes, of a thread each")
    parser.add_argument("--results", type=Path, help="JSON Lines to keep results in and go on from")
    parser.add_argument("--embedding-cache", type=Path, default="var/bench/embeddings.sqlite")
    options = parser.parse_args()
    if options.quick:
        parser.set_defaults(**QUICK)
        options = parser.parse_args()
    options.recipes = list(RATES) if options.recipes == "rates" else options.recipes.split(",")
    if unknown := set(options.recipes) - ALL_RECIPES.keys():
        parser.error(f"--recipes: {', '.join(sorted(unknown))}; known: {', '.join(ALL_RECIPES)}")
    if not options.data.is_dir():
        parser.error(f"--data: {options.data} is no folder")
    return options


def _cells(options: argparse.Namespace) -> Iterator[Cell]:
    for labels in options.labels.split(","):
        for dataset in options.datasets.split(","):
            for recipe in options.recipes:
                for seed in range(options.seeds):
                    yield dataset, recipe, labels, seed


def _measured(cells: Sequence[Cell], options: argparse.Namespace) -> Iterator[tuple[Cell, Row]]:
    """As they are done."""
    if options.workers == 1:
        yield from ((cell, _measure(cell, options)) for cell in cells)
        return
    with ProcessPoolExecutor(options.workers, get_context("spawn"), _one_thread) as pool:
        futures = {pool.submit(_measure, cell, options): cell for cell in cells}
        yield from ((futures[done], done.result()) for done in as_completed(futures))


def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)


_load = lru_cache(maxsize=len(DATASETS))(load)


def _measure(cell: Cell, options: argparse.Namespace) -> Row:
    dataset, recipe, labels, seed = cell
    data = _load(options.data, dataset, most_test=options.most_test)
    config = TrainingConfig(
        seed=seed, embedding_cache=options.embedding_cache, time_budget_s=options.time_budget
    )
    training = data.draw(None if labels == "all" else int(labels), seed)
    began = time.monotonic()
    probabilities = ALL_RECIPES[recipe](training, data.test, config)
    seconds = time.monotonic() - began
    targets = np.array([pair.target for pair in data.test], dtype=float)
    figures = evaluate(probabilities, targets, resamples=0)
    values = {n: f["value"] if (f := figures[n]) else None for n in ("auroc", "f1", "brier")}
    named = {"dataset": dataset, "recipe": recipe, "labels": labels, "seed": seed}
    return named | {"trained_on": len(training)} | values | {"seconds": round(seconds, 1)}


def _stored(path: Path | None) -> dict[Cell, Row]:
    if path is None or not path.exists():
        return {}
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {(r["dataset"], r["recipe"], r["labels"], r["seed"]): r for r in rows}


def _store(path: Path | None, row: Row) -> None:
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(row) + "\n")


def _table(dataset: str, rows: list[Row]) -> dict[str, Any]:
    """One row a recipe: AUROC (standard deviation over seeds), F1 and minutes by labels."""
    own = [row for row in rows if row["dataset"] == dataset]
    lines = []
    for recipe in dict.fromkeys(row["recipe"] for row in own):
        line: Row = {dataset: recipe}
        for labels in dict.fromkeys(row["labels"] for row in own):
            chosen = [r for r in own if (r["recipe"], r["labels"]) == (recipe, labels)]
            auroc = [row["auroc"] for row in chosen]
            spread = stdev(auroc) if len(auroc) > 1 else 0.0
            line[f"AUROC at {labels}"] = f"{mean(auroc):.3f} ({spread:.3f})"
            line[f"F1 at {labels}"] = f"{mean(row['f1'] or 0.0 for row in chosen):.2f}"
            line[f"min. at {labels}"] = f"{mean(row['seconds'] for row in chosen) / 60:.2f}"
        lines.append(line)
    return {"dataset": dataset, "rows": lines}


if __name__ == "__main__":
    main()
