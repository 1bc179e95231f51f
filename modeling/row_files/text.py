"""CSV and JSON Lines, gzipped or not."""

from __future__ import annotations

import csv
import gzip
import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TextIO, cast

from modeling.errors import InputError

Row = dict[str, Any]


def _open(path: Path, mode: Literal["r", "w"]) -> TextIO:
    # Halves of surrogate pairs, which JSON can hold and UTF-8 cannot, become question marks.
    encoding, errors = ("utf-8-sig", "strict") if mode == "r" else ("utf-8", "replace")
    if not str(path).lower().endswith(".gz"):
        return open(path, mode, encoding=encoding, errors=errors, newline="")
    text_mode: Literal["rt", "wt"] = "rt" if mode == "r" else "wt"
    return cast(TextIO, gzip.open(path, text_mode, encoding=encoding, errors=errors, newline=""))


def read_csv(path: Path) -> Iterator[tuple[str, Row]]:
    """("line 3", row); the header is line 1. Raises InputError, or what reading a file raises."""
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    with _open(path, "r") as stream:
        reader = csv.DictReader(stream, strict=True)
        try:
            _refuse_repeated(path, reader.fieldnames or [])
            for row in reader:
                if None in row or None in row.values():
                    raise InputError(
                        f"{path}, line {reader.line_num}: not as many fields as the header has"
                    )
                yield f"line {reader.line_num}", row
        except csv.Error as error:
            # The reader's own line: that of the rows is still the one before.
            raise InputError(f"{path}, line {reader.reader.line_num}: {error}") from error


def undecodable(path: Path) -> str | None:
    """The first line that is not UTF-8, as "line 3"."""
    opened = gzip.open if str(path).lower().endswith(".gz") else open
    with opened(path, "rb") as stream:
        for number, line in enumerate(stream, 1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return f"line {number}"
    return None


def csv_header(path: Path) -> list[str]:
    """The names in the first line."""
    with _open(path, "r") as stream:
        return list(csv.DictReader(stream).fieldnames or [])


def _refuse_repeated(path: Path, names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{path}, line 1: two columns are called {name!r}")


def read_jsonl(path: Path) -> Iterator[tuple[str, Row]]:
    """("line 3", row), blank lines left out. Raises InputError, or what reading a file raises."""
    with _open(path, "r") as stream:
        for line, text in enumerate(stream, 1):
            if not text.strip():
                continue
            try:
                row = json.loads(text.rstrip())
            except (ValueError, RecursionError) as error:
                raise InputError(f"{path}, line {line}: not JSON: {_in_line(error)}") from error
            if not isinstance(row, dict):
                raise InputError(f"{path}, line {line}: not a JSON object")
            yield f"line {line}", row


def _in_line(error: Exception) -> str:
    """What is wrong and where, without a line of its own to count: the text was one line."""
    if not isinstance(error, json.JSONDecodeError):
        return str(error)
    return f"{error.msg}, at character {error.pos + 1}"


@contextmanager
def writing_jsonl(path: Path) -> Iterator[Callable[[Row], None]]:
    """A number that JSON has no word for (NaN, infinities) is written as null."""
    with _open(path, "w") as stream:

        def write(row: Row) -> None:
            stream.write(_json(row) + "\n")

        yield write


@contextmanager
def writing_csv(path: Path, columns: Sequence[str] | None) -> Iterator[Callable[[Row], None]]:
    """The columns are `columns`, or those of the first row; a row that lacks one leaves it empty.

    Lists and objects are written as JSON, null and NaN as an empty field.
    """
    with _open(path, "w") as stream:
        writer = _header(stream, columns) if columns is not None else None

        def write(row: Row) -> None:
            nonlocal writer
            writer = writer or _header(stream, list(row))
            writer.writerow({name: _cell(value) for name, value in row.items()})

        yield write


class _Lines:
    """Ends lines with \\n. The csv module quotes only what its own line ends are made of, so that
    it has to be told \\r\\n: a bare \\r that is not quoted reads as the end of a row."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, line: str) -> None:
        self._stream.write(line.removesuffix("\r\n") + "\n")


def _header(stream: TextIO, columns: Sequence[str]) -> csv.DictWriter[str]:
    writer = csv.DictWriter(_Lines(stream), fieldnames=columns, lineterminator="\r\n")
    writer.writeheader()
    return writer


def _cell(value: Any) -> Any:
    if isinstance(value, (dict, list, tuple)):
        return _json(value)
    return "" if isinstance(value, float) and math.isnan(value) else value


def _json(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)
    except ValueError:
        text = json.dumps(_without_nan(value), ensure_ascii=False, default=str)
    # Halves of surrogate pairs stay what they are where they can be escaped.
    return text if text.isascii() or _encodes(text) else json.dumps(json.loads(text))


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _without_nan(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _without_nan(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(item) for item in value]
    return value
