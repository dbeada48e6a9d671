"""Identities of rows: ids for rows that have none, and rows that come twice."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from decision_store.arrow_columns import all_differ
from decision_store.importing.batches import Kind, RejectedRow
from decision_store.importing.log_tables.rows import ROW_NUMBER

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FILE = "file"
"""A further column of the checked tables: the position of the row's file among those given."""

KEYS = {Kind.DECISIONS: "decision_id", Kind.OUTCOMES: "outcome_id"}

# When the log learnt of a decision is no part of what was decided. Of an outcome it is: two equal
# purchases on two days are two.
_NOT_CONTENT = {
    Kind.DECISIONS: {"decision_id", "recorded_at", ROW_NUMBER, FILE},
    Kind.OUTCOMES: {"outcome_id", ROW_NUMBER, FILE},
}
_NOT_COMPARED = {"recorded_at", ROW_NUMBER, FILE}


def with_ids(table: pa.Table, kind: Kind) -> pa.Table:
    """Give an id to each row of one file that has none, from what the row says.

    The id is a hash of the content, with a running number among equal rows, so the same file gives
    the same ids again, and a file that grew at its end only adds new ones.
    """
    key = KEYS[kind]
    where = table.column(key).is_null()
    without = table.filter(where)
    if not len(without):
        return table
    names = [name for name in table.column_names if name not in _NOT_CONTENT[kind]]
    ids = _hashes(without.select(names), kind.value.removesuffix("s"))
    mask = where.combine_chunks()
    keys = pc.replace_with_mask(table.column(key).combine_chunks(), mask, pa.array(ids))
    return table.set_column(table.column_names.index(key), key, keys)


def without_repeats(
    table: pa.Table, kind: Kind, paths: Sequence[Path], rejected: list[RejectedRow]
) -> tuple[pa.Table, int]:
    """Keep the first of several rows with one id.

    Returns
    -------
    table : pyarrow.Table
        Each id once.
    repeats : int
        How many rows repeat an earlier one. Rows that say something else under
        the same id are rejected.
    """
    key = KEYS[kind]
    if all_differ(table.column(key)):
        return table, 0
    counts = table.group_by(key).aggregate([(key, "count")])
    several = counts.filter(pc.greater(counts.column(f"{key}_count"), 1)).column(key)
    suspects = pc.indices_nonzero(pc.is_in(table.column(key), value_set=several.combine_chunks()))
    names = [name for name in table.column_names if name not in _NOT_COMPARED]
    content = _rows(table.select(names).take(suspects))
    numbers = table.column(ROW_NUMBER).take(suspects).to_pylist()
    files = table.column(FILE).take(suspects).to_pylist()
    ids = table.column(key).take(suspects).to_pylist()
    first: dict[str, int] = {}
    drop, repeats = set(), 0
    for place, (index, identity) in enumerate(zip(suspects.to_pylist(), ids, strict=True)):
        earlier = first.setdefault(identity, place)
        if earlier == place:
            continue
        drop.add(index)
        if content[place] == content[earlier]:
            repeats += 1
            continue
        where = f"row {numbers[earlier]} of {paths[files[earlier]].name}"
        reason = f"{key} {identity!r} was used before with other content ({where})"
        rejected.append(RejectedRow(paths[files[place]], kind.value, numbers[place], reason))
    return table.filter(pa.array([index not in drop for index in range(len(table))])), repeats


def _hashes(table: pa.Table, prefix: str) -> list[str]:
    seen: Counter[str] = Counter()
    ids = []
    for row in _rows(table):
        digest = hashlib.blake2b(orjson.dumps(row), digest_size=12).hexdigest()
        seen[digest] += 1
        again = f"-{seen[digest]}" if seen[digest] > 1 else ""
        ids.append(f"{prefix}-{digest}{again}")
    return ids


def _rows(table: pa.Table) -> list[tuple[Any, ...]]:
    columns = [
        column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column
        for column in table.columns
    ]
    return list(zip(*(column.to_pylist() for column in columns), strict=True))
