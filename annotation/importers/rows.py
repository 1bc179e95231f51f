"""A line of a file once it has been checked: a video, or a pair of videos."""

from dataclasses import dataclass
from datetime import datetime

from annotation.models.pairs import is_held_out


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one column of a row (or with the whole line, if the column is "")."""

    column: str
    reason: str
    value: object = None


class RowRefusedError(Exception):
    """A row cannot be imported. `problems` has one entry for each column at fault."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(f"{each.column} {each.reason}".strip() for each in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class VideoRow:
    """An optional field that is empty says nothing: what is stored, if anything, stays."""

    video_id: str
    title: str
    channel: str = ""
    channel_id: str = ""
    description: str = ""
    transcript: str | None = None
    language: str = ""
    declared_language: str = ""
    country: str = ""
    published_at: datetime | None = None
    duration_s: int | None = None
    thumbnail_url: str = ""


@dataclass(frozen=True, slots=True)
class GoldRow:
    """The right answer to a pair."""

    pair_id: str
    verdict: str
    rationale: str = ""


@dataclass(frozen=True, slots=True)
class LearningRow:
    """A pair of a practice or qualification round: by its id, or by its two `videos` until the id
    is looked up. Without a `position` it keeps the one it has, or goes to the end."""

    pair_id: str
    round: str
    verdicts: tuple[str, ...]
    reasons: tuple[str, ...]
    explanation: str
    position: int | None = None
    videos: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class PairRow:
    """`videos` holds those that came whole, inside the row. An empty `source` says nothing."""

    pair_id: str
    rejected: str
    recommended: str
    source: str = ""
    videos: tuple[VideoRow, ...] = ()

    @property
    def held_out(self) -> bool:
        return is_held_out(self.pair_id)
