"""Does the queue age? Many rankings, and somebody else's transaction left open for long.

People claim and answer at a steady pace all the while. First the queue is ranked anew so many times
and what its tables take is measured; then a transaction with a snapshot is opened in another
session and held, so that nothing that dies meanwhile can be cleaned up, and the claims of the last
minute are compared with those before.

    python -m benchmarks.queue_ageing --size 1e5 --rerankings 50 --hold-minutes 10
"""

import argparse
import json
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.queue_corpus import environment, make_corpus, open_campaign
from benchmarks.queue_load import Load, Timings, add_people, p
from benchmarks.scratch import scratch_database, scratch_folder

WINDOW_S = 60.0
SIZES = """
SELECT count(*), coalesce(sum(pg_total_relation_size(inhrelid)), 0) / 2^20
FROM pg_inherits WHERE inhparent = 'annotation_queueitem'::regclass
"""
OTHERS = """
SELECT sum(pg_total_relation_size(oid)) / 2^20 FROM pg_class
WHERE relname IN ('annotation_assignment', 'annotation_label', 'annotation_demand')
"""


def main() -> None:
    options = _arguments()
    with scratch_folder("likewise-ageing-") as folder, scratch_database(folder, os.environ) as at:
        os.environ |= environment(at, str(folder))
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            result = process.submit(_measured, options).result()
    if options.output:
        options.output.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=float, default=1e5)
    parser.add_argument("--rerankings", type=int, default=50)
    parser.add_argument("--hold-minutes", type=float, default=10)
    parser.add_argument("--connections", type=int, default=24)
    parser.add_argument("--pace", type=float, default=0.4, help="seconds from pair to pair")
    parser.add_argument("--output", type=Path)
    return parser.parse_args()


def _measured(options: argparse.Namespace) -> dict[str, Any]:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    make_corpus(int(options.size))
    campaign, _, _ = open_campaign(int(options.size))
    people = add_people(options.connections)
    return {
        "size": int(options.size),
        "rankings": _rank_often(campaign, people, options),
        "held": _held_open(people, options),
    }


def _rank_often(campaign: Any, people: list[int], options: argparse.Namespace) -> dict[str, Any]:
    from annotation.services.queue import rerank

    before = _sizes()
    load = Load(people, pace=options.pace)
    seconds = []
    for number in range(options.rerankings):
        begun = time.perf_counter()
        rerank(campaign=campaign, run=None, seed=number)
        seconds.append(time.perf_counter() - begun)
        _say(f"ranking {number + 1} of {options.rerankings}: {seconds[-1]:.1f} s")
    found = load.stop()
    return {
        "before": before,
        "after": _sizes(),
        "rerank_s": [round(s, 2) for s in seconds],
        "claims": len(found.claim),
        "claim_p95_ms": p(found.claim, 95),
    }


def _held_open(people: list[int], options: argparse.Namespace) -> dict[str, Any]:
    load = Load(people, pace=options.pace, seed=50)
    time.sleep(WINDOW_S)
    with psycopg.connect(os.environ["DATABASE_URL"]) as other:
        other.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        other.execute("SELECT count(*) FROM annotation_label")
        opened = time.time()
        while (left := opened + options.hold_minutes * 60 - time.time()) > 0:
            _say(f"transaction held open, {left:.0f} s to go")
            time.sleep(min(left, 30))
        closed = time.time()
    found = load.stop()
    before, during = _window(found, opened), _window(found, closed)
    return {
        "held_s": round(closed - opened),
        "claims_while_held": len(found.between(opened, closed).claim),
        "claim_p95_ms_before": p(before.claim, 95),
        "claim_p95_ms_at_the_end": p(during.claim, 95),
        "submit_p95_ms_before": p(before.submit, 95),
        "submit_p95_ms_at_the_end": p(during.submit, 95),
        "ratio": round(p(during.claim, 95) / p(before.claim, 95), 2),
    }


def _window(found: Timings, end: float) -> Timings:
    return found.between(end - WINDOW_S + 2, end)


def _sizes() -> dict[str, Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(SIZES)
        partitions, queue_mb = cursor.fetchone()
        cursor.execute(OTHERS)
        (others_mb,) = cursor.fetchone()
    return {
        "partitions": partitions,
        "queue_mb": round(queue_mb, 1),
        "assignments_labels_demand_mb": round(others_mb, 1),
    }


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
