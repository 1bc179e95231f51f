"""Running a server beside Python: its account, its folders, its process, one starter at a time."""

import contextlib
import fcntl
import functools
import os
import pwd
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

SYSTEM_USER = "likewise-db"


class ServerError(RuntimeError):
    """A bundled server could not be started or stopped."""


@functools.cache
def system_user() -> pwd.struct_passwd | None:
    """The account for servers that refuse root, made when first needed; None unless we are root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/bin/false", SYSTEM_USER]
        subprocess.run(command, check=True)
        return pwd.getpwnam(SYSTEM_USER)


def run(command: Sequence[str | Path]) -> tuple[bool, str]:
    """Run `command` as the servers' user; whether it exited 0, and what it printed."""
    account = system_user()
    # A file, since a daemon that inherits a pipe holds it open. /, since ours may be closed to it.
    with tempfile.TemporaryFile() as output:
        finished = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            umask=0o077,
            check=False,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )
        output.seek(0)
        return finished.returncode == 0, output.read().decode(errors="replace").strip()


def run_or_raise(command: Sequence[str | Path]) -> None:
    """As `run`, raising ServerError with the output when the command fails."""
    succeeded, output = run(command)
    if not succeeded:
        raise ServerError(f"{Path(command[0]).name} failed: {output}")


def make_private(folder: Path) -> None:
    """Make `folder` for the servers' user alone.

    Raises:
        ServerError: it exists and is not a folder of ours (another user may have put it there).
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    account = system_user()
    owner = account.pw_uid if account else os.geteuid()
    if folder.is_symlink() or folder.stat().st_uid not in {owner, os.geteuid()}:
        raise ServerError(f"{folder} belongs to somebody else: remove it and start again")
    folder.chmod(0o700)
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)


def open_to_system_user(program: Path, *folders: Path) -> None:
    """As root: let the servers' user read the files of `program` and pass through to `folders`."""
    if system_user() is None:
        return
    for path in [program, *program.rglob("*")]:
        _add_mode(path, 0o005 if path.is_dir() or os.access(path, os.X_OK) else 0o004)
    for parent in {parent for path in (program, *folders) for parent in path.parents}:
        if _add_mode(parent, 0o001):
            print(f"Opened {parent} for passage (o+x) to {SYSTEM_USER}.", file=sys.stderr)


def _add_mode(path: Path, bits: int) -> bool:
    mode = path.stat().st_mode
    if mode & bits == bits:
        return False
    path.chmod(mode & 0o7777 | bits)
    return True


def find(pid_file: Path) -> psutil.Process | None:
    """The live server that wrote `pid_file`, known by that folder standing in its command line.

    The number alone proves nothing: after a crash or a reboot it may belong to a stranger.
    """
    try:
        process = psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
        ours = str(pid_file.parent) in process.cmdline()
        return process if ours and process.status() != psutil.STATUS_ZOMBIE else None
    except (OSError, ValueError, psutil.Error):
        return None


def wait_until_gone(process: psutil.Process, timeout_s: float) -> None:
    """Return once `process` has ended (a zombie has); raise ServerError after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    with contextlib.suppress(psutil.NoSuchProcess):
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() > deadline:
                raise ServerError(f"process {process.pid} did not stop in {timeout_s:.0f} s")
            time.sleep(0.05)


@contextlib.contextmanager
def locked(root: Path) -> Iterator[None]:
    """Hold the one lock of `root`; another process that wants it waits."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".embedded.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
