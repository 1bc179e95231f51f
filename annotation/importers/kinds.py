"""What differs between importing videos and importing pairs of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, NamedTuple, Protocol, TypeVar

from django.db import connection

from annotation.importers import parsing
from annotation.importers.bulk import Written, merge_pairs, merge_videos
from annotation.importers.parsing import Values
from annotation.importers.rows import (
    GoldRow,
    LearningRow,
    PairRow,
    Problem,
    RowRefusedError,
    VideoRow,
)
from annotation.importers.seen import Key, digest

Row = TypeVar("Row", VideoRow, PairRow, GoldRow, LearningRow)


class Identity(NamedTuple):
    """A key that one file may bring once; again only with the same digest."""

    key: Key
    digest: bytes
    column: str
    reason: str
    value: str


class Result(NamedTuple):
    rows: Written
    videos: Written


class Kind(Protocol, Generic[Row]):
    columns: frozenset[str]
    column_sets: tuple[frozenset[str], ...]

    def parse(self, values: Values) -> Row: ...

    def look_up(self, rows: Sequence[Row]) -> None:
        """Fetch what `settle` needs to know about this batch."""

    def settle(self, row: Row) -> Row:
        """The row with the id under which it is stored, if its own is only a stand-in.

        Asked again once the rows before it are `accepted`; the same object if nothing changes.
        """

    def refuse(self, row: Row, values: Values) -> None:
        """Raise RowRefusedError if what is stored forbids this row."""

    def accepted(self, row: Row) -> None:
        """Take into account, for the rows after it, that this one will be stored."""

    def identities(self, row: Row) -> list[Identity]:
        """The first one is the row's own."""

    def write(self, rows: Sequence[Row]) -> Result: ...


class VideoKind:
    columns = parsing.VIDEO_COLUMNS
    column_sets = parsing.VIDEO_COLUMN_SETS

    def parse(self, values: Values) -> VideoRow:
        return parsing.parse_video(values)

    def look_up(self, rows: Sequence[VideoRow]) -> None:
        """A video needs to know nothing."""

    def settle(self, row: VideoRow) -> VideoRow:
        return row

    def refuse(self, row: VideoRow, values: Values) -> None:
        """Nothing that is stored forbids a video."""

    def accepted(self, row: VideoRow) -> None:
        """No video depends on another."""

    def identities(self, row: VideoRow) -> list[Identity]:
        return [_video_identity(row, "video_id")]

    def write(self, rows: Sequence[VideoRow]) -> Result:
        written = merge_videos(rows)
        return Result(rows=written, videos=written)


@dataclass(slots=True)
class _Stored:
    videos: set[str]
    by_id: dict[str, tuple[str, str]]
    by_videos: dict[tuple[str, str], str]
    # What earlier rows of the batch will add to `by_videos`.
    coming: dict[tuple[str, str], str] = field(default_factory=dict)


