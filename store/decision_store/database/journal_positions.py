"""Positions: how far each journal file was folded and seen."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from decision_store.journal.append import RETIRED

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def stored(connection: DuckDBPyConnection) -> dict[str, tuple[int, int]]:
    """Return file -> (bytes folded, bytes seen)."""
    rows = connection.execute("SELECT file, position, seen FROM journal_positions").fetchall()
    return {file: (position, seen) for file, position, seen in rows}


def progress(folded: Mapping[str, tuple[int, int]], file: str) -> tuple[int, int]:
    """Return how far a file was folded and seen, under its name or under that before it was to be merged."""
    return folded.get(file) or folded.get(file.removeprefix(RETIRED)) or (0, 0)


def pending(sizes: Mapping[str, int], folded: Mapping[str, tuple[int, int]]) -> dict[str, int]:
    """Return file -> bytes that no fold has looked at."""
    left = {file: size - progress(folded, file)[1] for file, size in sizes.items()}
    return {file: count for file, count in left.items() if count > 0}


def forget_merged(connection: DuckDBPyConnection, merged: Collection[str]) -> None:
    """Drop the positions in files that a merged file replaces; an old copy of a database still has them."""
    if merged:
        gone = [f for f in stored(connection) if f"{zlib.crc32(f.encode()):08x}" in merged]
        connection.execute(
            "DELETE FROM journal_positions WHERE file IN (SELECT unnest(?::VARCHAR[]))", [gone]
        )


def store(connection: DuckDBPyConnection, reached: Mapping[str, tuple[int, int]]) -> None:
    """Store how far files were read, in the transaction of their rows."""
    files = list(reached)
    positions, seen = ([progress[i] for progress in reached.values()] for i in (0, 1))
    connection.execute(
        "DELETE FROM journal_positions WHERE file IN (SELECT unnest(?::VARCHAR[]))", [files]
    )
    connection.execute(
        "INSERT INTO journal_positions SELECT unnest(?::VARCHAR[]), unnest(?::BIGINT[]), unnest(?::BIGINT[])",
        [files, positions, seen],
    )
