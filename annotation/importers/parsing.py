"""From a row's values, by column name, to a checked video or pair."""

import json
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any, TypeVar

from annotation.importers import fields
from annotation.importers.fields import Check, FieldError
from annotation.importers.rows import PairRow, Problem, RowRefusedError, VideoRow
from annotation.models.videos import MAX_CHANNEL, MAX_DESCRIPTION, MAX_TITLE, MAX_TRANSCRIPT

T = TypeVar("T")
Values = Mapping[str, object]

OPTIONAL: dict[str, Check] = {
    "channel": fields.text(MAX_CHANNEL),
    "channel_id": fields.text(100),
    "description": fields.text(MAX_DESCRIPTION),
    "transcript": fields.text_or_none(MAX_TRANSCRIPT),
    "language": fields.language,
    "declared_language": fields.declared_language,
    "country": fields.country,
    "published_at": fields.moment,
    "duration_s": fields.duration,
    "thumbnail_url": fields.https_url,
}
# Other names under which files give the same thing.
_ALIASES = {"published_at": "publish_time", "duration_s": "duration"}
VIDEO_COLUMNS = frozenset({"video_id", "title", *OPTIONAL, *_ALIASES.values()})

REJECTED, RECOMMENDED = "regret_", "recommendation_"
CARD_COLUMNS = frozenset(
    f"{side}{name}" for side in (REJECTED, RECOMMENDED) for name in {"id", *VIDEO_COLUMNS}
)
PAIR_COLUMNS = frozenset({"pair_id", "video_a", "video_b", "source"}) | CARD_COLUMNS
# Any one of these sets makes a file of pairs.
PAIR_COLUMN_SETS: tuple[frozenset[str], ...] = (
    frozenset({"video_a", "video_b"}),
    frozenset({f"{REJECTED}title", f"{RECOMMENDED}title"}),
    frozenset({f"{REJECTED}id", f"{RECOMMENDED}id"}),
)
VIDEO_COLUMN_SETS: tuple[frozenset[str], ...] = (frozenset({"video_id", "title"}),)


class Columns:
    """Checks one column after another and keeps every problem, so that a person sees them all."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self.problems: list[Problem] = []

    def checked(self, column: str, check: Callable[[object], T]) -> T | None:
        value = self.values.get(column)
        try:
            return check(value)
        except FieldError as error:
            reason = str(error) if column in self.values else "is missing"
            self.problems.append(Problem(column, reason, value))
            return None

    def refuse_if_any(self) -> None:
        if self.problems:
            raise RowRefusedError(*self.problems)


def parse_video(values: Values) -> VideoRow:
    """Check one row of a file of videos.

    Raises:
        RowRefusedError: with every column that is at fault.
    """
    columns = Columns(values)
    video_id = columns.checked("video_id", fields.video_id)
    found = _video_fields(columns, prefix="")
    columns.refuse_if_any()
    return VideoRow(video_id=str(video_id), **found)


def parse_pair(values: Values) -> PairRow:
    """Check one row of a file of pairs, with its videos' ids or with the videos themselves.

    Raises:
        RowRefusedError: with every column that is at fault.
    """
    columns = Columns(values)
    rejected = _side(columns, prefix=REJECTED, plain="video_a")
    recommended = _side(columns, prefix=RECOMMENDED, plain="video_b")
    pair_id = columns.checked("pair_id", fields.pair_id) if _has(values, "pair_id") else None
    source = columns.checked("source", fields.text(64))
    columns.refuse_if_any()
    sides = [side for side in (rejected, recommended) if side is not None]
    first, second = (side.video_id if isinstance(side, VideoRow) else side for side in sides)
    if first == second:
        column = id_columns(values)[1]
        raise RowRefusedError(Problem(column, "is the same video as the rejected one", second))
    return PairRow(
        pair_id=pair_id or pair_id_of(first, second),
        rejected=first,
        recommended=second,
        source=source or "",
        videos=tuple(side for side in sides if isinstance(side, VideoRow)),
    )


def pair_id_of(rejected: str, recommended: str) -> str:
    """The id of a pair whose file gives none: the same for the same two videos, always."""
    return f"pair:{_digest([rejected, recommended])}"


def card_video_id(found: Mapping[str, Any]) -> str:
    """The id of a video whose file gives none: the same for the same texts, always."""
    names = ("title", "channel", "description", "transcript")
    return f"card:{_digest([found.get(name) or '' for name in names])}"


def id_columns(values: Values) -> tuple[str, str]:
    """The columns in which this row names its rejected and its recommended video."""
    return _id_column(values, REJECTED, "video_a"), _id_column(values, RECOMMENDED, "video_b")


def _id_column(values: Values, prefix: str, plain: str) -> str:
    spellings = (f"{prefix}id", f"{prefix}video_id", plain)
    return next((column for column in spellings if column in values), plain)


def _side(columns: Columns, *, prefix: str, plain: str) -> VideoRow | str | None:
    """One of a pair's two videos: whole if the row has its title, else its id alone."""
    id_column = _id_column(columns.values, prefix, plain)
    if f"{prefix}title" not in columns.values:
        return columns.checked(id_column, fields.video_id)
    video_id = None
    if _has(columns.values, id_column):
        video_id = columns.checked(id_column, fields.video_id)
    found = _video_fields(columns, prefix=prefix)
    if columns.problems:
        return None
    return VideoRow(video_id=video_id or card_video_id(found), **found)


def _video_fields(columns: Columns, *, prefix: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "title": columns.checked(f"{prefix}title", fields.required_text(MAX_TITLE))
    }
    for name, check in OPTIONAL.items():
        column = f"{prefix}{name}"
        if column not in columns.values and name in _ALIASES:
            column = f"{prefix}{_ALIASES[name]}"
        if column in columns.values:
            found[name] = columns.checked(column, check)
    return found


def _has(values: Values, column: str) -> bool:
    return values.get(column) not in (None, "")


def _digest(parts: list[str]) -> str:
    return blake2b(json.dumps(parts).encode(), digest_size=12).hexdigest()
