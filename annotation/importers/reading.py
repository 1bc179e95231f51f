"""Records of a CSV or JSON Lines stream, one at a time. A bad one does not stop the rest."""

import csv
import io
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from annotation.importers.rows import Problem
from annotation.importers.sources import Format, Source, SourceError, detect_format

if TYPE_CHECKING:
    import _csv

# Room for two transcripts of the longest kind, in JSON escapes; a longer line is refused unread.
MAX_LINE_BYTES = 48 * 2**20
# The csv module reads on for a closing quote: this bounds what one that is missing can swallow.
MAX_CSV_FIELD = 4 * 2**20
REJECT_KEYS = frozenset({"line", "field", "reason", "value", "row"})
REJECT_COLUMNS = ("_line", "_field", "_reason")
_SHOWN = 1000


@dataclass(frozen=True, slots=True)
class Record:
    """One row. `values` is empty where `problem` says why the line could not be taken apart.

    `raw` is what goes into the rejects file: the object, a CSV row's fields, or the line's text.
    `size` is roughly its bytes.
    """

    line: int
    values: dict[str, object]
    raw: object
    size: int
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """`header` holds a CSV file's column names as written; JSON Lines has none."""

    format: Format
    records: Iterator[Record]
    header: list[str] = field(default_factory=list)
    delimiter: str = ","

    @property
    def columns(self) -> list[str]:
        return [_column_name(name) for name in self.header]


def read_table(source: Source, *, format_: Format | None = None) -> Table:
    """Take a source apart into records, lazily.

    Raises:
        SourceError: at once for a file that is empty or has no readable header; while the records
            are read, for a gzip file that is damaged or cut off.
    """
    try:
        format_ = format_ or detect_format(source)
        table = _json_table(source) if format_ == "jsonl" else _csv_table(source)
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
        if not content.strip():
            continue
        try:
            values = _json_object(content)
        except ValueError as error:
            shown = content[:_SHOWN].decode(errors="backslashreplace")
            yield Record(line, {}, shown, len(content), Problem("", str(error), shown[:100]))
        else:
            yield Record(line, values, values, len(content))


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


def _json_object(content: bytes) -> dict[str, object]:
    if len(content) >= MAX_LINE_BYTES:
        raise ValueError(f"is longer than {MAX_LINE_BYTES:,} bytes")
    try:
        value = json.loads(content.decode())
    except UnicodeDecodeError as error:
        raise ValueError(f"is not valid UTF-8 (at byte {error.start + 1})") from error
    except RecursionError as error:
        raise ValueError("is not valid JSON: nested too deeply") from error
    except ValueError as error:
        raise ValueError(f"is not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise ValueError("is not a JSON object")
    # A line of a rejects file, put right and fed in again.
    if value.keys() == REJECT_KEYS and isinstance(value["row"], dict):
        return value["row"]
    return value


def _csv_table(source: Source) -> Table:
    csv.field_size_limit(MAX_CSV_FIELD)
    # Bytes that are not UTF-8 come through as lone surrogates, so that only their row is refused.
    text = io.TextIOWrapper(source.stream, "utf-8-sig", errors="surrogateescape", newline="")
    first = text.readline(MAX_CSV_FIELD)
    delimiter = max(",;\t", key=first.count)
    lines = _TextLines(text, first)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        header = next(reader)
    except (csv.Error, StopIteration) as error:
        raise SourceError(f"{source.name} has no readable header line: {error}.") from error
    names = [_column_name(name) for name in header if name.strip()]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SourceError(f"{source.name} has two columns named {twice[0]}.")
    return Table("csv", _csv_records(reader, lines, header), header, delimiter)


class _TextLines:
    """Lines of bounded length; the latest is kept to show where the csv module gave up."""

    def __init__(self, text: io.TextIOWrapper, first: str) -> None:
        self._text = text
        self._first = first
        self.latest = ""

    def __iter__(self) -> Iterator[str]:
        self.latest = self._first
        while self.latest:
            yield self.latest
            self.latest = self._text.readline(MAX_CSV_FIELD)


def _csv_records(reader: "_csv.Reader", lines: _TextLines, header: list[str]) -> Iterator[Record]:
    columns = [_column_name(name) for name in header]
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            shown = _readable(lines.latest[:_SHOWN])
            yield Record(line, {}, [shown], 0, Problem("", f"is not valid CSV: {error}"))
            continue
        if row:
            yield _csv_record(line, row, columns)


def _csv_record(line: int, row: list[str], columns: list[str]) -> Record:
    size = sum(map(len, row))
    shown = [_readable(value) for value in row]
    if len(row) != len(columns):
        reason = f"has {len(row)} fields where the header has {len(columns)}"
        if extra := shown[len(columns) :]:
            reason += f"; beyond it: {str(extra)[:_SHOWN]}"
        return Record(line, {}, shown, size, Problem("", reason))
    for column, value, clean in zip(columns, row, shown, strict=True):
        if value != clean:
            problem = Problem(column, "is not valid UTF-8", clean[:100])
            return Record(line, {}, shown, size, problem)
    values: dict[str, object] = dict(zip(columns, row, strict=True))
    return Record(line, {k: v for k, v in values.items() if k}, shown, size)


def _readable(value: str) -> str:
    if value.isascii():
        return value
    return value.encode(errors="surrogateescape").decode(errors="backslashreplace")


def _column_name(written: str) -> str:
    return written.strip().lower()
