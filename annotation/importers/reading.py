"""Records of a CSV or JSON Lines stream, one at a time. A bad one does not stop the rest."""

import io
import json
import zlib
from collections.abc import Iterator
from typing import Any

from annotation.importers.csv_records import csv_table
from annotation.importers.records import Record, Table
from annotation.importers.rows import Problem
from annotation.importers.sources import Format, Source, SourceError, detect_format

# Room for two transcripts of the longest kind, in JSON escapes; a longer line is refused unread.
MAX_LINE_BYTES = 48 * 2**20
REJECT_KEYS = frozenset({"line", "field", "reason", "value", "row"})
_SHOWN = 1000


def read_table(source: Source, *, format_: Format | None = None) -> Table:
    """Take a source apart into records, lazily.

    Raises:
        SourceError: at once for a file that is empty or has no readable header; while the records
            are read, for a gzip file that is damaged or cut off.
    """
    try:
        format_ = format_ or detect_format(source)
        table = _json_table(source) if format_ == "jsonl" else csv_table(source)
    except (EOFError, zlib.error, OSError) as error:
        raise SourceError(f"{source.name} cannot be read: {error}.") from error
    return Table(table.format, _guarded(table.records, source), table.header, table.delimiter)


def _guarded(records: Iterator[Record], source: Source) -> Iterator[Record]:
    line = 0
    try:
        for record in records:
            line = record.line
            yield record
    except (EOFError, zlib.error, OSError) as error:
        raise SourceError(
            f"{source.name} is damaged or cut off after line {line} ({error}). It was read "
            "up to there; get a whole file and run the same command again."
        ) from error


def _json_table(source: Source) -> Table:
    return Table("jsonl", _json_records(source.stream))


def _json_records(stream: "io.BufferedReader[Any]") -> Iterator[Record]:
    for line, content in _lines(stream):
        if content.strip():
            yield _json_record(line, content)


def _json_record(line: int, content: bytes) -> Record:
    shown = content if len(content) < MAX_LINE_BYTES else content[:_SHOWN]
    raw: object = shown.decode(errors="backslashreplace").rstrip("\r\n")
    try:
        value = _json(_text(content))
        # A line of a rejects file, fed in again: its row, put right or as it was.
        if isinstance(value, dict) and value.keys() == REJECT_KEYS:
            raw = value["row"]
            value = _json(raw) if isinstance(raw, str) else raw
        if not isinstance(value, dict):
            raise ValueError("is not a JSON object")
    except ValueError as error:
        return Record(line, {}, raw, len(content), Problem("", str(error), raw))
    return Record(line, value, value, len(content))


def _lines(stream: "io.BufferedReader[Any]") -> Iterator[tuple[int, bytes]]:
    """Numbered lines; one that is over the limit comes cut, so that it is refused."""
    line = 0
    while content := stream.readline(MAX_LINE_BYTES):
        line += 1
        if line == 1:
            content = content.removeprefix(b"\xef\xbb\xbf")
        rest = content
        while len(rest) == MAX_LINE_BYTES and not rest.endswith(b"\n"):
            rest = stream.readline(MAX_LINE_BYTES)
        yield line, content


def _text(content: bytes) -> str:
    if len(content) >= MAX_LINE_BYTES:
        raise ValueError(f"is longer than {MAX_LINE_BYTES:,} bytes")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"is not valid UTF-8 (at byte {error.start + 1})") from error


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("is not valid JSON: nested too deeply") from error
    except ValueError as error:
        raise ValueError(f"is not valid JSON: {error}") from error
