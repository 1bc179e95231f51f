"""The value of a field of a row, checked: text, number, label, time or list."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

LABELS = {"similar": 1.0, "not_similar": 0.0, "unsure": 0.5}
_SEPARATORS = re.compile(r"[,;|\s]+")


class FieldError(Exception):
    """A field of a row is unusable; the reader adds file and line."""


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


def string(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if is_blank(value):
        return ""
    if isinstance(value, (str, Integral)) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, Real) and not isinstance(value, bool):
        # What a table program makes of a whole number.
        return f"{float(value):.15g}"
    raise FieldError(f"field {name}: {type(value).__name__} instead of text")


def vector(row: Mapping[str, Any], name: str) -> tuple[float, ...]:
    """A list or array of numbers, or one written as JSON."""
    value = row.get(name)
    if is_blank(value):
        return ()
    try:
        listed: Any = json.loads(value) if isinstance(value, str) else value
        numbers = tuple(map(float, listed))
    except (TypeError, ValueError):
        numbers = (math.nan,)
    if not all(map(math.isfinite, numbers)):
        raise FieldError(f"field {name}: not a list of numbers")
    return numbers


def reasons(value: Any) -> tuple[str, ...]:
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


def is_blank(value: Any) -> bool:
    """Empty text, None, or what a table has where nothing is: NaN, NaT, NA."""
    if value is None or isinstance(value, str):
        return not value
    if type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, Real) and math.isnan(value)


def flag(value: Any, name: str) -> bool | None:
    if is_blank(value):
        return None
    known = {"0": False, "1": True, "0.0": False, "1.0": True, "false": False, "true": True}
    found = known.get(str(value).strip().lower())
    if found is None:
        raise FieldError(f"field {name}: {value!r} is neither 0 nor 1")
    return found
