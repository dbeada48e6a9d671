"""Health of the log, and recovery from a damaged database."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from decision_store.database import completeness, forgetting, journal_positions, migrations
from decision_store.database.completeness import PROVED_UP_TO
from decision_store.errors import StoreError
from decision_store.facts import BY_KIND
from decision_store.journal import append as journal
from decision_store.journal.segment_reader import read_segment, segment_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

    from decision_store.database.connection import Database

_TABLES = ("decisions", "outcomes", "amendments", "predictions", "insights", "rejects")


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """The state of a log.

    Parameters
    ----------
    database, journal : Path
        Where they lie.
    schema_version, newest_schema : int
        Of the file, 0 where there is none, and of this program.
    journal_files, journal_bytes : int
        What the journal holds.
    pending_records, pending_bytes : int
        Acknowledged but not in the database yet; the next query folds them.
    torn : tuple of str
        Journal files that end in an unfinished line, left by a crash and never acknowledged.
    segments : int
        Files of bulk loads that the journal refers to.
    counts : dict
        Rows of each table.
    rejects : dict
        Reason -> number of rejected records.
    damage : tuple of str
        What is wrong, one sentence each; empty: healthy.
    proved : bool
        Whether the database was compared with the journal, id by id.
    """

    database: Path
    journal: Path
    schema_version: int = 0
    newest_schema: int = 0
    journal_files: int = 0
    journal_bytes: int = 0
    pending_records: int = 0
    pending_bytes: int = 0
    torn: tuple[str, ...] = ()
    segments: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    rejects: dict[str, int] = field(default_factory=dict)
    damage: tuple[str, ...] = ()
    proved: bool = False

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong."""
        return not self.damage


