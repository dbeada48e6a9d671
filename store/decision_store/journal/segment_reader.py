"""Reader of segment files, and of the records that refer to them."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import file_digest
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from decision_store.record_classes import FactTable

SEGMENT = b'"kind":"segment"'

LINES_AT_MOST = 100
"""Rows up to which a table is written as lines of the journal: files of its own would grow in number with the runs."""


def segment_of(payload: bytes) -> dict[str, Any] | None:
    """Return what a journal line says of a segment; None for other lines, and for what no fold can use either."""
    if SEGMENT not in payload:
        return None
    try:
        record = orjson.loads(payload)["record"]
    except (ValueError, KeyError, TypeError):
        return None
    wanted = {"file": str, "table_kind": str, "sha256": str, "rows": int}
    if not isinstance(record, dict):
        return None
    return record if all(isinstance(record.get(k), t) for k, t in wanted.items()) else None


def is_small(segment: Mapping[str, Any] | None) -> bool:
    """Tell whether a segment has so few rows that lines would do."""
    rows = segment.get("rows") if segment else None
    return isinstance(rows, int) and 0 < rows <= LINES_AT_MOST


def segment_ids(path: Path, facts: FactTable) -> list[str]:
    """Return the ids in a segment file; none where it cannot be read."""
    try:
        with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as opened:
            place = opened.schema.get_field_index(facts.key)
        options = pa.ipc.IpcReadOptions(included_fields=[place])
        with (
            pa.memory_map(str(path)) as source,
            pa.ipc.open_file(source, options=options) as opened,
        ):
            ids: list[str] = opened.read_all().column(0).to_pylist()
    except (OSError, ValueError):
        return []
    return ids


def read_segment(path: Path, digest: str, facts: FactTable) -> pa.Table:
    """Read a segment file whose checksum must fit.

    One that was written before a column with a default was added gets that default.
    """
    with path.open("rb") as stream:
        if file_digest(stream, "sha256").hexdigest() != digest:
            raise ValueError(f"the checksum of {path.name} differs")
    with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as reader:
        table = reader.read_all()
    rows = table.num_rows
    for field in facts.fields:
        if field.name not in table.column_names and not field.required:
            kind = facts().field(field.name).type
            table = table.append_column(
                field.name, pa.repeat(pa.scalar(field.fallback, kind), rows)
            )
    if set(table.column_names) != set(facts.names):
        raise ValueError(f"{path.name} has other columns")
    table = table.select(list(facts.names))
    table = table.append_column("place", pa.arange(0, rows))
    table = table.append_column("unstated", pa.repeat(pa.scalar(value=False), rows))
    return table.append_column("sequence", pa.nulls(rows, pa.int64()))
