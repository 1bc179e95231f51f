"""The CSV of raw labels that `agreement` and `consensus` read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from modeling.errors import InputError
from modeling.field_values import FieldError, reasons
from modeling.row_files import Row, read_rows

COLUMNS = ("unit", "annotator", "label")


def read_labels(path: Path) -> Iterator[tuple[str, str, str]]:
    """(unit, annotator, label); an empty label is a missing one. Raises InputError."""
    return (label for _, label in read_placed_labels(path))


def read_placed_labels(path: Path) -> Iterator[tuple[str, tuple[str, str, str]]]:
    """("line 3", (unit, annotator, label)); an empty label is a missing one. Raises InputError."""
    return ((place, label) for place, _, label in _read(path))


def read_labels_with_reasons(
    path: Path,
) -> Iterator[tuple[str, str, str, tuple[str, ...] | None]]:
    """(unit, annotator, label, reasons); reasons are None where the file has no such column.

    Raises InputError.
    """
    for place, row, label in _read(path):
        try:
            given = reasons(row["reasons"]) if "reasons" in row else None
        except FieldError as error:
            raise InputError(f"{path}, {place}: {error}") from error
        yield *label, given


def _read(path: Path) -> Iterator[tuple[str, Row, tuple[str, str, str]]]:
    for place, row in read_rows(path):
        for name in COLUMNS:
            if name not in row:
                raise InputError(f"{path}, {place}: field {name}: missing")
        unit, annotator, label = ("" if row[n] is None else str(row[n]).strip() for n in COLUMNS)
        for name, value in (("unit", unit), ("annotator", annotator)):
            if not value:
                raise InputError(f"{path}, {place}: field {name}: empty")
        yield place, row, (unit, annotator, label)
