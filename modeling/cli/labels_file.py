"""The CSV of raw labels that `agreement` and `consensus` read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from modeling.errors import InputError
from modeling.row_files import read_rows

COLUMNS = ("unit", "annotator", "label")


def read_labels(path: Path) -> Iterator[tuple[str, str, str]]:
    """(unit, annotator, label); an empty label is a missing one. Raises InputError."""
    return (row for _, row in read_placed_labels(path))


def read_placed_labels(path: Path) -> Iterator[tuple[str, tuple[str, str, str]]]:
    """("line 3", (unit, annotator, label)); an empty label is a missing one. Raises InputError."""
    for place, row in read_rows(path):
        for name in COLUMNS:
            if name not in row:
                raise InputError(f"{path}, {place}: field {name}: missing")
        unit, annotator, label = ("" if row[n] is None else str(row[n]).strip() for n in COLUMNS)
        for name, value in (("unit", unit), ("annotator", annotator)):
            if not value:
                raise InputError(f"{path}, {place}: field {name}: empty")
        yield place, (unit, annotator, label)
