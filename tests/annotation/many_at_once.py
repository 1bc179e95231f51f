"""Fifty people at work at once, each with a connection of their own."""

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections

from annotation.models import Campaign, Label, User
from annotation.services.claim import claim
from annotation.services.labels import Answer, revise, skip, submit
from annotation.services.leases import release_expired
from annotation.services.queue import rerank
from tests.factories import UserFactory

PEOPLE, SECONDS = 50, float(os.environ.get("LIKEWISE_QUEUE_SECONDS", 2))
PATIENCE = 240
LANGUAGES = [("en", "en"), ("de", "de"), ("de", "en"), ("", "")]


@pytest.fixture
def a_connection_for_each() -> Iterator[None]:
    """The pool of a server process is smaller than fifty."""
    pool = connection.settings_dict["OPTIONS"]["pool"]
    usual = dict(pool)
    _close_pool()
    pool |= {"max_size": PEOPLE + 10, "timeout": 60}
    yield
    _close_pool()
    pool |= usual


def _close_pool() -> None:
    connection.close()
    connection.close_pool()


@dataclass
class Worker:
    """One person at work: claims, answers, corrects, passes on, forgets and answers late."""

    user: User
    over: threading.Event
    rng: random.Random
    answers_late: bool
    left: list[UUID] = field(default_factory=list)
    labels: dict[UUID, int] = field(default_factory=dict)
    written: list[int] = field(default_factory=list)

    def work(self) -> list[int]:
        while not self.over.is_set():
            new = claim(assistant=self.user, count=self.rng.randint(1, 3), holding=self.left)
            for assignment in new:
                self.rng.choices([self.answer, self.forget, self.skip], [6, 2, 1])[0](assignment.pk)
            if self.answers_late and self.left and self.rng.random() < 0.4:
                self.answer(self.left.pop(0))
            if self.labels and self.rng.random() < 0.3:
                self.correct(self.rng.choice(list(self.labels)))
        return self.written

    def answer(self, assignment: UUID) -> None:
        answer = Answer(self.rng.choice(["not_similar", "unsure"]), seconds=5)
        self._keep(submit(assistant=self.user, assignment_id=assignment, answer=answer).label)

    def correct(self, assignment: UUID) -> None:
        answer, old = Answer("similar", ("other",), seconds=5), self.labels[assignment]
        self._keep(
            revise(assistant=self.user, label_id=old, submission=uuid4(), answer=answer).label
        )

    def skip(self, assignment: UUID) -> None:
        skip(assistant=self.user, assignment_id=assignment)

    def forget(self, assignment: UUID) -> None:
        self.left.append(assignment)

    def _keep(self, label: Label) -> None:
        self.labels[label.assignment_id] = label.pk
        self.written.append(label.pk)


def over_and_over(over: threading.Event, pause: float, do: Callable[[], object]) -> None:
    while not over.is_set():
        do()
        time.sleep(pause)


def in_thread(work: Callable[[], Any]) -> Any:
    try:
        return work()
    finally:
        connections.close_all()


def all_at_once(
    campaign: Campaign,
    watch: Callable[[], object] = release_expired,
    late: bool = True,
    until: Callable[[], bool] = lambda: True,
) -> list[int]:
    """Everybody works for a few seconds, or on a slow machine `until` something is so, and somebody
    watches; returns the labels written."""
    over = threading.Event()
    people = [
        UserFactory(languages=[[], ["en"], ["de", "en"]][n % 3], any_language=n % 3 == 0)
        for n in range(PEOPLE)
    ]
    workers = [Worker(user, over, random.Random(n), late) for n, user in enumerate(people)]
    states = iter(["paused", "open"] * 10_000)
    these = Campaign.objects.filter(pk=campaign.pk)
    others = [
        (0.15, lambda: rerank(campaign=these.get(), run=None)),
        (0.1, lambda: these.update(state=next(states))),
        (0.02, release_expired),
        (0.03, watch),
    ]
    with ThreadPoolExecutor(PEOPLE + len(others)) as pool:
        running = [pool.submit(in_thread, worker.work) for worker in workers]
        running += [
            pool.submit(in_thread, lambda a=pause, b=do: over_and_over(over, a, b))
            for pause, do in others
        ]
        time.sleep(SECONDS)
        end = time.monotonic() + PATIENCE
        while not until() and time.monotonic() < end:
            time.sleep(0.1)
        over.set()
        results = [future.result() for future in running]
    these.update(state="open")
    return [pk for written in results if written for pk in written]
