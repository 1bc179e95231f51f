"""Rows of a file as pairs: the model card's columns, or `left` and `right`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modeling.errors import InputError
from modeling.field_values import (
    READABLE,
    FieldError,
    flag,
    from_json,
    is_blank,
    moment,
    parse_label,
    reasons,
    shown,
    string,
    vector,
    weight,
)
from modeling.row_files import Row, header, read_rows
from modeling.schema import PairExample, VideoText
from modeling.text import is_missing

if TYPE_CHECKING:
    from modeling.models.pair_features import PairFeatures

SPLIT_NAMES = {
    "": None,
    "train": "train",
    "training": "train",
    "valid": "validation",
    "validation": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
}
# The model card's columns, and those of a comparison of any two texts.
_SIDES = (("regret", "recommendation"), ("left", "right"))
_OF_A_VIDEO = (
    "id", "title", "description", "transcript", "channel", "channel_id", "channel_emb", "thumbnail",
    "thumbnail_emb", "reported_at",
)  # fmt: skip
_OF_A_PAIR = (
    "pair_id", "label", "reasons", "weight", "split", "language", "channel_sim",
)  # fmt: skip
_READ = frozenset(
    {*_OF_A_PAIR, "left", "right"}
    | {f"{side}_{name}" for sides in _SIDES for side in sides for name in _OF_A_VIDEO}
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What rows refer to without holding it: the folder that paths of thumbnails start from, and
    vectors by channel, for videos without one of their own."""

    folder: Path = Path()
    channel_vectors: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


_NOTHING = Surroundings()


def read_pairs(
    path: Path,
    *,
    labelled: bool,
    whole_rows: bool = False,
    channel_vectors: Mapping[str, tuple[float, ...]] | None = None,
) -> Iterator[tuple[Row, PairExample]]:
    """Each row with the pair it stands for; without `whole_rows`, what is not read may be left out.
    A channel's vector is taken from `channel_vectors` where the row has none.

    Raises:
        InputError: names file, line and field; also where `labelled` and a label is missing.
    """
    beside = Surroundings(Path(path).parent, channel_vectors or {})
    empty = True
    for place, row in read_rows(path, columns=None if whole_rows else _READ):
        empty = False
        try:
            pair = to_pair(row, fallback_id=place, labelled=labelled, beside=beside)
        except (FieldError, ValueError) as error:
            raise InputError(f"{path}, {place}: {error}") from error
        yield row, pair
    if empty:
        _require_columns(path)


def _require_columns(path: Path) -> None:
    """A file without rows is as good as its header, where its kind has one."""
    names = header(path)
    if names is None:
        return
    try:
        _prefixes(dict.fromkeys(names))
    except FieldError as error:
        raise InputError(f"{path}, header: {error}") from error


def to_pair(
    row: Mapping[str, Any], *, fallback_id: str, labelled: bool, beside: Surroundings = _NOTHING
) -> PairExample:
    """The pair in a row of the model card's columns or of `left` and `right`.

    `channel_sim` (0 or 1), where there, decides over the channels. A label, and how much it weighs
    in training (`weight`, 1 where there is none), is only looked at where `labelled`. Raises
    FieldError.
    """
    row = _with_objects(row)
    names = _prefixes(row)
    left, right = (_video(row, side, beside) for side in names)
    target = parse_label(row.get("label")) if labelled else None
    return PairExample(
        pair_id=string(row, "pair_id") or fallback_id,
        left=left,
        right=right,
        target=target,
        weight=weight(row.get("weight")) if labelled else 1.0,
        left_id=string(row, f"{names[0]}_id"),
        right_id=string(row, f"{names[1]}_id"),
        split=_split(row.get("split")),
        language=string(row, "language"),
        reasons=() if target is None else reasons(row.get("reasons")),
        seconds_between=_seconds_between(row),
        channel_sim=flag(row.get("channel_sim"), "channel_sim"),
    )


def _prefixes(row: Mapping[str, Any]) -> tuple[str, str]:
    for left, right in _SIDES:
        if isinstance(row.get(left), dict) or f"{left}_title" in row:
            return left, right
    for left, right in _SIDES:
        if left in row:  # and is none: what it is instead is told where it is read
            return left, right
    raise FieldError("field regret_title (or left): missing")


