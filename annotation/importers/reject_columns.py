"""The columns that a rejects file adds to those of a CSV, and what they tell when it comes back."""

from collections.abc import Mapping
from hashlib import blake2b

UNREAD = "_unread"
REJECT_COLUMNS = ("_line", "_field", "_reason", UNREAD)


def unread_mark(cells: Mapping[str, str]) -> str:
    """What stands in `_unread` beside a row that could not be taken apart.

    In its columns, cut or filled up, it may look like one that can be imported: by the mark it is
    known again for as long as nobody has changed it. A spreadsheet that moves columns, adds empty
    ones or writes other line ends changes nothing.
    """
    words = {
        name: " ".join(text.split()) for name, text in cells.items() if name not in REJECT_COLUMNS
    }
    told = sorted((name, text) for name, text in words.items() if name and text)
    return f"as it came: {blake2b(repr(told).encode(), digest_size=6).hexdigest()}"


def is_unread(cells: Mapping[str, str]) -> bool:
    return UNREAD in cells and cells[UNREAD].strip() == unread_mark(cells)
