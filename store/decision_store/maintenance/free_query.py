"""One SELECT of the user's own, on a read-only database that reaches no file, no network and no setting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from decision_store.errors import QueryRefused

if TYPE_CHECKING:
    import pyarrow as pa

    from decision_store.database.current import CurrentDatabase

LONGEST_SECONDS = 60
"""A query that takes longer is ended."""


def run(database: CurrentDatabase, sql: str) -> pa.Table:
    """Answer one SELECT (or DESCRIBE, SUMMARIZE, SHOW, EXPLAIN) from everything acknowledged before the call.

    Raises
    ------
    QueryRefused
        It is no such statement, more than one, or the database does not understand it.
    """
    _check(sql)
    with database.isolated() as connection:
        for setting in (
            f"SET max_execution_time = {LONGEST_SECONDS * 1000}",
            "SET enable_external_access = false",
            "SET lock_configuration = true",
        ):
            connection.execute(setting)
        try:
            return connection.sql(sql).to_arrow_table()
        except duckdb.Error as error:
            raise QueryRefused(str(error).strip()) from None


def _check(sql: str) -> None:
    try:
        with duckdb.connect(":memory:") as parser:
            statements = parser.extract_statements(sql)
    except duckdb.Error as error:
        raise QueryRefused(str(error).strip()) from None
    allowed = {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN}
    if len(statements) != 1 or statements[0].type not in allowed:
        found = ", ".join(str(s.type).rpartition(".")[2] for s in statements) or "nothing"
        raise QueryRefused(f"one SELECT is answered, and this is: {found}")