def _source(row: Mapping[str, Any], side: str) -> tuple[Mapping[str, Any], str]:
    """What holds the fields of that video, and what their names begin with there."""
    nested = row.get(side)
    if isinstance(nested, dict):
        return nested, ""
    if not is_blank(nested):
        raise FieldError(f"field {side}: {shown(nested)} is not an object with a title")
    if side in row and f"{side}_title" not in row:
        raise FieldError(f"field {side}: empty, not an object with a title")
    return row, f"{side}_"


def _with_objects(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """With objects in the place of the JSON that a CSV has of them."""
    found = {side: from_json(row.get(side)) for sides in _SIDES for side in sides}
    return {**row, **{side: video for side, video in found.items() if video is not None}}


def _seconds_between(row: Mapping[str, Any]) -> float | None:
    """From the report of the left video to that of the right one."""
    sources = (_source(row, side) for side in _prefixes(row))
    left, right = (moment(source, f"{prefix}reported_at") for source, prefix in sources)
    return None if left is None or right is None else right - left


def _video(row: Mapping[str, Any], side: str, beside: Surroundings) -> VideoText:
    source, prefix = _source(row, side)
    if f"{prefix}title" not in source:
        raise FieldError(f"field {prefix or f'{side}.'}title: missing")
    own = vector(source, f"{prefix}channel_emb", most=READABLE)
    # Without the spaces around them, as in a file of channels' vectors.
    channel, channel_id = (
        string(source, f"{prefix}{n}").strip() for n in ("channel", "channel_id")
    )
    vectors = beside.channel_vectors
    return VideoText(
        title=string(source, f"{prefix}title"),
        description=string(source, f"{prefix}description"),
        transcript=string(source, f"{prefix}transcript") or None,
        channel=channel,
        channel_id=channel_id,
        channel_vector=own or vectors.get(channel_id) or vectors.get(channel, ()),
        thumbnail=_thumbnail(string(source, f"{prefix}thumbnail"), beside.folder),
        thumbnail_vector=vector(source, f"{prefix}thumbnail_emb"),
    )


def _thumbnail(name: str, folder: Path) -> str:
    # An address stays one: whoever would read the picture says that nothing is fetched.
    return name if not name or "://" in name else str(folder / name)


def missing_fields(
    row: Mapping[str, Any],
    pair: PairExample,
    text_types: Sequence[str],
    features: PairFeatures | None = None,
    *,
    channel_vectors: bool = False,
) -> list[str]:
    """The names of the columns where a model that reads `text_types`, `features` and perhaps
    `channel_vectors` would find nothing, or had to leave out a picture."""
    row, images = _with_objects(row), features.images if features else None
    lacking: list[str] = []
    unseen = images.lacks(pair) if images else (False, False)
    sides = zip(_prefixes(row), (pair.left, pair.right), unseen, strict=True)
    for name, video, lacks_picture in sides:
        empty = (text for text in text_types if is_missing(getattr(video, text)))
        lacking += [f"{name}_{text}" for text in empty]
        if channel_vectors and not video.channel_vector:
            lacking.append(f"{name}_channel_emb")
        if lacks_picture:
            lacking.append(f"{name}_thumbnail")
        source, prefix = _source(row, name)
        if features and features.report_gap and is_blank(source.get(f"{prefix}reported_at")):
            lacking.append(f"{name}_reported_at")
    return lacking + _lacking_channels(row, pair)


def _lacking_channels(row: Mapping[str, Any], pair: PairExample) -> list[str]:
    """What there would have to be to know whether both videos are of one channel."""
    if pair.channels_equal is not None:
        return []
    sides = zip(_prefixes(row), (pair.left, pair.right), strict=True)
    absent = [f"{name}_channel" for name, v in sides if not (v.channel or v.channel_id)]
    return absent if len(absent) == 1 else ["channel_sim"]


def _split(value: Any) -> str | None:
    name = "" if is_blank(value) else str(value).strip().lower()
    if name not in SPLIT_NAMES:
        raise FieldError(f"field split: {shown(value)} is not train, validation or test")
    return SPLIT_NAMES[name]
