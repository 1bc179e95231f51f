"""The simulated assistants against a server of which only the network's edge is played."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.core.management import CommandError, call_command

from annotation.simulation import (
    MAX_ERRORS_IN_A_ROW,
    KnownLabel,
    SimulatedAssistant,
    Tally,
    run_assistants,
)

Answer = Callable[[httpx.Request], httpx.Response]


class PlayedServer(httpx.MockTransport):
    """Signs everybody in, hands out pairs 1, 2, 3… and takes each label, unless told otherwise."""

    def __init__(self, *, pairs: int = 1000, **answers: Answer) -> None:
        super().__init__(self._answer)
        self.pairs, self.answers = pairs, answers
        self.handed_out = self.requests = 0
        self.closed = False

    def _answer(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.rstrip("/").rpartition("/")[2]
        self.requests += 1
        return self.answers.get(name, getattr(self, f"_{name}"))(request)

    def _login(self, request: httpx.Request) -> httpx.Response:
        cookies = [("Set-Cookie", "csrftoken=t"), ("Set-Cookie", "sessionid=s")]
        return httpx.Response(200, headers=cookies[: 1 if request.method == "GET" else 2])

    def _next(self, request: httpx.Request) -> httpx.Response:
        if self.handed_out == self.pairs:
            return httpx.Response(200, json={"assignments": []})
        self.handed_out += 1
        found = {"assignment": str(self.handed_out), "pair": f"pair-{self.handed_out}"}
        return httpx.Response(200, json={"assignments": [found]})

    def _submit(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(201, json={})

    def close(self) -> None:
        self.closed = True


def always(status: int) -> Answer:
    return lambda request: httpx.Response(status, json={})


def assistant(server: PlayedServer, name: str = "one") -> SimulatedAssistant:
    return SimulatedAssistant(
        url="http://played", username=name, password="secret", noise=0, think_s=0, seed=1,
        known={"pair-1": KnownLabel("similar", ("other",))}, transport=server,
    )  # fmt: skip


def tally(wanted: int = 5) -> Tally:
    return Tally(wanted=wanted, on_label=lambda: None)


def test_clients_make_the_labels_that_are_wanted_and_no_more() -> None:
    server, counted = PlayedServer(), tally(30)
    run_assistants([assistant(server), assistant(server, "two")], counted)
    assert (counted.labels, counted.reserved, counted.errors) == (30, 0, 0)
    assert (sum(counted.answered.values()), counted.failures) == (30, [])
    assert server.closed


def test_a_client_without_pairs_ends_its_work_and_its_connection() -> None:
    server, counted = PlayedServer(pairs=2), tally(5)
    run_assistants([assistant(server)], counted)
    assert (counted.labels, counted.reserved, counted.failures) == (2, 0, [])
    assert server.closed


@pytest.mark.parametrize(("what", "status"), [("next", 403), ("submit", 409)])
def test_an_error_that_lasts_stops_the_client(what: str, status: int) -> None:
    server, counted = PlayedServer(**{what: always(status)}), tally(5)
    run_assistants([assistant(server)], counted)
    assert (counted.labels, counted.reserved, counted.errors) == (0, 0, MAX_ERRORS_IN_A_ROW)
    (failure,) = counted.failures
    assert "one stopped after 20 errors in a row" in str(failure)
    assert str(status) in str(failure)
    assert server.closed


def test_a_server_that_is_gone_stops_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotation.simulation.time.sleep", lambda seconds: None)

    def gone(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused")

    server, counted = PlayedServer(next=gone), tally(5)
    run_assistants([assistant(server)], counted)
    assert counted.errors == MAX_ERRORS_IN_A_ROW
    assert "connection refused" in str(counted.failures[0])


def test_errors_that_pass_stop_nobody() -> None:
    answers = iter([409] * 19 + [201] + [409] * 19 + [201])
    server = PlayedServer(submit=lambda request: httpx.Response(next(answers), json={}))
    counted = tally(2)
    run_assistants([assistant(server)], counted)
    assert (counted.labels, counted.errors, counted.failures) == (2, 38, [])


def test_an_answer_that_makes_no_sense_is_a_failure_and_no_label() -> None:
    server = PlayedServer(next=lambda request: httpx.Response(200, text="<html>"))
    other, counted = PlayedServer(), tally(3)
    run_assistants([assistant(server), assistant(other, "two")], counted)
    assert (counted.labels, counted.reserved) == (sum(counted.answered.values()), 0)
    (failure,) = counted.failures
    assert isinstance(failure, json.JSONDecodeError)
    assert server.closed
    assert other.closed


def test_a_refused_sign_in_closes_the_connection() -> None:
    form = {"Set-Cookie": "csrftoken=t"}
    server = PlayedServer(login=lambda request: httpx.Response(200, headers=form))
    with pytest.raises(PermissionError, match="one could not sign in"):
        assistant(server)
    assert server.closed


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"next": always(403)}, "simulated-01 stopped after 20 errors in a row"),
        ({"next": lambda request: httpx.Response(200, text="<html>")}, "JSONDecodeError"),
        ({"login": always(502)}, "No assistant could sign in"),
    ],
)
def test_the_command_fails_with_the_reason(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, answers: dict[str, Answer], reason: str
) -> None:
    client = httpx.Client
    monkeypatch.setattr(
        "annotation.simulation.httpx.Client",
        lambda **options: client(**{**options, "transport": PlayedServer(**answers)}),
    )
    known = tmp_path / "known.jsonl"
    known.write_text('{"pair_id": "pair-1", "label": 1}\n')
    with pytest.raises(CommandError, match=reason):
        call_command("simulate_assistants", f"--from={known}", "--assistants=1", "--labels=2")
