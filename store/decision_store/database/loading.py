"""Rows of a bulk load that bring something: what the log holds already is not written again.

A file that is imported every night, and opportunities that are scored every five minutes, write nothing while nothing
has changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from decision_store.database import fold as folding
from decision_store.database import names
from decision_store.database.merge import STATEMENTS
from decision_store.database.transactions import registered
from decision_store.errors import StoreDamaged
from decision_store.facts import DECISIONS, OUTCOMES, PREDICTIONS
from decision_store.journal import segment_reader, segments
from decision_store.journal.payloads import as_one_call, encode_rows
from decision_store.journal.read import Batch, Rejected, storable

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from decision_store.journal.append import Journal
    from decision_store.journal.id_cache import IdCache
    from decision_store.record_classes import FactTable

_COMPARED_ROWS = 2 * 122_880
"""Rows that are compared with the database at once; it bounds the memory."""

_VALUES = (
    "probability", "low", "high", "expected_revenue", "confidence", "adjusted_score", "similar_past_decisions",
)  # fmt: skip

# Of one opportunity with the same inputs by one version: the last prediction says the same.
_REPEATED_PREDICTIONS = f"""
    SELECT i.place FROM incoming AS i JOIN (
        SELECT * FROM predictions AS p
        WHERE opportunity_id IN (SELECT opportunity_id FROM incoming)
        QUALIFY row_number() OVER (
            PARTITION BY opportunity_id, inputs_hash, model_version, shadow ORDER BY predicted_at DESC, rowid DESC
        ) = 1
    ) AS s USING (opportunity_id, inputs_hash, model_version, shadow)
    WHERE {" AND ".join(f"i.{name} IS NOT DISTINCT FROM s.{name}" for name in _VALUES)}
        AND i.reasoning IS NOT DISTINCT FROM s.reasoning_template
        AND (i.score_parts ->> '$.base')::DOUBLE IS NOT DISTINCT FROM s.base_points
