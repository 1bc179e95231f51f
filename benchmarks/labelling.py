"""How many annotations a second does the production server take, and how long do people wait?

Starts Postgres (unless DATABASE_URL names a server) and the Procfile's web server in a scratch
folder, invents a study, lets assistants label over HTTP as the labelling page does, and checks in
the database that no pair was handed out too often and no confirmed label is missing.

    python -m benchmarks.labelling --assistants 24 --pairs 100000 --seconds 30 [--think 8]
"""

import argparse
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import psycopg

from benchmarks.labelling_check import Findings, check
from benchmarks.labelling_server import postmaster, web_server
from benchmarks.process_figures import pss_mb, rss_mb
from benchmarks.scratch import scratch_database, scratch_folder
from scripts.system import ports
from scripts.system.environment import demo_environment
from scripts.system.processes import PROJECT


def main() -> int:
    """The exit status: 0 when nothing was handed twice, lost or answered with an error."""
    options = _arguments()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        result = measure(options)
    except KeyboardInterrupt:
        return 130
    print(json.dumps(result))
    return (
        1 if any(result[name] for name in ("handed_twice", "lost", "duplicates", "errors")) else 0
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--assistants", type=int, default=24)
    parser.add_argument("--pairs", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument(
        "--think", type=float, default=0, help="mean seconds on a pair; 0 is full speed"
    )
    parser.add_argument("--relabelling", default="fixed", help="the campaign's rule")
    parser.add_argument("--labels-per-pair", type=int, default=1)
    return parser.parse_args()


def measure(options: argparse.Namespace) -> dict[str, Any]:
    with (
        scratch_folder("likewise-labelling-") as root,
        scratch_database(root, os.environ) as address,
    ):
        given = {**os.environ, "DATABASE_URL": address}
        environment = demo_environment(root, ports.any_free(), given)
        study = _make_study(options, environment)
        with web_server(root, environment) as server, psycopg.connect(address) as connection:
            servers = {
                "web": server.process.pid,
                "postgres": postmaster(connection.info.backend_pid),
            }
            load = _load(options, study, environment, root, servers)
            memory = {"rss_mb": rss_mb(servers["web"]), "postgres_mb": pss_mb(servers["postgres"])}
            findings = check(
                connection,
                campaign=study["campaign"],
                labels_per_pair=study["labels_per_pair"],
                handed=load["handed"],
                confirmed=load["confirmed"],
            )
    return _figures(load, findings) | memory


def _make_study(options: argparse.Namespace, environment: Mapping[str, str]) -> dict[str, Any]:
    print(f"Making a study of {options.pairs:,} pairs …", file=sys.stderr)
    command = [sys.executable, "-m", "benchmarks.labelling_study"]
    command += ["--pairs", str(options.pairs), "--assistants", str(options.assistants)]
    command += ["--relabelling", options.relabelling]
    command += ["--labels-per-pair", str(options.labels_per_pair)]
    made = subprocess.run(
        command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, check=True, text=True
    )
    return dict(json.loads(made.stdout.splitlines()[-1]))


def _load(
    options: argparse.Namespace,
    study: Mapping[str, Any],
    environment: Mapping[str, str],
    root: Path,
    servers: Mapping[str, int],
) -> dict[str, Any]:
    plan = {
        "host": "127.0.0.1",
        "port": int(environment["PORT"]),
        "people": study["people"],
        "password": study["password"],
        "seconds": options.seconds,
        "think_s": options.think,
        "servers": dict(servers),
        "output": str(root / "load.json"),
    }
    command = [sys.executable, "-m", "benchmarks.labelling_clients"]
    subprocess.run(
        command, cwd=PROJECT, env=environment, input=json.dumps(plan), check=True, text=True
    )
    return dict(json.loads((root / "load.json").read_text()))


def _figures(load: Mapping[str, Any], findings: Findings) -> dict[str, Any]:
    return {
        "annotations_per_s": round(len(load["confirmed"]) / load["seconds"], 1),
        "next_ms": percentiles(load["next_ms"]),
        "submit_ms": percentiles(load["submit_ms"]),
        "handed_twice": findings.handed_twice,
        "lost": findings.lost,
        "duplicates": findings.duplicates,
        "errors": sum(load["errors"].values()),
        "error_kinds": load["errors"],
        "labels": findings.labels,
        "seconds": round(load["seconds"], 1),
        "cpu_ms_per_annotation": {
            name: round(1000 * used / max(len(load["confirmed"]), 1), 2)
            for name, used in load["cpu_s"].items()
        },
        "load_average": os.getloadavg()[0],
    }


def percentiles(times: Sequence[float]) -> dict[str, float | None]:
    """p50, p95 and p99, each the smallest time that so many percent do not exceed (nearest rank);
    None where nothing was measured."""
    ordered = sorted(times)
    return {
        f"p{percent}": round(ordered[-(-len(ordered) * percent // 100) - 1], 1) if ordered else None
        for percent in (50, 95, 99)
    }


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
