"""The production web server, started by the Procfile's own line in the demo's environment."""

import contextlib
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil
from honcho.environ import parse_procfile

from scripts.system.processes import PROJECT, stop_leftovers
from scripts.system.visitor import wait_until_healthy

STARTUP_S = 60


class ServerError(RuntimeError):
    """The web server did not start, or ended by itself."""


@dataclass(frozen=True, slots=True)
class Server:
    process: psutil.Popen
    address: str
    log: Path


@contextlib.contextmanager
def web_server(root: Path, environment: Mapping[str, str]) -> Iterator[Server]:
    """gunicorn on the port that `environment` names, stopped with all its workers.

    Raises:
        ServerError: it was not healthy in time; the message holds the end of its log.
    """
    command = parse_procfile((PROJECT / "Procfile").read_text()).processes["web"]
    log = root / "web.log"
    with log.open("ab") as output:
        process = psutil.Popen(
            ["/bin/sh", "-c", command],
            cwd=PROJECT,
            env=dict(environment),
            stdout=output,
            stderr=output,
        )
    address = f"http://127.0.0.1:{environment['PORT']}/"
    try:
        if not wait_until_healthy(address, STARTUP_S, lambda: process.poll() is not None):
            end = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
            raise ServerError(f"The web server did not start:\n{end}")
        yield Server(process, address, log)
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=15)
        stop_leftovers(root)


def postmaster(backend: int) -> int:
    """The server process that the backend with this pid belongs to; 0 where it runs elsewhere."""
    try:
        return psutil.Process(backend).ppid()
    except psutil.NoSuchProcess:
        return 0
