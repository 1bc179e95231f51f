"""A file that cannot be an embedding cache: only a damaged one of ours may be deleted."""

import sqlite3
from pathlib import Path

import pytest

from modeling.errors import ModelingError
from modeling.vector_store import EmbeddingCache


def refusal(path: Path) -> str:
    with pytest.raises(ModelingError) as told:
        EmbeddingCache(path)
    assert str(path) in str(told.value)
    return str(told.value)


def photo(path: Path) -> None:
    path.write_bytes(b"\x89PNG\r\n" * 1000)


def other_database(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE embedding (x)")


def album(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE album (x)")


def damaged_album(path: Path) -> None:
    album(path)
    content = bytearray(path.read_bytes())
    content[100:108] = b"\xff" * 8
    path.write_bytes(content)


def mountless(path: Path) -> None:
    path.symlink_to("/proc/cache.sqlite")


def loop(path: Path) -> None:
    path.symlink_to(path.name)


@pytest.mark.parametrize(
    "make",
    [Path.mkdir, photo, other_database, album, damaged_album, mountless, loop,
     lambda path: path.symlink_to("/dev/null")],
)  # fmt: skip
def test_nobody_is_told_to_delete_what_is_no_cache(tmp_path, make):
    path = tmp_path / "cache.sqlite"
    make(path)
    told = refusal(path)
    assert "delete it" not in told
    assert "choose another" in told or "name a file" in told


@pytest.mark.parametrize("place", ["/proc/cache.sqlite", "/proc/a/cache.sqlite"])
def test_a_place_that_cannot_be_written_is_told(place):
    told = refusal(Path(place))
    assert "delete it" not in told
    assert "choose another" in told or "name a file" in told


def test_a_file_in_the_way_of_the_cache_is_named(data):
    told = refusal(data / "cache.sqlite")
    assert f"{data} is not a folder" in told


@pytest.mark.parametrize("at", [100, 4096])
def test_a_damaged_cache_may_be_deleted(tmp_path, at):
    import numpy as np

    path = tmp_path / "cache.sqlite"
    cache = EmbeddingCache(path)
    cache.put("e", 8, {bytes([i]) * 16: np.zeros(300, np.float16) for i in range(100)})
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    content[at : at + 8] = b"\xff" * 8
    path.write_bytes(content)
    with pytest.raises(ModelingError, match="delete it to start afresh") as told:
        EmbeddingCache(path).get("e", 8, [bytes([i]) * 16 for i in range(100)])
    assert str(path) in str(told.value)
