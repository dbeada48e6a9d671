"""Transactions as a context manager, because DuckDB's COMMIT hides failed statements.

A COMMIT after a failed statement returns normally and rolls back, so any exception must lead to a ROLLBACK.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection


@contextmanager
def transaction(connection: DuckDBPyConnection) -> Iterator[None]:
    """Commit what is done inside, or roll all of it back and raise."""
    connection.begin()
    try:
        yield
        connection.commit()
    except BaseException:
        with suppress(duckdb.Error):  # a COMMIT that failed has ended the transaction already
            connection.rollback()
        raise


@contextmanager
def registered(
    connection: DuckDBPyConnection, table: pa.Table, name: str = "incoming"
) -> Iterator[None]:
    """Let statements read an Arrow table under a name."""
    connection.register(name, table)
    try:
        yield
    except BaseException:
        # Impossible in a transaction that has failed; the next one replaces it.
        with suppress(duckdb.Error):
            connection.unregister(name)
        raise
    connection.unregister(name)
