"""Transactions as a context manager, because DuckDB's COMMIT hides failed statements.

A COMMIT after a failed statement returns normally and rolls back, so any exception must lead to a ROLLBACK.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@contextmanager
def transaction(connection: DuckDBPyConnection) -> Iterator[None]:
    """Commit what is done inside, or roll all of it back and raise."""
    import duckdb

    connection.begin()
    try:
        yield
        connection.commit()
    except BaseException:
        with suppress(duckdb.Error):  # a COMMIT that failed has ended the transaction already
            connection.rollback()
        raise
