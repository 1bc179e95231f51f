"""One value of a row at a time: what came in, checked and in the form that is stored."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from annotation.languages import MAX_TAG, primary_language
from annotation.models.videos import VIDEO_ID

MAX_URL = 500
MAX_PAIR_ID = 500
MAX_SECONDS = 2**31 - 1

_SURROGATE = re.compile("[\ud800-\udfff]")
_HTTPS = re.compile(r"https://[^\s/?#@<>\"'\\:\[\]]+(:[0-9]{1,5})?([/?#][^\s<>\"\\]*)?")
_TYPE_NAMES = {bool: "true or false", int: "a number", float: "a number", list: "a list",
               dict: "an object"}  # fmt: skip


class FieldError(ValueError):
    """Why a value cannot be stored, worded to follow the name of its column."""


Check = Callable[[object], object]


def text(limit: int) -> Callable[[object], str]:
    """A check for text of up to `limit` characters, kept exactly as it is; null becomes ""."""

    def check(value: object) -> str:
        if value is None:
            return ""
        if not isinstance(value, str):
            raise FieldError(f"must be text, not {_TYPE_NAMES.get(type(value), 'this')}")
        if "\0" in value:
            raise FieldError("contains a NUL character, which cannot be stored")
        if _SURROGATE.search(value):
            raise FieldError("contains half of a surrogate pair, which is no character")
        if len(value) > limit:
            raise FieldError(f"is {len(value):,} characters long; the limit is {limit:,}")
        return value

    return check


def required_text(limit: int) -> Callable[[object], str]:
    check_text = text(limit)

    def check(value: object) -> str:
        checked = check_text(value)
        if not checked.strip():
            raise FieldError("is empty")
        return checked

    return check


def text_or_none(limit: int) -> Callable[[object], str | None]:
    check_text = text(limit)

    def check(value: object) -> str | None:
        checked = check_text(value)
        return checked if checked.strip() else None

    return check


def _identifier(value: object, limit: int) -> str:
    checked = required_text(limit)(value).strip()
    if not checked.isprintable():
        raise FieldError("contains a character that cannot be seen")
    return checked


def video_id(value: object) -> str:
    checked = _identifier(value, 240)
    if checked.startswith(("http:", "https:")):
        raise FieldError("is an address; give the video's id alone")
    if not re.fullmatch(VIDEO_ID, checked):
        raise FieldError("is not an id such as dQw4w9WgXcQ or site:name")
    return checked


def pair_id(value: object) -> str:
    return _identifier(value, MAX_PAIR_ID)


def language(value: object) -> str:
    tag = text(MAX_TAG)(value).strip()
    return _primary(tag) if tag else ""


def declared_language(value: object) -> str:
    tag = text(MAX_TAG)(value).strip()
    if tag:
        _primary(tag)
    return tag


def _primary(tag: str) -> str:
    try:
        return primary_language(tag)
    except ValueError as error:
        raise FieldError(str(error)) from error


def country(value: object) -> str:
    code = text(100)(value).strip().upper()
    if code and not re.fullmatch("[A-Z]{2}", code):
        raise FieldError("is not a country code of two letters such as DE")
    return code


def moment(value: object) -> datetime | None:
    """An ISO 8601 date or time; without a zone it is UTC."""
    written = text(100)(value).strip()
    if not written:
        return None
    try:
        read = datetime.fromisoformat(written)
        return read.replace(tzinfo=read.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise FieldError("is not a date such as 2024-05-31 or 2024-05-31T18:00:00Z") from error


def duration(value: object) -> int | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and re.fullmatch("[0-9]{1,10}", value.strip()):
        value = int(value)
    if type(value) is not int or not 0 <= value <= MAX_SECONDS:
        raise FieldError("is not a whole number of seconds")
    return value


def https_url(value: object) -> str:
    """An https address; http is upgraded, since a page served over https shows no other."""
    url = text(MAX_URL)(value).strip()
    if url[:7].lower() == "http://":
        url = f"https://{url[7:]}"
    elif url[:8].lower() == "https://":
        url = f"https://{url[8:]}"
    if len(url) > MAX_URL:
        raise FieldError(f"is longer than {MAX_URL} characters")
    if url and not (_HTTPS.fullmatch(url) and url.isprintable() and _is_split(url)):
        raise FieldError("is not an https address")
    return url


def _is_split(url: str) -> bool:
    """Whether the host stays a host when its letters are made plain: one of them may be "a/c"."""
    try:
        urlsplit(url)
    except ValueError:
        return False
    return True
