"""What the queue has to know of a pair's two videos: their languages and their topics."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection

from annotation.arrays import PORTION, read_rows
from annotation.lanes import lane_of

if TYPE_CHECKING:
    import numpy as np
    from django.db.backends.utils import CursorWrapper
    from numpy.typing import NDArray

# Both in the order of ids, in which rows mostly lie on the disk: at random, each costs three times
# as much.
SIDES = """
SELECT id, rejected_id AS rejected, recommended_id AS recommended FROM annotation_pair
WHERE id = ANY(%(ids)s::bigint[]) ORDER BY id
"""
SPOKEN = """
SELECT array_agg(language), array_agg(topics) FROM (
    SELECT video.language, coalesce(touching.topics, 0) AS topics FROM annotation_video video
    LEFT JOIN annotation_videotopics touching ON touching.video_id = video.id
    WHERE video.id = ANY(%(ids)s::bigint[]) ORDER BY video.id
) spoken
"""


class Lanes(NamedTuple):
    """`lane` (n,), a place in `names` for each pair; `topics` (n,), a bit for each."""

    names: list[str]
    lane: NDArray[np.int64]
    topics: NDArray[np.int64]


def lanes_of(pairs: NDArray[np.int64], *, rest: Callable[[], None]) -> Lanes:
    """Of pairs of the corpus (n,), no two of them the same, in any order; `rest` is called between
    statements."""
    import numpy as np

    order = np.argsort(pairs)
    with connection.cursor() as cursor:
        sides = _sides(cursor, pairs[order], rest)
        videos, places = np.unique(sides, return_inverse=True)
        languages, language, topics = _spoken(cursor, videos, rest)
    (one, other), touching = language[places], topics[places]
    combinations, lane = np.unique(one * len(languages) + other, return_inverse=True)
    names = [
        lane_of(*(languages[code] for code in divmod(both, len(languages))))
        for both in combinations.tolist()
    ]
    back = np.argsort(order)
    return Lanes(names, lane[back], (touching[0] | touching[1])[back])


def _sides(
    cursor: CursorWrapper, pairs: NDArray[np.int64], rest: Callable[[], None]
) -> NDArray[np.int64]:
    """(2, n): the rejected and the recommended video of `pairs` (n,), whose ids rise."""
    import numpy as np

    types = {"id": "i8", "rejected": "i8", "recommended": "i8"}
    sides = np.empty((2, len(pairs)), np.int64)
    for start in range(0, len(pairs), PORTION):
        portion = slice(start, start + PORTION)
        rows = read_rows(cursor, SIDES, {"ids": pairs[portion].tolist()}, types)
        sides[:, portion] = rows["rejected"], rows["recommended"]
        rest()
    return sides


def _spoken(
    cursor: CursorWrapper, videos: NDArray[np.int64], rest: Callable[[], None]
) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
    """The languages that there are; of `videos` (n,), whose ids rise, the place of each one's
    language among these, and its topics."""
    import numpy as np

    codes: dict[str, int] = {}
    language, topics = np.empty((2, len(videos)), np.int64)
    for start in range(0, len(videos), PORTION):
        portion = slice(start, start + PORTION)
        cursor.execute(SPOKEN, {"ids": videos[portion].tolist()})
        spoken, topics[portion] = cursor.fetchone()
        language[portion] = [codes.setdefault(name, len(codes)) for name in spoken]
        rest()
    return list(codes), language, topics
