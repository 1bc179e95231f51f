"""Run a command with the embedded servers of a folder: with_services ROOT COMMAND [ARGUMENT...].

A server that DATABASE_URL / CELERY_BROKER_URL names is used instead. The exit status is the
command's; the servers are stopped after it. They are for tests: what is in them need not outlive a
power cut, so that nothing waits for the disk.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from annotation import embedded
from scripts.system.environment import settings_environment

# Nothing here outlives the tests, and a writer that wakes 100 times a second costs some of them.
# Tests fill tables in transactions that are never committed: an autovacuum amid one would note
# that they are empty, and the statements after that would be planned for no rows at all.
HASTY = {
    "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
    "wal_writer_delay": "200ms", "autovacuum": "off",
}  # fmt: skip


def main(root: Path, command: list[str]) -> int:
    """The command's exit status."""
    environment = settings_environment(root, os.environ)
    needed = not {"DATABASE_URL", "CELERY_BROKER_URL"} <= os.environ.keys()
    try:
        if needed:
            embedded.start(root, HASTY)
        return subprocess.run(command, env=environment, check=False).returncode
    except KeyboardInterrupt:
        return 130
    finally:
        if needed:
            embedded.stop(root)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
