"""The three records that cross the border of this package."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from modeling.text import is_missing

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class VideoText:
    """What is known of a video. `channel` (its name) and `channel_id` are compared, never read;
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
    channel_id: str = ""

    @property
    def has_transcript(self) -> bool:
        return not is_missing(self.transcript)


@dataclass(frozen=True, slots=True)
class PairExample:
    """A rejected video (`left`) and one recommended afterwards (`right`).

    `target` is the soft label in [0, 1] that the pair is similar, None where unlabelled; `reasons`
    are the ways in which people found it similar. `seconds_between` the reports of the two videos,
    None where that is not known. `channel_sim`: whether both are of one channel, where somebody
    said so; else channels are compared.

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
    channel_sim: bool | None = None

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
    def channels_equal(self) -> bool | None:
        """By their ids where both have one, else by their names; None where neither tells."""
        if self.channel_sim is not None:
            return self.channel_sim
        if self.left.channel_id and self.right.channel_id:
            return self.left.channel_id == self.right.channel_id
        if self.left.channel and self.right.channel:
            return self.left.channel.casefold() == self.right.channel.casefold()
        return None

    @property
    def same_channel(self) -> bool:
        return bool(self.channels_equal)


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
