"""The assistants of benchmarks.labelling: a process of its own that signs in and labels over HTTP.

Reads the plan as JSON on standard input, writes what happened as JSON to the file the plan names.
Each assistant does what the labelling page does: it signs in with the form, opens the page, holds
the pair in front and up to three ahead, and asks for more along with an answer when one or none is
ahead, or in a request of its own when an answer is on its way already, on two kept-alive
connections. An answer that brings pairs counts as a submission and as a next, in its full time.
"""

import asyncio
import contextlib
import json
import random
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tqdm import tqdm

from benchmarks.http_connection import ConnectionLostError, HttpConnection, Response
from benchmarks.process_figures import cpu_s

AHEAD, LOW = 3, 1  # as in static/js/label.js
ASSIGNMENT = re.compile(rb'data-assignment="([0-9a-f-]{36})"')
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="(\w+)"')
ANSWERS = (
    {"verdict": "not_similar", "reasons": []},
    {"verdict": "similar", "reasons": ["similar_subject"]},
    {"verdict": "similar", "reasons": ["same_persons", "similar_opinion"]},
    {"verdict": "unsure", "reasons": []},
)
SIGN_IN_S = 30


@dataclass
class Tally:
    """What all assistants met. Times in ms; `handed` and `confirmed` hold (assignment, person)."""

    next_ms: list[float] = field(default_factory=list)
    submit_ms: list[float] = field(default_factory=list)
    handed: list[tuple[str, str]] = field(default_factory=list)
    confirmed: list[tuple[str, str, str]] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    cpu_s: dict[str, float] = field(default_factory=dict)  # by server


