"""Fold of the journal into tables, in transactions that also store how far each file was read.

A fold always ends: it works in chunks of bounded size, and where rows make a chunk fail it bisects, rejects the row to
blame as it was found, and goes on.

Every acknowledged record is folded exactly once, and a database that was rolled back by an old copy or a
foreign program is healed by the next fold: its positions were rolled back with it.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from decision_store.arrow_columns import all_differ
from decision_store.database import amending, journal_positions, names
from decision_store.database.caches import Caches
from decision_store.database.history import derive_history
from decision_store.database.merge import STATEMENTS
from decision_store.database.transactions import registered, transaction
from decision_store.errors import StoreDamaged, StoreError, StoreUnavailable
from decision_store.facts import OUTCOMES
from decision_store.fault_points import reach
from decision_store.journal import append as journal
from decision_store.journal import read as reader
from decision_store.journal.read import Batch, Incoming, Rejected
from decision_store.journal.undone_aliases import UNDO, undone
from decision_store.names import sender_key

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from decision_store.journal.id_cache import IdCache

logger = logging.getLogger(__name__)

UNKNOWN_DECISION = "unknown decision"
CONFLICT = "id used before with other content"
CHUNK_BYTES = 16 << 20
"""About how much of the journal one transaction takes; it bounds the memory of a fold."""
Positions = Mapping[str, tuple[int, int]]
"""How far each journal file was folded and seen, bytes."""

_PASSES = 5  # of looking again for a decision that an outcome names; each needs a writer in that very moment


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of the rows of one source."""

    added: int = 0
    unchanged: int = 0
    rejected: tuple[Rejected, ...] = ()

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.added + other.added,
            self.unchanged + other.unchanged,
            self.rejected + other.rejected,
        )


@dataclass(frozen=True, slots=True)
class FoldReport:
    """What a fold did: rows by result, in all and of each segment file."""

    added: int = 0
    unchanged: int = 0
    rejected: tuple[Rejected, ...] = ()
    segments: Mapping[str, Tally] = field(default_factory=dict)

    def __add__(self, other: FoldReport) -> FoldReport:
        segments = dict(self.segments)
        for name, tally in other.segments.items():
            segments[name] = segments.get(name, Tally()) + tally
        return FoldReport(
            self.added + other.added,
            self.unchanged + other.unchanged,
            self.rejected + other.rejected,
            segments,
        )


def fold(
    connection: DuckDBPyConnection, folder: Path, known: IdCache, path: Path
) -> tuple[FoldReport, Positions]:
    """Bring everything that is in the journal now into an attached, writable database.

    Returns
    -------
    report : FoldReport
    positions : mapping
        How far the database has each journal file then.
    """
    sizes = journal.sizes(folder)
    if newer := journal.newer(folder):
        logger.warning(
            "%d journal file(s) were written by a newer version of this program and are not read "
            "(see 'decision-log doctor')",
            len(newer),
        )
    now: Positions = journal_positions.stored(connection)
    caches = Caches(folder, known, is_new=not now)
    report = FoldReport()
    try:
        before: Positions | None = None
        while before is None or (journal_positions.pending(sizes, now) and now != before):
            before = now
            part, now = _fold_chunk(connection, folder, caches, path, now)
            report += part
    except BaseException:
        with suppress(
            Exception
        ):  # the error is what matters; what was committed is kept in the caches if possible
            caches.write(connection)
        raise
    caches.write(connection)
    return report, now


def _fold_chunk(
    connection: DuckDBPyConnection, folder: Path, caches: Caches, path: Path, folded: Positions
) -> tuple[FoldReport, Positions]:
    """Fold one chunk of what lies behind the positions; return the new ones, too."""
    parts = _read(folder, folded)
    if not parts:
        return FoldReport(), folded
    arrived = reader.gather(parts.values(), folder)
    for _ in range(_PASSES):
        # The decision of an outcome may have been acknowledged in a file that was read before it got there.
        if not _has_unknown_decision(connection, arrived):
            break
        later = _read(folder, folded)
        if all(later[file].seen == part.seen for file, part in parts.items()) and len(later) == len(
            parts
        ):
            break
        parts = later
        arrived = reader.gather(parts.values(), folder)
    reached = {file: (part.position, part.seen) for file, part in parts.items()}
    try:
        report, stored = _commit(connection, arrived, reached, path)
    except Exception as error:
        if not _is_about_rows(error):
            raise
        logger.warning("rows that cannot be stored are looked for: %s", error)
        arrived = reader.gather(parts.values(), folder)
        report = _salvage(connection, arrived, path)
        rest, stored = _commit(
            connection, Incoming(rejected=arrived.rejected, merged=arrived.merged), reached, path
        )
        report += rest
    caches.note(arrived)
    for reason, count in Counter(r.reason for r in report.rejected).items():
        logger.warning("%d record(s) rejected: %s (see 'decision-log doctor')", count, reason)
    return report, stored


