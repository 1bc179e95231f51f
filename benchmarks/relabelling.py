"""What each rule of relabelling costs, and how often its consensus is right.

Runs the product's own rules, consensus, records and ActiveLab on invented studies, the same for
all rules (see modeling/simulated_study.py for where its constants come from). `accuracy` is that
of the consensus the rule itself goes by: the majority, or Dawid-Skene with the model as prior for
the posterior stop and ActiveLab. `with_model` and `without_model` are Dawid-Skene's, with and
without that prior, on the rule's votes. `gain`, `gain_with` and `gain_without` are the paired
differences from the same column of three labels a pair. `certainty` is what `with_model` believes
of itself; `untouched` is the share of pairs without a label. Means over seeds with 95% t
intervals; a tie counts as half right.

    python -m benchmarks.relabelling
"""

import argparse
import json
import time
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np

from benchmarks.table import over_seeds, print_table
from modeling.relabelling_simulation import Policy, outcome, run
from modeling.simulated_study import Setting, invent
from modeling.stopping import Rule

SETTINGS = [
    Setting("random"),
    Setting("hard", hard=True),
    # What the posterior has most to fear: a model that is too sure, and people who are misled by
    # the same things as the model.
    Setting("random, model too sure", overconfidence=1.5),
    Setting("random, shared mistakes", shared=0.4),
]
THREE = "three, majority"
POLICIES = [
    Policy("one label", Rule.FIXED),
    Policy(THREE, Rule.FIXED, base=3),
    Policy("two, third if differ", Rule.DIFFER, most=3),
    Policy("posterior", Rule.POSTERIOR),
    Policy("posterior, routed", Rule.POSTERIOR, routed=True),
    Policy("ActiveLab, same labels", Rule.ACTIVELAB),
]
COLUMNS = ["setting", "rule", "labels", "share", "accuracy", "gain", "with_model", "gain_with",
           "without_model", "gain_without", "certainty", "untouched"]  # fmt: skip
TARGET_SHARE = 0.6


def main() -> None:
    options = _arguments()
    started = time.monotonic()
    rows = [row for setting in SETTINGS for row in _compare(setting, options)]
    print_table(rows, COLUMNS)
    posterior = next(r for r in rows if (r["setting"], r["rule"]) == ("random", "posterior"))
    result = {
        "rows": rows,
        "target": {
            "share": posterior["share"]["value"],
            "share_met": posterior["share"]["value"] <= TARGET_SHARE,
            "gain": posterior["gain"],
            "accuracy_met": posterior["gain"]["low"] >= 0,
        },
        "options": vars(options),
        "seconds": round(time.monotonic() - started),
    }
    print(json.dumps(result))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--people", type=int, default=24)
    parser.add_argument("--pairs", type=int, default=800)
    parser.add_argument("--workers", type=int, default=2, help="processes")
    return parser.parse_args()


def _compare(setting: Setting, options: argparse.Namespace) -> list[dict[str, Any]]:
    tasks = [(setting, seed, options.people, options.pairs) for seed in range(options.seeds)]
    with ProcessPoolExecutor(options.workers) as pool:
        seeds = list(pool.map(_one_seed, tasks))
    three = _column(seeds, THREE)
    return [_row(setting.name, name, _column(seeds, name), three) for name in seeds[0]]


def _one_seed(task: tuple[Setting, int, int, int]) -> dict[str, dict[str, float]]:
    """Policy -> figures, all on one study."""
    setting, seed, people, pairs = task
    study = invent(setting, people=people, pairs=pairs, rng=np.random.default_rng(seed))
    figures: dict[str, dict[str, float]] = {}
    spent = 0
    for policy in POLICIES:
        labelling = run(study, policy, np.random.default_rng(seed), budget=spent)
        figures[policy.name] = outcome(labelling)
        if policy.name == "posterior":
            spent = int(labelling.seen.sum())
    return figures


def _column(seeds: list[dict[str, dict[str, float]]], policy: str) -> dict[str, Any]:
    return {key: np.array([s[policy][key] for s in seeds]) for key in seeds[0][policy]}


def _row(setting: str, policy: str, own: dict[str, Any], three: dict[str, Any]) -> dict[str, Any]:
    shown = {
        **own,
        "share": own["labels"] / three["labels"],
        "gain": own["accuracy"] - three["accuracy"],
        "gain_with": own["with_model"] - three["with_model"],
        "gain_without": own["without_model"] - three["without_model"],
    }
    figures = {key: over_seeds(values) for key, values in shown.items()}
    return {"setting": setting, "rule": policy, **figures}


if __name__ == "__main__":
    main()