@dataclass
class Assistant:
    name: str
    host: str
    port: int
    think_s: float
    tally: Tally
    rng: random.Random
    cookies: dict[str, str] = field(default_factory=dict)
    held: list[str] = field(default_factory=list)  # the first is the one in front
    on_its_way: set[str] = field(default_factory=set)
    is_asking: bool = False

    def __post_init__(self) -> None:
        self.asking = HttpConnection(self.host, self.port)
        self.answering = HttpConnection(self.host, self.port)

    async def sign_in(self, password: str) -> None:
        """Sign in as a browser does and open the labelling page.

        Raises:
            PermissionError: the server would not have it.
        """
        await self._send(self.asking, "GET", "/accounts/login/", "text/html")
        form = {"username": self.name, "password": password}
        form["csrfmiddlewaretoken"] = self.cookies["csrftoken"]
        await self._send(
            self.asking, "POST", "/accounts/login/", "text/html",
            urlencode(form).encode(), "application/x-www-form-urlencoded",
        )  # fmt: skip
        page = await self._send(self.asking, "GET", "/label/", "text/html")
        if "sessionid" not in self.cookies or page.status != 200:
            raise PermissionError(f"{self.name} could not sign in: {page.status}")
        self._receive(page.body)

    async def label_until(self, end: float) -> None:
        """Label until `end` on the loop's clock, or until no pair is left."""
        await asyncio.sleep(self.rng.uniform(0, self.think_s))
        clock = asyncio.get_running_loop().time
        refilling = asyncio.create_task(self._refill())
        sending: asyncio.Task[None] | None = None
        while clock() < end:
            if not self.held:
                await refilling
            if not self.held:
                break
            pause = self.rng.uniform(0.5, 1.5) * self.think_s
            if clock() + pause >= end:
                break
            await asyncio.sleep(pause)
            if sending:
                await sending  # the page's outbox sends one answer at a time
            if clock() >= end:
                break
            answered = self.held.pop(0)
            self.on_its_way.add(answered)  # at once: the next request may go out before the answer
            sending = asyncio.create_task(self._submit(answered))
            if refilling.done():
                refilling = asyncio.create_task(self._refill())  # nothing if the answer asks
            if not self.held:
                await sending
        await asyncio.gather(refilling, *([sending] if sending else []))

    async def _refill(self) -> None:
        """When one pair or none is ahead, ask for as many as make it three, as the page does."""
        while asked := self._ask():
            path = "/api/v1/assignments/next/"
            times = [self.tally.next_ms]
            response = await self._timed(self.asking, path, asked, "text/html", times)
            self.is_asking = False
            if response is None or not self._receive(response.body):
                return

    def _ask(self) -> dict[str, Any] | None:
        count = min(1 + AHEAD - len(self.held), AHEAD)
        if self.is_asking or len(self.held) > 1 + LOW:
            return None
        self.is_asking = True
        return {"count": count, "holding": [*self.held, *self.on_its_way]}

    async def _submit(self, assignment: str) -> None:
        answer, asked = self.rng.choice(ANSWERS), self._ask()
        body = {**answer, "comment": "", "flagged": False, "seconds": round(self.think_s, 1)}
        path = f"/api/v1/assignments/{assignment}/submit/"
        times = [self.tally.submit_ms]
        if asked:
            body["next"] = {**asked, "html": True}
            times.append(self.tally.next_ms)
        response = await self._timed(self.answering, path, body, "application/json", times)
        self.is_asking = self.is_asking and not asked
        self.on_its_way.discard(assignment)
        if not response:
            return
        self.tally.confirmed.append((assignment, self.name, str(answer["verdict"])))
        if asked and (more := json.loads(response.body)["next"]):
            self._receive(more["html"].encode())
        elif asked:
            self.tally.errors["submit: no next pair"] += 1

    async def _timed(
        self, connection: HttpConnection, path: str, body: dict[str, Any], accept: str,
        times: list[list[float]],
    ) -> Response | None:  # fmt: skip
        """The response if it is a good one; what else came is counted as an error."""
        began = time.perf_counter()
        try:
            response = await self._send(connection, "POST", path, accept, json.dumps(body).encode())
        except (ConnectionLostError, OSError) as error:
            self.tally.errors[f"{path.rsplit('/', 2)[1]}: {error}"] += 1
            return None
        for each in times:
            each.append((time.perf_counter() - began) * 1000)
        if response.status not in (200, 201):
            self.tally.errors[f"{path.rsplit('/', 2)[1]}: {response.status}"] += 1
            return None
        return response

    async def _send(
        self, connection: HttpConnection, method: str, path: str, accept: str,
        body: bytes = b"", content: str = "application/json",
    ) -> Response:  # fmt: skip
        headers = {"Accept": accept, "User-Agent": "likewise-benchmark"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{key}={value}" for key, value in self.cookies.items())
        if method == "POST":
            headers["Content-Type"] = content
            headers["Origin"] = f"http://{self.host}:{self.port}"
            headers["X-CSRFToken"] = self.cookies.get("csrftoken", "")
        response = await connection.request(method, path, headers, body)
        self.cookies |= response.cookies
        return response

    def _receive(self, html: bytes) -> bool:
        """Take the pairs of a page or a fragment; whether there was one."""
        found = [text.decode() for text in ASSIGNMENT.findall(html)]
        found = [one for one in found if one not in self.held and one not in self.on_its_way]
        self.held += found
        self.tally.handed += [(assignment, self.name) for assignment in found]
        return bool(found)


async def run(plan: dict[str, Any]) -> Tally:
    """All assistants sign in, then label together for the plan's seconds."""
    tally = Tally()
    assistants = [
        Assistant(name, plan["host"], plan["port"], plan["think_s"], tally, random.Random(name))
        for name in plan["people"]
    ]
    await _sign_in_all(assistants, plan["password"])
    loop = asyncio.get_running_loop()
    used_here = time.process_time()
    used = {name: cpu_s(pid) for name, pid in plan["servers"].items()}
    began, end = loop.time(), loop.time() + plan["seconds"]
    showing = asyncio.create_task(_show(tally, plan["seconds"]))
    await asyncio.gather(*(assistant.label_until(end) for assistant in assistants))
    tally.seconds = loop.time() - began
    tally.cpu_s = {name: cpu_s(pid) - used[name] for name, pid in plan["servers"].items()}
    tally.cpu_s["clients"] = time.process_time() - used_here
    await showing
    return tally


async def _sign_in_all(assistants: list[Assistant], password: str) -> None:
    """A few at a time: a password takes the server a good part of a second."""
    few = asyncio.Semaphore(4)
    bar = tqdm(total=len(assistants), desc="Signing in", unit=" people", file=sys.stderr)

    async def one(assistant: Assistant) -> None:
        async with few:
            await asyncio.wait_for(assistant.sign_in(password), SIGN_IN_S)
        bar.update()

    with contextlib.closing(bar):
        await asyncio.gather(*(one(assistant) for assistant in assistants))


async def _show(tally: Tally, seconds: float) -> None:
    with tqdm(total=round(seconds), desc="Labelling", unit=" s", file=sys.stderr) as bar:
        for _ in range(round(seconds)):
            await asyncio.sleep(1)
            bar.set_postfix(labels=len(tally.confirmed), refresh=False)
            bar.update()


def main() -> None:
    plan = json.load(sys.stdin)
    try:
        tally = asyncio.run(run(plan))
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    Path(plan["output"]).write_text(json.dumps(vars(tally)))


if __name__ == "__main__":
    main()
