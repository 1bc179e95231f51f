"""Rows that were refused, in a file that a person can put right and feed in again."""

import csv
import json
import os
from pathlib import Path
from typing import Any

from annotation.importers.records import Record, Table
from annotation.importers.reject_columns import REJECT_COLUMNS, unread_mark
from annotation.importers.rows import Problem
from annotation.importers.sources import STDIN, SourceError


def default_rejects_path(source_name: str, format_: str) -> Path:
    """Next to the input; in the working directory for standard input or a folder of others."""
    if source_name == STDIN:
        return Path(f"rejects.{format_}")
    beside = Path(f"{source_name}.rejects.{format_}")
    return beside if os.access(beside.parent, os.W_OK) else Path(beside.name)


class Rejects:
    """Collects refused rows in a temporary file; `keep` puts it in place, whole, at the end.

    The file has the input's form: CSV with its own columns and ``_line, _field, _reason,
    _unread``, or JSON Lines of ``{"line", "field", "reason", "value", "row"}``.
    """

    def __init__(self, path: Path, table: Table) -> None:
        self.path = path
        self.count = 0
        self.unread = False  # whether a row of a CSV could not be taken apart
        self._table = table
        # Columns of an earlier rejects file give way to this one's.
        self._kept = [
            index for index, name in enumerate(table.columns) if name not in REJECT_COLUMNS
        ]
        self._file: Any = None
        self._csv: Any = None

    def add(self, record: Record, problems: tuple[Problem, ...]) -> None:
        if self._file is None:
            self._open()
        self.count += 1
        named = ", ".join(each.column for each in problems)
        reasons = "; ".join(
            f"{each.column} {each.reason}" if len(problems) > 1 else each.reason
            for each in problems
        )
        if self._table.format == "csv":
            own = self._csv_fields(record.raw)
            told = record.line, named, reasons, self._mark(own) if record.problem else ""
            self._csv.writerow([*own, *told])
        else:
            value = problems[0].value
            entry = (record.line, named, reasons, _short(value), record.raw)
            self._file.write(_json_line(dict(zip(_KEYS, entry, strict=True))))

    def keep(self) -> None:
        """Put the file in its place, if any row was refused."""
        if self._file is None:
            return
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        os.replace(self._file.name, self.path)
        self._file = None

    def discard(self) -> None:
        """Remove what was collected and not kept."""
        if self._file is not None:
            self._file.close()
            Path(self._file.name).unlink(missing_ok=True)
            self._file = None

    def _open(self) -> None:
        try:
            draft = self.path.with_name(f".{self.path.name}.{os.getpid()}")
            self._file = draft.open("w", encoding="utf-8", newline="")
        except OSError as error:
            raise SourceError(
                f"Rejects cannot be written to {self.path}: {error.strerror}. "
                "Choose another place with --rejects."
            ) from error
        if self._table.format == "csv":
            self._csv = csv.writer(self._file, delimiter=self._table.delimiter)
            header = [self._table.header[index] for index in self._kept]
            self._csv.writerow([*header, *REJECT_COLUMNS])

    def _csv_fields(self, raw: object) -> list[str]:
        row = raw if isinstance(raw, list) else []
        return [row[index] if index < len(row) else "" for index in self._kept]

    def _mark(self, own: list[str]) -> str:
        self.unread = True
        columns = [self._table.columns[index] for index in self._kept]
        return unread_mark(dict(zip(columns, own, strict=True)))


_KEYS = ("line", "field", "reason", "value", "row")


def _short(value: object) -> object:
    return f"{value[:200]}…" if isinstance(value, str) and len(value) > 200 else value


def _json_line(entry: dict[str, object]) -> str:
    line = json.dumps(entry, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:
        # Half a surrogate pair has no UTF-8 form; its escape has.
        line = json.dumps(entry)
    return f"{line}\n"
