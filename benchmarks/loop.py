"""Does the whole loop work on real pairs, and does choosing what to label pay?

Starts the system (Postgres, Valkey, gunicorn, workers, beat) in a scratch folder, imports the
files, lets simulated assistants label over HTTP while beat retrains the basic model every so many
labels and the unified model is asked for once. Afterwards every run's model, and for each a basic
model trained on the same number of randomly drawn labels, is measured on the same held-out pairs.

    python -m benchmarks.loop --videos videos.jsonl.gz --pairs pairs.jsonl.gz
"""

import argparse
import json
import random
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.loop_figures import active_arm, random_arm, read_known
from benchmarks.table import print_table
from tests.system import Browser, System, wait_for

ENDED = ("succeeded", "failed", "cancelled")
COLUMNS = ["labels", "recipe", "run", "promoted", "trained_on", "slice_auroc", "auroc",
           "random_trained_on", "random_auroc"]  # fmt: skip


def main() -> None:
    options = _arguments()
    root = Path(tempfile.mkdtemp(prefix="likewise-loop-"))
    system = System(root)
    system.environment["KEPT_MODELS"] = str(10**6)  # every one is judged at the end
    started = time.monotonic()
    try:
        result = _loop(system, options)
    finally:
        system.stop()
        shutil.rmtree(root, ignore_errors=True)
    result["seconds"] = round(time.monotonic() - started)
    print_table(result["runs"], COLUMNS)
    if options.output:
        options.output.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--videos", required=True)
    parser.add_argument("--pairs", required=True)
    parser.add_argument("--pool", type=int, default=6000)
    parser.add_argument("--labels", type=int, default=3000)
    parser.add_argument("--assistants", type=int, default=24)
    parser.add_argument("--noise", type=float, default=0.07)
    parser.add_argument("--think", type=float, default=6.0, help="mean seconds on a pair")
    parser.add_argument("--retrain-every", type=int, default=500)
    parser.add_argument("--unified-at", type=int, default=1500, help="labels; 0: never")
    parser.add_argument("--unified-budget", type=int, default=240)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path)
    return parser.parse_args()


def _loop(system: System, options: argparse.Namespace) -> dict[str, Any]:
    imported = _set_up(system, options)
    admin = Browser(system, **system.manage("demo_accounts", "--json")["admin"])
    asking = threading.Thread(target=_ask_for_unified, args=[system, admin, options], daemon=True)
    asking.start()
    labelled = system.manage(
        "simulate_assistants", "--from", options.pairs, "--assistants", str(options.assistants),
        "--labels", str(options.labels), "--noise", str(options.noise),
        "--think", str(options.think), "--url", system.url, "--seed", str(options.seed),
    )  # fmt: skip
    asking.join(timeout=60)
    _finish_runs(system, admin)
    known = read_known(options.pairs)
    runs = active_arm(system, known)
    for row in runs:
        row.update(random_arm(system, row, known, options, rng=random.Random(options.seed)))
    return {"imported": imported, "labelling": labelled, "runs": runs, "options": _plain(options)}


def _set_up(system: System, options: argparse.Namespace) -> dict[str, Any]:
    system.start_services()
    system.manage("migrate")
    imported = {
        name: system.manage(
            f"import_{name}", path, "--rejects", str(system.root / f"{name}.rejects")
        )
        for name, path in (("videos", options.videos), ("pairs", options.pairs))
    }
    system.manage(
        "open_campaign", "Real pairs", "--limit", str(options.pool), "--seed", str(options.seed),
        "--retrain-every", str(options.retrain_every), "--labels-per-pair", "1",
    )  # fmt: skip
    for name in ("web", "worker", "training", "beat"):
        system.start(name)
    return imported


def _ask_for_unified(system: System, admin: Browser, options: argparse.Namespace) -> None:
    if not options.unified_at:
        return
    count = "SELECT count(*) FROM annotation_label"
    wait_for(lambda: system.value(count) >= options.unified_at, seconds=7200, every=1)
    body = {
        "campaign": "real-pairs", "recipe": "unified", "time_budget_s": options.unified_budget,
    }  # fmt: skip
    admin.post("/api/v1/runs/", json=body).raise_for_status()


def _finish_runs(system: System, admin: Browser) -> None:
    """Wait for the runs under way, then train once more on all labels."""
    _wait_for_all(system)
    body = {"campaign": "real-pairs", "recipe": "basic"}
    if admin.post("/api/v1/runs/", json=body).status_code == 201:
        _wait_for_all(system)


def _wait_for_all(system: System) -> None:
    active = "SELECT count(*) FROM annotation_trainingrun WHERE status <> ALL(%s)"
    wait_for(lambda: system.value(active, list(ENDED)) == 0, seconds=3600, every=1)


def _plain(options: argparse.Namespace) -> dict[str, Any]:
    paths = ("videos", "pairs", "output")
    return {key: value for key, value in vars(options).items() if key not in paths}


if __name__ == "__main__":
    main()
