"""Records of a CSV file. A quote that is never closed costs the line that it stands in, no more."""

import csv
import io
from collections.abc import Iterator

from annotation.importers.records import Record, Table, column_name
from annotation.importers.reject_columns import is_unread
from annotation.importers.rows import Problem
from annotation.importers.sources import Source, SourceError

# The csv module reads on for a closing quote: this bounds how far.
MAX_CSV_FIELD = 4 * 2**20
# Room for two transcripts of the longest kind that are nothing but quotes, each of which is written
# twice; a longer line is refused unread. A part of one would not do: its end may look like that of
# a field or of a row.
MAX_CSV_LINE = 16 * 2**20
# What was read on in vain is read again, line by line. A file without end of such lines would take
# that long for each: after so many characters it is given up.
MAX_READ_AGAIN = 16 * MAX_CSV_FIELD
_SHOWN = 1000


def csv_table(source: Source) -> Table:
    """Raises SourceError for a header that is unreadable or names a column twice."""
    csv.field_size_limit(MAX_CSV_FIELD)
    # Bytes that are not UTF-8 come through as lone surrogates, so that only their row is refused.
    text = io.TextIOWrapper(source.stream, "utf-8-sig", errors="surrogateescape", newline="")
    first = text.readline(MAX_CSV_LINE)
    delimiter = max(",;\t", key=first.count)
    lines = _Lines(text, first)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        header = [_readable(name) for name in next(reader)]
    except (csv.Error, StopIteration) as error:
        raise SourceError(f"{source.name} has no readable header line: {error}.") from error
    names = [column_name(name) for name in header if name.strip()]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SourceError(f"{source.name} has two columns named {twice[0]}.")
    return Table("csv", _records(reader, lines, header, delimiter), header, delimiter)


class _Lines(Iterator[str]):
    """Lines, those of the record that is being read kept. One that is too long raises csv.Error."""

    def __init__(self, text: io.TextIOWrapper, first: str) -> None:
        self._text = text
        self._again = [first]  # the next one last
        self._of_record: list[str] = []
        self._read_again = 0
        self.number = 1  # of the first line of the record

    def __next__(self) -> str:
        line = self._again.pop() if self._again else self._read()
        if not line:
            raise StopIteration
        self._of_record.append(line)
        if len(line) >= MAX_CSV_LINE:
            raise csv.Error(f"a line is longer than {MAX_CSV_LINE:,} characters")
        return line

    def _read(self) -> str:
        """The next line; one that is over the limit comes cut."""
        line = rest = self._text.readline(MAX_CSV_LINE)
        while len(rest) == MAX_CSV_LINE and not rest.endswith(("\n", "\r")):
            rest = self._text.readline(MAX_CSV_LINE)
        return line

    def begin(self) -> None:
        """The next line is the first of a record."""
        self.number += len(self._of_record)
        self._of_record = []

    def refuse(self) -> tuple[str, int]:
        """The first line of the record, which is none, and how many are lost: all but the first
        come again, unless that was too much already."""
        first, *others = self._of_record
        self._read_again += sum(map(len, others))
        if self._read_again > MAX_READ_AGAIN:
            return first, len(self._of_record)
        self._again += reversed(others)
        self._of_record = [first]
        return first, 1


def _records(
    reader: Iterator[list[str]], lines: _Lines, header: list[str], delimiter: str
) -> Iterator[Record]:
    columns = [column_name(name) for name in header]
    while True:
        lines.begin()
        line = lines.number
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield _refused(line, *lines.refuse(), str(error), len(columns), delimiter)
            continue
        if row:
            yield _record(line, row, columns)


def _refused(
    line: int, content: str, lost: int, reason: str, columns: int, delimiter: str
) -> Record:
    """`content` in its columns, where it has as many, to be put right there."""
    shown = _readable(content.rstrip("\r\n"))
    fields = shown.split(delimiter)
    raw = fields if len(fields) == columns else [shown]
    if len(shown) > MAX_CSV_FIELD:  # which no field can hold
        raw = [shown[:_SHOWN]]
    if lost > 1:
        reason += f"; the {lost - 1:,} lines after it were not read, so put it right in the file"
    return Record(line, {}, raw, len(shown), Problem("", f"is not valid CSV: {reason}"))


def _record(line: int, row: list[str], columns: list[str]) -> Record:
    size = sum(map(len, row))
    shown = [_readable(value) for value in row]
    if len(row) != len(columns):
        reason = f"has {len(row)} fields where the header has {len(columns)}"
        if extra := shown[len(columns) :]:
            reason += f"; beyond it: {extra}"
        return Record(line, {}, shown, size, Problem("", reason))
    for column, value, clean in zip(columns, row, shown, strict=True):
        if value != clean:
            problem = Problem(column, "is not valid UTF-8", clean[:100])
            return Record(line, {}, shown, size, problem)
    cells = dict(zip(columns, row, strict=True))
    if is_unread(cells):
        reason = cells.get("_reason") or "is as it was when it was refused"
        return Record(line, {}, shown, size, Problem(cells.get("_field", ""), reason))
    values: dict[str, object] = {**cells}
    return Record(line, {k: v for k, v in values.items() if k}, shown, size)


def _readable(value: str) -> str:
    if value.isascii():
        return value
    return value.encode(errors="surrogateescape").decode(errors="backslashreplace")