def _read(folder: Path, folded: Positions) -> dict[str, journal.Part]:
    """Read what is pending, oldest files first, up to about `CHUNK_BYTES`."""
    parts: dict[str, journal.Part] = {}
    sizes, room = journal.sizes(folder), CHUNK_BYTES
    for file in journal_positions.pending(sizes, folded):
        position, seen = journal_positions.progress(folded, file)
        # Beyond what was seen: a line may be longer than a chunk.
        end = min(sizes[file], seen + room)
        try:
            part = reader.limited(journal.read(folder, file, position, end), room)
        except StoreUnavailable as error:  # one file must not hide the others; doctor names it
            logger.warning("a journal file cannot be read: %s", error)
            continue
        parts[file] = part
        room -= reader.weight(part)
        if room <= 0:
            break
    return parts


def _is_about_rows(error: Exception) -> bool:
    """Tell an error that some row causes from one of the disk, of memory, or of our own SQL."""
    if isinstance(error, StoreError | OSError | MemoryError | pa.ArrowMemoryError):
        return False
    if isinstance(error, duckdb.Error):
        rows = (duckdb.DataError, duckdb.IntegrityError, duckdb.NotSupportedError)
        return isinstance(error, (*rows, duckdb.InvalidInputException))
    return True


def _salvage(connection: DuckDBPyConnection, arrived: Incoming, path: Path) -> FoldReport:
    """Commit every row that can be stored, and reject the others; committing a row twice changes nothing."""
    report = FoldReport()
    for kind in STATEMENTS:
        for batch in arrived.of(kind):
            report += _salvage_batch(connection, batch, path)
    return report


