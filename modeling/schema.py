"""The three records that cross the border of this package."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from modeling.text import is_missing

SPLITS = ("train", "validation", "test")
# What begins a channel that was made up for one pair, of which only that is known whether its two
# are the same: the video has another one, or the other one of two, in another pair.
MADE_UP = "\0"


@dataclass(frozen=True, slots=True)
class VideoText:
    """What is known of a video. `channel` is an identity key: compared, never read;
    `channel_vector` places the channel among others, for the models that look at that.

    `thumbnail` is the path of a picture, `thumbnail_vector` what an image encoder made of it.
    """

    title: str
    description: str = ""
    transcript: str | None = None
    channel: str = ""
    channel_vector: tuple[float, ...] = ()
    thumbnail: str = ""
    thumbnail_vector: tuple[float, ...] = ()

    @property
    def has_transcript(self) -> bool:
        return not is_missing(self.transcript)


@dataclass(frozen=True, slots=True)
class PairExample:
    """A rejected video (`left`) and one recommended afterwards (`right`).

    `target` is the soft label in [0, 1] that the pair is similar, None where unlabelled; `reasons`
    are the ways in which people found it similar. `seconds_between` the reports of the two videos,
    None where that is not known.

    Raises:
        ValueError: target outside [0, 1], negative weight, an unknown split, endless time.
    """

    pair_id: str
    left: VideoText
    right: VideoText
    target: float | None = None
    weight: float = 1.0
    left_id: str = ""
    right_id: str = ""
    split: str | None = None
    language: str = ""
    reasons: tuple[str, ...] = ()
    seconds_between: float | None = None

    def __post_init__(self) -> None:
        if self.target is not None and not 0.0 <= self.target <= 1.0:
            raise ValueError(f"pair {self.pair_id}: target {self.target} is not within 0 and 1")
        if not 0.0 <= self.weight < float("inf"):
            raise ValueError(f"pair {self.pair_id}: weight {self.weight} is not finite and >= 0")
        if self.split is not None and self.split not in SPLITS:
            raise ValueError(f"pair {self.pair_id}: split {self.split!r} is none of {SPLITS}")
        if self.seconds_between is not None and not isfinite(self.seconds_between):
            raise ValueError(f"pair {self.pair_id}: {self.seconds_between} seconds between reports")

    @property
    def has_transcripts(self) -> bool:
        return self.left.has_transcript and self.right.has_transcript

    @property
    def same_channel(self) -> bool:
        return bool(self.left.channel) and self.left.channel == self.right.channel


@dataclass(frozen=True, slots=True)
class PairPrediction:
    """`probability` = sigmoid(`logit`), both calibrated; `variant` is "nt" (no transcripts) or "wt"
    (with).

    Raises:
        ValueError: the logit is no number: what the model read was beyond those of a network.
    """

    pair_id: str
    logit: float
    probability: float
    variant: str

    def __post_init__(self) -> None:
        if not isfinite(self.logit):
            raise ValueError(
                f"pair {self.pair_id}: the model gives no number for it; a vector that it reads, "
                "or a weight of its own, must be far too great"
            )
