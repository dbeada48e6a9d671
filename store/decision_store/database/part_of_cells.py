"""Answers about some cells alone: while the tables of facts hold the rows of no others."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from decision_store.database.transactions import registered

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    from duckdb import DuckDBPyConnection

CELL = ("opportunity_source", "opportunity_type")

_TABLES = {
    "decisions": "* REPLACE (NULL::VARCHAR AS opportunity_content)",  # texts are long, and count nothing
    "decision_versions": "* REPLACE (NULL::VARCHAR AS opportunity_content)",
    "decision_history": "*",
}


@contextmanager
def only(connection: DuckDBPyConnection, cells: pa.Table) -> Iterator[None]:
    """Let questions see the rows of some cells only.

    Names without a database are looked up among the temporary tables of the connection first, so tables of the same
    names with fewer rows stand before the others: every question has one definition.

    Parameters
    ----------
    cells : pyarrow.Table
        With the columns `CELL`.
    """
    types = sorted(set(cells.column("opportunity_type").to_pylist()))
    database = _database(connection)
    with registered(connection, cells.select(CELL), "given_cells"):
        try:
            for name, columns in _TABLES.items():
                connection.execute(
                    f"CREATE TEMP TABLE {name} AS SELECT {columns} FROM {database}.main.{name}"  # noqa: S608 - constants
                    " WHERE list_contains($types, opportunity_type)"
                    " AND (opportunity_source, opportunity_type) IN (FROM given_cells)",
                    {"types": types},
                )
            yield
        finally:
            for name in _TABLES:
                connection.execute(f"DROP TABLE IF EXISTS temp.{name}")


def of_the_whole(connection: DuckDBPyConnection, sql: str) -> str:
    """Let a query read the whole of a table that it names with its schema, ``main.decisions``."""
    return re.sub(r"\bmain\.", f"{_database(connection)}.main.", sql)


def _database(connection: DuckDBPyConnection) -> str:
    ((name,),) = connection.execute("SELECT current_catalog()").fetchall()
    return str(name)
