import json
from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework import parsers
from rest_framework.exceptions import ParseError

MAX_DEPTH = 20


class JSONParser(parsers.JSONParser):
    """JSON of up to `MAX_DEPTH` levels; no request of this API has more than three.

    Raises:
        ParseError: (400) if the body is not JSON, is nested more deeply, or has half of a character
            that is made of two: JSON can write that down, but nothing can store or send it.
    """

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        too_deep = ParseError(f"JSON parse error - nested in more than {MAX_DEPTH} levels")
        try:
            parsed = super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise too_deep from error
        # What only just fits the interpreter's stack here would overflow it in an error message.
        if _is_deeper(parsed, MAX_DEPTH):
            raise too_deep
        if not _can_be_sent(parsed):
            raise ParseError(_("Half a character (a lone surrogate) is in it. Send whole ones."))
        return parsed


def _can_be_sent(parsed: Any) -> bool:
    try:
        json.dumps(parsed, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_deeper(parsed: Any, limit: int) -> bool:
    level = [parsed]
    for _level in range(limit):
        level = [item for value in level for item in _items(value)]
        if not level:
            return False
    return any(isinstance(value, dict | list) for value in level)


def _items(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
