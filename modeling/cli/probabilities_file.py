"""The file of a model's probabilities that `consensus --method crowdlab` reads."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modeling.agreement.consensus import TIE
from modeling.errors import InputError
from modeling.field_values import FieldError, shown, string
from modeling.row_files import read_rows

HELP = (
    "a model's probabilities, for crowdlab alone: columns unit,similar (the probability that the"
    " pair is similar), or unit and one column for each label, whose probabilities add up to 1"
)
_UNIT, _SIMILAR, _NOT_SIMILAR = "unit", "similar", "not_similar"
_ROUNDING = 1e-3


@dataclass(frozen=True, slots=True)
class Probabilities:
    """`labels`, the possible answers; `by_unit`, a distribution over them for each unit."""

    path: Path
    labels: tuple[str, ...]
    by_unit: dict[str, tuple[float, ...]]


def read_probabilities(path: Path) -> Probabilities:
    """All rows of the file.

    Raises:
        InputError: names file, line and field.
    """
    labels: tuple[str, ...] = ()
    by_unit: dict[str, tuple[float, ...]] = {}
    for place, row in read_rows(path):
        labels = labels or _labels(f"{path}, {place}", row)
        unit = _unit(f"{path}, {place}", row)
        if not unit or unit in by_unit:
            what = f"{unit!r} has a row already" if unit else "empty"
            raise InputError(f"{path}, {place}: field {_UNIT}: {what}")
        by_unit[unit] = _distribution(f"{path}, {place}", row, labels)
    if not by_unit:
        raise InputError(f"{path}: has no rows")
    return Probabilities(path, labels, by_unit)


def with_probabilities(
    path: Path, rows: Iterable[tuple[str, tuple[str, str, str]]], known: Probabilities
) -> Iterator[tuple[str, str, str]]:
    """The labels that `path` holds, each checked against what is `known`.

    Raises:
        InputError: a unit has no probability or a label no column, with file, line and field.
    """
    possible = {*known.labels, "", *([TIE] if _NOT_SIMILAR in known.labels else [])}
    for place, (unit, annotator, label) in rows:
        if unit not in known.by_unit:
            raise InputError(f"{path}, {place}: field unit: {unit!r} has no row in {known.path}")
        if label not in possible:
            raise InputError(f"{path}, {place}: field label: {label!r} has no column in"
                             f" {known.path}, which has {', '.join(known.labels)}")  # fmt: skip
        yield unit, annotator, label


def _labels(where: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    if _UNIT not in row:
        raise InputError(f"{where}: field {_UNIT}: missing")
    names = tuple(str(name) for name in row if name != _UNIT)
    if names == (_SIMILAR,):
        return (_SIMILAR, _NOT_SIMILAR)
    if len(names) < 2:
        raise InputError(f"{where}: field {_SIMILAR}: missing; there must be that column, or one"
                         " for each label")  # fmt: skip
    return names


def _unit(where: str, row: Mapping[str, Any]) -> str:
    """Read as it is read in the labels, so that what a table made a number is the same in both."""
    try:
        return string(row, _UNIT).strip()
    except FieldError as error:
        raise InputError(f"{where}: {error}") from error


def _distribution(where: str, row: Mapping[str, Any], labels: tuple[str, ...]) -> tuple[float, ...]:
    if labels == (_SIMILAR, _NOT_SIMILAR) and _NOT_SIMILAR not in row:
        similar = _probability(where, row, _SIMILAR)
        return similar, 1.0 - similar
    values = tuple(_probability(where, row, label) for label in labels)
    if abs(sum(values) - 1.0) > _ROUNDING:
        raise InputError(
            f"{where}: field {labels[0]}: the probabilities add up to {sum(values):.6g}, not 1"
        )
    return tuple(value / sum(values) for value in values)


def _probability(where: str, row: Mapping[str, Any], name: str) -> float:
    value = row.get(name)
    try:
        probability = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        probability = math.nan
    if not 0.0 <= probability <= 1.0:
        raise InputError(f"{where}: field {name}: {shown(value)} is not a probability from 0 to 1")
    return probability
