"""Which consensus comes closest to the truth, and how quickly?

The product's methods on invented studies (modeling/simulated_study.py), each the same for all:
people of varied skill who err together on difficult pairs, and a model of AUROC 0.90, whose
probabilities CROWDLAB is given, and Dawid-Skene as its prior in one more row. A pair gets
`--labels` answers of people who read its language. `accuracy` is the share of pairs whose likelier
answer is true (a tie counts half), `gain` the paired difference from the majority of the sure
answers, `brier` the mean squared error of P(similar), `width` the mean width of its 95% interval.
Means over seeds with 95% t intervals. Then `--big` labels of 50 people with three a pair, once:
`seconds` of the processor without intervals, `interval` for these.

    python -m benchmarks.consensus
"""

import argparse
import json
import time
from collections.abc import Hashable
from typing import Any

import numpy as np

from benchmarks.table import over_seeds, print_table
from modeling.agreement.dawid_skene import fit
from modeling.agreement.methods import MODELS, consensus
from modeling.agreement.ratings import Ratings
from modeling.simulated_study import Codes, Setting, Study, invent
from modeling.stopping import VERDICTS

SETTINGS = [
    Setting("random"),
    Setting("hard", hard=True),
    Setting("random, model too sure", overconfidence=1.5),
    Setting("random, shared mistakes", shared=0.4),
]
MAJORITY, WITH_MODEL = "majority", "dawid-skene, model as prior"
ANSWERS = ("similar", "not_similar")
COLUMNS = ["setting", "method", "accuracy", "gain", "brier", "width"]
BIG_PEOPLE, BIG_EACH = 50, 3


def main() -> None:
    options = _arguments()
    started = time.monotonic()
    rows = [row for setting in SETTINGS for row in _compare(setting, options)]
    print_table(rows, COLUMNS)
    big = [_time(method, options.big) for method in MODELS] if options.big else []
    if big:
        print_table(big, ["method", "labels", "seconds", "interval"])
    seconds = round(time.monotonic() - started)
    print(json.dumps({"rows": rows, "big": big, "options": vars(options), "seconds": seconds}))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--people", type=int, default=24)
    parser.add_argument("--pairs", type=int, default=2000)
    parser.add_argument("--labels", type=int, default=3, help="a pair")
    parser.add_argument("--big", type=int, default=1_000_000, help="labels; 0 leaves it out")
    return parser.parse_args()


def _compare(setting: Setting, options: argparse.Namespace) -> list[dict[str, Any]]:
    seeds = [_one_seed(setting, seed, options) for seed in range(options.seeds)]
    rows = []
    for method in seeds[0]:
        own = {key: np.array([s[method][key] for s in seeds]) for key in seeds[0][method]}
        own["gain"] = own["accuracy"] - [s[MAJORITY]["accuracy"] for s in seeds]
        figures = {key: over_seeds(values) for key, values in own.items()}
        rows.append({"setting": setting.name, "method": method, **figures})
    return rows


def _one_seed(
    setting: Setting, seed: int, options: argparse.Namespace
) -> dict[str, dict[str, float]]:
    """Method -> figures, all on one study."""
    rng = np.random.default_rng(seed)
    study = invent(setting, people=options.people, pairs=options.pairs, rng=rng)
    ratings = _ask(study, options.labels, rng)
    figures = {MAJORITY: _score(_majority(ratings), study)}
    table = np.stack([study.probability, 1.0 - study.probability], axis=1)
    for method in MODELS:
        found = consensus(ratings, method, probabilities=table, labels=ANSWERS, seed=seed)
        width = float((found.high - found.low)[:, 0].mean())
        figures[method] = {**_score(found.posterior[:, 0], study), "width": width}
    codes = ratings.unit, ratings.annotator, ratings.label
    figures[WITH_MODEL] = _score(fit(*codes, prior=study.probability).posterior, study)
    return figures


def _ask(study: Study, each: int, rng: np.random.Generator) -> Ratings:
    """`each` random readers of a pair's language give their answers."""
    order = np.where(study.reads, rng.random(study.reads.shape), 2.0).argsort(axis=0)[:each]
    people, pairs = order.T.ravel(), np.repeat(np.arange(order.shape[1]), each)
    return _ratings(pairs, people, study.answers[people, pairs])


def _ratings(unit: Codes, person: Codes, answer: Codes) -> Ratings:
    units: list[Hashable] = list(range(int(unit.max()) + 1))
    people: list[Hashable] = list(range(int(person.max()) + 1))
    return Ratings(unit, person, answer, units, people, list(VERDICTS), repeated=0)


def _majority(ratings: Ratings) -> Any:
    """Share of "similar" among the sure answers of each pair; a half where there are none."""
    n = len(ratings.units)
    similar, other = (np.bincount(ratings.unit[ratings.label == v], minlength=n) for v in (0, 1))
    sure = similar + other
    return np.where(sure > 0, similar / np.maximum(sure, 1), 0.5)


def _score(similar: Any, study: Study) -> dict[str, float]:
    tied = np.abs(similar - 0.5) < 1e-9
    right = np.where(tied, 0.5, (similar > 0.5) == study.truth)
    return {"accuracy": float(right.mean()), "brier": float(np.mean((similar - study.truth) ** 2))}


def _time(method: str, labels: int) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    pairs = labels // BIG_EACH
    truth = rng.random(pairs) < 0.28
    skill = rng.uniform(0.75, 0.97, BIG_PEOPLE)
    unit = np.repeat(np.arange(pairs), BIG_EACH)
    # Three different people: steps of less than a third of all.
    steps = rng.integers(1, BIG_PEOPLE // BIG_EACH, size=(pairs, BIG_EACH)).cumsum(axis=1)
    person = (steps % BIG_PEOPLE).ravel()
    right = rng.random(len(unit)) < skill[person]
    answer = np.where(right == truth[unit], 0, 1)
    ratings = _ratings(unit, person, answer)
    evidence = rng.normal(truth * 2.0, 1.0)
    similar = 1.0 / (1.0 + np.exp(1.0 - evidence))
    table = np.stack([similar, 1.0 - similar], axis=1)
    spent = []
    for draws in (1, 200):
        began = time.process_time()
        consensus(ratings, method, probabilities=table, labels=ANSWERS, draws=draws)
        spent.append(time.process_time() - began)
    times = {"seconds": round(spent[0], 1), "interval": round(max(spent[1] - spent[0], 0.0), 1)}
    return {"method": method, "labels": len(unit), **times}


if __name__ == "__main__":
    main()
