"""Parquet, by record batches, so that memory does not grow with the file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modeling.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

Row = dict[str, Any]

# Rows whose texts are in memory at a time, of the input and again of the output.
BATCH_ROWS = 512
# A row group of the output ends at the first of these.
_GROUP_ROWS, _GROUP_BYTES = 65_536, 32 * 2**20
_READ_BUFFER = 2**20


@contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile]:
    """Raises InputError also for what goes wrong inside the block, such as a damaged page."""
    import pyarrow as pa

    try:
        with _open(path) as file:
            yield file
    except pa.ArrowException as error:
        raise InputError(f"{path}: cannot be read as Parquet: {error}") from error


def _open(path: Path) -> pq.ParquetFile:
    import pyarrow.parquet as pq

    try:
        # Without its buffers in advance, which would hold the whole of the compressed columns.
        return pq.ParquetFile(path, pre_buffer=False, buffer_size=_READ_BUFFER)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error}") from error


def read(path: Path, columns: Collection[str] | None) -> Iterator[tuple[str, Row]]:
    """("row 3", row), counted from 1; without `columns`, all of them, times as text."""
    with _opened(path) as file:
        names = _distinct(path, file.schema_arrow.names)
        wanted = [name for name in names if columns is None or name in columns]
        if not wanted:
            yield from ((f"row {row + 1}", {}) for row in range(file.metadata.num_rows))
            return
        row = 0
        for batch in _batches(path, file, wanted):
            try:
                values = _readable(batch).to_pylist()
            except UnicodeDecodeError as error:
                last = row + batch.num_rows
                raise InputError(f"{path}, rows {row + 1} to {last}: not UTF-8: {error}") from error
            yield from ((f"row {row + i}", value) for i, value in enumerate(values, 1))
            row += len(values)


def _batches(
    path: Path, file: pq.ParquetFile, columns: Sequence[str] | None = None
) -> Iterator[pa.RecordBatch]:
    try:
        # Of lists of words from a dictionary, pyarrow reads no batch that spans two row groups.
        for group in range(file.num_row_groups):
            yield from file.iter_batches(BATCH_ROWS, row_groups=[group], columns=columns)
    except OSError as error:  # so a page that cannot be decompressed is reported
        raise InputError(f"{path}: cannot be read as Parquet: {error}") from error


def _distinct(path: Path, names: Sequence[str]) -> Sequence[str]:
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{path}: two columns are called {name!r}")
    return names


def _readable(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Times and decimals as text: nanoseconds have no type in Python."""
    import pyarrow as pa

    for index, field in enumerate(batch.schema):
        if pa.types.is_temporal(field.type) or pa.types.is_decimal(field.type):
            batch = batch.set_column(index, field.name, batch.column(index).cast(pa.string()))
    return batch


def column_names(path: Path) -> list[str]:
    with _opened(path) as file:
        return list(file.schema_arrow.names)


def require_text(path: Path, target: Path) -> None:
    """Raises InputError where a column of `path` cannot be written as text to `target`."""
    with _opened(path) as file:
        for field in file.schema_arrow:
            if _holds_bytes(field.type):
                raise InputError(
                    f"{path}: column {field.name!r} holds bytes, which {target.name} cannot hold; "
                    "give the output a name that ends in .parquet"
                )


def _holds_bytes(kind: pa.DataType) -> bool:
    """Itself, or in a list, an object or a dictionary, however deep."""
    import pyarrow as pa

    types = pa.types
    if types.is_dictionary(kind):
        return _holds_bytes(kind.value_type)
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind):
        return True
    inner = (kind.field(index).type for index in range(kind.num_fields))
    return types.is_fixed_size_binary(kind) or any(map(_holds_bytes, inner))


@contextmanager
def copying(
    source: Path, target: Path, added: Mapping[str, type]
) -> Iterator[Callable[[Row], None]]:
    """The columns of `source` as they are, and of the rows only `added`, at their end or, where
    such a column is there, in its place."""
    with _opened(source) as file:
        schema = extended(file.schema_arrow, added)
        batches = (batch for batch in _batches(source, file) if batch.num_rows)
        current = next(batches, None)
        waiting: list[Row] = []
        with row_groups(target, schema) as put:

            def write(row: Row) -> None:
                nonlocal current
                if current is None:
                    raise _changed(source)
                waiting.append({name: row[name] for name in added})
                if len(waiting) == current.num_rows:
                    put(_joined(current, waiting, schema))
                    current = next(batches, None)
                    waiting.clear()

            yield write
            if current is not None:
                raise _changed(source)


def _changed(path: Path) -> InputError:
    return InputError(f"{path}: other rows than when it was first read; start again")


def extended(schema: pa.Schema, added: Mapping[str, type]) -> pa.Schema:
    import pyarrow as pa

    for name, kind in added.items():
        field = pa.field(name, pa.float64() if kind is float else pa.string())
        index = schema.get_field_index(name)
        schema = schema.set(index, field) if index >= 0 else schema.append(field)
    return schema


def _joined(batch: pa.RecordBatch, added: Sequence[Row], schema: pa.Schema) -> pa.RecordBatch:
    import pyarrow as pa

    columns = [
        pa.array([row[field.name] for row in added], field.type)
        if field.name in added[0]
        else batch.column(field.name)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


@contextmanager
def row_groups(target: Path, schema: pa.Schema) -> Iterator[Callable[[pa.RecordBatch], None]]:
    """Puts batches together into row groups that are worth reading.

    Raises:
        InputError: Parquet has no such type.
    """
    import pyarrow as pa

    waiting: list[pa.RecordBatch] = []

    def flush() -> None:
        writer.write_table(pa.Table.from_batches(waiting, schema))
        waiting.clear()

    def put(batch: pa.RecordBatch) -> None:
        waiting.append(batch)
        rows, size = sum(b.num_rows for b in waiting), sum(b.nbytes for b in waiting)
        if rows >= _GROUP_ROWS or size >= _GROUP_BYTES:
            flush()

    with _writer(target, schema) as writer:
        yield put
        if waiting:
            flush()


def _writer(target: Path, schema: pa.Schema) -> pq.ParquetWriter:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetWriter(target, schema)
    except pa.ArrowNotImplementedError as error:
        raise InputError(
            f"a column cannot be kept as Parquet ({error}); give the output a name that ends in "
            ".jsonl"
        ) from error
