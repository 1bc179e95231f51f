"""Rows of CSV and JSON Lines files, gzipped or not: read one at a time, written whole."""

from __future__ import annotations

import csv
import gzip
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TextIO, cast

from modeling.errors import InputError

Row = dict[str, Any]


def read_rows(path: Path) -> Iterator[tuple[int, Row]]:
    """(line number, row) of a .jsonl or .csv file, gzipped or not, one at a time.

    Raises:
        InputError: unknown extension, unreadable, not UTF-8 or malformed, with file and line.
    """
    kind, reader = _kind(path), {"csv": _read_csv, "jsonl": _read_jsonl}
    try:
        with _open(path, "r") as stream:
            yield from reader[kind](path, stream)
    except (OSError, EOFError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not UTF-8 text: {error}") from error


def _kind(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in Path(path).suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    kind = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}.get((suffixes or [""])[-1])
    if kind is None:
        raise InputError(f"{path}: the name must end in .jsonl or .csv, with .gz or without")
    return kind


def _open(path: Path, mode: Literal["r", "w"]) -> TextIO:
    encoding = "utf-8-sig" if mode == "r" else "utf-8"
    if not str(path).lower().endswith(".gz"):
        return open(path, mode, encoding=encoding, newline="")
    text_mode: Literal["rt", "wt"] = "rt" if mode == "r" else "wt"
    return cast(TextIO, gzip.open(path, text_mode, encoding=encoding, newline=""))


def _read_csv(path: Path, stream: TextIO) -> Iterator[tuple[int, Row]]:
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    reader = csv.DictReader(stream, strict=True)
    try:
        for row in reader:
            if None in row or None in row.values():
                raise InputError(
                    f"{path}, line {reader.line_num}: not as many fields as the header has"
                )
            yield reader.line_num, row
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}: {error}") from error


def _read_jsonl(path: Path, stream: TextIO) -> Iterator[tuple[int, Row]]:
    for line, text in enumerate(stream, 1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
        except ValueError as error:
            raise InputError(f"{path}, line {line}: not JSON: {error}") from error
        if not isinstance(row, dict):
            raise InputError(f"{path}, line {line}: not a JSON object")
        yield line, row


@contextmanager
def writing(path: Path) -> Iterator[Callable[[Row], None]]:
    """A function that writes rows to `path`, which appears whole at the end or not at all.

    The columns of a CSV are those of the first row; rows that lack one leave it empty.
    """
    path, kind = Path(path), _kind(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        with _open(temporary, "w") as stream:
            yield _csv_writer(stream) if kind == "csv" else _jsonl_writer(stream)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _jsonl_writer(stream: TextIO) -> Callable[[Row], None]:
    def write(row: Row) -> None:
        stream.write(json.dumps(row, ensure_ascii=False) + "\n")

    return write


def _csv_writer(stream: TextIO) -> Callable[[Row], None]:
    writer: csv.DictWriter[str] | None = None

    def write(row: Row) -> None:
        nonlocal writer
        if writer is None:
            writer = csv.DictWriter(stream, fieldnames=list(row), lineterminator="\n")
            writer.writeheader()
        writer.writerow({name: _cell(value) for name, value in row.items()})

    return write


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value
