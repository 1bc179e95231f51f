"""Holding out a part of a component of the graph of videos, without the pairs on its border."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Where a region begins decides how long its border is.
_REGIONS = 6


@dataclass(frozen=True, slots=True)
class _Way:
    held: set[int]
    border: set[int]


def carve(
    ends: NDArray[np.int64],
    strata: Sequence[Hashable],
    components: Sequence[Sequence[int]],
    *,
    share: float,
    seed: int,
    may_lose: int,
) -> tuple[set[int], set[int]]:
    """About `share` of the pairs of each component, and those on their border.

    A component of which less than half would be left stays whole, unless nothing would be held out
    at all and it loses no more than `may_lose` pairs.

    Args:
        ends: the numbers of the pairs' videos, (n, 2).
        strata: of the pairs, (n,).
        components: indices of pairs, largest component first.
    """
    held, border, seen = set[int](), set[int](), 0
    costly: _Way | None = None
    for component in components:
        seen += len(component)
        # What one component gave too many of, the next gives fewer of.
        wanted = round(share * seen) - len(held)
        if wanted <= 0:
            continue
        way = _best(ends, strata, component, wanted, seed)
        lost = len(way.held | way.border)
        if 2 * lost <= len(component):
            held |= way.held
            border |= way.border
        elif costly is None and lost <= may_lose:
            costly = way
    return (held, border) if held or costly is None else (costly.held, costly.border)


def _best(
    ends: NDArray[np.int64],
    strata: Sequence[Hashable],
    component: Sequence[int],
    wanted: int,
    seed: int,
) -> _Way:
    """The way with the fewest pairs that are lost, too many or too few, or of the wrong stratum.

    Where many videos are recommended after several rejected ones, a region reaches all of them
    before it encloses any; where the graph is loose, it has the shortest border.
    """
    pairs = [(index, *ends[index].tolist()) for index in component]
    whole = Counter(strata[index] for index in component)

    def price(way: _Way) -> float:
        part, share = Counter(strata[i] for i in way.held), len(way.held) / len(component)
        misplaced = sum(abs(part[s] - share * n) for s, n in whole.items()) / 2
        return len(way.border) + abs(len(way.held) - wanted) + misplaced

    return min(_ways(pairs, wanted, np.random.default_rng(seed)), key=price)


Pair = tuple[int, int, int]  # its index, its rejected and its recommended video


def _ways(pairs: Sequence[Pair], wanted: int, rng: np.random.Generator) -> Iterator[_Way]:
    for side in (1, 2):
        yield _of_videos(pairs, side, wanted, rng)
    for _ in range(_REGIONS):
        yield _region(pairs, wanted, rng)


def _of_videos(pairs: Sequence[Pair], side: int, wanted: int, rng: np.random.Generator) -> _Way:
    """All pairs of random rejected (side 1) or recommended videos (side 2)."""
    pairs_of: dict[int, list[Pair]] = defaultdict(list)
    for pair in pairs:
        pairs_of[pair[side]].append(pair)
    videos, chosen = list(pairs_of), list[Pair]()
    for position in rng.permutation(len(videos)).tolist():
        if len(chosen) >= wanted:
            break
        chosen.extend(pairs_of[videos[position]])
    return _bordered(pairs, {index for index, *_ in chosen})


def _region(pairs: Sequence[Pair], wanted: int, rng: np.random.Generator) -> _Way:
    """Grow a region of videos from a random one until it encloses `wanted` pairs."""
    pairs_of: dict[int, list[Pair]] = defaultdict(list)
    for pair in pairs:
        for video in dict.fromkeys(pair[1:]):
            pairs_of[video].append(pair)
    videos = list(pairs_of)
    queue = deque([videos[int(rng.integers(len(videos)))]])
    region, touched, inside = set(queue), set[int](), set[int]()
    while queue and len(inside) < wanted:
        for index, left, right in pairs_of[(video := queue.popleft())]:
            if index in touched or left == right:
                inside.add(index)
            touched.add(index)
            other = right if left == video else left
            if other not in region:
                region.add(other)
                queue.append(other)
    return _bordered(pairs, inside)


def _bordered(pairs: Sequence[Pair], held: set[int]) -> _Way:
    seen = {video for index, *videos in pairs if index in held for video in videos}
    touched = {index for index, left, right in pairs if left in seen or right in seen}
    return _Way(held, touched - held)
