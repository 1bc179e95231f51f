"""Rows of fixed width between Postgres and arrays by COPY's binary format, at memory's speed.

Every column must be NOT NULL and of fixed width, so that every row has the same length
(PostgreSQL manual, "COPY", "Binary Format").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from django.db.backends.utils import CursorWrapper
    from numpy.typing import NDArray

    Rows = NDArray[np.void]

SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"
CHUNK = 20_000


def read_rows(
    cursor: CursorWrapper,
    query: str,
    parameters: Mapping[str, Any],
    types: Mapping[str, str],
    *,
    order: Sequence[str] = (),
    rest: Callable[[], None] | None = None,
) -> Rows:
    """The result of `query` as an array (n,) with a field a column; `types` as numpy writes them.

    `order`: fields to sort by, the first counts most; in memory, where Postgres would take a disk.
    `rest` is called between blocks; while it takes its time, the server waits.

    Raises: ValueError when a row is not as wide as `types` says (a NULL, another type).
    """
    import numpy as np

    layout, found = _layout(types), bytearray()
    # Of psycopg's own cursor: the one that Django logs queries with takes no parameters here.
    with cursor.cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT BINARY)", parameters) as copy:
        for block in copy:
            found += block
            if rest:
                rest()
    size = len(found) - len(SIGNATURE) - len(TRAILER)
    if size % layout.itemsize:
        raise ValueError("a row of this query is not of the width that its types have")
    raw = np.frombuffer(found, layout, offset=len(SIGNATURE), count=size // layout.itemsize)
    rows = np.empty(len(raw), list(types.items()))
    places = np.lexsort([raw[field] for field in reversed(order)]) if order else slice(None)
    for field in types:
        rows[field] = raw[field][places]
    return rows


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
        for start in range(0, len(rows), CHUNK):
            chunk = rows[start : start + CHUNK]
            raw = np.empty(len(chunk), layout)
            raw["columns"] = len(fields)
            for field in fields:
                raw[field] = chunk[field]
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
