"""What a source is taken apart into."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from annotation.importers.rows import Problem
from annotation.importers.sources import Format


@dataclass(frozen=True, slots=True)
class Record:
    """One row. `values` is empty where `problem` says why the line could not be taken apart.

    `raw` is what goes into the rejects file: the object, a CSV row's fields, or the line's text.
    `size` is roughly its bytes.
    """

    line: int
    values: dict[str, object]
    raw: object
    size: int
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """`header` holds a CSV file's column names as written; JSON Lines has none."""

    format: Format
    records: Iterator[Record]
    header: list[str] = field(default_factory=list)
    delimiter: str = ","

    @property
    def columns(self) -> list[str]:
        return [column_name(name) for name in self.header]


def column_name(written: str) -> str:
    return written.strip().lower()