class PairKind:
    columns = parsing.PAIR_COLUMNS
    column_sets = parsing.PAIR_COLUMN_SETS

    def __init__(self) -> None:
        self._stored = _Stored(set(), {}, {})

    def parse(self, values: Values) -> PairRow:
        return parsing.parse_pair(values)

    def look_up(self, rows: Sequence[PairRow]) -> None:
        self._stored = _Stored(
            videos=_known_videos(rows),
            by_id=_pairs_with_these_ids(rows),
            by_videos=pairs_of_videos([(row.rejected, row.recommended) for row in rows]),
        )

    def settle(self, row: PairRow) -> PairRow:
        videos = (row.rejected, row.recommended)
        there = self._stored.by_videos.get(videos) or self._stored.coming.get(videos)
        if there in (None, row.pair_id) or row.pair_id != parsing.pair_id_of(*videos):
            return row
        return replace(row, pair_id=there)

    def refuse(self, row: PairRow, values: Values) -> None:
        self._refuse_unknown_videos(row, values)
        videos = (row.rejected, row.recommended)
        there = self._stored.by_videos.get(videos, row.pair_id)
        if there != row.pair_id:
            reason = f"is a second id for a pair that is stored as {there}"
            raise RowRefusedError(Problem("pair_id", reason, row.pair_id))
        others = self._stored.by_id.get(row.pair_id, videos)
        if others != videos:
            reason = f"is stored already, for the videos {others[0]} and {others[1]}"
            raise RowRefusedError(Problem("pair_id", reason, row.pair_id))

    def accepted(self, row: PairRow) -> None:
        self._stored.videos.update(video.video_id for video in row.videos)
        self._stored.coming[row.rejected, row.recommended] = row.pair_id

    def identities(self, row: PairRow) -> list[Identity]:
        videos = (row.rejected, row.recommended)
        own = Identity(
            digest("pair", row.pair_id), digest(videos, row.source),
            "pair_id", "stands already, with other content,", row.pair_id,
        )  # fmt: skip
        couple = Identity(
            digest("videos", videos), digest(row.pair_id),
            "pair_id", "is a second id for the pair", row.pair_id,
        )  # fmt: skip
        return [own, couple, *(_video_identity(video, "title") for video in row.videos)]

    def write(self, rows: Sequence[PairRow]) -> Result:
        videos = {video.video_id: video for row in rows for video in row.videos}
        return Result(videos=merge_videos(list(videos.values())), rows=merge_pairs(rows))

    def _refuse_unknown_videos(self, row: PairRow, values: Values) -> None:
        inside = {video.video_id for video in row.videos}
        columns = parsing.id_columns(values)
        problems = [
            Problem(column, "is no known video; import the videos first", video_id)
            for column, video_id in zip(columns, (row.rejected, row.recommended), strict=True)
            if video_id not in inside and video_id not in self._stored.videos
        ]
        if problems:
            raise RowRefusedError(*problems)


def _video_identity(row: VideoRow, column: str) -> Identity:
    return Identity(
        digest("video", row.video_id), digest(row),
        column, "stands already, with other content,", row.video_id,
    )  # fmt: skip


# One array for each parameter: thousands of placeholders take longer to parse than to look up.


def _known_videos(rows: Sequence[PairRow]) -> set[str]:
    wanted = {video_id for row in rows for video_id in (row.rejected, row.recommended)}
    sql = "SELECT video_id FROM annotation_video WHERE video_id = ANY(%s)"
    return {video_id for (video_id,) in _fetch(sql, list(wanted))}


def _pairs_with_these_ids(rows: Sequence[PairRow]) -> dict[str, tuple[str, str]]:
    sql = """
        SELECT pair.pair_id, a.video_id, b.video_id
        FROM annotation_pair pair
        JOIN annotation_video a ON a.id = pair.rejected_id
        JOIN annotation_video b ON b.id = pair.recommended_id
        WHERE pair.pair_id = ANY(%s)
    """
    found = _fetch(sql, [row.pair_id for row in rows])
    return {pair_id: (rejected, recommended) for pair_id, rejected, recommended in found}


def pairs_of_videos(videos: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The ids of the pairs that are stored for these videos, the rejected one first."""
    sql = """
        SELECT wanted.rejected, wanted.recommended, pair.pair_id
        FROM unnest(%s::text[], %s::text[]) AS wanted (rejected, recommended)
        JOIN annotation_video a ON a.video_id = wanted.rejected
        JOIN annotation_video b ON b.video_id = wanted.recommended
        JOIN annotation_pair pair ON pair.rejected_id = a.id AND pair.recommended_id = b.id
    """
    found = _fetch(sql, [first for first, _ in videos], [second for _, second in videos])
    return {(rejected, recommended): pair_id for rejected, recommended, pair_id in found}


def _fetch(sql: str, *arrays: list[str]) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, arrays)
        return cursor.fetchall()
