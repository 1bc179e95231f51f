"""What a library says of its own inner works, to nobody who can use it, is left unsaid."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_messages(logger: str, words: str) -> Iterator[None]:
    """Messages of the `logger` of that name that have these words are not logged."""

    def keep(record: logging.LogRecord) -> bool:
        return words not in record.getMessage()

    heard = logging.getLogger(logger)
    heard.addFilter(keep)
    try:
        yield
    finally:
        heard.removeFilter(keep)
