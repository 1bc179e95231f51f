"""Raw labels as arrays, and the one table from which most coefficients follow."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Row = tuple[Hashable, Hashable, str]
Floats = NDArray[np.float64]

# Names of units: an array where they are numbers and many.
Units = list[Hashable] | NDArray[np.int64]

SIMILARITY_ORDER = ("not_similar", "unsure", "similar")


@dataclass(frozen=True, slots=True)
class Ratings:
    """One entry a rating: `unit`, `annotator`, `label` (n,) are codes into the lists of names.

    `labels` are in ordinal order. `repeated` counts ratings that a later one of the same annotator
    on the same unit replaced.
    """

    unit: NDArray[np.int64]
    annotator: NDArray[np.int64]
    label: NDArray[np.int64]
    units: Units
    annotators: list[Hashable]
    labels: list[str]
    repeated: int


def read_ratings(rows: Iterable[Row], order: Sequence[str] | None = None) -> Ratings:
    """Codes for `rows` of (unit, annotator, label); empty labels count as missing.

    Raises:
        ValueError: a label is not in `order`.
    """
    latest: dict[tuple[Hashable, Hashable], str] = {}
    read = 0
    for unit, annotator, label in rows:
        if label:
            latest[unit, annotator] = label
            read += 1
    labels = _ordered(set(latest.values()), order)
    code = {label: index for index, label in enumerate(labels)}
    units: dict[Hashable, int] = {}
    annotators: dict[Hashable, int] = {}
    codes = np.array(
        [
            (units.setdefault(u, len(units)), annotators.setdefault(a, len(annotators)), code[lab])
            for (u, a), lab in latest.items()
        ],
        dtype=np.int64,
    ).reshape(-1, 3)
    unit_codes, annotator_codes, label_codes = codes.T
    names = list(units), list(annotators), labels
    return Ratings(unit_codes, annotator_codes, label_codes, *names, repeated=read - len(latest))


def _ordered(used: set[str], order: Sequence[str] | None) -> list[str]:
    if order is None:
        order = SIMILARITY_ORDER if used <= set(SIMILARITY_ORDER) else sorted(used, key=_natural)
    if strange := sorted(used - set(order)):
        raise ValueError(f"label {strange[0]!r} is not among {', '.join(order)}")
    return list(order)


def _natural(label: str) -> tuple[int, float, str]:
    """Numbers by value, before words."""
    try:
        number = float(label)
    except ValueError:
        number = math.nan
    # Among NaN there is no order.
    return (0, number, label) if math.isfinite(number) else (1, 0.0, label)


@dataclass(frozen=True, slots=True)
class Patterns:
    """Units grouped by what was said of them: `counts` (p, q) ratings by label, `units` (p,).

    Units with equal counts are interchangeable in every coefficient but Cohen's, so a bootstrap
    over units is a multinomial draw over patterns, of which there are few.
    """

    counts: Floats
    units: Floats


def count_patterns(ratings: Ratings) -> Patterns:
    """Patterns of all units with at least one rating, in the order of their counts."""
    q = max(len(ratings.labels), 1)
    if not len(ratings.unit):
        return Patterns(np.empty((0, q)), np.empty(0))
    order = np.argsort(ratings.unit, kind="stable")
    unit, label = ratings.unit[order], ratings.label[order]
    starts = np.flatnonzero(np.diff(unit, prepend=-1))
    # Equal counts give equal sums of random 64-bit numbers, one a label; that others do, too, has a
    # chance of about units**2 / 2**64. A table of all units by all labels would not fit in memory.
    keys = np.random.default_rng(0).integers(0, 2**64, q, dtype=np.uint64)
    _, first, units = np.unique(
        np.add.reduceat(keys[label], starts), return_index=True, return_counts=True
    )
    # One unit of each pattern is looked at.
    lengths = np.diff(np.append(starts, len(unit)))[first]
    places = np.repeat(starts[first] - np.cumsum(lengths) + lengths, lengths)
    chosen = label[places + np.arange(lengths.sum())]
    cells = np.repeat(np.arange(len(first)), lengths) * q + chosen
    counts = np.bincount(cells, minlength=len(first) * q).reshape(-1, q).astype(float)
    in_order = np.lexsort(counts.T[::-1])
    return Patterns(counts[in_order], units[in_order].astype(float))


def pairable(patterns: Patterns) -> Patterns:
    """Only units with two ratings or more; the others say nothing about agreement."""
    chosen = patterns.counts.sum(1) >= 2
    return Patterns(patterns.counts[chosen], patterns.units[chosen])
