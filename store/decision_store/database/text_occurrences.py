"""Occurrences of texts in the values of the database and of bulk loads."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from decision_store.database.transactions import registered
from decision_store.text_search import TextFinder

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_VALUES_AT_ONCE = 10_000
_OF_NOBODY = frozenset({"insights", "schema_migrations", "schema_notes", "journal_positions"})
"""Tables whose rows are no record of anybody: a text in them does not tell that somebody else wrote it."""


def count(connection: DuckDBPyConnection, folder: Path, texts: Collection[str]) -> int:
    """Count the values of the database and of the bulk loads that hold one of these texts, in any case."""
    holds = TextFinder(texts)
    if not holds:
        return 0
    found = 0
    for table, column, _ in _columns(connection):
        found += sum(
            number for value, number in _values(connection, table, column) if value and holds(value)
        )
    return found + sum(_in_segment(path, holds) for path in folder.glob("*.arrow"))


def held_by_others(
    connection: DuckDBPyConnection,
    texts: Collection[str],
    decisions: Collection[str],
    opportunities: Collection[str],
) -> set[str]:
    """Return those of some texts that a record of another decision holds, too, in any case.

    Parameters
    ----------
    texts : collection of str
        What the decisions hold.
    decisions, opportunities : collection of str
        Ids of the decisions and opportunities whose records do not count.
    """
    shared: set[str] = set()
    if not texts:
        return shared
    finder = TextFinder(texts)
    own = [pa.table({"id": pa.array(list(ids), pa.string())}) for ids in (decisions, opportunities)]
    with (
        registered(connection, own[0], "own_decisions"),
        registered(connection, own[1], "own_opportunities"),
    ):
        for table, column, others in _columns(connection):
            if table in _OF_NOBODY:
                continue
            for value, _ in _values(connection, table, column, others):
                if value:
                    shared |= finder.found(value)
    return shared


def _columns(connection: DuckDBPyConnection) -> Iterator[tuple[str, str, str]]:
    """Give each column of texts: its table, its name, and the condition that a row is not one's own."""
    rows = connection.execute(
        "SELECT table_name, column_name, data_type IN ('VARCHAR', 'JSON') FROM duckdb_columns() "
        "JOIN duckdb_tables() USING (database_name, table_name) WHERE database_name = 'log' ORDER BY ALL"
    ).fetchall()
    names: dict[str, set[str]] = {}
    for table, column, _ in rows:
        names.setdefault(table, set()).add(column)
    for table, column, is_text in rows:
        if is_text:
            yield table, column, _is_of_others(table, names[table])


def _is_of_others(table: str, columns: Collection[str]) -> str:
    tests = {"decision_id": "own_decisions", "opportunity_id": "own_opportunities"}
    if table == "rejects":
        tests["id"] = "own_decisions"
    conditions = [
        f"coalesce({column} NOT IN (SELECT id FROM {own}), true)"  # noqa: S608 - names above
        for column, own in tests.items()
        if column in columns
    ]
    return " AND ".join(conditions) or "true"


def _values(
    connection: DuckDBPyConnection, table: str, column: str, condition: str = "true"
) -> Iterator[tuple[str | None, int]]:
    """Give the distinct values of a column with their numbers."""
    values = connection.execute(
        f'SELECT "{column}"::VARCHAR, count(*) FROM {table} WHERE {condition} GROUP BY ALL'  # noqa: S608
    )
    while rows := values.fetchmany(_VALUES_AT_ONCE):
        yield from rows


def _in_segment(path: Path, holds: TextFinder) -> int:
    with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as reader:
        table = reader.read_all()
    texts = [c.to_pylist() for c in table.columns if pa.types.is_string(c.type)]
    return sum(bool(text and holds(text)) for column in texts for text in column)
