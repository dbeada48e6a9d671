"""Names in the database: the fold stores every name as it is shown, and keeps the table of spellings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from decision_store.facts import DECISIONS
from decision_store.fields import Matching
from decision_store.names import name_key
from decision_store.record_classes import FactTable

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NAMED = tuple(field.name for field in DECISIONS.fields if field.matching is Matching.NAME)
"""The fields whose names are stored as they are shown."""

_DERIVED = frozenset({"names", "aliases"})


def canonical_table(
    connection: DuckDBPyConnection, facts: FactTable, incoming: pa.Table
) -> pa.Table:
    """Return a table of new rows with each name as it is shown; new names of decisions become known."""
    fields = [name for name in NAMED if name in facts.names]
    if not fields or not incoming.num_rows:
        return incoming
    met = {field: incoming.column(field).unique().to_pylist() for field in fields}
    shown = _shown(connection, met)
    fresh: list[tuple[str, str, str, str]] = []
    for field in fields:
        mapping: dict[str, str] = {}
        for spelling in met[field]:
            key = name_key(spelling)
            stored = shown.get((field, key), {})
            canonical = next(iter(stored.values()), spelling)
            if spelling not in stored:
                shown.setdefault((field, key), {})[spelling] = canonical
                fresh.append((field, spelling, key, canonical))
            mapping[spelling] = canonical
        if any(spelling != canonical for spelling, canonical in mapping.items()):
            codes = pc.index_in(incoming.column(field), value_set=pa.array(met[field], pa.string()))
            values = pa.array([mapping[spelling] for spelling in met[field]], pa.string())
            index = incoming.column_names.index(field)
            incoming = incoming.set_column(index, field, values.take(codes.combine_chunks()))
    if facts is DECISIONS:
        _add(connection, fresh)
    return incoming


def known(connection: DuckDBPyConnection, limit: int) -> list[tuple[str, str, str]]:
    """Return field, key and name as shown of the names known, at most so many."""
    return connection.execute(
        "SELECT field, key, first(canonical ORDER BY rowid) FROM names GROUP BY field, key "
        "ORDER BY min(rowid) LIMIT ?",
        [limit],
    ).fetchall()


def apply_alias(connection: DuckDBPyConnection, field: str, name: str, target: str) -> None:
    """Make two names one: everything shown as `name` is shown as `target` from now on."""
    if field not in NAMED:
        return
    keys = {text: name_key(text) for text in (name, target)}
    shown = _shown(connection, {field: [name, target]})
    before = {
        canonical
        for text in (name, target)
        for canonical in shown.get((field, keys[text]), {}).values()
    }
    missing = [text for text in keys if text not in shown.get((field, keys[text]), {})]
    _add(connection, [(field, text, keys[text], target) for text in missing])
    connection.execute(
        "UPDATE names SET canonical = ? WHERE field = ? AND canonical IN (SELECT unnest(?))",
        [target, field, list(before)],
    )
    _rewrite(connection, field, dict.fromkeys(before, target))


def register_existing(connection: DuckDBPyConnection) -> None:
    """Fill the table of names of a log that had none, and merge the spellings in its rows."""
    for field in NAMED:
        rows = connection.execute(
            f'SELECT "{field}" FROM decisions GROUP BY ALL ORDER BY min(rowid)'  # noqa: S608
        ).fetchall()
        first: dict[str, str] = {}
        spellings = [spelling for (spelling,) in rows]
        for spelling in spellings:
            first.setdefault(name_key(spelling), spelling)
        _add(
            connection,
            [(field, text, name_key(text), first[name_key(text)]) for text in spellings],
        )
        _rewrite(connection, field, {text: first[name_key(text)] for text in spellings})


def _shown(
    connection: DuckDBPyConnection, met: dict[str, list[str]]
) -> dict[tuple[str, str], dict[str, str]]:
    """Return (field, key) -> spelling -> name as it is shown, of the names that were met."""
    keys = list({name_key(spelling) for spellings in met.values() for spelling in spellings})
    rows = connection.execute(
        "SELECT field, key, spelling, canonical FROM names WHERE key IN (SELECT unnest(?)) ORDER BY rowid",
        [keys],
    ).fetchall()
    shown: dict[tuple[str, str], dict[str, str]] = {}
    for field, key, spelling, canonical in rows:
        shown.setdefault((field, key), {})[spelling] = canonical
    return shown


def _add(connection: DuckDBPyConnection, rows: Iterable[tuple[str, str, str, str]]) -> None:
    columns = list(zip(*rows, strict=True))
    if columns:
        connection.execute(
            "INSERT INTO names SELECT unnest(?), unnest(?), unnest(?), unnest(?)",
            [list(column) for column in columns],
        )


def _rewrite(connection: DuckDBPyConnection, field: str, shown: dict[str, str]) -> None:
    """Change names in every table that has the field."""
    changed = {old: new for old, new in shown.items() if old != new}
    if not changed:
        return
    tables = connection.execute(
        "SELECT c.table_name FROM duckdb_columns() AS c JOIN duckdb_tables() AS t "
        "USING (database_name, table_name) "
        "WHERE c.database_name = current_database() AND c.column_name = ?",
        [field],
    ).fetchall()
    for (table,) in tables:
        if table not in _DERIVED:
            connection.execute(
                f'UPDATE {table} SET "{field}" = m.new '  # noqa: S608
                f'FROM (SELECT unnest(?) AS old, unnest(?) AS new) AS m WHERE "{field}" = m.old',
                [list(changed), list(changed.values())],
            )