def _salvage_batch(connection: DuckDBPyConnection, batch: Batch, path: Path) -> FoldReport:
    rows = batch.table.num_rows
    try:
        return _commit(connection, Incoming([batch]), {}, path)[0]
    except Exception as error:
        if not _is_about_rows(error):
            raise
        if rows > 1:
            first = _salvage_batch(connection, batch.slice(0, rows // 2), path)
            return first + _salvage_batch(connection, batch.slice(rows // 2, rows), path)
        rejected = reader.reject_row(batch, f"cannot be stored: {error}".splitlines()[0])
    report, _ = _commit(connection, Incoming(rejected=[rejected]), {}, path)
    return report + FoldReport(
        segments={batch.segment: Tally(rejected=(rejected,))} if batch.segment else {}
    )


def _commit(
    connection: DuckDBPyConnection,
    arrived: Incoming,
    reached: Positions,
    path: Path,
) -> tuple[FoldReport, Positions]:
    """Store what arrived in one transaction; return the positions that the database holds then, too."""
    with transaction(connection):
        tallies = _insert_all(connection, arrived)
        _store_rejects(connection, arrived.rejected)
        journal_positions.forget_merged(connection, arrived.merged)
        journal_positions.store(connection, reached)
        reach("fold: before commit")
    reach("fold: committed")
    # A COMMIT after a failed statement returns normally and rolls back: so look.
    stored = journal_positions.stored(connection)
    if any(stored.get(file) != position for file, position in reached.items()):
        raise StoreDamaged(path, "it did not keep what was committed to it")
    total = sum((tally for _, tally in tallies), Tally())
    segments: dict[str, Tally] = {}
    for segment, tally in tallies:
        if segment is not None:
            segments[segment] = segments.get(segment, Tally()) + tally
    return FoldReport(total.added, total.unchanged, (*arrived.rejected,), segments), stored


def _insert_all(
    connection: DuckDBPyConnection, arrived: Incoming
) -> list[tuple[str | None, Tally]]:
    def insert(batches: Iterable[Batch]) -> list[tuple[str | None, Tally]]:
        return [(batch.segment, _insert(connection, batch, arrived)) for batch in batches]

    tallies = insert(arrived.of("decision"))
    amended = insert(arrived.of("amendment"))
    is_amended = amending.exist(connection)
    if is_amended:
        amending.correct(connection, _ids(arrived, "decision") | _ids(arrived, "amendment"))
    outcomes = _reconsidered(connection) if tallies else []
    outcomes += arrived.of("outcome")
    mappings = amending.recorded_mappings(connection) if is_amended else []
    for batch in outcomes:
        meanings = amending.meanings_of(batch.table, mappings)
        with registered(connection, meanings, "word_meanings"):
            tallies += insert([batch])
    if is_amended and (amended or outcomes):
        amending.derive(connection, _ids(arrived, "amendment"))
    tallies += amended
    for kind in ("prediction", "dismissal", "finding"):
        tallies += insert(arrived.of(kind))
    return tallies + [_insert_aliases(connection, batch, arrived) for batch in arrived.of("alias")]


def _ids(arrived: Incoming, kind: str) -> set[str]:
    """Return the ids of the decisions that the records of a kind name."""
    return {
        decision_id
        for batch in arrived.of(kind)
        for decision_id in batch.table.column("decision_id").to_pylist()
        if decision_id
    }


def _insert_aliases(
    connection: DuckDBPyConnection, batch: Batch, arrived: Incoming
) -> tuple[str | None, Tally]:
    known = {row[0] for row in connection.execute("SELECT alias_id FROM aliases").fetchall()}
    tally = _insert(connection, batch, arrived)
    rows = batch.table.to_pylist()
    undoing = known | {row["alias_id"] for row in rows}
    taken_back = arrived.undone_aliases | undone(each for each in undoing if each.startswith(UNDO))
    for row in rows:
        if row["alias_id"] not in known:
            known.add(row["alias_id"])
            # One that takes another back has no effect of its own: a rebuild leaves the other out.
            if row["alias_id"] in taken_back or row["alias_id"].startswith(UNDO):
                continue
            names.apply_alias(connection, row["field"], row["name"], row["target"])
    return batch.segment, tally


def _insert(connection: DuckDBPyConnection, batch: Batch, arrived: Incoming) -> Tally:
    """Insert the rows of a batch whose id is new; the first of each id wins."""
    statements = STATEMENTS[batch.facts.kind]
    table = names.canonical_table(connection, batch.facts, batch.table)
    with registered(connection, table):
        is_distinct = all_differ(table.column(batch.facts.key))
        insert = statements.insert_distinct if is_distinct else statements.insert
        (row,) = connection.execute(insert).fetchall()
        added = int(row[0])
        if added and statements.has_history:
            derive_history(connection)
        rejected: list[Rejected] = []
        if added < batch.table.num_rows:
            rejected += rejected_rows(connection, batch, statements.conflicts, CONFLICT).values()
            if (unknown_ids := statements.unknown_ids) is not None:
                rejected += rejected_rows(connection, batch, unknown_ids, UNKNOWN_DECISION).values()
    arrived.rejected += rejected
    return Tally(added, batch.table.num_rows - added - len(rejected), tuple(rejected))


def rejected_rows(
    connection: DuckDBPyConnection, batch: Batch, question: str, reason: str
) -> dict[int, Rejected]:
    """Return the rows that a question about `incoming` finds, by their places."""
    places = [
        place
        for place, differs, senders in connection.sql(question).fetchall()
        if differs or len({sender_key(sender) for sender in senders}) > 1
    ]
    if not places:
        return {}
    rows = batch.table.take(places).drop_columns(["place"]).to_pylist()  # as they were written
    return {
        place: Rejected(
            kind=batch.facts.kind,
            id=row[batch.facts.key],
            decision_id=row["decision_id"] if batch.facts is OUTCOMES else "",
            reason=reason,
            record=reader.as_record(
                batch.facts,
                row,
                unstated=row.pop("unstated"),
                sequence=sequence if reason == UNKNOWN_DECISION else None,
            ),
            source=batch.source(place),
        )
        for place, row in zip(places, rows, strict=True)
        for sequence in [row.pop("sequence")]
    }


def _reconsidered(connection: DuckDBPyConnection) -> list[Batch]:
    """Take those outcomes out of the rejects whose decision has come."""
    waiting = "FROM rejects WHERE kind = 'outcome' AND reason = ?"
    if not connection.execute(f"SELECT 1 {waiting} LIMIT 1", [UNKNOWN_DECISION]).fetchall():
        return []
    rows = connection.execute(
        f"DELETE {waiting} "  # noqa: S608
        "AND decision_id IN (SELECT decision_id FROM every_decision) RETURNING record, source",
        [UNKNOWN_DECISION],
    ).fetchall()
    return reader.from_records(OUTCOMES, [r for r, _ in rows], [s for _, s in rows]).batches


def _has_unknown_decision(connection: DuckDBPyConnection, arrived: Incoming) -> bool:
    """Tell whether an outcome that came by itself names a decision that is nowhere yet."""
    named: set[str] = set()
    for batch in arrived.of("outcome"):
        if batch.segment is None:
            named.update(batch.table.column("decision_id").to_pylist())
    for batch in arrived.of("decision"):
        named.difference_update(batch.table.column("decision_id").to_pylist())
    # Nearly always they are found in the first, at half the cost.
    for table in ("decisions", "every_decision"):
        if not named:
            break
        found = connection.execute(
            f"SELECT decision_id FROM {table} WHERE decision_id IN (SELECT unnest(?))",  # noqa: S608
            [list(named)],
        ).fetchall()
        named.difference_update(decision_id for (decision_id,) in found)
    return bool(named)


def _store_rejects(connection: DuckDBPyConnection, rejected: Iterable[Rejected]) -> None:
    rows = [
        {name: reader.storable(getattr(r, name)) for name in Rejected.__slots__} for r in rejected
    ]
    if rows:
        text = pa.schema([(name, pa.string()) for name in Rejected.__slots__])
        with registered(connection, pa.Table.from_pylist(rows, schema=text)):
            now = datetime.now(UTC).replace(tzinfo=None)
            connection.execute(
                "INSERT INTO rejects SELECT kind, id, decision_id, reason, record, source, ? FROM incoming AS i "
                "WHERE NOT EXISTS (SELECT 1 FROM rejects AS r WHERE r.record = i.record AND r.kind = i.kind "
                "AND r.id = i.id AND r.reason = i.reason AND (r.source = i.source OR i.kind <> 'damaged'))",
                [now],
            )
