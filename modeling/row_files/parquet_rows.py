"""Rows of CSV and JSON Lines as Parquet: their types are found first, in a reading of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modeling.errors import InputError
from modeling.row_files.parquet import BATCH_ROWS, Row, extended, row_groups

if TYPE_CHECKING:
    import pyarrow as pa

Types = dict[str, "pa.DataType"]


def infer_schema(path: Path, rows: Iterable[tuple[str, Row]]) -> pa.Schema:
    """The columns of all rows with types that hold every value; text where there is none.

    Raises:
        InputError: two rows have values that no type holds, with the place of the second.
    """
    types: Types = {}
    iterator = iter(rows)
    while chunk := list(islice(iterator, BATCH_ROWS)):
        try:
            _widen(types, [row for _, row in chunk])
        except InputError as together:
            for place, row in chunk:  # which of them it is
                try:
                    _widen(types, [row])
                except InputError as error:
                    raise InputError(f"{path}, {place}: {error}") from error
            place = f"{chunk[0][0]} to {chunk[-1][0]}"
            raise InputError(f"{path}, {place}: {together}") from together
    return _schema(types)


def _widen(types: Types, rows: Sequence[Row]) -> None:
    """Makes `types` hold these rows too, or raises InputError and leaves what is certain."""
    import pyarrow as pa

    for name in dict.fromkeys(name for row in rows for name in row):
        known = types.get(name, pa.null())
        try:
            found = _array([row.get(name) for row in rows]).type
            both = [pa.schema([(name, kind)]) for kind in (known, found)]
            types[name] = pa.unify_schemas(both, promote_options="permissive").field(name).type
        except UnicodeEncodeError as error:
            raise InputError(
                f"field {name!r}: Parquet has no such name; give the output a name that ends in "
                ".jsonl"
            ) from error
        except (pa.ArrowException, TypeError, OverflowError) as error:
            raise InputError(
                f"field {name}: a value that does not fit those before it in one Parquet column "
                f"({error}); give the output a name that ends in .jsonl"
            ) from error


def _schema(types: Types) -> pa.Schema:
    import pyarrow as pa

    text = {name: pa.string() if kind == pa.null() else kind for name, kind in types.items()}
    return pa.schema(list(text.items()))


def _array(values: Sequence[Any], kind: pa.DataType | None = None) -> pa.Array:
    import pyarrow as pa

    try:
        return pa.array(values, kind)
    except UnicodeEncodeError:
        return pa.array([_storable(value) for value in values], kind)


def _storable(value: Any) -> Any:
    """Halves of surrogate pairs, which UTF-8 cannot hold, as question marks."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, dict):
        return {_storable(name): _storable(item) for name, item in value.items()}
    return [_storable(item) for item in value] if isinstance(value, list) else value


@contextmanager
def writing(
    target: Path, schema: pa.Schema, added: Mapping[str, type]
) -> Iterator[Callable[[Row], None]]:
    """Rows of `schema` with the columns `added`."""
    schema, waiting = extended(schema, added), list[Row]()
    with row_groups(target, schema) as put:

        def write(row: Row) -> None:
            waiting.append(row)
            if len(waiting) == BATCH_ROWS:
                put(_batch(waiting, schema))
                waiting.clear()

        yield write
        put(_batch(waiting, schema))


@contextmanager
def writing_untyped(target: Path) -> Iterator[Callable[[Row], None]]:
    """Rows whose types show at the end: they are in memory until then."""
    rows: list[Row] = []
    yield rows.append
    schema = infer_schema(target, ((f"row {i}", row) for i, row in enumerate(rows, 1)))
    with writing(target, schema, {}) as write:
        for row in rows:
            write(row)


def _batch(rows: Sequence[Row], schema: pa.Schema) -> pa.RecordBatch:
    import pyarrow as pa

    columns = [_array([row.get(f.name) for row in rows], f.type) for f in schema]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
