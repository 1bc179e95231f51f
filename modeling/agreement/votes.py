"""Labels as arrays of codes, and the sums over them that models of annotators have in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modeling.agreement.ratings import Floats

Codes = NDArray[np.int64]

# Arrays of so many numbers stay in a processor's cache; whole columns of a million do not.
_BLOCK = 32_768


@dataclass(frozen=True, slots=True)
class Votes:
    """One entry a label: codes `unit`, `annotator` and `label`, each (n,)."""

    unit: Codes
    annotator: Codes
    label: Codes
    n_units: int
    n_annotators: int
    n_labels: int

    def chosen(self, kept: NDArray[np.bool_]) -> Votes:
        """Only the labels where `kept` (n,); units and annotators keep their codes."""
        codes = self.unit[kept], self.annotator[kept], self.label[kept]
        return Votes(*codes, self.n_units, self.n_annotators, self.n_labels)

    def counts(self) -> Floats:
        """How often each annotator gave each label, (n_annotators, n_labels)."""
        cell = self.annotator * self.n_labels + self.label
        counts = np.bincount(cell, minlength=self.n_annotators * self.n_labels)
        return counts.reshape(self.n_annotators, self.n_labels).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Block:
    """The labels of the units `first` to `last` (exclusive), in the order of units.

    `unit` counts from `first`; `said` is the place of a label in a flattened table (n_labels,
    units of the block), `cell` in one (n_annotators, n_labels).
    """

    first: int
    last: int
    unit: Codes
    annotator: Codes
    label: Codes
    said: Codes
    cell: Codes
    n_annotators: int
    n_labels: int

    @property
    def units(self) -> slice:
        return slice(self.first, self.last)

    def by_unit(self, weights: Floats | None = None) -> Floats:
        """Sums of `weights` (n,), or counts, by what was said of whom: (n_labels, units)."""
        size = self.last - self.first
        sums = np.bincount(self.said, weights=weights, minlength=size * self.n_labels)
        return sums.reshape(self.n_labels, size).astype(np.float64, copy=False)

    def by_annotator(self, weights: Floats) -> Floats:
        """Sums of `weights` (n,), by who said what: (n_annotators, n_labels)."""
        size = self.n_annotators * self.n_labels
        sums = np.bincount(self.cell, weights=weights, minlength=size)
        return sums.reshape(self.n_annotators, self.n_labels).astype(np.float64, copy=False)


def blocks(votes: Votes, size: int = _BLOCK) -> list[Block]:
    """All units in blocks with about `size` labels each, or as many units."""
    if not votes.n_units:
        return []
    order = np.argsort(votes.unit, kind="stable")
    unit, annotator, label = votes.unit[order], votes.annotator[order], votes.label[order]
    n = np.bincount(unit, minlength=votes.n_units)
    # A unit without labels takes up room, too.
    room = np.cumsum(np.maximum(n, 1))
    firsts = np.unique(np.searchsorted(room, np.arange(0, room[-1], size)))
    ends = [*firsts[1:].tolist(), votes.n_units]
    made = []
    for first, last in zip(firsts.tolist(), ends, strict=True):
        low, high = np.searchsorted(unit, [first, last])
        here, who, what = unit[low:high] - first, annotator[low:high], label[low:high]
        said, cell = what * (last - first) + here, who * votes.n_labels + what
        sizes = votes.n_annotators, votes.n_labels
        made.append(Block(first, last, here, who, what, said, cell, *sizes))
    return made


def read_votes(
    units: ArrayLike,
    annotators: ArrayLike,
    labels: ArrayLike,
    *,
    n_units: int | None = None,
    n_annotators: int | None = None,
    n_labels: int | None = None,
) -> Votes:
    """Checked codes; how many there are of each is one more than the largest unless given.

    Raises:
        ValueError: shapes differ, a code is out of range, or there are fewer than two labels.
    """
    codes = [np.asarray(c, dtype=np.int64) for c in (units, annotators, labels)]
    if codes[0].ndim != 1 or not codes[0].shape == codes[1].shape == codes[2].shape:
        raise ValueError("units, annotators and labels must be flat and of one length")
    given = (n_units, n_annotators, n_labels)
    counts = [
        int(c.max(initial=-1)) + 1 if n is None else n for c, n in zip(codes, given, strict=True)
    ]
    for code, limit in zip(codes, counts, strict=True):
        if len(code) and not 0 <= code.min() <= code.max() < limit:
            raise ValueError(f"codes must lie within 0 and {limit - 1}")
    if counts[2] < 2:
        raise ValueError("n_labels must be 2 or more: with one label there is nothing to decide")
    return Votes(codes[0], codes[1], codes[2], *counts)


def normalise(log_weights: Floats) -> tuple[Floats, Floats]:
    """Columns (k, ...) as distributions, and the logarithms (...) of what they were divided by."""
    highest = log_weights.max(axis=0)
    weights = np.exp(log_weights - highest)
    total = weights.sum(axis=0)
    return weights / total, highest + np.log(total)


def still_rises(bounds: list[float], labels: int, tolerance: float) -> bool:
    """Whether the last step of EM raised the bound by more than `tolerance` for each label."""
    return len(bounds) < 2 or bounds[-1] - bounds[-2] > tolerance * max(labels, 1)
