"""How do many facts come in at once? As an Arrow file in the journal folder, which one record refers to."""

from __future__ import annotations

import os
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from decision_store.errors import InvalidRecord
from decision_store.journal.append import make_folder, sync, sync_folder, unavailable, unique_name
from decision_store.journal.payloads import canonical_json, encode

if TYPE_CHECKING:
    import pyarrow as pa

    from decision_store.facts import Column, FactTable

SEGMENT_ROWS = 500_000
"""Rows in one file: a fold holds one of them in memory at a time."""


def write(folder: Path, facts: FactTable, table: pa.Table) -> list[tuple[str, bytes]]:
    """Write a checked table to segment files; return their names and the payloads that refer to them."""
    return [
        _write(folder, facts, table.slice(start, SEGMENT_ROWS))
        for start in range(0, table.num_rows, SEGMENT_ROWS)
    ]


def _write(folder: Path, facts: FactTable, table: pa.Table) -> tuple[str, bytes]:
    import pyarrow as pa

    name = f"{unique_name()}.arrow"
    unfinished = folder / f"{name}.part"
    compression = "zstd" if pa.Codec.is_available("zstd") else None
    try:
        make_folder(folder)
        with unfinished.open("xb+") as stream:
            options = pa.ipc.IpcWriteOptions(compression=compression)
            with pa.ipc.new_file(stream, table.schema, options=options) as writer:
                writer.write_table(table, max_chunksize=65_536)
            stream.flush()
            sync(stream.fileno())
            stream.seek(0)
            digest = file_digest(stream, "sha256").hexdigest()
        os.replace(unfinished, folder / name)  # noqa: PTH105 - a rename is meant
        sync_folder(folder)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise unavailable(folder, error) from error
    record = {"file": name, "table_kind": facts.kind, "rows": table.num_rows, "sha256": digest}
    return name, encode("segment", record)


def checked(facts: FactTable, table: pa.Table) -> pa.Table:
    """Bring a table to the columns of its kind.

    Columns that are missing or null get their default, NaN is missing, times with a zone become UTC, JSON
    gets sorted keys; columns that the table of facts does not have are left out.

    Raises
    ------
    InvalidRecord
        Naming the column, and the row where one row is to blame.
    """
    import pyarrow as pa

    schema = facts()
    columns = []
    for column in facts.columns:
        field = schema.field(column.name)
        if column.name in table.column_names:
            values = _cast(column, table.column(column.name), field.type)
        elif column.required:
            raise InvalidRecord(column.name, None, "is a column that the table must have")
        else:
            values = pa.chunked_array([pa.nulls(table.num_rows, field.type)])
        columns.append(_filled(column, values))
    return pa.table(columns, names=schema.names)


def _cast(column: Column, values: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        if column.kind == "moment" and pa.types.is_timestamp(values.type) and values.type.tz:
            values = values.cast(pa.timestamp("us", "UTC"), safe=False)
        cut = column.kind == "moment"  # nanoseconds beyond the microsecond
        values = values.cast(wanted, safe=not cut)
    except pa.ArrowInvalid as error:
        raise InvalidRecord(column.name, str(values.type), f"does not fit ({error})") from error
    if column.kind == "number":
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, wanted), values)
        _refuse(column, values, pc.is_inf(values), "must be finite")
        outside = pc.or_(pc.less(values, column.low), pc.greater(values, column.high))
        _refuse(column, values, outside, f"must lie in [{column.low:g}, {column.high:g}]")
    if column.kind == "json":
        values = _canonical(column, values)
    return values


def _filled(column: Column, values: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    if column.default is not None:
        return pc.fill_null(values, column.default)
    if column.required:
        _refuse(column, values, pc.is_null(values), "must be there")
        if column.kind == "text":
            _refuse(column, values, pc.equal(pc.utf8_length(values), 0), "must not be empty")
    return values


def _refuse(column: Column, values: pa.ChunkedArray, bad: pa.ChunkedArray, reason: str) -> None:
    import pyarrow.compute as pc

    if row := pc.index(bad, True).as_py() + 1:
        raise InvalidRecord(column.name, values[row - 1].as_py(), f"{reason} (row {row})")


def _canonical(column: Column, values: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa

    seen: dict[str | None, str | None] = {None: None, "": None}
    result = []
    for row, text in enumerate(values.to_pylist(), start=1):
        if text not in seen:
            try:
                seen[text] = canonical_json(orjson.loads(text))
            except ValueError as error:
                raise InvalidRecord(
                    column.name, text, f"must be JSON ({error}; row {row})"
                ) from error
        result.append(seen[text])
    return pa.chunked_array([pa.array(result, pa.string())])
