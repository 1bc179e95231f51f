import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from annotation import embedded
from scripts.system import ports, processes, sign_ins, visitor
from scripts.system.environment import OWNER_VARIABLE
from tests.system import PATIENCE_S

pytestmark = pytest.mark.timeout(1200)
SETTINGS = {"DATABASE_URL", "CELERY_BROKER_URL", "LIKEWISE_DATA_DIR", "SECRET_KEY", "STATIC_ROOT"}


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in SETTINGS}


class Demo:
    """`scripts/demo` on `root`, as started from a terminal of its own."""

    def __init__(self, root: Path, *, wanted_port: int) -> None:
        self.log = root.parent / f"demo-{time.time_ns()}.log"
        arguments = ["--root", str(root), "--port", str(wanted_port)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "scripts.system", *arguments],
                env=clean_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_for(self, text: str, timeout_s: float = PATIENCE_S) -> None:
        deadline = time.monotonic() + timeout_s
        while text not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)

    def signal(self, number: signal.Signals) -> int:
        os.killpg(self.process.pid, number)
        return self.process.wait(PATIENCE_S)


@pytest.fixture
def root() -> Iterator[Path]:
    # Not pytest's own: as root, its sessions close /tmp/pytest-of-root to the servers' user.
    with tempfile.TemporaryDirectory(prefix="likewise-test-") as folder:
        root = Path(folder, "var")
        yield root
        processes.stop_leftovers(root)
        embedded.stop(root)


@contextlib.contextmanager
def marked_process(root: Path | str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of `root` that ignores SIGTERM, and does so already when it is handed out."""
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('deaf', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code]
    environment = os.environ | {OWNER_VARIABLE: str(root)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"deaf\n"
        yield process
        process.kill()


@contextlib.contextmanager
def taken_port() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind((ports.HOST, 0))
        holder.listen()
        yield holder.getsockname()[1]


def test_the_whole_system_starts_works_and_stops_as_its_own_check_says() -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "scripts.system", "--check"],
        env=clean_environment(),
        capture_output=True,
        check=False,
        text=True,
    )
    assert finished.returncode == 0, f"{finished.stdout}\n{finished.stderr}"
    found: dict[str, Any] = json.loads(finished.stdout.splitlines()[-1])

    assert found["labelled"]
    assert found["retrained"]
    assert found["reranked"]
    assert found["stopped_clean"]
    assert found["second_start_s"] < found["first_start_s"]


# Three starts; what they are made of is tested by the others here, and with the check above.
@pytest.mark.slow
def test_after_kill_9_of_the_whole_group_the_next_start_recovers(root: Path) -> None:
    first = Demo(root, wanted_port=ports.any_free())
    first.wait_for("Likewise is running at")
    passwords = (root / sign_ins.FILE).read_text()
    first.signal(signal.SIGKILL)
    left = processes.leftovers(root)
    port = ports.any_free()
    second = Demo(root, wanted_port=port)
    second.wait_for("Likewise is running at")
    account = json.loads(passwords)["assistant"]

    assert left
    assert not any(process.is_running() and process in left for process in left)
    assert (root / sign_ins.FILE).read_text() == passwords
    with visitor.Visitor(f"http://127.0.0.1:{port}/", **account) as assistant:
        assert assistant.label_a_pair()
    assert second.signal(signal.SIGINT) == 0
    assert not processes.leftovers(root)
    assert embedded.status(root) == {"postgres": False, "valkey": False}


def test_ctrl_c_while_the_first_start_prepares_stops_the_servers_too(root: Path) -> None:
    demo = Demo(root, wanted_port=ports.any_free())
    demo.wait_for("Preparing")

    assert demo.signal(signal.SIGINT) == 0
    assert not processes.leftovers(root)
    assert embedded.status(root) == {"postgres": False, "valkey": False}


@pytest.mark.slow
def test_a_taken_port_is_named_and_another_used_and_a_second_start_refused(root: Path) -> None:
    with taken_port() as port:
        demo = Demo(root, wanted_port=port)
        demo.wait_for("Likewise is running at")
        second = Demo(root, wanted_port=port)
        status = second.process.wait(PATIENCE_S)

    assert status == 1
    assert "is running already" in second.log.read_text()
    assert demo.signal(signal.SIGTERM) == 0
    assert not processes.leftovers(root)


def test_leftovers_are_stopped_even_when_they_ignore_a_polite_request(tmp_path: Path) -> None:
    with marked_process(tmp_path) as process:
        assert [found.pid for found in processes.leftovers(tmp_path)] == [process.pid]
        assert processes.stop_leftovers(tmp_path, grace_s=0.3) == 1
        assert process.wait(5) == -signal.SIGKILL


def test_processes_of_another_folder_are_left_alone(tmp_path: Path) -> None:
    with marked_process(tmp_path / "another") as process:
        assert processes.stop_leftovers(tmp_path, grace_s=0.3) == 0
        assert psutil.pid_exists(process.pid)


def test_only_one_system_runs_on_a_folder(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from scripts.system.processes import only_one\n"
        "with only_one(Path(sys.argv[1])): pass"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with processes.only_one(tmp_path):
        refused = subprocess.run(command, capture_output=True, check=False, text=True)
    admitted = subprocess.run(command, check=False)

    assert refused.returncode == 1
    assert "is running already" in refused.stderr
    assert admitted.returncode == 0
