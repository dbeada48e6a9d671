"""Fold of the journal into tables, in one transaction that also stores how far each file was read.

So every acknowledged record is folded exactly once, and a database that was rolled back by an old copy or a
foreign program is healed by the next fold: its positions were rolled back with it.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from decision_store.database import names
from decision_store.database.merge import STATEMENTS
from decision_store.database.transactions import transaction
from decision_store.errors import StoreDamaged
from decision_store.facts import OUTCOMES
from decision_store.journal import append as journal
from decision_store.journal import read as reader
from decision_store.journal.read import Batch, Incoming, Rejected
from decision_store.names import sender_key

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from decision_store.journal.id_cache import IdCache

logger = logging.getLogger(__name__)

UNKNOWN_DECISION = "unknown decision"
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


def positions(connection: DuckDBPyConnection) -> dict[str, tuple[int, int]]:
    """Return file -> (bytes folded, bytes seen)."""
    rows = connection.execute("SELECT file, position, seen FROM journal_positions").fetchall()
    return {file: (position, seen) for file, position, seen in rows}


def pending(sizes: Mapping[str, int], folded: Mapping[str, tuple[int, int]]) -> dict[str, int]:
    """Return file -> bytes that no fold has looked at."""
    left = {file: size - folded.get(file, (0, 0))[1] for file, size in sizes.items()}
    return {file: count for file, count in left.items() if count > 0}


def fold(connection: DuckDBPyConnection, folder: Path, known: IdCache, path: Path) -> FoldReport:
    """Bring everything in the journal into an attached, writable database."""
    folded = positions(connection)
    parts = _read(folder, folded)
    if not parts:
        if not known.exists:
            _rebuild_id_cache(connection, known)
        return FoldReport()
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
    report = _commit(connection, arrived, {f: (p.position, p.seen) for f, p in parts.items()}, path)
    if not known.exists:
        _rebuild_id_cache(connection, known)
    for batch in arrived.of("decision"):
        known.add_missing(batch.table.column("decision_id").to_pylist())
    for reason, count in Counter(r.reason for r in report.rejected).items():
        logger.warning("%d record(s) rejected: %s (see 'decision-log doctor')", count, reason)
    return report


def _rebuild_id_cache(connection: DuckDBPyConnection, known: IdCache) -> None:
    known.make()
    stored = connection.sql("SELECT decision_id FROM decisions").to_arrow_table()
    known.add(stored.column("decision_id").to_pylist())


def _read(folder: Path, folded: Mapping[str, tuple[int, int]]) -> dict[str, journal.Part]:
    sizes = journal.sizes(folder)
    return {
        file: journal.read(folder, file, folded.get(file, (0, 0))[0], sizes[file])
        for file in pending(sizes, folded)
    }


def _commit(
    connection: DuckDBPyConnection,
    arrived: Incoming,
    reached: Mapping[str, tuple[int, int]],
    path: Path,
) -> FoldReport:
    with transaction(connection):
        tallies = _insert_all(connection, arrived)
        _store_rejects(connection, arrived.rejected)
        _store_positions(connection, reached)
    # A COMMIT after a failed statement returns normally and rolls back: so look.
    stored = positions(connection)
    if any(stored.get(file) != position for file, position in reached.items()):
        raise StoreDamaged(path, "it did not keep what was committed to it")
    total = sum((tally for _, tally in tallies), Tally())
    segments: dict[str, Tally] = {}
    for segment, tally in tallies:
        if segment is not None:
            segments[segment] = segments.get(segment, Tally()) + tally
    return FoldReport(total.added, total.unchanged, (*arrived.rejected,), segments)


def _insert_all(
    connection: DuckDBPyConnection, arrived: Incoming
) -> list[tuple[str | None, Tally]]:
    def insert(batches: Iterable[Batch]) -> list[tuple[str | None, Tally]]:
        return [(batch.segment, _insert(connection, batch, arrived)) for batch in batches]

    tallies = insert(arrived.of("decision"))
    if tallies:
        tallies += insert(_reconsidered(connection))
    tallies += insert(arrived.of("outcome")) + insert(arrived.of("prediction"))
    return tallies + [_insert_aliases(connection, batch, arrived) for batch in arrived.of("alias")]


def _insert_aliases(
    connection: DuckDBPyConnection, batch: Batch, arrived: Incoming
) -> tuple[str | None, Tally]:
    known = {row[0] for row in connection.execute("SELECT alias_id FROM aliases").fetchall()}
    tally = _insert(connection, batch, arrived)
    for row in batch.table.to_pylist():
        if row["alias_id"] not in known:
            known.add(row["alias_id"])
            names.apply_alias(connection, row["field"], row["name"], row["target"])
    return batch.segment, tally


def _insert(connection: DuckDBPyConnection, batch: Batch, arrived: Incoming) -> Tally:
    """Insert the rows of a batch whose id is new; the first of each id wins."""
    statements = STATEMENTS[batch.facts.kind]
    table = names.canonical_table(connection, batch.facts, batch.table)
    with _registered(connection, table):
        (row,) = connection.execute(statements.insert).fetchall()
        added = int(row[0])
        if added:
            for statement in statements.derive:
                connection.execute(statement).fetchall()
        rejected: list[Rejected] = []
        if added < batch.table.num_rows:
            rejected += _rejected_rows(
                connection, batch, statements.conflicts, "id used before with other content"
            )
            if statements.unknown_ids is not None:
                rejected += _rejected_rows(
                    connection, batch, statements.unknown_ids, UNKNOWN_DECISION
                )
    arrived.rejected += rejected
    return Tally(added, batch.table.num_rows - added - len(rejected), tuple(rejected))


def _rejected_rows(
    connection: DuckDBPyConnection, batch: Batch, question: str, reason: str
) -> list[Rejected]:
    places = [
        place
        for place, differs, senders in connection.sql(question).fetchall()
        if differs or len({sender_key(sender) for sender in senders}) > 1
    ]
    if not places:
        return []
    rows = batch.table.take(places).drop_columns(["place"]).to_pylist()  # as they were written
    return [
        Rejected(
            kind=batch.facts.kind,
            id=row[batch.facts.key],
            decision_id=row["decision_id"] if batch.facts is OUTCOMES else "",
            reason=reason,
            record=reader.as_record(batch.facts, row, unstated=row.pop("unstated")),
            source=batch.source(place),
        )
        for place, row in zip(places, rows, strict=True)
    ]


def _reconsidered(connection: DuckDBPyConnection) -> list[Batch]:
    """Take those outcomes out of the rejects whose decision has come."""
    rows = connection.execute(
        "DELETE FROM rejects WHERE kind = 'outcome' AND reason = ? "
        "AND decision_id IN (SELECT decision_id FROM decisions) RETURNING record, source",
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
    if not named:
        return False
    (row,) = connection.execute(
        "SELECT count(DISTINCT decision_id) FROM decisions WHERE decision_id IN (SELECT unnest(?))",
        [list(named)],
    ).fetchall()
    return int(row[0]) < len(named)


def _store_rejects(connection: DuckDBPyConnection, rejected: Iterable[Rejected]) -> None:
    import pyarrow as pa

    rows = [{name: getattr(r, name) for name in Rejected.__slots__} for r in rejected]
    if rows:
        text = pa.schema([(name, pa.string()) for name in Rejected.__slots__])
        with _registered(connection, pa.Table.from_pylist(rows, schema=text)):
            now = datetime.now(UTC).replace(tzinfo=None)
            connection.execute(
                "INSERT INTO rejects SELECT kind, id, decision_id, reason, record, source, ? FROM incoming",
                [now],
            )


def _store_positions(
    connection: DuckDBPyConnection, reached: Mapping[str, tuple[int, int]]
) -> None:
    import pyarrow as pa

    rows = [{"file": f, "position": p, "seen": s} for f, (p, s) in reached.items()]
    schema = pa.schema([("file", pa.string()), ("position", pa.int64()), ("seen", pa.int64())])
    with _registered(connection, pa.Table.from_pylist(rows, schema=schema)):
        connection.execute(
            "DELETE FROM journal_positions WHERE file IN (SELECT file FROM incoming)"
        )
        connection.execute(
            "INSERT INTO journal_positions SELECT file, position, seen FROM incoming"
        )


@contextmanager
def _registered(connection: DuckDBPyConnection, table: pa.Table) -> Iterator[None]:
    connection.register("incoming", table)
    try:
        yield
    finally:
        connection.unregister("incoming")
