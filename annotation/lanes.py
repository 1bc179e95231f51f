"""The lane of a queue item: the languages of its two videos, as one value that an index can hold.

A person's claim looks into the lanes that they read in full, so that pairs in other languages cost
it nothing, however many stand before theirs.
"""

from collections.abc import Iterable
from itertools import combinations

# In SQL, over the columns of the two videos. The collation is Python's order of plain letters.
LANE = """CASE
    WHEN {a} = {b} OR {b} = '' THEN {a} WHEN {a} = '' THEN {b}
    WHEN {a} < {b} COLLATE "C" THEN {a} || ',' || {b} ELSE {b} || ',' || {a} END"""


def lane_of(*languages: str) -> str:
    """`lane_of("en", "de")` is "de,en"; a language that is not known does not count."""
    return ",".join(sorted({language for language in languages if language}))


def lanes_read_by(languages: Iterable[str]) -> list[str]:
    """Every lane that a reader of `languages` reads in full, those of unknown language included."""
    single = sorted(set(languages))
    return ["", *single, *(lane_of(*two) for two in combinations(single, 2))]


def languages_of(lane: str) -> list[str]:
    return [language for language in lane.split(",") if language]
