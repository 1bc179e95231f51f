"""Rows of a file as pairs: the model card's columns, or `left` and `right`."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from modeling.errors import InputError
from modeling.row_files import Row, read_rows
from modeling.schema import PairExample, VideoText

LABELS = {"similar": 1.0, "not_similar": 0.0, "unsure": 0.5}
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
_SEPARATORS = re.compile(r"[,;|\s]+")
# The model card's columns, and those of a comparison of any two texts.
_SIDES = (("regret", "recommendation"), ("left", "right"))
_OF_A_VIDEO = ("id", "title", "description", "transcript", "channel", "channel_id", "channel_emb")
_OF_A_PAIR = ("pair_id", "label", "split", "language", "channel_sim")
_READ = frozenset(
    {*_OF_A_PAIR, "left", "right"}
    | {f"{side}_{name}" for sides in _SIDES for side in sides for name in _OF_A_VIDEO}
)


class FieldError(Exception):
    """A field of a row is unusable; the reader adds file and line."""


def read_pairs(
    path: Path, *, labelled: bool, whole_rows: bool = False
) -> Iterator[tuple[Row, PairExample]]:
    """Each row with the pair it stands for; without `whole_rows`, what is not read may be left out.

    Raises:
        InputError: names file, line and field; also where `labelled` and a label is missing.
    """
    for place, row in read_rows(path, columns=None if whole_rows else _READ):
        try:
            yield row, to_pair(row, fallback_id=place, labelled=labelled)
        except (FieldError, ValueError) as error:
            raise InputError(f"{path}, {place}: {error}") from error


def to_pair(row: Mapping[str, Any], *, fallback_id: str, labelled: bool) -> PairExample:
    """The pair in a row of the model card's columns or of `left` and `right`.

    `channel_sim` (0 or 1), where there, decides over the channels. A label is only looked at where
    `labelled`. Raises FieldError.
    """
    left, right = _videos(row)
    same = _flag(row.get("channel_sim"), "channel_sim")
    if same is not None:
        left, right = _with_channels(left, right, same)
    names = _prefixes(row)
    target = parse_label(row.get("label")) if labelled else None
    return PairExample(
        pair_id=_string(row, "pair_id") or fallback_id,
        left=left,
        right=right,
        target=target,
        left_id=_string(row, f"{names[0]}_id"),
        right_id=_string(row, f"{names[1]}_id"),
        split=_split(row.get("split")),
        language=_string(row, "language"),
        reasons=() if target is None else _reasons(row.get("reasons")),
    )


def parse_label(value: Any) -> float:
    """1/0, similar/not_similar/unsure (0.5) or a share in between; raises FieldError."""
    if isinstance(value, str) and value.strip().lower() in LABELS:
        return LABELS[value.strip().lower()]
    try:
        target = float(value)
    except (TypeError, ValueError):
        target = float("nan")
    if not 0.0 <= target <= 1.0:
        raise FieldError(
            f"field label: {value!r} is not 1, 0, similar, not_similar, unsure or a share"
        )
    return target


def _prefixes(row: Mapping[str, Any]) -> tuple[str, str]:
    for left, right in _SIDES:
        if isinstance(row.get(left), dict) or f"{left}_title" in row:
            return left, right
    raise FieldError("field regret_title (or left): missing")


def _videos(row: Mapping[str, Any]) -> tuple[VideoText, VideoText]:
    left, right = _prefixes(row)
    return _video(row, left), _video(row, right)


def _video(row: Mapping[str, Any], side: str) -> VideoText:
    nested = row.get(side)
    if nested is not None and not isinstance(nested, dict):
        raise FieldError(f"field {side}: not an object with a title")
    source = nested if nested is not None else row
    prefix, shown = ("", f"{side}.") if nested is not None else (f"{side}_", f"{side}_")
    if f"{prefix}title" not in source:
        raise FieldError(f"field {shown}title: missing")
    return VideoText(
        title=_string(source, f"{prefix}title"),
        description=_string(source, f"{prefix}description"),
        transcript=_string(source, f"{prefix}transcript") or None,
        channel=_string(source, f"{prefix}channel_id") or _string(source, f"{prefix}channel"),
        channel_vector=_vector(source, f"{prefix}channel_emb"),
    )


def _with_channels(left: VideoText, right: VideoText, same: bool) -> tuple[VideoText, VideoText]:
    """Made-up keys that are equal or not, as `channel_sim` says."""
    keys = ("same", "same") if same else ("left", "right")
    return replace(left, channel=keys[0]), replace(right, channel=keys[1])


def missing_fields(
    row: Mapping[str, Any], pair: PairExample, text_types: Sequence[str]
) -> list[str]:
    """The names of the columns whose texts a model that reads `text_types` would find empty."""
    sides = zip(_prefixes(row), (pair.left, pair.right), strict=True)
    return [
        f"{name}_{text}"
        for name, video in sides
        for text in text_types
        if not (getattr(video, text) or "").strip()
    ]


def _vector(row: Mapping[str, Any], name: str) -> tuple[float, ...]:
    """A list or array of numbers, or one written as JSON."""
    value = row.get(name)
    if _is_blank(value):
        return ()
    try:
        listed: Any = json.loads(value) if isinstance(value, str) else value
        numbers = tuple(map(float, listed))
    except (TypeError, ValueError):
        numbers = (math.nan,)
    if not all(map(math.isfinite, numbers)):
        raise FieldError(f"field {name}: not a list of numbers")
    return numbers


def _string(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if _is_blank(value):
        return ""
    if isinstance(value, (str, Integral)) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, Real) and not isinstance(value, bool):
        # What a table program makes of a whole number.
        return f"{float(value):.15g}"
    raise FieldError(f"field {name}: {type(value).__name__} instead of text")


def _reasons(value: Any) -> tuple[str, ...]:
    """A list of words, or words between commas, semicolons, bars or spaces, or an object that
    counts how often each was given; each once, in lower case."""
    if isinstance(value, float) and math.isnan(value):
        return ()
    words = value or []
    if isinstance(value, str):
        # What a list or an object becomes as a cell of a CSV.
        is_json = value.strip().startswith(("[", "{"))
        words = _from_json(value) if is_json else _SEPARATORS.split(value)
    if isinstance(words, dict):
        words = [word for word, count in words.items() if count]
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise FieldError(f"field reasons: {value!r} is not a list of words")
    return tuple(dict.fromkeys(word.strip().lower() for word in words if word.strip()))


def _from_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise FieldError(f"field reasons: {text!r} is not a list of words") from error


def _is_blank(value: Any) -> bool:
    """Empty text, None, or what a table has where nothing is: NaN, NaT, NA."""
    if value is None or isinstance(value, str):
        return not value
    if type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, Real) and math.isnan(value)


def _flag(value: Any, name: str) -> bool | None:
    if _is_blank(value):
        return None
    known = {"0": False, "1": True, "0.0": False, "1.0": True, "false": False, "true": True}
    flag = known.get(str(value).strip().lower())
    if flag is None:
        raise FieldError(f"field {name}: {value!r} is neither 0 nor 1")
    return flag


def _split(value: Any) -> str | None:
    name = "" if _is_blank(value) else str(value).strip().lower()
    if name not in SPLIT_NAMES:
        raise FieldError(f"field split: {value!r} is not train, validation or test")
    return SPLIT_NAMES[name]
