"""The whole system as processes of its own, for the tests of workers and of faults."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psycopg

from annotation import embedded

REPOSITORY = Path(__file__).resolve().parents[1]
# Only a failing test waits so long; a slow machine may need some of it.
PATIENCE_S = 400
CELERY = [sys.executable, "-m", "celery", "-A", "annotation.celery_app"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: Callable[[], Any], *, seconds: float = PATIENCE_S, every: float = 0.2) -> Any:
    """The first true answer of `what`; fails the test when none came in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(every)
    raise AssertionError(f"waited {seconds} s in vain for {what}")


class System:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        # One for all: each reads the machine's certificates first, while others try to start.
        self.client = httpx.Client(base_url=self.url, timeout=10)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = {
            **os.environ,
            "LIKEWISE_DATA_DIR": str(root),
            "DATABASE_URL": embedded.database_url(root),
            "CELERY_BROKER_URL": embedded.broker_url(root),
            "STATICFILES_BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage",
            "COOKIE_SECURE": "false",
            "HEARTBEAT_SECONDS": "1",
            "HEARTBEAT_LOST_SECONDS": "30",
            "RUN_CHECK_SECONDS": "1",
            "PYTHONUNBUFFERED": "1",
            # Four processes share the processors: the threads of one would wait for each other.
            "OMP_NUM_THREADS": "1",
        }

    def start(self, name: str) -> None:
        commands = {
            "web": [
                sys.executable, "-m", "gunicorn", "annotation.wsgi", "--workers", "2",
                "--threads", "8", "--bind", f"127.0.0.1:{self.port}",
            ],
            "worker": [*CELERY, "worker", "-Q", "celery", "-c", "1", "-n", "general@%h"],
            "training": [*CELERY, "worker", "-Q", "training", "-c", "1", "-n", "training@%h"],
            "beat": [*CELERY, "beat", "-s", str(self.root / "beat"), "--pidfile="],
        }  # fmt: skip
        with (self.root / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                commands[name], cwd=REPOSITORY, env=self.environment, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        if name == "web":
            wait_for(self.is_up)

    def is_up(self) -> bool:
        try:
            return self.client.get("/healthz").status_code == 200
        except httpx.HTTPError:
            return False

    def kill(self, name: str, how: signal.Signals = signal.SIGKILL) -> None:
        """Send `how` to the process and all its children, and wait until it is gone."""
        process = self.processes.pop(name)
        os.killpg(process.pid, how)
        process.wait(timeout=60)

    def stop(self) -> None:
        for name in reversed(list(self.processes)):
            self.kill(name, signal.SIGKILL)
        embedded.stop(self.root)

    def stop_valkey(self) -> None:
        self._stop_server(self.root / "valkey" / "valkey.pid", signal.SIGTERM)

    def stop_postgres(self) -> None:
        self._stop_server(self.root / "postgres" / "postmaster.pid", signal.SIGINT)

    def _stop_server(self, pid_file: Path, how: signal.Signals) -> None:
        pid = int(pid_file.read_text().split()[0])
        os.kill(pid, how)
        wait_for(lambda: not Path(f"/proc/{pid}").exists())

    def start_services(self) -> None:
        embedded.start(self.root)

    def manage(self, *arguments: str) -> Any:
        """The JSON on the last line of a management command's output (or the line itself)."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=REPOSITORY, env=self.environment,
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        last = (done.stdout.strip().splitlines() or [""])[-1]
        return json.loads(last) if last.startswith("{") else last

    def sql(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        address = self.environment["DATABASE_URL"]
        with psycopg.connect(address, autocommit=True) as connection:
            cursor = connection.execute(query, parameters)
            return cursor.fetchall() if cursor.description else []

    def value(self, query: str, *parameters: Any) -> Any:
        return self.sql(query, *parameters)[0][0]

    def run_status(self, run: int) -> str:
        return str(self.value("SELECT status FROM annotation_trainingrun WHERE id = %s", run))

    def wait_for_run(self, run: int, *statuses: str) -> str:
        """Its status once it is one of `statuses`; fails with the run's events otherwise."""
        try:
            wait_for(lambda: self.run_status(run) in statuses)
        except AssertionError as late:
            events = "SELECT at, text FROM annotation_runevent WHERE run_id = %s ORDER BY id"
            told = "\n".join(f"{at:%X} {text}" for at, text in self.sql(events, run))
            raise AssertionError(f"run {run} is {self.run_status(run)}:\n{told}") from late
        return self.run_status(run)

    def served(self) -> tuple[int, int]:
        """(run that is promoted, generation of the queue) of the sample study."""
        study = self.value("SELECT id FROM annotation_campaign WHERE slug = 'sample-study'")
        last = "SELECT max(id) FROM annotation_promotion WHERE campaign_id = %s"
        run = "SELECT run_id FROM annotation_promotion WHERE id = %s"
        queue = "SELECT generation_id FROM annotation_campaign WHERE id = %s"
        return self.value(run, self.value(last, study)), self.value(queue, study)


class Browser:
    """A signed-in HTTP client that sends what a page sends."""

    def __init__(self, system: System, username: str, password: str) -> None:
        # A connection a request: the website closes idle ones, and one may be closed under us.
        self.client = httpx.Client(
            base_url=system.url, timeout=30, limits=httpx.Limits(max_keepalive_connections=0)
        )
        page = self.client.get("/accounts/login/")
        self.post("/accounts/login/", data={"username": username, "password": password}, page=page)
        assert "sessionid" in self.client.cookies
        # Only now: the page after the sign-in would take the person's first pair.
        self.client.follow_redirects = True

    def post(self, path: str, *, page: httpx.Response | None = None, **body: Any) -> httpx.Response:
        headers = {
            "X-CSRFToken": self.client.cookies["csrftoken"],
            "Referer": str(page.url if page else self.client.base_url),
        }
        return self.client.post(path, headers=headers, **body)

    def claim(self) -> dict[str, Any]:
        response = self.post("/api/v1/assignments/next/", json={"count": 1})
        response.raise_for_status()
        return dict(response.json()["assignments"][0])

    def submit(self, assignment: str, verdict: str = "not_similar") -> httpx.Response:
        return self.post(f"/api/v1/assignments/{assignment}/submit/", json={"verdict": verdict})
