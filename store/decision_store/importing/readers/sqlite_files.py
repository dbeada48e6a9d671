"""Rows of the predecessor's SQLite file, which is only ever read."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from decision_store.errors import ImportFailed
from decision_store.importing.batches import BATCH_ROWS, Batch, Kind, RawTable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAGIC = b"SQLite format 3\0"

# Filled by CURRENT_TIMESTAMP, which is UTC and does not say so.
_UTC_COLUMNS = frozenset({"recorded_at", "created_at"})
_REMEDY = "Give the predecessor's file, usually data/decision_log.db, or a healthy copy of it"


def read_sqlite(path: Path) -> list[RawTable]:
    """Return the tables of decisions and outcomes; columns that are not there are simply missing.

    Raises
    ------
    ImportFailed
        If the file is no healthy SQLite database, or has neither table.
    """
    found, missing = [], []
    try:
        with closing(_connect(path)) as connection:
            tables = [
                name
                for (name,) in connection.execute(
                    "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name"
                )
            ]
            for kind in Kind:
                if kind.value in tables:
                    found.append(_table(path, connection, kind))
                else:
                    missing.append(kind.value)
    except sqlite3.Error as error:
        raise ImportFailed(
            path, f"it is not a healthy SQLite database ({error})", _REMEDY
        ) from error
    if not found:
        names = ", ".join(tables) or "none"
        reason = f"it has no table 'decisions' and no table 'outcomes' (its tables: {names})"
        raise ImportFailed(path, reason, _REMEDY)
    return found


def _connect(path: Path) -> sqlite3.Connection:
    """Open without leaving a trace.

    A database with a write-ahead log would get files beside it even from a reader, unless it is
    declared immutable, which is true as long as no log is there; with one, its rows are wanted too.
    """
    with path.open("rb") as file:
        header = file.read(20)
    has_log = path.with_name(f"{path.name}-wal").exists()
    immutable = header[18:20] == b"\2\2" and not has_log
    uri = f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if immutable else ''}"
    connection = sqlite3.connect(uri, uri=True)
    # A broken byte becomes half a character, which is found and reported when its field is checked.
    connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    return connection


def _table(path: Path, connection: sqlite3.Connection, kind: Kind) -> RawTable:
    try:
        # By rowid, which is the order in which the predecessor wrote; `id` is another name of it.
        cursor = connection.execute(f'SELECT rowid, * FROM "{kind.value}" ORDER BY rowid')  # noqa: S608
        rows = cursor.fetchall()
        numbers = [row[0] for row in rows]
    except sqlite3.OperationalError:  # a view, or WITHOUT ROWID
        cursor = connection.execute(f'SELECT NULL, * FROM "{kind.value}"')  # noqa: S608
        rows = cursor.fetchall()
        numbers = list(range(1, len(rows) + 1))
    names = tuple(column[0] for column in cursor.description)
    places = [place for place, name in enumerate(names) if place > 0 and name != "id"]
    found = tuple(names[place] for place in places)
    batches = _batches(names, places, rows, numbers)
    return RawTable(path, kind, found, batches, len(rows), _UTC_COLUMNS)


def _batches(
    names: tuple[str, ...], places: list[int], rows: list[tuple[Any, ...]], numbers: list[int]
) -> Iterator[Batch]:
    for start in range(0, len(rows), BATCH_ROWS):
        part = list(zip(*rows[start : start + BATCH_ROWS], strict=True))
        columns = {names[place]: part[place] for place in places}
        yield Batch(columns, numbers[start : start + BATCH_ROWS])
