"""Types of options on a command line, for `type=` of argparse."""

from __future__ import annotations

import argparse
from collections.abc import Callable


def at_least(least: int) -> Callable[[str], int]:
    """A whole number that is not below `least`."""
    return _whole_number(least, None, f"from {least} on")


def between(least: int, most: int) -> Callable[[str], int]:
    """A whole number that is neither below `least` nor above `most`."""
    return _whole_number(least, most, f"from {least:,} to {most:,}")


def _whole_number(least: int, most: int | None, bounds: str) -> Callable[[str], int]:
    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if number < least or (most is not None and number > most):
            raise argparse.ArgumentTypeError(f"must be a whole number {bounds}, not {text}")
        return number

    return parse
