"""The value of a field of a row, checked: text, number, label, time or list."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Set
from datetime import UTC, date, datetime
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

LABELS = {"similar": 1.0, "not_similar": 0.0, "unsure": 0.5, "true": 1.0, "false": 0.0}
# Sums of weights beyond it leave the others nothing of their digits.
_HEAVIEST = 1_000_000
# Of a number in a vector that networks read: float32 still holds the sum of squares of many.
READABLE = 1e12
# From here on not every whole number is a float.
_EXACT = 2**53
_SHOWN = 80
# Of times; milliseconds since 1970, or a date that is read as seconds, lie outside.
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_SEPARATORS = re.compile(r"[,;|\s]+")


class FieldError(Exception):
    """A field of a row is unusable; the reader adds file and line."""


def parse_label(value: Any) -> float:
    """1/0, similar/not_similar/unsure (0.5) or a share in between; raises FieldError."""
    if isinstance(value, str) and value.strip().lower() in LABELS:
        return LABELS[value.strip().lower()]
    try:
        target = float(value)
    except (TypeError, ValueError, OverflowError):
        target = float("nan")
    if not 0.0 <= target <= 1.0:
        raise FieldError(
            f"field label: {shown(value)} is not 1, 0, similar, not_similar, unsure or a share"
        )
    return target


def weight(value: Any) -> float:
    """How much a label counts in training: a number from 0 to a million, 1 where there is none;
    raises FieldError."""
    if is_blank(value):
        return 1.0
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not 0.0 <= number <= _HEAVIEST:
        raise FieldError(f"field weight: {shown(value)} is not a number from 0 to {_HEAVIEST:,}")
    return number


def string(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if is_blank(value):
        return ""
    if isinstance(value, (str, Integral)) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Real) and not isinstance(value, bool):
        return _of_a_table(float(value))
    raise FieldError(f"field {name}: {type(value).__name__} instead of text")


def _of_a_table(number: float) -> str:
    """The whole number that a table program made a float, digit for digit; of a fraction what it
    would show. Beyond the exact ones, floats that differ stay different."""
    if number.is_integer():
        return f"{number:.0f}" if abs(number) <= _EXACT else repr(number)
    return f"{number:.15g}"


def vector(row: Mapping[str, Any], name: str, *, most: float = math.inf) -> tuple[float, ...]:
    """A list or array of numbers, or one written as JSON, none of them beyond `most`."""
    value = row.get(name)
    if is_blank(value):
        return ()
    try:
        listed: Any = json.loads(value) if isinstance(value, str) else value
        # Of these, too, the keys or characters would be taken one by one.
        if isinstance(listed, (Mapping, Set, str, bytes)):
            raise TypeError
        numbers = tuple(map(float, listed))
    except (TypeError, ValueError, OverflowError, RecursionError):
        numbers = (math.nan,)
    if not all(map(math.isfinite, numbers)):
        raise FieldError(f"field {name}: not a list of numbers")
    if far := next((number for number in numbers if abs(number) > most), None):
        raise FieldError(f"field {name}: {far!r} is beyond {most:,.0f}, so no model can read it")
    return numbers


def moment(row: Mapping[str, Any], name: str) -> float | None:
    """A time as seconds since 1970: such seconds, or ISO 8601, in UTC where it names no zone."""
    value = row.get(name)
    if is_blank(value):
        return None
    seconds = _seconds(value)
    if not _EARLIEST.timestamp() <= seconds < _LATEST.timestamp():
        raise FieldError(
            f"field {name}: {shown(value)} is not a time of 2000 to 2099, in ISO 8601 or as "
            "seconds since 1970"
        )
    return seconds


def _seconds(value: Any) -> float:
    """NaN where it is none."""
    if isinstance(value, (str, Real, Decimal)) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return math.nan
        except ValueError:
            value = _from_iso(str(value))
    if not isinstance(value, date):
        return math.nan
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp()
    zoned = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    return float(zoned.timestamp())


def _from_iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return None


def reasons(value: Any) -> tuple[str, ...]:
    """A list of words, or words between commas, semicolons, bars or spaces, or an object that
    counts how often each was given; each once, in lower case."""
    if isinstance(value, float) and math.isnan(value):
        return ()
    words = value or []
    if isinstance(value, str):
        # What a list or an object becomes as a cell of a CSV.
        is_json = value.strip().startswith(("[", "{"))
        words = _words_from_json(value) if is_json else _SEPARATORS.split(value)
    if isinstance(words, dict):
        words = [word for word, count in words.items() if count]
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise FieldError(f"field reasons: {shown(value)} is not a list of words")
    return tuple(dict.fromkeys(word.strip().lower() for word in words if word.strip()))


def _words_from_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FieldError(f"field reasons: {shown(text)} is not a list of words") from error


def from_json(value: Any) -> dict[str, Any] | None:
    """The object that a text is the JSON of; None of anything else."""
    if not isinstance(value, str) or not value.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def is_blank(value: Any) -> bool:
    """Empty text, None, or what a table has where nothing is: NaN, NaT, NA."""
    if value is None or isinstance(value, str):
        return not value
    if type(value).__name__ in ("NAType", "NaTType"):
        return True
    # NaN alone is unequal to itself; math.isnan takes no whole number of 400 digits.
    return isinstance(value, Real) and bool(value != value)


def flag(value: Any, name: str) -> bool | None:
    if is_blank(value):
        return None
    known = {"0": False, "1": True, "false": False, "true": True}
    found = known.get(re.sub(r"\.0*$", "", str(value).strip().lower()))
    if found is None:
        raise FieldError(f"field {name}: {shown(value)} is neither 0 nor 1")
    return found


def shown(value: Any) -> str:
    """As a message repeats it: of what is long, such as a number of 4,000 digits, the beginning."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
