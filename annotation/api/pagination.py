import re
from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

# The keys are 64-bit integers; every number of 18 digits is one.
_POSITION = re.compile("[0-9]{1,18}")


class StandardPagination(CursorPagination):
    """Newest first. A cursor costs the same on the last page as on the first."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    ordering = "-id"

    def decode_cursor(self, request: Request) -> Any:
        """The cursor that the client sent back.

        Raises:
            NotFound: if it is none that this API gave out.
        """
        cursor: Any = super().decode_cursor(request)
        if cursor and cursor.position is not None and not _POSITION.fullmatch(cursor.position):
            raise NotFound(self.invalid_cursor_message)
        return cursor
