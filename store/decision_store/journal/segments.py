"""Segment files: bulk loads as Arrow files in the journal folder, each referred to by one record."""

from __future__ import annotations

from hashlib import file_digest
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from decision_store.durable_files import atomic_write
from decision_store.errors import CannotWrite, InvalidRecord
from decision_store.fields import MAX_DEPTH, FieldType
from decision_store.journal.append import unavailable, unique_name
from decision_store.journal.payloads import canonical_json, encode
from decision_store.journal.segment_reader import LINES_AT_MOST
from decision_store.parallel import each
from decision_store.record_classes import CANONICAL

if TYPE_CHECKING:
    from decision_store.fields import Field
    from decision_store.record_classes import FactTable

# White space as str.strip() knows it; RE2 knows no \\s beyond ASCII.
_BLANK = r"^[\s\x0b\x1c-\x1f\x{85}\p{Z}]*$"

SEGMENT_ROWS = 2 * 122_880
"""Rows in one file at most: whole row groups of DuckDB, which it writes at once instead of through its log."""

SEGMENT_BYTES = 128 << 20
"""Memory that the rows of one file take at most, about: a fold holds one of them in memory at a time."""


def write(folder: Path, facts: FactTable, table: pa.Table) -> list[tuple[str, bytes]]:
    """Write a checked table to segment files; return their names and the payloads that refer to them.

    None of several is so small that a fold takes it for lines.
    """
    rows = table.num_rows
    fitting = rows * SEGMENT_BYTES // max(table.nbytes, 1)
    step = max(1, min(SEGMENT_ROWS, fitting))
    ends = [*range(0, max(rows - LINES_AT_MOST, 1), step), rows] if rows else []
    parts = [table.slice(start, end - start) for start, end in pairwise(ends)]
    return each(lambda part: _write(folder, facts, part), parts, rows=rows)


def _write(folder: Path, facts: FactTable, table: pa.Table) -> tuple[str, bytes]:
    name = f"{unique_name()}.arrow"
    compression = "zstd" if pa.Codec.is_available("zstd") else None
    options = pa.ipc.IpcWriteOptions(compression=compression)
    try:
        with atomic_write(folder / name) as stream:
            with pa.ipc.new_file(stream, table.schema, options=options) as writer:
                writer.write_table(table, max_chunksize=65_536)
            stream.flush()
            stream.seek(0)
            digest = file_digest(stream, "sha256").hexdigest()
    except CannotWrite as error:
        cause = error.__cause__
        raise (unavailable(folder, cause) if isinstance(cause, OSError) else error) from error
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
    schema = facts()

    def column(field: Field) -> pa.ChunkedArray:
        wanted = schema.field(field.name).type
        if field.name in table.column_names:
            values = _cast(field, table.column(field.name), wanted)
            is_canonical = table.schema.field(field.name).metadata == CANONICAL
            if field.type is FieldType.JSON and not is_canonical:
                values = _canonical(field, values)
        elif field.required:
            raise InvalidRecord(field.name, None, "is a column that the table must have")
        else:
            values = pa.chunked_array([pa.nulls(table.num_rows, wanted)])
        return _filled(field, values)

    return pa.table(each(column, facts.fields, rows=table.num_rows), names=schema.names)


def _cast(field: Field, values: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray:
    is_time = field.type is FieldType.TIMESTAMP
    try:
        if is_time and pa.types.is_timestamp(values.type) and values.type.tz:
            values = values.cast(pa.timestamp("us", "UTC"), safe=False)
        # Nanoseconds beyond the microsecond are cut.
        values = values.cast(wanted, safe=not is_time)
    except pa.ArrowInvalid as error:
        raise InvalidRecord(field.name, str(values.type), f"does not fit ({error})") from error
    if field.type is FieldType.NUMBER:
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, wanted), values)
    return values


def _filled(field: Field, values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Fill in the default, and check each value that a look at the whole column does not settle."""
    if field.fallback is not None:
        values = pc.fill_null(values, field.fallback)
    for row in pc.indices_nonzero(_suspects(field, values)).to_pylist():
        try:
            field.check(values[row].as_py())
        except InvalidRecord as problem:
            reason = f"{problem.reason} (row {row + 1})"
            raise InvalidRecord(field.name, problem.value, reason) from None
    return values


def _suspects(field: Field, values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Mark the values that `Field.check` may refuse."""
    absent = values.is_null()
    if field.nullable:
        absent = pc.xor(absent, absent)
    if field.type is FieldType.TEXT:
        bad = pc.match_substring(values, "\0")
        if not field.blank:
            bad = pc.or_(bad, pc.match_substring_regex(values, _BLANK))
    elif field.type is FieldType.NUMBER:
        inside = pc.and_(pc.greater_equal(values, field.low), pc.less_equal(values, field.high))
        bad = pc.or_(pc.invert(inside), pc.invert(pc.is_finite(values)))
        if field.positive:
            bad = pc.or_(bad, pc.equal(values, 0.0))
    else:
        return absent
    return pc.or_(absent, pc.fill_null(bad, False))  # noqa: FBT003 - null is settled by `absent`


def _canonical(field: Field, values: pa.ChunkedArray) -> pa.ChunkedArray:
    seen: dict[str | None, str | None] = {None: None, "": None}
    result = []
    for row, text in enumerate(values.to_pylist(), start=1):
        if text not in seen:
            try:
                value = orjson.loads(text)
                # What was read is JSON throughout: it may only be no object, or too deep.
                if type(value) is not dict or text.count("{") + text.count("[") > MAX_DEPTH:
                    field.check(value)
                seen[text] = canonical_json(value)
            except InvalidRecord as problem:
                reason = f"{problem.reason} (row {row})"
                raise InvalidRecord(field.name, text, reason) from None
            except ValueError as error:
                raise InvalidRecord(
                    field.name, text, f"must be JSON ({error}; row {row})"
                ) from error
        result.append(seen[text])
    return pa.chunked_array([pa.array(result, pa.string())])
