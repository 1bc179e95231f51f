"""`scripts/demo`, once .venv is there: start everything, show the sign-ins, stop everything."""

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from annotation import embedded
from annotation.server_processes import ServerError
from scripts.system import check, ports, processes, sign_ins, visitor
from scripts.system.environment import demo_environment, uses_embedded

# So long a start is nothing to speak of; after it, how long it has taken is said now and then.
USUAL_START_S = 90


def main() -> int:
    """The exit status: 0 when it was stopped by Ctrl-C or SIGTERM."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--port", type=ports.number, default=8000, help="of the website (8000)")
    parser.add_argument("--root", type=Path, default=Path("var"), help="data folder (var)")
    parser.add_argument("--check", action="store_true", help="try the whole system out and report")
    chosen = parser.parse_args()
    # Set explicitly, as a shell starts what it runs in the background with SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        return check.main() if chosen.check else run(chosen.root, chosen.port)
    except KeyboardInterrupt:
        return 0
    except (ServerError, PermissionError) as error:
        raise SystemExit(str(error)) from error


def run(root: Path, wanted_port: int) -> int:
    """Run the system of `root` until a signal comes; return the exit status."""
    with processes.only_one(root):
        if count := processes.stop_leftovers(root):
            print(f"Stopped {count} processes that an earlier start left behind.", flush=True)
        port = ports.choose(wanted_port)
        environment = demo_environment(root, port, os.environ)
        local = uses_embedded(environment, root)
        try:
            if local:
                embedded.start(root)
            found = prepare(root, environment)
            address = f"http://localhost:{port}/"
            return processes.supervise(environment, lambda: announce(address, found))
        finally:
            processes.stop_leftovers(root)
            if local:
                embedded.stop(root)
            print("Everything is stopped.", flush=True)


def prepare(root: Path, environment: Mapping[str, str]) -> sign_ins.SignIns:
    """Bring the database and files up to date; return the sign-ins.

    Raises:
        SystemExit: it failed, and has said why.
    """
    print("Preparing the database and the sample study …", flush=True)
    command = [sys.executable, "-m", "scripts.system.prepare"]
    finished = subprocess.run(
        command, env=environment, cwd=processes.PROJECT, stdout=subprocess.PIPE, check=False
    )
    if finished.returncode != 0:
        raise SystemExit("The preparation failed: see above.")
    return sign_ins.remember(root, json.loads(finished.stdout.decode().splitlines()[-1]))


def announce(address: str, found: sign_ins.SignIns) -> None:
    """Print the box, from a thread, as soon as the website says that it is well."""

    def wait() -> None:
        waited_s = 0
        while not visitor.wait_until_healthy(address, USUAL_START_S):
            waited_s += USUAL_START_S
            print(f"{address} has not answered in {waited_s} s: see the log above.", flush=True)
        print(sign_ins.box(address, found), flush=True)

    threading.Thread(target=wait, daemon=True).start()


def _interrupt(number: int, frame: FrameType | None) -> None:
    signal.raise_signal(signal.SIGINT)


if __name__ == "__main__":
    sys.exit(main())
