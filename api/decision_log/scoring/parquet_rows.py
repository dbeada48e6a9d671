"""Scored rows as Parquet: the columns of the input with their own types, and behind them what scoring adds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json
import pyarrow.parquet as pq

from decision_log.scoring.item import own_names
from decision_log.scoring.json_rows import JsonRows

ROWS_TOGETHER = 50_000
"""Rows of a row group; their JSON, about a kilobyte each, is in memory while they are written."""

_NUMBER = pa.float64()
ADDED_SCHEMA = pa.schema(
    {
        "original_score": _NUMBER,
        "adjusted_score": _NUMBER,
        "recommendation": pa.string(),
        "score_parts": pa.struct(
            dict.fromkeys(("base", "conversion", "revenue", "confidence"), _NUMBER)
        ),
        "reasoning": pa.string(),
        "predicted_revenue": _NUMBER,
        "conversion_probability": _NUMBER,
        "prediction_confidence": _NUMBER,
        "interval": pa.list_(_NUMBER),
        "expected_value": _NUMBER,
        "historical_data": pa.struct(
            {"conversion_rate": _NUMBER, "avg_revenue": _NUMBER, "sample_size": pa.int64()}
        ),
        "model_version": pa.string(),
        "score_missing": pa.bool_(),
        "insufficient_data": pa.bool_(),
        "expected_value_rank": pa.int64(),
        "expected_value_share": _NUMBER,
    }
)
"""The added columns; a key that only some items get is null for the others."""


def write_parquet(
    file: IO[bytes],
    table: pa.Table,
    rows: JsonRows,
    ranked: Sequence[int],
    renamed: Mapping[str, str] | None = None,
) -> None:
    """Write rows in an order.

    Parameters
    ----------
    file : binary file
    table : pyarrow.Table, N rows
        The input. Its columns keep their types; names that clash with added ones are kept under ``input.``.
    rows : JsonRows
        What scoring adds, of those rows of the table that ``rows.places`` names.
    ranked : sequence of int
        Places in ``rows``, the first to be written first.
    renamed : mapping of str to str, optional
        Their columns, or paths into them, to our names: these columns are added, too.
    """
    table = _with_ours(table, renamed or {})
    own = own_names(table.column_names)
    table = table.select(list(own)).rename_columns(list(own.values()))
    schema = pa.schema([*table.schema, *ADDED_SCHEMA])
    places = pa.array(rows.places, pa.int64())
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for start in range(0, max(len(ranked), 1), ROWS_TOGETHER):
            chosen = ranked[start : start + ROWS_TOGETHER]
            ours = table.take(places.take(pa.array(chosen, pa.int64())))
            columns = [*ours.columns, *_added(rows, chosen).columns]
            writer.write_table(pa.table(columns, schema=schema))


def _with_ours(table: pa.Table, renamed: Mapping[str, str]) -> pa.Table:
    """Add columns by our names; one of the input that has such a name already is kept under ``input.``."""
    for theirs, ours in renamed.items():
        column = _column(table, theirs)
        if column is None:
            continue
        if ours in table.column_names:
            names = [f"input.{ours}" if name == ours else name for name in table.column_names]
            table = table.rename_columns(names)
        table = table.append_column(ours, column)
    return table


def _column(table: pa.Table, path: str) -> pa.ChunkedArray | None:
    """Return a column, or what a path of keys and places leads to inside of one; None where there is none."""
    if path in table.column_names:
        return table.column(path)
    head, *steps = path.split(".")
    if head not in table.column_names:
        return None
    column = table.column(head)
    for step in steps:
        if pa.types.is_struct(column.type) and step in [one.name for one in column.type]:
            column = pc.struct_field(column, step)
        elif pa.types.is_list(column.type) and step.isdecimal():
            longest = pc.max(pc.list_value_length(column)).as_py() or 0
            if int(step) >= longest:
                return None
            column = _element(column, int(step))
        else:
            return None
    return column


def _element(column: pa.ChunkedArray, place: int) -> pa.ChunkedArray:
    """Return one value of each list, null where a list is shorter."""
    values = [
        None if one is None or len(one) <= place else one[place] for one in column.to_pylist()
    ]
    return pa.chunked_array([pa.array(values, column.type.value_type)])


def _added(rows: JsonRows, chosen: Sequence[int]) -> pa.Table:
    """Read what scoring adds to some rows as columns."""
    if not chosen:
        return ADDED_SCHEMA.empty_table()
    lines = b"\n".join(rows.added(chosen))
    return pyarrow.json.read_json(
        BytesIO(lines),
        # Without threads: partitions are scored side by side. A row is never split between blocks.
        read_options=pyarrow.json.ReadOptions(use_threads=False, block_size=len(lines)),
        parse_options=pyarrow.json.ParseOptions(
            explicit_schema=ADDED_SCHEMA, unexpected_field_behavior="ignore"
        ),
    ).select(ADDED_SCHEMA.names)
