"""HTTP clients that label as a person in a browser would: sign in, next, submit, next."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx

RETRIES = 5
MAX_ERRORS_IN_A_ROW = 20


class StoppedError(Exception):
    """A client gave up: what it met does not pass."""


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
    reserved: int = 0
    errors: int = 0
    waits_ms: list[float] = field(default_factory=list)
    answered: Counter[tuple[str, str]] = field(default_factory=Counter)
    failures: list[BaseException] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reserve(self) -> bool:
        """Whether one more label is wanted beyond those that are being made."""
        with self.lock:
            if self.labels + self.reserved >= self.wanted:
                return False
            self.reserved += 1
            return True

    def done(self, person: str, pair: str) -> None:
        with self.lock:
            self.reserved -= 1
            self.labels += 1
            self.answered[person, pair] += 1
        self.on_label()

    def give_back(self, *, error: bool) -> None:
        with self.lock:
            self.reserved -= 1
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
        noise: float, think_s: float, seed: int, transport: httpx.BaseTransport | None = None,
    ) -> None:  # fmt: skip
        self.username = username
        self.known, self.noise, self.think_s = known, noise, think_s
        self.random = random.Random(seed)
        self.client = httpx.Client(base_url=url, timeout=30, transport=transport)
        try:
            self._sign_in(password)
        except BaseException:
            self.client.close()
            raise

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
        """Label until the tally has all its labels or no pair is left for this person.

        Raises:
            StoppedError: after `MAX_ERRORS_IN_A_ROW` pairs that HTTP errors took.
        """
        errors: int | None = 0
        try:
            while errors is not None and tally.reserve():
                errors = self._work_once(tally, errors)
        finally:
            self.client.close()

    def _work_once(self, tally: Tally, errors: int) -> int | None:
        """Label one pair: the errors in a row so far, or None when no pair is left."""
        try:
            pair = self._label_next(tally.waits_ms)
        except httpx.HTTPError as error:
            tally.give_back(error=True)
            if errors + 1 >= MAX_ERRORS_IN_A_ROW:
                reason = f"{self.username} stopped after {errors + 1} errors in a row: {error}"
                raise StoppedError(reason) from error
            return errors + 1
        except BaseException:
            tally.give_back(error=True)
            raise
        if pair is None:
            tally.give_back(error=False)
            return None
        tally.done(self.username, pair)
        return 0

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
        """POST as the page does: the same request again, a little later, until it is answered.

        Raises:
            httpx.HTTPError: if no answer came, or one that asking again does not change (4xx).
        """
        headers = {"X-CSRFToken": self._csrf, "Referer": str(self.client.base_url)}
        for attempt in range(RETRIES):
            try:
                response = self.client.post(path, json=body, headers=headers)
                response.raise_for_status()
            except httpx.HTTPError as error:
                if attempt == RETRIES - 1 or _is_final(error):
                    raise
                time.sleep(0.2 * 2**attempt)
            else:
                return response.json()
        raise AssertionError("unreachable")


def _is_final(error: httpx.HTTPError) -> bool:
    if not isinstance(error, httpx.HTTPStatusError):
        return False
    return error.response.is_client_error and error.response.status_code != 429


def run_assistants(assistants: list[SimulatedAssistant], tally: Tally) -> float:
    """Let all work at once, a thread each; returns the seconds it took.

    What stopped one of them before its work was done is in `tally.failures`; the others go on.
    """
    started = time.monotonic()
    with ThreadPoolExecutor(max_workers=max(len(assistants), 1)) as threads:
        working = [threads.submit(one.work, tally) for one in assistants]
    tally.failures += [failure for done in working if (failure := done.exception())]
    return time.monotonic() - started
