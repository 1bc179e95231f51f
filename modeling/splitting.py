"""Holding pairs out so that no video stands on both sides and the strata keep their shares."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modeling.schema import PairExample, VideoText

Stratum = tuple[str, bool | None]


def video_keys(example: PairExample) -> tuple[Any, Any]:
    """Identities of the two videos: the ids, or the texts where an import gave no id."""
    return _key(example.left_id, example.left), _key(example.right_id, example.right)


def _key(video_id: str, video: VideoText) -> Any:
    return video_id or (video.title, video.description, video.channel)


def numbered(keys: Iterable[Any]) -> NDArray[np.int64]:
    """For each key the number of its first appearance among distinct ones, (n,)."""
    numbers: dict[Any, int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)


def split_by_video(
    examples: Sequence[PairExample], *, share: float, seed: int
) -> tuple[list[PairExample], list[PairExample], int]:
    """Hold out about `share` of the pairs so that no video stands on both sides.

    Whole connected components of the graph of videos are held out, in random order, as long as the
    strata of their pairs (language and label) still want pairs: iterative stratification (Sechidis
    et al. 2011) of groups instead of single examples. Where one component is too large for that, a
    connected part of it is, and the pairs on the border are dropped: (kept, held out, number
    dropped).
    """
    wanted = round(share * len(examples))
    if wanted == 0:
        return list(examples), [], 0
    components = video_components(examples)
    held = _stratified(examples, components, share, seed)
    cut: set[int] = set()
    if len(held) < 0.5 * wanted:
        largest = max(components, key=len)
        more, cut = _carve(examples, largest, wanted - len(held), seed)
        held |= more
    kept = [e for i, e in enumerate(examples) if i not in held and i not in cut]
    return kept, [examples[i] for i in sorted(held)], len(cut)


def _stratified(
    examples: Sequence[PairExample], components: Sequence[Sequence[int]], share: float, seed: int
) -> set[int]:
    """Pairs of the components that bring more pairs their strata still want than others."""
    rng = np.random.default_rng(seed)
    strata = [_stratum(example) for example in examples]
    counted = Counter(strata)
    # Rounded at random, so that many rare strata together still give their share.
    wants = {s: int(share * counted[s] + rng.random()) for s in sorted(counted, key=repr)}
    room, held = round(1.1 * share * len(examples)), set[int]()
    for position in rng.permutation(len(components)).tolist():
        component = components[position]
        brings = Counter(strata[i] for i in component)
        wanted = sum(min(n, wants[s]) for s, n in brings.items())
        if 2 * wanted <= len(component) or len(held) + len(component) > room:
            continue
        held.update(component)
        for stratum, n in brings.items():
            wants[stratum] = max(0, wants[stratum] - n)
    return held


def _stratum(example: PairExample) -> Stratum:
    """Language and label; an undecided label is a stratum of its own."""
    undecided = example.target is None or example.target == 0.5
    return example.language, None if undecided else bool(example.target and example.target > 0.5)


def video_components(examples: Sequence[PairExample]) -> list[list[int]]:
    """The pairs of each connected component of the graph of videos."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    number: dict[Any, int] = {}
    ends = [
        [number.setdefault(key, len(number)) for key in video_keys(example)] for example in examples
    ]
    left, right = np.array(ends, dtype=np.int64).reshape(-1, 2).T
    graph = coo_array((np.ones(len(ends)), (left, right)), shape=(len(number), len(number)))
    _, labels = connected_components(graph, directed=False)
    members: dict[int, list[int]] = defaultdict(list)
    for index, component in enumerate(labels[left].tolist()):
        members[component].append(index)
    return list(members.values())


def _carve(
    examples: Sequence[PairExample], component: Sequence[int], wanted: int, seed: int
) -> tuple[set[int], set[int]]:
    """About `wanted` pairs of the component, and those on their border: in the way that leaves most
    of it. Where many videos are recommended after several rejected ones, a region reaches all of
    them before it encloses any; where the graph is loose, it has the shortest border."""
    ways = [_of_videos(examples, component, side, wanted, seed) for side in (0, 1)]
    ways.append(_region(examples, component, wanted, seed))
    return min(ways, key=lambda way: len(way[0]) + len(way[1]))


def _of_videos(
    examples: Sequence[PairExample], component: Sequence[int], side: int, wanted: int, seed: int
) -> tuple[set[int], set[int]]:
    """All pairs of random rejected (side 0) or recommended videos (side 1)."""
    pairs_of: dict[Any, list[int]] = defaultdict(list)
    for index in component:
        pairs_of[video_keys(examples[index])[side]].append(index)
    videos, held = list(pairs_of), set[int]()
    for position in np.random.default_rng(seed).permutation(len(videos)).tolist():
        if len(held) >= wanted:
            break
        held.update(pairs_of[videos[position]])
    seen = {key for index in held for key in video_keys(examples[index])}
    border = {i for i in component if not seen.isdisjoint(video_keys(examples[i]))}
    return held, border - held


def _region(
    examples: Sequence[PairExample], component: Sequence[int], wanted: int, seed: int
) -> tuple[set[int], set[int]]:
    """Grow a region of videos from a random one until it encloses `wanted` pairs."""
    pairs_of: dict[Any, list[int]] = defaultdict(list)
    for index in component:
        for key in dict.fromkeys(video_keys(examples[index])):
            pairs_of[key].append(index)
    videos = list(pairs_of)
    queue = deque([videos[int(np.random.default_rng(seed).integers(len(videos)))]])
    region: set[Any] = set(queue)
    touched: Counter[int] = Counter()
    inside: set[int] = set()
    while queue and len(inside) < wanted:
        for index in pairs_of[(video := queue.popleft())]:
            left, right = video_keys(examples[index])
            touched[index] += 1 if left != right else 2
            if touched[index] == 2:
                inside.add(index)
            other = right if left == video else left
            if other not in region:
                region.add(other)
                queue.append(other)
    return inside, {index for index in touched if index not in inside}
