import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest
from kombu import Connection

from annotation import embedded, server_processes


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not pytest's own: as root, its sessions close /tmp/pytest-of-root to the servers' user.
    with tempfile.TemporaryDirectory(prefix="likewise-test-") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="likewise-test-") as folder:
        root = Path(folder, "var")
        with embedded.services(root):
            yield root


def query(root: Path, statement: str) -> object:
    with psycopg.connect(embedded.database_url(root), autocommit=True) as connection:
        cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
        return row and row[0]


def server_tree(root: Path) -> list[psutil.Process]:
    leaders = [
        server_processes.find(root / "postgres" / "postmaster.pid"),
        server_processes.find(root / "valkey" / "valkey.pid"),
    ]
    assert None not in leaders
    return [process for leader in leaders for process in [leader, *leader.children()]]


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def kill_everything(root: Path) -> None:
    for process in server_tree(root):
        # Postgres ends a child itself once another is killed.
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def test_asking_for_an_address_starts_nothing(folder: Path) -> None:
    assert embedded.database_url(folder / "var").startswith("postgresql://likewise@/likewise?")
    assert embedded.broker_url(folder / "var").startswith("redis+socket:///")
    assert not (folder / "var").exists()
    assert embedded.status(folder / "var") == {"postgres": False, "valkey": False}


@pytest.mark.parametrize("name", ["x" * 120, "a folder", "100%", "dossier-é"])
def test_a_path_that_will_not_do_for_a_socket_gets_a_short_folder(folder: Path, name: str) -> None:
    sockets = embedded.socket_dir(folder / name)

    assert len(os.fsencode(sockets / ".s.PGSQL.5432.lock")) <= 107
    assert sockets == embedded.socket_dir(folder / name)
    assert sockets != embedded.socket_dir(folder / (name + "2"))


def test_both_servers_serve_and_the_database_is_there(root: Path) -> None:
    with Connection(embedded.broker_url(root)) as broker:
        broker.ensure_connection(max_retries=1)
        queue = broker.SimpleQueue("greetings")
        queue.put("hello")
        message = queue.get(timeout=5)
        message.ack()
        queue.close()

    assert message.payload == "hello"
    assert query(root, "SELECT current_database()") == "likewise"
    assert query(root, "SHOW fsync") == "on"


def test_only_the_servers_user_can_reach_data_and_sockets(root: Path) -> None:
    for folder in (root / "postgres", root / "valkey", embedded.socket_dir(root)):
        assert folder.stat().st_mode & 0o077 == 0
    assert query(root, "SHOW listen_addresses") == ""


def test_starting_twice_changes_nothing(root: Path) -> None:
    before = {process.pid for process in server_tree(root) if process.name() != "postgres"}
    postmaster = (root / "postgres" / "postmaster.pid").read_text()
    embedded.start(root)

    assert (root / "postgres" / "postmaster.pid").read_text() == postmaster
    assert before <= {process.pid for process in server_tree(root)}


def test_a_committed_row_outlives_kill_9_of_every_server(root: Path) -> None:
    query(root, "CREATE TABLE kept AS SELECT 42 AS answer")
    kill_everything(root)
    embedded.start(root)

    assert query(root, "SELECT answer FROM kept") == 42


def test_pid_files_that_now_name_strangers_do_not_hinder_or_harm(root: Path) -> None:
    embedded.stop(root)
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        (root / "postgres" / "postmaster.pid").write_text(f"{stranger.pid}\n")
        (root / "valkey" / "valkey.pid").write_text(f"{stranger.pid}\n")
        embedded.start(root)

        assert all(embedded.status(root).values())
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_broker_journal_cut_off_in_mid_write_is_read_up_to_there(root: Path) -> None:
    kill_everything(root)
    journal = next((root / "valkey" / "appendonlydir").glob("*.incr.aof"))
    with journal.open("ab") as file:
        file.write(b"*3\r\n$3\r\nSET\r\n$3\r\nhal")
    embedded.start(root)

    assert embedded.status(root)["valkey"]
    assert not list((root / "valkey").glob("*.damaged-*"))


def test_a_damaged_broker_journal_is_set_aside(root: Path) -> None:
    kill_everything(root)
    journal = next((root / "valkey" / "appendonlydir").glob("*.incr.aof"))
    journal.write_bytes(b"this is no journal\r\n")
    embedded.start(root)

    assert embedded.status(root)["valkey"]
    assert len(list((root / "valkey").glob("*.damaged-*"))) == 1


def test_an_initdb_cut_short_is_begun_again(folder: Path) -> None:
    (folder / "var" / "postgres.new").mkdir(parents=True)
    (folder / "var" / "postgres.new" / "PG_VERSION").write_text("18\n")
    with embedded.services(folder / "var"):
        assert query(folder / "var", "SELECT 1") == 1


def test_several_starts_at_once_make_one_pair_of_servers(folder: Path) -> None:
    root = folder / "var"
    command = [sys.executable, "-m", "annotation.embedded", "start", "--root", str(root)]
    try:
        with ThreadPoolExecutor(3) as pool:
            finished = list(pool.map(subprocess.run, [command] * 3))
        found = [
            process
            for process in psutil.process_iter(["cmdline"])
            if str(root / "postgres") in (process.info["cmdline"] or [])
            or str(root / "valkey") in (process.info["cmdline"] or [])
        ]
        assert [process.returncode for process in finished] == [0, 0, 0]
        assert len(found) == 2
    finally:
        embedded.stop(root)


def test_an_interrupt_from_the_terminal_does_not_reach_the_servers(folder: Path) -> None:
    root = folder / "var"
    code = (
        "import signal, sys, time; from pathlib import Path; from annotation import embedded\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "embedded.start(Path(sys.argv[1])); print('up', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(root)], stdout=subprocess.PIPE, start_new_session=True
    ) as starter:
        try:
            assert starter.stdout is not None
            assert starter.stdout.readline() == b"up\n"
            os.killpg(starter.pid, signal.SIGINT)
            starter.wait(10)
            assert all(embedded.status(root).values())
        finally:
            starter.kill()
            embedded.stop(root)


def test_stopping_leaves_no_server_and_stopping_again_is_harmless(folder: Path) -> None:
    root = folder / "var"
    embedded.start(root)
    servers = server_tree(root)
    embedded.stop(root)
    embedded.stop(root)

    assert not any(map(is_alive, servers))
    assert embedded.status(root) == {"postgres": False, "valkey": False}


def test_a_folder_that_somebody_else_put_there_is_refused(folder: Path) -> None:
    (folder / "elsewhere").mkdir()
    (folder / "sockets").symlink_to(folder / "elsewhere")

    with pytest.raises(server_processes.ServerError, match="belongs to somebody else"):
        server_processes.make_private(folder / "sockets")


def test_a_server_that_cannot_start_says_what_its_log_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "START_ATTEMPTS", 1)
    monkeypatch.setitem(embedded.POSTGRES_SETTINGS, "shared_buffers", "nonsense")

    with pytest.raises(server_processes.ServerError, match="nonsense"):
        embedded.start(folder / "var")


def test_the_command_line_reports_and_exits_1_when_nothing_runs(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert embedded.main(["status", "--root", str(folder)]) == 1
    assert capsys.readouterr().out.count("stopped") == 2
