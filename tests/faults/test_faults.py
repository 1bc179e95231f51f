import signal
import threading
from typing import Any

import httpx
import pytest

from tests.system import Browser, System, wait_for

pytestmark = pytest.mark.timeout(1200)


def new_people(system: System, count: int) -> list[Browser]:
    """Fresh assistants, signed in."""
    code = (
        "from annotation.models import User\n"
        f"for n in range({count}):\n"
        "    u, _ = User.objects.get_or_create(username=f'fault-{n}')\n"
        "    u.any_language = True\n"
        "    u.set_password('under every fault'); u.save()\n"
    )
    system.manage("shell", "-c", code)
    return [Browser(system, f"fault-{n}", "under every fault") for n in range(count)]


def test_with_the_broker_down_labelling_goes_on_and_a_run_waits_for_it(
    system: System, assistant: Browser, admin: Browser
) -> None:
    system.stop_valkey()
    try:
        answered = assistant.submit(assistant.claim()["assignment"])
        assert answered.status_code == 201
        body = {"campaign": "sample-study", "recipe": "basic"}
        asked = admin.post("/api/v1/runs/", json=body)
        assert asked.status_code == 201
        run = asked.json()["id"]
        assert system.run_status(run) == "requested"
    finally:
        system.start_services()
    system.wait_for_run(run, "succeeded")


def test_with_all_workers_down_labelling_goes_on(system: System, assistant: Browser) -> None:
    for name in ("worker", "training", "beat"):
        system.kill(name)
    try:
        for _ in range(3):
            assert assistant.submit(assistant.claim()["assignment"]).status_code == 201
    finally:
        for name in ("worker", "training", "beat"):
            system.start(name)


@pytest.mark.slow
def test_a_training_worker_killed_in_mid_run_is_found_out_and_the_run_resumed(
    system: System, admin: Browser
) -> None:
    before = system.served()
    body = {"campaign": "sample-study", "recipe": "unified", "time_budget_s": 60}
    run = admin.post("/api/v1/runs/", json=body).json()["id"]
    progress = "SELECT progress FROM annotation_trainingrun WHERE id = %s"
    wait_for(lambda: system.value(progress, run) > 0.05)
    system.kill("training", signal.SIGKILL)
    system.wait_for_run(run, "requested", "queued")
    assert system.served() == before
    system.start("training")
    system.wait_for_run(run, "succeeded", "failed")
    told = admin.client.get(f"/api/v1/runs/{run}/").json()
    assert (told["status"], told["attempt"]) == ("succeeded", 2), told
    assert any("Lost its worker" in event["text"] for event in told["events"])


def test_postgres_restarted_under_load_loses_no_label(system: System) -> None:
    people = new_people(system, 6)
    confirmed: list[str] = []
    over = threading.Event()

    def keep_sending(person: Browser, assignment: str) -> None:
        while True:
            try:
                response = person.submit(assignment)
            except httpx.HTTPError:
                continue
            if response.status_code in (200, 201):
                confirmed.append(assignment)
                return
            assert response.status_code >= 500, response.text

    def work(person: Browser) -> None:
        while not over.wait(0.05):
            try:
                response: Any = person.post("/api/v1/assignments/next/", json={"count": 1})
            except httpx.HTTPError:
                continue
            if response.status_code == 200 and response.json()["assignments"]:
                keep_sending(person, response.json()["assignments"][0]["assignment"])

    threads = [threading.Thread(target=work, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    wait_for(lambda: len(confirmed) > 20)
    system.stop_postgres()
    system.start_services()
    after_restart = len(confirmed)
    wait_for(lambda: len(confirmed) > after_restart + 20)
    over.set()
    for thread in threads:
        thread.join(timeout=60)
    stored = {str(pk) for (pk,) in system.sql("SELECT submission FROM annotation_label")}
    assert set(confirmed) <= stored
    assert len(confirmed) == len(set(confirmed))
    twice = "SELECT count(*) FROM (SELECT 1 FROM annotation_label WHERE supersedes_id IS NULL GROUP BY assignment_id HAVING count(*) > 1) x"  # noqa: E501
    assert system.value(twice) == 0


def test_a_web_server_killed_outright_comes_back_with_everything(
    system: System, accounts: dict[str, dict[str, str]]
) -> None:
    assistant = Browser(system, **accounts["assistant"])
    assignment = assistant.claim()["assignment"]
    assert assistant.submit(assignment).status_code == 201
    system.kill("web")
    system.start("web")
    again = Browser(system, **accounts["assistant"])
    assert again.submit(assignment).status_code == 200
