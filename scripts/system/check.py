"""`scripts/demo --check`: the whole system, in a scratch folder, tried out as its users would."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil

from annotation import embedded
from scripts.system import ports, processes, sign_ins
from scripts.system.visitor import JSON, VisitError, Visitor, wait_until_healthy

# Only a check that fails waits so long; a slow machine may need some of it.
START_TIMEOUT_S = 900
STOP_TIMEOUT_S = 180
RUN_TIMEOUT_S = 900
RERANK_TIMEOUT_S = 300
REQUIRED = ("labelled", "retrained", "reranked", "stopped_clean")
ROLES = ("assistant", "coordinator", "admin")
FINISHED = {"succeeded", "failed", "cancelled"}


def main() -> int:
    """Print the findings as one JSON line; 0 only when all of it went as it should."""
    found: dict[str, Any] = {"first_start_s": None, "second_start_s": None}
    found |= dict.fromkeys(REQUIRED, False)
    with tempfile.TemporaryDirectory(prefix="likewise-check-") as scratch:
        root = Path(scratch, "var")
        try:
            _check(root, found)
        except (VisitError, httpx.HTTPError, subprocess.TimeoutExpired) as error:
            print(f"The check stopped: {error!r}", file=sys.stderr)
            print(_log(root).read_text()[-20_000:], file=sys.stderr)
        finally:
            processes.stop_leftovers(root)
            embedded.stop(root)
    print(json.dumps(found))
    return 0 if all(found[name] for name in (*REQUIRED, "second_start_s")) else 1


def _check(root: Path, found: dict[str, Any]) -> None:
    with _running(root) as (address, seconds, first):
        found["first_start_s"] = seconds
        _use(root, address, found)
    found["stopped_clean"] = _is_clean(root, first)
    with _running(root) as (_, seconds, second):
        found["second_start_s"] = seconds
    found["stopped_clean"] &= _is_clean(root, second)


def _use(root: Path, address: str, found: dict[str, Any]) -> None:
    accounts: sign_ins.SignIns = json.loads((root / sign_ins.FILE).read_text())
    with contextlib.ExitStack() as open_sessions:
        visitors = {
            role: open_sessions.enter_context(Visitor(address, *_credentials(accounts[role])))
            for role in ROLES
        }
        visitors["assistant"].label_a_pair()
        found["labelled"] = True
        _retrain(visitors, found)


def _retrain(visitors: dict[str, Visitor], found: dict[str, Any]) -> None:
    admin, coordinator = visitors["admin"], visitors["coordinator"]
    earlier = {run["id"] for run in admin.runs()}
    before = coordinator.progress()["queue"]
    admin.press_retrain("basic", time_budget_s=120)
    new = [run["id"] for run in admin.runs() if run["id"] not in earlier]
    if len(new) != 1:
        raise VisitError(f"the admin's button made {len(new)} runs, not one")
    run = _wait_for(lambda: admin.run(new[0]), lambda run: run["status"] in FINISHED, RUN_TIMEOUT_S)
    found["retrained"] = run["status"] == "succeeded"
    queue = _wait_for(
        lambda: coordinator.progress()["queue"],
        lambda queue: queue["generation"] != before["generation"],
        RERANK_TIMEOUT_S,
    )
    # A model that is worse on the held-out pairs is not promoted: the one before it ranks anew.
    found["promoted"] = run["promoted"]
    served = new[0] if run["promoted"] else before["run"]
    found["reranked"] = queue["generation"] > before["generation"] and queue["run"] == served


@contextlib.contextmanager
def _running(root: Path) -> Iterator[tuple[str, float, subprocess.Popen[bytes]]]:
    """A started system: its address, seconds until it answered, its process; Ctrl-C at the end."""
    port = ports.any_free()
    began = time.monotonic()
    process = _launch(root, port)
    try:
        address = f"http://127.0.0.1:{port}/"
        if not wait_until_healthy(address, START_TIMEOUT_S, gave_up=lambda: _ended(process)):
            raise VisitError(f"it did not start in {START_TIMEOUT_S} s, or ended")
        yield address, round(time.monotonic() - began, 1), process
    finally:
        if not _ended(process):
            os.killpg(process.pid, signal.SIGINT)  # as a terminal's Ctrl-C does
        process.wait(STOP_TIMEOUT_S)


def _launch(root: Path, port: int) -> subprocess.Popen[bytes]:
    ours = {"DATABASE_URL", "CELERY_BROKER_URL", "LIKEWISE_DATA_DIR", "SECRET_KEY", "STATIC_ROOT"}
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    command = [sys.executable, "-m", "scripts.system", "--root", str(root), "--port", str(port)]
    with _log(root).open("ab") as log:
        return subprocess.Popen(
            command,
            cwd=processes.PROJECT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _is_clean(root: Path, process: subprocess.Popen[bytes]) -> bool:
    """Whether it ended with 0 and nothing that it started is alive, by any process's own account.

    Servers, which don't carry our mark, and honcho's helpers name the folder when they run.
    """
    named = [
        other.pid
        for other in psutil.process_iter(["cmdline"])
        if any(str(root) in part for part in other.info["cmdline"] or [])
    ]
    return process.returncode == 0 and not named and not processes.leftovers(root)


def _wait_for(ask: Callable[[], JSON], satisfied: Callable[[JSON], bool], timeout_s: float) -> JSON:
    """The first answer that satisfies, or the last one when the time is up."""
    deadline = time.monotonic() + timeout_s
    while not satisfied(answer := ask()) and time.monotonic() < deadline:
        time.sleep(0.5)
    return answer


def _credentials(account: dict[str, str | None]) -> tuple[str, str]:
    return str(account["username"]), str(account["password"])


def _ended(process: subprocess.Popen[bytes]) -> bool:
    return process.poll() is not None


def _log(root: Path) -> Path:
    return root.parent / "demo.log"
