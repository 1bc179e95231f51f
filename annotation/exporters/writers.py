"""Rows of an export as CSV or JSON Lines, value for value."""

import csv
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, Protocol

Format = Literal["csv", "jsonl"]


class TextSink(Protocol):
    def write(self, text: str, /) -> Any: ...


def write_rows(
    rows: Iterable[Mapping[str, Any]], sink: TextSink, *, columns: Sequence[str], format_: Format
) -> int:
    """Write rows one by one, in the order of `columns`, and return how many.

    In CSV an empty field is null or empty text, and a list or an object is JSON. No value is
    altered, so that a file that is read back gives what went in.
    """
    return (_write_csv if format_ == "csv" else _write_json_lines)(rows, sink, columns)


def not_a_formula(value: object) -> object:
    """For files that people open in a spreadsheet, which would run a text that begins like this
    (OWASP, "CSV injection"): with an apostrophe before it."""
    is_formula = isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{value}" if is_formula else value


@contextmanager
def atomic_file(path: Path) -> Iterator[TextSink]:
    """A UTF-8 text file that is at its place only once it is whole."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _write_csv(rows: Iterable[Mapping[str, Any]], sink: TextSink, columns: Sequence[str]) -> int:
    writer = csv.writer(sink)
    writer.writerow(columns)
    count = 0
    for row in rows:
        writer.writerow([_csv_value(row[column]) for column in columns])
        count += 1
    return count


def _write_json_lines(
    rows: Iterable[Mapping[str, Any]], sink: TextSink, columns: Sequence[str]
) -> int:
    count = 0
    for row in rows:
        ordered = {column: row[column] for column in columns}
        sink.write(f"{json.dumps(ordered, ensure_ascii=False)}\n")
        count += 1
    return count


def _csv_value(value: object) -> object:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return value