@dataclass(slots=True)
class _Stored:
    version: int = 0
    is_current: bool = False
    proved: bool = False
    positions: dict[str, tuple[int, int]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    rejects: dict[str, int] = field(default_factory=dict)


def describe(database: Database, folder: Path, *, verify: bool) -> StoreStatus:
    """Look at the database and the journal without changing either."""
    damage: list[str] = []
    stored = _Stored()
    try:
        if database.exists:
            with database.reading() as connection:
                stored = _look(connection, database.path, damage, verify=verify)
                removed = database.schema_damage(connection) if stored.is_current else None
                if removed is not None:
                    raise removed
                stored.proved = stored.is_current and (verify or _size(folder) <= PROVED_UP_TO)
                if stored.proved:
                    damage += completeness.problems(connection, folder, stored.positions)
    except StoreError as error:
        damage.append(str(error))
    sizes = journal.sizes(folder)
    damage += _file_problems(folder, sizes, stored)
    pending = journal_positions.pending(sizes, stored.positions)
    records, torn, segments = _scan(folder, sizes, stored, pending, damage)
    damage += _segment_damage(folder, segments, verify=verify)
    if forgetting.is_unfinished(folder):
        # Until it is completed, database and journal differ, which is no damage.
        damage = [
            "a 'forget' was cut short; the next question completes it, such as 'decision-log list'"
        ]
        stored.proved = False
    return StoreStatus(
        database=database.path,
        journal=folder,
        schema_version=stored.version,
        newest_schema=len(migrations.known()),
        journal_files=len(sizes),
        journal_bytes=sum(sizes.values()),
        pending_records=records,
        pending_bytes=sum(pending.values()),
        torn=torn,
        segments=len(segments),
        counts=stored.counts,
        rejects=stored.rejects,
        damage=tuple(damage),
        proved=stored.proved,
    )


def quarantine(database: Database, *, unless_changed: os.stat_result | None = None) -> Path | None:
    """Rename the database and its write-ahead log; return the new name, None where there was none.

    With `unless_changed`, a file that is another one by now (rebuilt by somebody else) stays.
    """
    with database.alone():
        if unless_changed is not None and database.path.exists():
            found = database.path.stat()
            if (found.st_ino, found.st_mtime_ns) != (
                unless_changed.st_ino,
                unless_changed.st_mtime_ns,
            ):
                return None
        return put_aside(database.path)


def put_aside(path: Path) -> Path | None:
    """Rename a database and its write-ahead log as `quarantine` does; only called while `Database.alone`."""
    wal = path.with_name(f"{path.name}.wal")
    target = path.with_name(f"{path.name}.damaged-{time.time_ns()}")
    if wal.exists():
        wal.replace(target.with_name(f"{target.name}.wal"))
    if not path.exists():
        return None
    path.replace(target)
    return target


def _look(
    connection: DuckDBPyConnection, path: Path, damage: list[str], *, verify: bool
) -> _Stored:
    stored = _Stored(version=max(migrations.applied(connection), default=0))
    if not migrations.is_current(connection, path):
        return stored
    stored.is_current = True
    stored.positions = journal_positions.stored(connection)
    for table in _TABLES:
        (row,) = connection.execute(f"SELECT count(*) FROM {table}").fetchall()  # noqa: S608
        stored.counts[table] = int(row[0])
    stored.rejects = dict(
        connection.execute(
            "SELECT reason, count(*) FROM open_rejects GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    )
    if verify:
        for table in _TABLES:
            # Hashing every column reads every block, whose checksums DuckDB then compares.
            connection.execute(f"SELECT bit_xor(hash(t)) FROM {table} AS t").fetchall()  # noqa: S608
        damage += _inconsistencies(connection)
    return stored


def _inconsistencies(connection: DuckDBPyConnection) -> Iterator[str]:
    checks = {
        "decision ids are there twice": "SELECT count(*) - count(DISTINCT decision_id) FROM decisions",
        "outcome ids are there twice": "SELECT count(*) - count(DISTINCT outcome_id) FROM outcomes",
        "outcomes have no decision": "SELECT count(*) FROM outcomes ANTI JOIN every_decision USING (decision_id)",
        "rows of decision_history do not follow from outcomes": """
            WITH expected AS (SELECT * FROM history_of((SELECT list(DISTINCT decision_id) FROM outcomes)))
            SELECT (SELECT count(*) FROM (FROM expected EXCEPT ALL FROM decision_history))
                + (SELECT count(*) FROM (FROM decision_history EXCEPT ALL FROM expected))
        """,
    }
    for what, question in checks.items():
        (row,) = connection.execute(question).fetchall()
        if row[0]:
            yield f"{row[0]} {what}"


def _scan(
    folder: Path,
    sizes: dict[str, int],
    stored: _Stored,
    pending: dict[str, int],
    damage: list[str],
) -> tuple[int, tuple[str, ...], list[dict[str, Any]]]:
    """Read the whole journal: pending records, unfinished files, references to segments."""
    records, torn, segments = 0, [], []
    for file, size in sizes.items():
        part = journal.read(folder, file, 0, size)
        start = journal_positions.progress(stored.positions, file)[0]
        for line in part.lines:
            if line.payload is None:
                damage.append(f"{file} has a line with a wrong checksum at byte {line.offset}")
            elif segment := segment_of(line.payload):
                segments.append(segment)
            records += file in pending and line.offset >= start
        if part.position < part.seen:
            torn.append(file)
            if b"\0" in part.rest:
                damage.append(
                    f"{file} holds zeros where records should be: the disk has lost a part of it"
                )
    for file, (position, _) in stored.positions.items():
        if sizes.get(file, 0) < position and file in sizes:
            damage.append(f"{file} is shorter than what was folded of it")
    return records, tuple(torn), segments


def _size(folder: Path) -> int:
    with suppress(OSError):
        return sum(entry.stat().st_size for entry in folder.iterdir() if entry.is_file())
    return 0


def _file_problems(folder: Path, sizes: dict[str, int], stored: _Stored) -> Iterator[str]:
    for name in journal.unreadable(folder):
        yield f"{name} in the journal cannot be read: what it held is missing"
    for name in journal.newer(folder):
        yield (
            f"{name} in the journal was written by a newer version of this program, so what it holds is missing here. "
            "Upgrade with 'pip install --upgrade decision-log-roi'"
        )
    if gone := completeness.missing_files(stored.positions, sizes):
        yield (
            f"{len(gone)} journal files are gone that the database was made from (e.g. {gone[0]}): restore them "
            "from a backup, or check that database and journal belong to one log"
        )


def _segment_damage(folder: Path, segments: list[dict[str, Any]], *, verify: bool) -> Iterator[str]:
    for segment in segments:
        path = folder / Path(segment["file"]).name
        if not path.exists():
            yield f"the file {path.name} of a bulk load is gone: its {segment['rows']} rows cannot be rebuilt"
        elif verify:
            try:
                read_segment(path, segment["sha256"], BY_KIND[segment["table_kind"]])
            except (OSError, ValueError, KeyError) as error:
                yield f"the file {path.name} of a bulk load cannot be read: {error}"
