"""Does a claim stay as fast when the corpus grows, and while the queue is ranked anew?

For each size: an invented corpus of so many pairs in a database of its own, one campaign over all
of it, and people who claim and answer at service level, from processes beside the server. First at
a steady pace (the latencies), then at the same pace while the whole queue is ranked anew several
times by a process like a worker's (rerank_s, the median), then as fast as it goes (claims_per_s).

    python -m benchmarks.queue --sizes 1e4,1e5,1e6,1e7

On a machine without servers it starts a Postgres of its own in a scratch folder; DATABASE_URL may
name another, whose role must be a superuser to write the corpus.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.queue_corpus import environment, make_corpus, open_campaign
from benchmarks.queue_load import Load, Timings, add_people, p
from benchmarks.scratch import scratch_database, scratch_folder
from benchmarks.table import print_table

COLUMNS = [
    "size", "queue", "corpus_s", "pool_s", "first_rank_s", "claim_p50_ms", "claim_p95_ms",
    "submit_p95_ms", "claims_per_s", "saturated_claim_p95_ms", "rerank_s", "rerank_claim_p95_ms",
]  # fmt: skip

# Seconds in which connections are opened, statements prepared and caches filled.
WARM_UP = 8
# Seconds before each ranking.
PAUSE = 4


def main() -> None:
    options = _arguments()
    rows = []
    for size in options.sizes:
        print(f"{size:,} pairs", file=sys.stderr)
        with _scratch() as (address, data):
            os.environ |= environment(address, data)
            rows.append(_measure(size, options))
    print_table(rows, COLUMNS)
    result = {
        "sizes": options.sizes,
        "claim_p95_ms": [row["claim_p95_ms"] for row in rows],
        "claims_per_s": [row["claims_per_s"] for row in rows],
        "rerank_s": [row["rerank_s"] for row in rows],
        "rows": rows,
        "pace_s": options.pace,
        "connections": options.connections,
    }
    if options.output:
        options.output.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=_sizes, default=_sizes("1e4,1e5,1e6"))
    parser.add_argument("--connections", type=int, default=24)
    parser.add_argument("--seconds", type=float, default=20, help="of each phase")
    parser.add_argument(
        "--pace", type=float, default=1, help="seconds from pair to pair in the steady phase"
    )
    parser.add_argument("--queue", type=float, default=1e6, help="at most so many in the queue")
    parser.add_argument("--rankings", type=int, default=3)
    parser.add_argument("--rule", default="posterior", help="the campaign's relabelling rule")
    parser.add_argument("--output", type=Path)
    return parser.parse_args()


def _sizes(text: str) -> list[int]:
    return [int(float(size)) for size in text.split(",")]


@contextmanager
def _scratch() -> Iterator[tuple[str, str]]:
    given = dict(os.environ)
    with scratch_folder("likewise-queue-") as folder, scratch_database(folder, given) as address:
        yield address, str(folder)
    os.environ.clear()
    os.environ.update(given)


def _measure(size: int, options: argparse.Namespace) -> dict[str, Any]:
    """In a process of its own, since Django can be pointed at one database only."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_measured, size, options).result()


def _measured(size: int, options: argparse.Namespace) -> dict[str, Any]:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    started = time.perf_counter()
    make_corpus(size)
    corpus_s = time.perf_counter() - started
    _say(f"corpus written in {corpus_s:.0f} s")
    campaign, pool_s, rank_s = open_campaign(int(options.queue), relabelling=options.rule)
    _say(f"pool filled in {pool_s:.1f} s, first ranking {rank_s:.1f} s")
    people = add_people(options.connections)
    steady = _phase(people, options, pace=options.pace)
    again, rerank_s = _while_ranking(people, options, campaign.pk)
    fast = _phase(people, options, pace=0)
    return {
        "size": size,
        "queue": campaign.generation.size,
        "corpus_s": round(corpus_s, 1),
        "pool_s": round(pool_s, 1),
        "first_rank_s": round(rank_s, 2),
        "claim_p50_ms": p(steady.claim, 50),
        "claim_p95_ms": p(steady.claim, 95),
        "submit_p95_ms": p(steady.submit, 95),
        "claims_per_s": round(len(fast.claim) / options.seconds, 1),
        "saturated_claim_p95_ms": p(fast.claim, 95),
        "rerank_s": round(rerank_s, 2),
        "rerank_claim_p95_ms": p(again.claim, 95),
        "rerank_claims": len(again.claim),
        "empty": steady.empty + fast.empty + again.empty,
    }


def _phase(people: list[int], options: argparse.Namespace, *, pace: float) -> Timings:
    load = Load(people, pace=pace)
    time.sleep(WARM_UP)
    begun = time.time()
    time.sleep(options.seconds)
    found = load.stop().between(begun, begun + options.seconds)
    _say(f"pace {pace}: {len(found.claim)} claims, p95 {p(found.claim, 95)} ms")
    return found


def _while_ranking(
    people: list[int], options: argparse.Namespace, campaign: int
) -> tuple[Timings, float]:
    """All that was claimed and answered during the rankings, and the median of what one took."""
    load, times = Load(people, pace=options.pace, seed=100), []
    time.sleep(WARM_UP)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_worker) as worker:
        for number in range(options.rankings):
            time.sleep(PAUSE)
            times.append(worker.submit(_rank, campaign, number).result())
    everything, found = load.stop(), Timings()
    for begun, ended in times:
        during = everything.between(begun, ended)
        found.add(during)
        _say(f"ranked in {ended - begun:.1f} s, claims meanwhile p95 {p(during.claim, 95)} ms")
    return found, median(ended - begun for begun, ended in times)


def _worker() -> None:
    """As the Procfile starts the one that ranks."""
    import django

    os.nice(10)
    django.setup()


def _rank(campaign: int, number: int) -> tuple[float, float]:
    """When it began and when it ended, by the machine's clock."""
    from annotation.models import Campaign
    from annotation.services.queue import rerank

    begun = time.time()
    rerank(campaign=Campaign.objects.get(pk=campaign), run=None, seed=2 + number)
    return begun, time.time()


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
