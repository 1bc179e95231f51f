"""The file of raw labels that `agreement`, `consensus` and `plan` read."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from modeling.errors import InputError
from modeling.field_values import FieldError, reasons, string
from modeling.row_files import Row, read_rows, require_columns

COLUMNS = ("unit", "annotator", "label")
# Different ones, of which there are tables with a place for each two: more are free text.
_MOST = {"label": 500, "reasons": 2_000}
Placed = tuple[str, tuple[str, str, str]]  # "line 3", (unit, annotator, label)


def read_labels(
    path: Path, *, among: Collection[str] | None = None
) -> Iterator[tuple[str, str, str]]:
    """(unit, annotator, label); an empty label is a missing one. Raises InputError, also where a
    label is not `among` those that may be."""
    return (label for _, _, label in _read(path, among))


def read_placed_labels(path: Path) -> Iterator[Placed]:
    """As `read_labels`, with their places."""
    return ((place, label) for place, _, label in _read(path))


def read_labels_with_reasons(
    path: Path, *, among: Collection[str] | None = None
) -> Iterator[tuple[str, str, str, tuple[str, ...] | None]]:
    """(unit, annotator, label, reasons); reasons are None where the file has no such column.

    Raises InputError.
    """
    for place, row, label in _read(path, among):
        try:
            given = reasons(row["reasons"]) if "reasons" in row else None
        except FieldError as error:
            raise InputError(f"{path}, {place}: {error}") from error
        yield *label, given


def require_few(path: Path, column: str, different: int) -> None:
    """Raises InputError where so many different values of the column are more than can be compared
    with each other."""
    if different > _MOST[column]:
        raise InputError(
            f"{path}: column {column}: {different:,} different ones, where at most "
            f"{_MOST[column]:,} can be compared; they must be out of a list, not free text"
        )


def _read(
    path: Path, among: Collection[str] | None = None
) -> Iterator[tuple[str, Row, tuple[str, str, str]]]:
    empty = True
    for place, row in read_rows(path):
        empty = False
        try:
            unit, annotator, label = _fields(row)
            if label and among is not None and label not in among:
                raise FieldError(f"field label: {label!r} is not among {', '.join(among)}")
        except FieldError as error:
            raise InputError(f"{path}, {place}: {error}") from error
        yield place, row, (unit, annotator, label)
    if empty:
        require_columns(path, COLUMNS)


def _fields(row: Row) -> tuple[str, str, str]:
    for name in COLUMNS:
        if name not in row:
            raise FieldError(f"field {name}: missing")
    unit, annotator, label = (string(row, name).strip() for name in COLUMNS)
    for name, value in (("unit", unit), ("annotator", annotator)):
        if not value:
            raise FieldError(f"field {name}: empty")
    return unit, annotator, label
