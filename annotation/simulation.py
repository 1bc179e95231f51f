"""HTTP clients that label as a person in a browser would: sign in, next, submit, next."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

RETRIES = 5


@dataclass(frozen=True, slots=True)
class KnownLabel:
    verdict: str
    reasons: tuple[str, ...] = ()


@dataclass
class Tally:
    """What all clients did together; `on_label` is called after each label, in their threads."""

    wanted: int
    on_label: Callable[[], None]
    labels: int = 0
    errors: int = 0
    waits_ms: list[float] = field(default_factory=list)
    answered: Counter[tuple[str, str]] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reserve(self) -> bool:
        """Whether one more label is wanted; it counts from now on."""
        with self.lock:
            if self.labels >= self.wanted:
                return False
            self.labels += 1
            return True

    def done(self, person: str, pair: str) -> None:
        with self.lock:
            self.answered[person, pair] += 1
        self.on_label()

    def give_back(self, *, error: bool) -> None:
        with self.lock:
            self.labels -= 1
            self.errors += error

    def duplicates(self, labels_per_pair: int) -> int:
        """Judgements too many: by one person twice, or of a pair beyond what it wants."""
        twice = sum(count - 1 for count in self.answered.values())
        people = Counter(pair for _, pair in self.answered)
        return twice + sum(max(count - labels_per_pair, 0) for count in people.values())


class SimulatedAssistant:
    """One signed-in client. It answers from `known`, and wrongly with probability `noise`."""

    def __init__(
        self, *, url: str, username: str, password: str, known: Mapping[str, KnownLabel],
        noise: float, think_s: float, seed: int,
    ) -> None:  # fmt: skip
        self.username = username
        self.known, self.noise, self.think_s = known, noise, think_s
        self.random = random.Random(seed)
        self.client = httpx.Client(base_url=url, timeout=30)
        self._sign_in(password)

    def _sign_in(self, password: str) -> None:
        page = self.client.get("/accounts/login/")
        page.raise_for_status()
        form = {"username": self.username, "password": password, "csrfmiddlewaretoken": self._csrf}
        self.client.post("/accounts/login/", data=form, headers={"Referer": str(page.url)})
        if "sessionid" not in self.client.cookies:
            raise PermissionError(f"{self.username} could not sign in")

    @property
    def _csrf(self) -> str:
        return self.client.cookies["csrftoken"]

    def work(self, tally: Tally) -> None:
        """Label until the tally has all its labels or no pair is left for this person."""
        while tally.reserve():
            try:
                pair = self._label_next(tally.waits_ms)
            except httpx.HTTPError:
                tally.give_back(error=True)
                continue
            if pair is None:
                tally.give_back(error=False)
                return
            tally.done(self.username, pair)
        self.client.close()

    def _label_next(self, waits_ms: list[float]) -> str | None:
        asked = time.monotonic()
        found = self._post("/api/v1/assignments/next/", {"count": 1})["assignments"]
        waits_ms.append((time.monotonic() - asked) * 1000)
        if not found:
            return None
        started = time.monotonic()
        if self.think_s:
            time.sleep(self.random.expovariate(1 / self.think_s))
        answer = self._answer(found[0]["pair"])
        answer["seconds"] = round(time.monotonic() - started, 2)
        self._post(f"/api/v1/assignments/{found[0]['assignment']}/submit/", answer)
        return str(found[0]["pair"])

    def _answer(self, pair: str) -> dict[str, Any]:
        known = self.known.get(pair, KnownLabel("unsure"))
        verdict, reasons = known.verdict, list(known.reasons)
        if verdict != "unsure" and self.random.random() < self.noise:
            verdict = "similar" if verdict == "not_similar" else "not_similar"
            reasons = ["similar_subject"]
        return {"verdict": verdict, "reasons": reasons if verdict == "similar" else []}

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        """POST as the page does: the same request again, a little later, until it is answered."""
        headers = {"X-CSRFToken": self._csrf, "Referer": str(self.client.base_url)}
        for attempt in range(RETRIES):
            try:
                response = self.client.post(path, json=body, headers=headers)
                response.raise_for_status()
            except httpx.HTTPError:
                if attempt == RETRIES - 1:
                    raise
                time.sleep(0.2 * 2**attempt)
            else:
                return response.json()
        raise AssertionError("unreachable")


def run_assistants(assistants: list[SimulatedAssistant], tally: Tally) -> float:
    """Let all work at once, a thread each; returns the seconds it took."""
    started = time.monotonic()
    threads = [threading.Thread(target=one.work, args=[tally]) for one in assistants]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - started
