"""Rows of CSV, JSON Lines and Parquet files: read one at a time, written whole.

The name of a file says which of them it is; the first two may be gzipped.
"""

from __future__ import annotations

import csv
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from modeling.errors import InputError
from modeling.places import replacing_file, require_file, telling
from modeling.row_files import parquet, parquet_rows, text

Row = dict[str, Any]
Write = Callable[[Row], None]

FILES = ".jsonl or .csv, or either .gz, or .parquet"  # for the help of commands
_KINDS = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}


def read_rows(path: Path, *, columns: Collection[str] | None = None) -> Iterator[tuple[str, Row]]:
    """(place, row) one at a time; `place` is "line 3", or "row 3" where a file has no lines.

    `columns`: what is wanted of a file that keeps its columns apart; other files give all.

    Raises:
        InputError: unknown extension, unreadable, not UTF-8 or malformed, with file and place.
    """
    kind = kind_of(path)
    with _naming(path):
        if kind == "parquet":
            yield from parquet.read(path, columns)
        else:
            yield from (text.read_csv if kind == "csv" else text.read_jsonl)(path)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """What reading `path` raises, as an InputError that names it."""
    try:
        yield
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    except UnicodeDecodeError as error:
        place = text.undecodable(path) or "somewhere"
        raise InputError(f"{path}, {place}: not UTF-8 text: {error.reason}") from error
    except csv.Error as error:
        raise InputError(f"{path}, line 1: {error}") from error


def kind_of(path: Path) -> str:
    """ "csv", "jsonl" or "parquet"; raises InputError for any other name."""
    name = Path(path).name.lower()
    plain = name.removesuffix(".gz")
    kind = _KINDS.get(Path(plain).suffix)
    if kind is None or (kind == "parquet" and plain != name):
        raise InputError(
            f"{path}: the name must end in .jsonl or .csv, with .gz or without, or in .parquet"
        )
    return kind


@contextmanager
def writing(
    path: Path, *, source: Path | None = None, added: Mapping[str, type] | None = None
) -> Iterator[Write]:
    """A function that writes rows to `path`, which appears whole at the end or not at all.

    `source`: the file whose rows, in its order, will be written with the columns `added` (name to
    float or str). Its columns and, from Parquet to Parquet, their types are kept. Without it the
    columns are those of the first row.

    Raises:
        InputError: the name says no format, or the rows do not fit it.
        ModelingError: the file cannot be written, on a full disk for instance.
    """
    path = Path(path)
    require_writable(path)
    with (
        telling(path, disk_only=True),
        replacing_file(path) as draft,
        _writer(draft, path, source, dict(added or {})) as write,
    ):
        yield write


def require_writable(path: Path) -> None:
    """For before the work: raises ModelingError where `writing` could not write to `path`."""
    kind_of(path)
    require_file(path)


def _writer(
    temporary: Path, path: Path, source: Path | None, added: dict[str, type]
) -> AbstractContextManager[Write]:
    kind, from_kind = kind_of(path), kind_of(source) if source else None
    if kind == "jsonl":
        _refuse_bytes(path, source)
        return text.writing_jsonl(temporary)
    if kind == "parquet" and source is not None and from_kind == "parquet":
        return parquet.copying(source, temporary, added)
    if kind == "parquet" and source is not None:
        schema = parquet_rows.infer_schema(source, read_rows(source))
        return parquet_rows.writing(temporary, schema, added)
    if kind == "parquet":
        return parquet_rows.writing_untyped(temporary)
    _refuse_bytes(path, source)
    columns = [*_columns(source), *added] if source else None
    return text.writing_csv(temporary, columns and list(dict.fromkeys(columns)))


def header(path: Path) -> list[str] | None:
    """The names of the columns, None of a kind of file that does not say them before its rows."""
    kind = kind_of(path)
    if kind == "parquet":
        return parquet.column_names(path)
    if kind == "csv":
        with _naming(path):
            return text.csv_header(path)
    return None


def require_columns(path: Path, names: Collection[str]) -> None:
    """Of a file without rows: that its header, where its kind has one, holds these.

    Raises:
        InputError: it does not.
    """
    if (there := header(path)) is None:
        return
    for name in names:
        if name not in there:
            raise InputError(f"{path}, header: field {name}: missing")


def _columns(path: Path) -> list[str]:
    """Names of all columns, in the order in which they come first."""
    if (names := header(path)) is not None:
        return names
    return list(dict.fromkeys(name for _, row in read_rows(path) for name in row))


def _refuse_bytes(path: Path, source: Path | None) -> None:
    if source is not None and kind_of(source) == "parquet":
        parquet.require_text(source, path)
