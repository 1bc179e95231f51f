"""Vectors that place channels among others, made of how often two are recommended together.

Levy & Goldberg (2014), "Neural word embedding as implicit matrix factorization": what skip-grams
with negative sampling learn factorises shifted mutual information, so that is factorised here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modeling.errors import InputError
from modeling.field_values import READABLE, FieldError, shown, string, vector
from modeling.row_files import read_rows, require_columns

Floats = NDArray[np.float64]
ChannelVectors = Mapping[str, tuple[float, ...]]

# Up to here the whole decomposition takes no longer than a part of it.
_DENSE = 500
_DIGITS = 6
_NOTHING = 1e-9
_MOST_DIMENSIONS, _MOST_COUNTED = 4096, 1e15  # their sums are numbers
_NO_PLACE = "no two channels are together more often than by chance: nothing to place"


@dataclass(frozen=True, slots=True)
class Placed:
    """`vectors` (n, d) of unit length, by row those of `channels`; `apart`: channels that are with
    no other more often than by chance, or only in directions that were not kept."""

    channels: tuple[str, ...]
    vectors: Floats
    apart: tuple[str, ...]


def read_counts(path: Path) -> Iterator[tuple[str, str, float]]:
    """(channel_a, channel_b, count) of each row of `path`.

    Raises:
        InputError: names file, line and field.
    """
    empty = True
    for place, row in read_rows(path):
        empty = False
        try:
            channels = [_channel(row, name) for name in ("channel_a", "channel_b")]
            yield channels[0], channels[1], _count(row)
        except FieldError as error:
            raise InputError(f"{path}, {place}: {error}") from error
    if empty:
        require_columns(path, ("channel_a", "channel_b", "count"))


def channel_vectors(
    counts: Iterable[tuple[str, str, float]], *, dimensions: int, shift: float = 1.0, seed: int = 0
) -> Placed:
    """Channels that are together, or with the same others, get vectors with a high cosine; the same
    for the same seed.

    Which of the two a row names first is of no matter, and rows of the same two are added up; how
    often a channel is with itself says nothing of others and is left out. `shift`: negative samples
    a pair, as it were; above 1, only what is together that much more often than by chance counts.
    Where there are fewer independent directions than `dimensions`, the last numbers are 0.

    Raises:
        ValueError: fewer than one dimension or more than 4,096, or a shift that is not above 0.
        InputError: no two channels are together more often than by chance.
    """
    if dimensions < 1 or not 0 < shift < math.inf:
        raise ValueError("dimensions must be at least 1 and shift above 0")
    if dimensions > _MOST_DIMENSIONS:
        raise ValueError(f"dimensions must be at most {_MOST_DIMENSIONS:,}, not {dimensions:,}")
    channels, together = _matrix(counts)
    if not channels:
        raise InputError(_NO_PLACE)
    information = _positive_information(together, shift)
    if information.nnz == 0:
        raise InputError(_NO_PLACE)
    found = _factors(information, dimensions, seed)
    lengths = np.linalg.norm(found, axis=1)
    placed = lengths > _NOTHING
    if not placed.any():
        raise InputError(_NO_PLACE)
    return Placed(
        tuple(c for c, there in zip(channels, placed, strict=True) if there),
        found[placed] / lengths[placed, None],
        tuple(c for c, there in zip(channels, placed, strict=True) if not there),
    )


def as_rows(placed: Placed) -> Iterator[dict[str, Any]]:
    """As `read_channel_vectors` reads them."""
    for channel, numbers in zip(placed.channels, placed.vectors, strict=True):
        yield {"channel": channel, "vector": [round(x, _DIGITS) for x in numbers.tolist()]}


def read_channel_vectors(path: Path) -> ChannelVectors:
    """By channel, all of one length.

    Raises:
        InputError: names file, line and field; also where a channel is there twice.
    """
    found: dict[str, tuple[float, ...]] = {}
    for place, row in read_rows(path):
        try:
            channel = _channel(row, "channel")
            numbers = vector(row, "vector", most=READABLE)
            length = len(next(iter(found.values()), numbers))
            if not numbers or len(numbers) != length:
                raise FieldError(
                    f"field vector: {len(numbers)} numbers instead of {length or 'some'}"
                )
            if channel in found:
                raise FieldError(f"field channel: {channel!r} stands in an earlier row, too")
        except FieldError as error:
            raise InputError(f"{path}, {place}: {error}") from error
        found[channel] = numbers
    if not found:
        require_columns(path, ("channel", "vector"))
    return found


def _channel(row: Mapping[str, Any], name: str) -> str:
    channel = string(row, name).strip()
    if not channel:
        raise FieldError(f"field {name}: {'empty' if name in row else 'missing'}")
    return channel


def _count(row: Mapping[str, Any]) -> float:
    value = row.get("count")
    try:
        count = float(value) if isinstance(value, (str, int, float)) else math.nan
    except (ValueError, OverflowError):
        count = math.nan
    if not 0 <= count <= _MOST_COUNTED or isinstance(value, bool):
        raise FieldError(
            f"field count: {shown(value)} is not a number of 0 or more, and at most 10^15"
        )
    return count


def _matrix(counts: Iterable[tuple[str, str, float]]) -> tuple[list[str], Any]:
    """The channels in order, and how often each is with each, sparse and symmetric (n, n)."""
    from scipy.sparse import coo_array

    summed: dict[tuple[str, str], float] = {}
    for a, b, count in counts:
        if a != b and count:
            key = (a, b) if a < b else (b, a)
            summed[key] = summed.get(key, 0.0) + count
    channels = sorted({channel for pair in summed for channel in pair})
    place = {channel: index for index, channel in enumerate(channels)}
    pairs = sorted(summed)  # so that the result does not depend on the order of the rows
    rows = np.array([place[a] for a, _ in pairs], dtype=np.int64)
    columns = np.array([place[b] for _, b in pairs], dtype=np.int64)
    values = np.array([summed[pair] for pair in pairs], dtype=float)
    n = len(channels)
    half = coo_array((values, (rows, columns)), shape=(n, n))
    return channels, (half + half.T).tocoo()


def _positive_information(together: Any, shift: float) -> Any:
    """max(0, log(p(a, b) / p(a) p(b)) - log(shift)), sparse."""
    from scipy.sparse import coo_array

    each, total = np.asarray(together.sum(axis=0)).ravel(), together.sum()
    # Products of them may be too small to be numbers.
    expected = np.log(each)[together.row] + np.log(each)[together.col] + np.log(shift)
    values = np.log(together.data) + np.log(total) - expected
    kept = values > _NOTHING
    places = together.row[kept], together.col[kept]
    return coo_array((values[kept], places), shape=together.shape).tocsr()


def _factors(information: Any, dimensions: int, seed: int) -> Floats:
    """W (n, dimensions) such that W W' is nearest to `information`, the greatest direction first.

    Words and contexts are the same here, so the factors are, too: eigenvectors times the roots of
    the eigenvalues above 0. Those of a plain SVD would not be near where two channels are together
    but have no third one in common. Each column's greatest number is above 0: its sign is of no
    matter, but should not change from run to run.
    """
    from scipy.sparse.linalg import eigsh

    n = information.shape[0]
    if n <= max(_DENSE, dimensions):
        values, directions = np.linalg.eigh(information.toarray())
    else:
        start = np.random.default_rng(seed).standard_normal(n)
        values, directions = eigsh(information, k=dimensions, which="LA", v0=start)
    order = np.argsort(-values)[:dimensions]
    kept = order[values[order] > _NOTHING]
    directions = directions[:, kept]
    greatest = directions[np.abs(directions).argmax(axis=0), np.arange(len(kept))]
    found = np.zeros((n, dimensions))
    found[:, : len(kept)] = directions * np.sign(greatest) * np.sqrt(values[kept])
    return found
