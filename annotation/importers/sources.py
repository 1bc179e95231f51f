"""A file or standard input, plain or gzipped, as a stream of bytes that tells how far it is."""

import gzip
import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

Format = Literal["csv", "jsonl"]

STDIN = "-"
_GZIP_MAGIC = b"\x1f\x8b"
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_SNIFF_BYTES = 4096


class SourceError(Exception):
    """The input as a whole cannot be imported. The message says what to do about it."""


@dataclass(frozen=True, slots=True)
class Source:
    """`position()` and `size` count the bytes as they lie on disk; the size of a pipe is None."""

    name: str
    stream: "io.BufferedReader[Any]"
    size: int | None
    position: Callable[[], int]


@contextmanager
def open_source(name: str) -> Iterator[Source]:
    """Open a path, or standard input for ``-``; gzip is told by its content.

    Raises:
        SourceError: if there is no such file, or it may not be read.
    """
    if name == STDIN:
        yield _source(name, sys.stdin.buffer, size=None)
        return
    try:
        with Path(name).open("rb", buffering=0) as raw:
            yield _source(name, raw, size=Path(name).stat().st_size)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        if error.filename != name:
            raise
        raise SourceError(f"{name} cannot be read: {error.strerror}.") from error


def _source(name: str, raw: io.RawIOBase | BinaryIO, *, size: int | None) -> Source:
    counted = _Counted(raw)
    stream: io.BufferedReader[Any] = io.BufferedReader(counted)
    if stream.peek(2).startswith(_GZIP_MAGIC):
        stream = io.BufferedReader(gzip.GzipFile(fileobj=stream))
    return Source(name, stream, size, lambda: counted.count)


class _Counted(io.RawIOBase):
    """Counts what is read, and leaves the stream below open: standard input isn't ours."""

    def __init__(self, raw: io.RawIOBase | BinaryIO) -> None:
        self._raw = raw
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        chunk = self._raw.read(len(buffer)) or b""
        buffer[: len(chunk)] = chunk
        self.count += len(chunk)
        return len(chunk)


def detect_format(source: Source) -> Format:
    """CSV or JSON Lines, by the file's name if that says it, else by its first character.

    Raises:
        SourceError: if it is empty, in UTF-16, or one JSON array.
    """
    start = source.stream.peek(_SNIFF_BYTES).removeprefix(_UTF8_MARK).lstrip()
    if not start:
        raise SourceError(f"{source.name} is empty.")
    if start.startswith(_UTF16_MARKS):
        raise SourceError(f"{source.name} is in UTF-16. Save it as UTF-8.")
    suffixes = [suffix for suffix in Path(source.name).suffixes if suffix != ".gz"]
    last = suffixes[-1].lower() if suffixes else ""
    if start.startswith(b"[") and last not in {".csv", ".tsv"}:
        raise SourceError(f"{source.name} is one JSON array. Write one JSON object a line.")
    if last in {".jsonl", ".ndjson", ".json"}:
        return "jsonl"
    if last in {".csv", ".tsv"}:
        return "csv"
    return "jsonl" if start.startswith(b"{") else "csv"
