"""Holding pairs out so that no video stands on both sides and the strata keep their shares."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modeling.carving import carve
from modeling.schema import PairExample, VideoText

Stratum = tuple[str, bool | None]


def video_keys(example: PairExample) -> tuple[Any, Any]:
    """Identities of the two videos: the ids, or the texts where an import did not give both; a file
    with ids in one column alone has the same video by its id here and by its texts there."""
    if example.left_id and example.right_id:
        return example.left_id, example.right_id
    return _texts(example.left), _texts(example.right)


def _texts(video: VideoText) -> tuple[str, str, str]:
    return video.title, video.description, video.channel_id or video.channel


def numbered(keys: Iterable[Any]) -> NDArray[np.int64]:
    """For each key the number of its first appearance among distinct ones, (n,)."""
    numbers: dict[Any, int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)


def split_by_video(
    examples: Sequence[PairExample], *, share: float, seed: int
) -> tuple[list[PairExample], list[PairExample], int]:
    """Hold out about `share` of the pairs so that no video stands on both sides.

    Components of the graph of videos are held out whole or not at all. Of those that are too large
    for that a part is, and the pairs on its border are dropped: videos that many pairs link to one
    another are unlike videos of few, so that neither kind can stand for both. Where at least half
    of the pairs cannot be kept, none is held out. Returns (kept, held out, number dropped).
    """
    if round(share * len(examples)) == 0:
        return list(examples), [], 0
    ends, strata = _videos(examples), [stratum(example) for example in examples]
    small, large = _by_size(_components(ends), share)
    held = whole_components(strata, small, share=share, seed=seed)
    may_lose = 0 if held else len(examples) // 2
    more, cut = carve(ends, strata, large, share=share, seed=seed, may_lose=may_lose)
    held |= more
    kept = [e for i, e in enumerate(examples) if i not in held and i not in cut]
    return kept, [examples[i] for i in sorted(held)], len(cut)


def _by_size(
    components: Sequence[list[int]], share: float
) -> tuple[list[list[int]], list[list[int]]]:
    """Those that would be at most half of what is held out of all that are no larger, and the
    others, largest first."""
    large: list[list[int]] = []
    left = sum(map(len, components))
    for component in sorted(components, key=len, reverse=True):
        if len(component) <= max(1, _room(share, left) // 2):
            break
        large.append(component)
        left -= len(component)
    parted = {id(component) for component in large}
    return [c for c in components if id(c) not in parted], large


def _room(share: float, pairs: int) -> int:
    return round(1.1 * share * pairs)


def whole_components(
    strata: Sequence[Stratum], components: Sequence[Sequence[int]], *, share: float, seed: int
) -> set[int]:
    """About `share` of the pairs of these components, by whole components in random order, as long
    as the strata of their pairs (`stratum`, by pair) still want pairs: iterative stratification
    (Sechidis et al. 2011) of groups instead of single examples."""
    rng = np.random.default_rng(seed)
    counted = Counter(strata[i] for component in components for i in component)
    # Rounded at random, so that many rare strata together still give their share.
    wants = {s: int(share * counted[s] + rng.random()) for s in sorted(counted, key=repr)}
    room, held = _room(share, counted.total()), set[int]()
    for position in rng.permutation(len(components)).tolist():
        component = components[position]
        brings = Counter(strata[i] for i in component)
        wanted = sum(min(n, wants[s]) for s, n in brings.items())
        if 2 * wanted <= len(component) or len(held) + len(component) > room:
            continue
        held.update(component)
        for s, n in brings.items():
            wants[s] = max(0, wants[s] - n)
    return held


def stratum(example: PairExample) -> Stratum:
    """Language and label; an undecided label is a stratum of its own."""
    undecided = example.target is None or example.target == 0.5
    return example.language, None if undecided else bool(example.target and example.target > 0.5)


def video_components(examples: Sequence[PairExample]) -> list[list[int]]:
    """The pairs of each connected component of the graph of videos."""
    return _components(_videos(examples))


def _videos(examples: Sequence[PairExample]) -> NDArray[np.int64]:
    """The numbers of the pairs' videos, (n, 2)."""
    return numbered(key for example in examples for key in video_keys(example)).reshape(-1, 2)


def _components(ends: NDArray[np.int64]) -> list[list[int]]:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    videos = int(ends.max(initial=-1)) + 1
    graph = coo_array((np.ones(len(ends)), ends.T), shape=(videos, videos))
    _, labels = connected_components(graph, directed=False)
    members: dict[int, list[int]] = defaultdict(list)
    for index, component in enumerate(labels[ends[:, 0]].tolist()):
        members[component].append(index)
    return list(members.values())
