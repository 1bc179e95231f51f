"""Batches of checked rows into the tables: COPY, then only what differs is written."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection

from annotation.importers.parsing import OPTIONAL
from annotation.importers.rows import PairRow, VideoRow

# The columns that can be null, with their types; the others are text and never null.
_NULLABLE = {"transcript": "text", "published_at": "timestamptz", "duration_s": "integer"}
_VIDEO_COLUMNS = ("title", *OPTIONAL)
_STAGED_VIDEO = ("video_id", *_VIDEO_COLUMNS)
_STAGED_PAIR = ("pair_id", "rejected", "recommended", "source", "held_out")


class Written(NamedTuple):
    created: int
    updated: int


def lock_for_import() -> None:
    """Let one import write at a time; people who read and label are not held up.

    Without it two imports of the same rows could each think them new, or lock them in different
    orders. Held until the transaction ends.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("LOCK TABLE annotation_video, annotation_pair IN SHARE ROW EXCLUSIVE MODE")


def merge_videos(rows: Sequence[VideoRow]) -> Written:
    """Insert new videos and update those that differ; an empty field never erases one stored.

    Every `video_id` must stand in `rows` once.
    """
    _stage("import_video", _VIDEO_STAGE, _STAGED_VIDEO, map(_staged_video, rows))
    return update_and_insert(_UPDATE_VIDEOS, _INSERT_VIDEOS)


def merge_pairs(rows: Sequence[PairRow]) -> Written:
    """Insert new pairs, and update the source of those whose file says another one."""
    staged = (
        (row.pair_id, row.rejected, row.recommended, row.source, row.held_out) for row in rows
    )
    _stage("import_pair", _PAIR_STAGE, _STAGED_PAIR, staged)
    return update_and_insert(_UPDATE_PAIRS, _INSERT_PAIRS)


def update_and_insert(
    update: str, insert: str, parameters: Mapping[str, Any] | None = None
) -> Written:
    """What is there already first, so that what is inserted is not updated at once."""
    with connection.cursor() as cursor:
        cursor.execute(update, parameters)
        updated = cursor.rowcount
        cursor.execute(insert, parameters)
        return Written(created=cursor.rowcount, updated=updated)


def _stage(
    table: str, definition: str, columns: Sequence[str], rows: Iterable[tuple[object, ...]]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {table} ({definition})")
        cursor.execute(f"TRUNCATE {table}")
        with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def _staged_video(row: VideoRow) -> tuple[object, ...]:
    optional = (getattr(row, name) for name in OPTIONAL)
    return (row.video_id, row.title, *(None if value == "" else value for value in optional))


def _initial(name: str) -> str:
    return f"s.{name}" if name in _NULLABLE else f"COALESCE(s.{name}, '')"


def _kept_if_empty(name: str) -> str:
    return f"COALESCE(s.{name}, v.{name}) AS {name}"


_VIDEO_STAGE = ", ".join(f"{name} {_NULLABLE.get(name, 'text')}" for name in _STAGED_VIDEO)
_PAIR_STAGE = "pair_id text, rejected text, recommended text, source text, held_out boolean"

_UPDATE_VIDEOS = f"""
    UPDATE annotation_video AS stored
    SET {", ".join(f"{name} = new.{name}" for name in _VIDEO_COLUMNS)},
        updated_at = statement_timestamp()
    FROM (
        SELECT v.id, {", ".join(map(_kept_if_empty, _VIDEO_COLUMNS))}
        FROM import_video s JOIN annotation_video v USING (video_id)
    ) AS new
    WHERE stored.id = new.id
      AND ({", ".join(f"stored.{name}" for name in _VIDEO_COLUMNS)})
          IS DISTINCT FROM ({", ".join(f"new.{name}" for name in _VIDEO_COLUMNS)})
"""  # noqa: S608 - column names of ours alone
_INSERT_VIDEOS = f"""
    INSERT INTO annotation_video
        (video_id, {", ".join(_VIDEO_COLUMNS)}, created_at, updated_at)
    SELECT s.video_id, {", ".join(_initial(name) for name in _VIDEO_COLUMNS)},
        statement_timestamp(), statement_timestamp()
    FROM import_video s
    WHERE NOT EXISTS (SELECT FROM annotation_video v WHERE v.video_id = s.video_id)
"""  # noqa: S608 - column names of ours alone

_UPDATE_PAIRS = """
    UPDATE annotation_pair AS stored
    SET source = s.source
    FROM import_pair s
    WHERE stored.pair_id = s.pair_id AND s.source <> '' AND stored.source <> s.source
"""
_INSERT_PAIRS = """
    INSERT INTO annotation_pair
        (pair_id, rejected_id, recommended_id, source, held_out, created_at)
    SELECT s.pair_id, a.id, b.id, s.source, s.held_out, statement_timestamp()
    FROM import_pair s
    JOIN annotation_video a ON a.video_id = s.rejected
    JOIN annotation_video b ON b.video_id = s.recommended
    WHERE NOT EXISTS (SELECT FROM annotation_pair p WHERE p.pair_id = s.pair_id)
"""
