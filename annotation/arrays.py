"""Rows of numbers between Postgres and arrays, at memory's speed.

Read, a column comes as one value: its numbers in the wire's binary form, one after the other, so
that no row costs a call. Written, rows go by COPY's binary format, in which rows of fixed width are
an array too (PostgreSQL manual, "COPY", "Binary Format").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from django.db.backends.utils import CursorWrapper
    from numpy.typing import NDArray

    Rows = NDArray[np.void]

# The function of Postgres that gives a number in the wire's form, by its type as numpy writes it.
SENDS = {"i8": "int8send", "i4": "int4send", "i2": "int2send", "f8": "float8send", "?": "boolsend"}
SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"
# Rows that are read or written at once where somebody may be waiting meanwhile.
PORTION = 20_000


def read_rows(
    cursor: CursorWrapper,
    query: str,
    parameters: Mapping[str, Any],
    types: Mapping[str, str],
    *,
    order: Sequence[str] = (),
) -> Rows:
    """The result of `query` as an array (n,) with a field a column; `types` as numpy writes them.

    `order`: fields to sort by, the first counts most; in memory, where Postgres would take a disk.

    Raises: ValueError when a value is missing (NULL).
    """
    import numpy as np

    sent = ", ".join(f"string_agg({SENDS[kind]}({field}), '')" for field, kind in types.items())
    cursor.execute(f"SELECT {sent} FROM ({query}) AS rows", parameters)  # noqa: S608 - our own
    columns = [
        np.frombuffer(value or b"", np.dtype(kind).newbyteorder(">"))
        for value, kind in zip(cursor.fetchone(), types.values(), strict=True)
    ]
    if len({len(column) for column in columns}) > 1:
        raise ValueError("a value is missing (NULL) in a row of this query")
    rows = np.empty(len(columns[0]), list(types.items()))
    for field, column in zip(types, columns, strict=True):
        rows[field] = column
    return rows[np.lexsort([rows[field] for field in reversed(order)])] if order else rows


def read_in_portions(
    cursor: CursorWrapper,
    query: str,
    parameters: Mapping[str, Any],
    types: Mapping[str, str],
    *,
    rest: Callable[[], None],
) -> Iterator[Rows]:
    """The result of a `query` in the order of its first column, at most PORTION rows at a time: it
    takes %(portion)s rows behind %(after)s. `rest` is called between the statements."""
    key, after = next(iter(types)), 0
    while True:
        rows = read_rows(cursor, query, {**parameters, "after": after, "portion": PORTION}, types)
        rest()
        yield rows
        if len(rows) < PORTION:
            return
        after = int(rows[key][-1])


def write_rows(
    cursor: CursorWrapper, table: str, rows: Rows, *, rest: Callable[[], None] | None = None
) -> None:
    """Add an array (n,) to `table`, whose columns are the array's fields in this order; `rest` is
    called between blocks."""
    import numpy as np

    fields = rows.dtype.names or ()
    layout = _layout({field: rows.dtype[field].str for field in fields})
    statement = f"COPY {table} ({', '.join(fields)}) FROM STDIN (FORMAT BINARY)"
    with cursor.copy(statement) as copy:
        copy.write(SIGNATURE)
        for start in range(0, len(rows), PORTION):
            portion = rows[start : start + PORTION]
            raw = np.empty(len(portion), layout)
            raw["columns"] = len(fields)
            for field in fields:
                raw[field] = portion[field]
                raw[f"{field} bytes"] = rows.dtype[field].itemsize
            copy.write(raw.tobytes())
            if rest:
                rest()
        copy.write(TRAILER)


def _layout(types: Mapping[str, str]) -> np.dtype[np.void]:
    import numpy as np

    fields: list[tuple[str, np.dtype[Any]]] = [("columns", np.dtype(">i2"))]
    for name, kind in types.items():
        fields += [(f"{name} bytes", np.dtype(">i4")), (name, np.dtype(kind).newbyteorder(">"))]
    return np.dtype(fields)
