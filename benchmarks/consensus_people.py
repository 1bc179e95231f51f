"""Which consensus comes closest to the truth on answers that real people gave?

    python -m benchmarks.consensus_people --answers FILE --truth FILE [--labels 3,5,10,0]

CSV files with the columns unit, annotator, label, and unit, label; labels are `similar` and
`not_similar`, whatever the people were asked. Of each unit's answers so many are drawn at random,
all for 0, the same for every method; `accuracy` is the share of units whose likelier answer is true
(a tie counts half), `gain` the paired difference from the majority, `brier` the mean squared error
of P(similar). Means over `--seeds` draws with 95% t intervals: they say how far the draw of answers
matters, not how far other people or units would.
"""

import argparse
import csv
import json
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.table import over_seeds, print_table
from modeling.agreement.pair_consensus import METHODS, pair_consensus
from modeling.agreement.ratings import Ratings
from modeling.stopping import VERDICTS

COLUMNS = ["labels", "method", "accuracy", "gain", "brier"]


def main() -> None:
    options = _arguments()
    ratings, truth = _read(options.answers, options.truth)
    rows = [row for each in options.labels for row in _compare(ratings, truth, each, options.seeds)]
    print_table(rows, COLUMNS)
    print(json.dumps({"units": len(truth), "answers": len(ratings.unit), "rows": rows}))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--answers", type=Path, required=True)
    parser.add_argument("--truth", type=Path, required=True)
    parser.add_argument("--labels", type=_numbers, default=[3, 5, 10, 0], help="a unit; 0: all")
    parser.add_argument("--seeds", type=int, default=20)
    return parser.parse_args()


def _numbers(written: str) -> list[int]:
    return [int(number) for number in written.split(",")]


def _read(answers: Path, truth: Path) -> tuple[Ratings, np.ndarray[Any, np.dtype[np.bool_]]]:
    """All answers, and whether each unit is similar."""
    with truth.open(newline="") as file:
        known = {row["unit"]: row["label"] == "similar" for row in csv.DictReader(file)}
    units = {unit: place for place, unit in enumerate(known)}
    with answers.open(newline="") as file:
        given = [row for row in csv.DictReader(file) if row["unit"] in units]
    people = {name: code for code, name in enumerate(sorted({row["annotator"] for row in given}))}
    unit = np.array([units[row["unit"]] for row in given])
    annotator = np.array([people[row["annotator"]] for row in given])
    label = np.array([VERDICTS.index(row["label"]) for row in given])
    ratings = Ratings(unit, annotator, label, list(units), list(people), list(VERDICTS), repeated=0)
    return ratings, np.array(list(known.values()))


def _compare(ratings: Ratings, truth: Any, each: int, seeds: int) -> list[dict[str, Any]]:
    found = [_one_draw(ratings, truth, each, seed) for seed in range(seeds if each else 1)]
    rows = []
    for method in METHODS:
        own = {key: np.array([one[method][key] for one in found]) for key in found[0][method]}
        own["gain"] = own["accuracy"] - [one["majority"]["accuracy"] for one in found]
        figures = {
            key: over_seeds(values) if each else round(float(values[0]), 3)
            for key, values in own.items()
        }
        rows.append({"labels": each or "all", "method": method, **figures})
    return rows


def _one_draw(ratings: Ratings, truth: Any, each: int, seed: int) -> dict[str, dict[str, float]]:
    chosen = _draw(ratings, each, np.random.default_rng(seed))
    nothing = np.full(len(truth), np.nan)
    return {
        method: _score(pair_consensus(chosen, method, model=nothing).people.posterior, truth)
        for method in METHODS
    }


def _draw(ratings: Ratings, each: int, rng: np.random.Generator) -> Ratings:
    """So many answers of each unit, at random."""
    if not each:
        return ratings
    order = np.lexsort((rng.random(len(ratings.unit)), ratings.unit))
    unit = ratings.unit[order]
    place = np.arange(len(unit)) - np.searchsorted(unit, unit)
    kept = order[place < each]
    codes = ratings.unit[kept], ratings.annotator[kept], ratings.label[kept]
    return Ratings(*codes, ratings.units, ratings.annotators, ratings.labels, repeated=0)


def _score(similar: Any, truth: Any) -> dict[str, float]:
    tied = np.abs(similar - 0.5) < 1e-9
    right = np.where(tied, 0.5, (similar > 0.5) == truth)
    return {"accuracy": float(right.mean()), "brier": float(np.mean((similar - truth) ** 2))}


if __name__ == "__main__":
    main()