"""  # noqa: S608 - names of the field table


@dataclass(frozen=True, slots=True)
class News:
    """What a load brings.

    Parameters
    ----------
    tables : list of (FactTable, Table)
        The rows to write, which may be none.
    unchanged : int
        Rows that the log holds already, with the same content.
    rejected : tuple of Rejected
        Rows that were rejected before and would be again.
    """

    tables: list[tuple[FactTable, pa.Table]]
    unchanged: int
    rejected: tuple[Rejected, ...]


def news(connection: DuckDBPyConnection, tables: list[tuple[FactTable, pa.Table]]) -> News:
    """Leave out of checked tables what is in the database; nothing is changed.

    Parameters
    ----------
    connection : DuckDBPyConnection
        With a writable database: new names are added and taken back.
    """
    left: list[tuple[FactTable, pa.Table]] = []
    unchanged = 0
    rejected: list[Rejected] = []
    connection.begin()
    try:
        for facts, table in tables:
            # A decision that comes along may be the one that an outcome was waiting for.
            alone = not any(other is DECISIONS for other, _ in left)
            fresh: list[pa.Table] = []
            for start in range(0, table.num_rows, _COMPARED_ROWS):
                part = table.slice(start, _COMPARED_ROWS)
                known, refused = _known(connection, facts, part, alone=alone)
                fresh.append(_without(part, known, refused))
                unchanged += pc.sum(known).as_py() or 0
                rejected += refused.values()
            rows = sum(part.num_rows for part in fresh)
            if rows:
                left.append((facts, table if rows == table.num_rows else pa.concat_tables(fresh)))
    finally:
        connection.rollback()
    return News(left, unchanged, tuple(rejected))


def _known(
    connection: DuckDBPyConnection, facts: FactTable, table: pa.Table, *, alone: bool
) -> tuple[pa.Array, dict[int, Rejected]]:
    """Return which rows are stored, and the places of those that were rejected before."""
    rows = table.num_rows
    batch = table.append_column("place", pa.arange(0, rows))
    batch = batch.append_column("unstated", pa.repeat(pa.scalar(value=False), rows))
    batch = batch.append_column("sequence", pa.nulls(rows, pa.int64()))
    stored = _stored(facts)
    with registered(connection, names.canonical_table(connection, facts, batch)):
        questions = [
            f"SELECT place FROM incoming WHERE {facts.key} IN (SELECT {facts.key} FROM {stored})"  # noqa: S608
        ]
        if facts is PREDICTIONS:
            questions.append(_REPEATED_PREDICTIONS)
        places = [
            chunk
            for question in questions
            for chunk in connection.sql(question).to_arrow_table().column(0).chunks
        ]
        given = Batch(facts, batch, "")
        statements = STATEMENTS[facts.kind]
        refused = folding.rejected_rows(connection, given, statements.conflicts, folding.CONFLICT)
        if facts is OUTCOMES and alone and statements.unknown_ids is not None:
            refused |= folding.rejected_rows(
                connection, given, statements.unknown_ids, folding.UNKNOWN_DECISION
            )
    known = _marked(rows, pa.concat_arrays([pa.array([], pa.int64()), *places]))
    known = pc.and_not(known, _marked(rows, pa.array(list(refused), pa.int64())))
    before = _rejected_before(connection, facts, refused)
    return known, {place: refused[place] for place in before}


def _marked(rows: int, places: pa.Array) -> pa.Array:
    """Return for each of so many rows whether its place is among these."""
    if not len(places):
        return pa.repeat(pa.scalar(value=False), rows)
    return pc.is_in(pa.arange(0, rows), value_set=places)


def write(
    connection: DuckDBPyConnection,
    journal: Journal,
    known: IdCache,
    path: Path,
    tables: list[tuple[FactTable, pa.Table]],
) -> folding.Tally:
    """Write tables to the journal, few rows as lines and many as segments, and fold them into the database.

    The list is emptied: a fold takes the rows from the journal, and they are not held twice.
    """
    payloads: list[bytes] = []
    written: list[str] = []
    lines: list[tuple[FactTable, pa.Table, set[str]]] = []
    while tables:
        facts, table = tables.pop(0)
        if table.num_rows <= segment_reader.LINES_AT_MOST:
            payloads += encode_rows(facts, table)
            lines.append((facts, table, stored_ids(connection, facts, table)))
            continue
        for name, payload in segments.write(journal.folder, facts, table):
            payloads.append(payload)
            written.append(name)
        del table
    pa.default_memory_pool().release_unused()
    if not payloads:
        return folding.Tally()
    # Appended under the lock, so that no other process folds it and takes the figures with it.
    journal.append(as_one_call(payloads))
    report, _ = folding.fold(connection, journal.folder, known, path)
    tallies = [report.segments[name] for name in written if name in report.segments]
    if len(tallies) < len(written):
        raise StoreDamaged(path, "a file that was just written could not be read back")
    for facts, table, before in lines:
        after = stored_ids(connection, facts, table)
        tallies.append(tally_of_lines(facts, table, before, after, report.rejected))
    return sum(tallies, folding.Tally())


def stored_ids(connection: DuckDBPyConnection, facts: FactTable, table: pa.Table) -> set[str]:
    """Return those ids of a table that the database holds."""
    with registered(connection, table):
        sql = f"SELECT {facts.key} FROM {_stored(facts)} SEMI JOIN incoming USING ({facts.key})"  # noqa: S608
        return {found for (found,) in connection.execute(sql).fetchall()}


def tally_of_lines(
    facts: FactTable,
    table: pa.Table,
    before: set[str],
    after: set[str],
    rejected: tuple[Rejected, ...],
) -> folding.Tally:
    """Return what became of rows that were written as lines and folded with others.

    Parameters
    ----------
    before, after : set of str
        Those of their ids that were stored before and after the fold.
    rejected : tuple of Rejected
        All that the fold rejected.
    """
    own = set(table.column(facts.key).to_pylist())
    refused = tuple(r for r in rejected if r.kind == facts.kind and r.id in own)
    added = len(after - before)
    return folding.Tally(added, max(0, table.num_rows - added - len(refused)), refused)


def _stored(facts: FactTable) -> str:
    """Return the table that holds every row of a kind, those taken back included."""
    return "every_decision" if facts is DECISIONS else facts.name


def _rejected_before(
    connection: DuckDBPyConnection, facts: FactTable, refused: dict[int, Rejected]
) -> set[int]:
    if not refused:
        return set()
    stored = set(
        connection.execute(
            "SELECT id, reason, record FROM rejects WHERE kind = ? AND id IN (SELECT unnest(?::VARCHAR[]))",
            [facts.kind, [r.id for r in refused.values()]],
        ).fetchall()
    )
    return {place for place, r in refused.items() if (r.id, r.reason, storable(r.record)) in stored}


def _without(table: pa.Table, known: pa.Array, refused: Collection[int]) -> pa.Table:
    left_out = pc.or_(known, _marked(table.num_rows, pa.array(list(refused), pa.int64())))
    if not pc.any(left_out).as_py():
        return table
    return table.filter(pc.invert(left_out))
