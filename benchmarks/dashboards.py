"""The dashboards at a million labels: do pages stay quick, figures fresh, and memory small?

    python -m benchmarks.dashboards [--labels 1000000] [--people 50] [--requests 30] [--json FILE]

A scratch database gets that many labels, three a pair. Each page is then asked for again and again;
`--change` labels (1 in 100) come in addition, and the figures are brought up to date as the worker
does it, in a process of its own whose greatest memory is told. Krippendorff's alpha with its
1,000-fold bootstrap interval is timed against the PyPI package krippendorff, on the same labels and
in the same run, by as many resamples as that manages in some seconds.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.queue_corpus import environment
from benchmarks.scratch import scratch_database, scratch_folder

PAGES = {
    "study": "/study/",
    "agreement": "/study/agreement/",
    "agreement, by week": "/study/agreement/?by=week",
    "agreement, by assistant": "/study/agreement/?by=assistant",
    "pairs behind it": "/study/agreement/pairs/",
    "pairs of a language": "/study/agreement/pairs/?by=language&value=de",
    "adjudication": "/study/adjudication/",
    "decided": "/study/adjudication/?state=decided",
    "possible slips": "/study/slips/",
    "assistants": "/study/assistants/",
    "unclear policy": "/study/policy/",
    "planning": "/study/planning/",
    "report to print": "/study/report/",
}
ALONE = "benchmarks.dashboards_refresh"


def main() -> None:
    """Print a table; write the figures as JSON where asked to."""
    options = _arguments()
    # In a process of its own, since Django can be pointed at one database only.
    with _environment(), ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        found = process.submit(_measured, options).result()
    for line in _table(found):
        print(line)
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--labels", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--requests", type=int, default=30, help="of each page")
    parser.add_argument("--change", type=int, default=None, help="labels that come in addition")
    parser.add_argument("--json", type=Path, help="where the figures go, too")
    return parser.parse_args()


@contextmanager
def _environment() -> Iterator[None]:
    """A scratch database, for processes that start within."""
    given = dict(os.environ)
    with scratch_folder("likewise-dashboards-") as folder, scratch_database(folder, given) as made:
        static = "django.contrib.staticfiles.storage.StaticFilesStorage"
        os.environ |= environment(made, str(folder)) | {"STATICFILES_BACKEND": static}
        yield
    os.environ.clear()
    os.environ.update(given)


def _measured(options: argparse.Namespace) -> dict[str, Any]:
    from django.core.management import call_command

    from benchmarks.dashboards_study import add_labels, make_study

    call_command("migrate", verbosity=0)
    _say(f"{options.labels:,} labels by {options.people} people")
    campaign = make_study(labels=options.labels, people=options.people)
    first = _refresh()
    change = options.change or options.labels // 100
    add_labels(campaign, change)
    again = _refresh()
    pages = _pages(options.requests)
    alpha = _alone("alpha")
    return {
        "labels": options.labels,
        "people": options.people,
        "change": change,
        "first": first,
        "refresh": again,
        "pages": pages,
        "alpha": alpha,
    }


def _refresh() -> dict[str, Any]:
    return _alone("refresh")


def _alone(what: str) -> dict[str, Any]:
    """In a process of its own, as a worker is one: its figures, from its last line."""
    command = [sys.executable, "-m", ALONE, what]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    _say(f"{what}: {found}")
    return found


def _pages(requests: int) -> dict[str, dict[str, float]]:
    from django.test import Client

    from annotation.models import Role, User

    client = Client(SERVER_NAME="localhost")
    person = User.objects.create_user("benchmark-coordinator", role=Role.COORDINATOR)
    client.force_login(person)
    found = {}
    for name, address in PAGES.items():
        client.get(address)  # templates and plans are read once
        times = sorted(_milliseconds(client, address) for _ in range(requests))
        found[name] = {
            "p50_ms": times[len(times) // 2],
            "p95_ms": times[min(int(len(times) * 0.95), len(times) - 1)],
        }
        _say(f"{name}: {found[name]}")
    return found


def _milliseconds(client: Any, address: str) -> float:
    began = time.perf_counter()
    response = client.get(address)
    took = (time.perf_counter() - began) * 1000
    if response.status_code != 200:
        raise SystemExit(f"{address} answered {response.status_code}")
    return round(took, 1)


def _table(found: dict[str, Any]) -> Iterator[str]:
    yield f"{found['labels']:,} labels by {found['people']} people"
    yield f"{'page':<26}{'p50 ms':>10}{'p95 ms':>10}"
    for name, times in found["pages"].items():
        yield f"{name:<26}{times['p50_ms']:>10.1f}{times['p95_ms']:>10.1f}"
    for name in ("first", "refresh"):
        took = found[name]
        yield (
            f"{name:<10} report {took['report_s']:.1f} s, consensus {took['consensus_s']:.1f} s, "
            f"people {took['people_s']:.1f} s, in all {took['all_s']:.1f} s, "
            f"{took['peak_mb']:.0f} MB at most"
        )
    alpha = found["alpha"]
    yield (
        f"alpha with {alpha['resamples']:,} resamples: {alpha['ours_s']:.2f} s; krippendorff "
        f"{alpha['theirs_s']:,.0f} s (from {alpha['timed']}): {alpha['ratio']:,.0f} times as long"
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
