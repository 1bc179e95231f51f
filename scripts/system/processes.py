"""The processes of one running system: one system a folder, none left behind, stopped in order."""

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psutil
from honcho.environ import parse_procfile
from honcho.manager import Manager

from scripts.system.environment import OWNER_VARIABLE

PROJECT = Path(__file__).resolve().parents[2]
STOPPED_BY_SIGNAL = {130, 143}


class _LeadersFirst:
    """How honcho signals a process: politely to the leader alone, by force to its whole group.

    Celery's and gunicorn's children would die of a SIGTERM that their parent means to relay.
    """

    def terminate(self, pid: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)

    def kill(self, pid: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


class Supervisor(Manager):
    """honcho's manager, stopping everything when asked to or when one process ends."""

    def __init__(self, on_started: Callable[[], None]) -> None:
        super().__init__()
        self._procmgr = _LeadersFirst()
        self._on_started = on_started

    def _start(self) -> None:
        super()._start()
        self._on_started()  # after honcho's forks, so that it may start a thread

    @property
    def exit_status(self) -> int:
        """0 when it was stopped from outside, otherwise the status of what ended first."""
        return 0 if self.returncode in STOPPED_BY_SIGNAL else self.returncode or 1


def supervise(environment: Mapping[str, str], on_started: Callable[[], None]) -> int:
    """Run the Procfile until a signal comes or a process ends; return the exit status."""
    supervisor = Supervisor(on_started)
    for name, command in parse_procfile((PROJECT / "Procfile").read_text()).processes.items():
        supervisor.add_process(name, command, env=dict(environment), cwd=str(PROJECT))
    supervisor.loop()
    return supervisor.exit_status


@contextlib.contextmanager
def only_one(root: Path) -> Iterator[None]:
    """Hold the right to run the system of `root`.

    Raises:
        SystemExit: it runs already.
    """
    root.mkdir(parents=True, exist_ok=True)
    with (root / "demo.lock").open("a") as lock:
        try:
            # A record lock, as forked helpers that outlive a kill -9 don't inherit it.
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SystemExit(f"The system of {root} is running already.") from None
        yield


def leftovers(root: Path) -> list[psutil.Process]:
    """The live processes of this user that an earlier start of `root` made.

    They are known by a variable in their own environment, so a stranger with a reused pid is never
    among them. This process and those above it are left out.
    """
    spared = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    return [
        process
        for process in psutil.process_iter()
        if process.pid not in spared and _owner(process) == str(root.resolve())
    ]


def stop_leftovers(root: Path, grace_s: float = 5.0) -> int:
    """Stop what an earlier start left running; return how many processes that were."""
    found = leftovers(root)
    _signal(found, signal.SIGTERM)
    _wait_until_none(root, grace_s)
    _signal(leftovers(root), signal.SIGKILL)
    _wait_until_none(root, grace_s)
    return len(found)


def _signal(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def _wait_until_none(root: Path, timeout_s: float) -> None:
    """Looks again each time: what is being stopped may still start something."""
    deadline = time.monotonic() + timeout_s
    while leftovers(root) and time.monotonic() < deadline:
        time.sleep(0.1)


def _owner(process: psutil.Process) -> str | None:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        owner: str | None = process.environ().get(OWNER_VARIABLE)
    except (psutil.Error, OSError):
        return None  # gone meanwhile, or somebody else's
    return owner
