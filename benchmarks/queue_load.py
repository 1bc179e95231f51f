"""Assistants who claim and answer at service level, from processes of their own."""

import multiprocessing
import statistics
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.queue_corpus import LANGUAGES

PROCESSES = 4
VERDICTS = ("similar", "not_similar", "not_similar", "unsure")


@dataclass
class Timings:
    """Milliseconds of each call, and when it began (seconds of the machine's clock)."""

    claim: list[tuple[float, float]] = field(default_factory=list)
    submit: list[tuple[float, float]] = field(default_factory=list)
    empty: int = 0

    def add(self, other: "Timings") -> None:
        self.claim += other.claim
        self.submit += other.submit
        self.empty += other.empty

    def between(self, start: float, end: float) -> "Timings":
        claim, submit = (
            [call for call in calls if start <= call[0] < end]
            for calls in (self.claim, self.submit)
        )
        return Timings(claim, submit)


def percentile(values: Sequence[float], q: float) -> float:
    """The q-th percentile (0 to 100) by linear interpolation."""
    if len(values) < 2:
        return values[0] if values else float("nan")
    return statistics.quantiles(values, n=1000, method="inclusive")[round(q * 10) - 1]


def p(calls: list[tuple[float, float]], q: float) -> float:
    return round(percentile([ms for _, ms in calls], q), 2)


def add_people(count: int) -> list[int]:
    """Half of them take pairs in any language, the others read two or three."""
    from annotation.models import User

    people = [
        User(
            username=f"assistant-{n}",
            any_language=n % 2 == 0,
            languages=[] if n % 2 == 0 else LANGUAGES[: 2 + n % 3],
        )
        for n in range(count)
    ]
    return [user.pk for user in User.objects.bulk_create(people)]


class Load:
    """Runs from construction until `stop`, `connections` people at a time.

    `pace`: seconds from the start of one pair to the start of the next, 0 for as fast as it goes.
    """

    def __init__(self, people: Sequence[int], *, pace: float, seed: int = 0) -> None:
        context = multiprocessing.get_context("spawn")
        self._over = context.Event()
        ready = context.Barrier(PROCESSES + 1)
        self._results: Any = context.Queue()
        self._processes = [
            context.Process(
                target=_work,
                args=(list(people[n::PROCESSES]), pace, seed + n, ready, self._over, self._results),
            )
            for n in range(PROCESSES)
        ]
        for process in self._processes:
            process.start()
        ready.wait(120)

    def stop(self) -> Timings:
        self._over.set()
        total = Timings()
        for _ in self._processes:
            result = self._results.get(timeout=120)
            if isinstance(result, str):
                raise RuntimeError(result)
            total.add(result)
        for process in self._processes:
            process.join()
        return total


def _work(people: list[int], pace: float, seed: int, ready: Any, over: Any, results: Any) -> None:
    import django

    django.setup()
    shares = [Timings() for _ in people]
    failures: list[str] = []
    threads = [
        threading.Thread(target=_assistant, args=(pk, pace, seed, ready, over, share, failures))
        for pk, share in zip(people, shares, strict=True)
    ]
    for thread in threads:
        thread.start()
    ready.wait(120)
    for thread in threads:
        thread.join()
    total = Timings()
    for share in shares:
        total.add(share)
    results.put(failures[0] if failures else total)


def _assistant(
    pk: int, pace: float, seed: int, ready: Any, over: Any, mine: Timings, failures: list[str]
) -> None:
    import random
    import traceback

    from django.db import connections

    from annotation.models import User

    rng = random.Random(seed * 1000 + pk)
    try:
        person = User.objects.get(pk=pk)
        over.wait(rng.random() * pace)
        while not over.is_set():
            started = time.monotonic()
            _one_pair(person, rng, mine)
            # Staggered, as people are: a little more or less than the pace.
            left = pace * (0.5 + rng.random()) - (time.monotonic() - started)
            if left > 0:
                over.wait(left)
    except Exception:
        failures.append(traceback.format_exc())
        raise
    finally:
        connections.close_all()


def _one_pair(person: Any, rng: Any, mine: Timings) -> None:
    from annotation.services.claim import claim
    from annotation.services.labels import Answer, submit

    at, started = time.time(), time.perf_counter()
    found = claim(assistant=person)
    mine.claim.append((at, (time.perf_counter() - started) * 1000))
    if not found:
        mine.empty += 1
        return
    verdict = rng.choice(VERDICTS)
    reasons = ("similar_subject",) if verdict == "similar" else ()
    at, started = time.time(), time.perf_counter()
    answer = Answer(verdict=verdict, reasons=reasons, seconds=8.0)
    submit(assistant=person, assignment_id=found[0].pk, answer=answer)
    mine.submit.append((at, (time.perf_counter() - started) * 1000))
