"""What follows from other rows or from the whole of a table: times, ids, and rows that repeat or go with another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from decision_store.importing.batches import Kind, RejectedRow
from decision_store.importing.log_tables.identities import FILE, with_ids, without_repeats
from decision_store.importing.log_tables.outcome_times import with_times
from decision_store.importing.log_tables.rows import ROW_NUMBER, SCHEMAS
from decision_store.wording import counted

Stored = Callable[[list[str]], pa.Table]
"""Decisions of the log, by their ids."""


def complete(
    batches: list[pa.Table], path: Path, kind: Kind, place: int, rejected: list[RejectedRow]
) -> pa.Table:
    """Join the batches of one table, and fill what follows from the row itself."""
    whole = pa.concat_tables(batches) if batches else _no_rows(kind)
    if kind is Kind.DECISIONS:
        whole = _with_decision_times(whole)
        lacking, reason = "timestamp", "timestamp must not be missing"
    else:
        lacking, reason = "decision_id", "decision_id must not be missing"
    absent = whole.column(lacking).is_null()
    problems = dict.fromkeys(pc.indices_nonzero(absent).to_pylist(), reason)
    file = pa.repeat(pa.scalar(place, pa.int32()), len(whole))
    whole = _reject(whole.append_column(FILE, file), problems, kind, [path] * (place + 1), rejected)
    return with_ids(whole, kind)


def without_refused(
    part: pa.Table, kind: Kind, path: Path, refused: set[int], rejected: list[RejectedRow]
) -> pa.Table:
    """Drop the outcomes of rows whose decision was refused: the row is reported once."""
    if kind is Kind.DECISIONS:
        refused |= {
            row.row_number for row in rejected if row.path == path and row.kind == kind.value
        }
        return part
    rejected[:] = [
        row
        for row in rejected
        if row.path != path or row.kind != kind.value or row.row_number not in refused
    ]
    numbers = part.column(ROW_NUMBER)
    return part.filter(pc.invert(pc.is_in(numbers, pa.array(sorted(refused), numbers.type))))


def together(
    parts: dict[Kind, list[pa.Table]],
    files: list[Path],
    latest: datetime,
    rejected: list[RejectedRow],
    stored: Stored | None,
    foreign: set[Path],
) -> tuple[pa.Table, pa.Table, list[str]]:
    """Do what needs all files: repeated ids, and times that follow from the decision.

    ``foreign``: files whose rows hold a decision and its outcome; they are taken or refused together.
    """
    notes = []
    whole: dict[Kind, pa.Table] = {}
    for kind in Kind:
        joined = pa.concat_tables(parts[kind]) if parts[kind] else _no_rows(kind, filed=True)
        if kind is Kind.OUTCOMES:
            decided = _decided(joined, whole[Kind.DECISIONS], stored)
            joined, problems = with_times(joined, decided, latest)
            joined = _reject(joined, problems, kind, files, rejected)
            joined = _without_repeated(joined, files, rejected, foreign)
        whole[kind], repeats = without_repeats(joined, kind, files, rejected)
        if repeats:
            taken = "is taken once" if repeats == 1 else "are taken once"
            notes.append(f"{counted(repeats, kind.value[:-1])} came more than once and {taken}")
    notes += _ended_before(whole[Kind.DECISIONS], whole[Kind.OUTCOMES])
    return whole[Kind.DECISIONS], whole[Kind.OUTCOMES], notes


def _without_repeated(
    outcomes: pa.Table, files: list[Path], rejected: list[RejectedRow], foreign: set[Path]
) -> pa.Table:
    """Drop the outcomes of rows whose decision has an id that stands before with other content."""
    refused = {
        (row.path, row.row_number)
        for row in rejected
        if row.path in foreign and row.kind == Kind.DECISIONS.value
    }
    if not refused or not outcomes.num_rows:
        return outcomes
    places = zip(
        outcomes.column(FILE).to_pylist(), outcomes.column(ROW_NUMBER).to_pylist(), strict=True
    )
    return outcomes.filter(pa.array([(files[file], row) not in refused for file, row in places]))


def _ended_before(decisions: pa.Table, outcomes: pa.Table) -> list[str]:
    """Note outcomes that are earlier than their decision."""
    ids = decisions.column("decision_id").combine_chunks()
    place = pc.index_in(outcomes.column("decision_id"), value_set=ids)
    decided = decisions.column("timestamp").take(place)
    early = pc.indices_nonzero(pc.less(outcomes.column("occurred_at"), decided))
    if not len(early):
        return []
    first = outcomes.column("decision_id")[early[0].as_py()].as_py()
    return [
        f"{len(early)} outcomes occurred before their decision was made (first: {first!r}): they count "
        "as following at once"
    ]


def _decided(outcomes: pa.Table, decisions: pa.Table, stored: Stored | None) -> pa.Table:
    """Return ids and times of the decisions that outcomes without a time are about."""
    columns = ["decision_id", "timestamp"]
    decisions = decisions.select(columns)
    untimed = pc.and_(
        outcomes.column("occurred_at").is_null(), outcomes.column("recorded_at").is_null()
    )
    ids = outcomes.column("decision_id").filter(untimed).unique()
    if not len(ids):
        return decisions
    missing = ids.filter(pc.invert(pc.is_in(ids, decisions.column("decision_id").combine_chunks())))
    if stored is None or not len(missing):
        return decisions
    found = stored(missing.to_pylist()).select(columns).cast(decisions.schema)
    return pa.concat_tables([decisions, found])


def _with_decision_times(table: pa.Table) -> pa.Table:
    decided, recorded = table.column("timestamp"), table.column("recorded_at")
    names = table.column_names
    table = table.set_column(names.index("timestamp"), "timestamp", pc.coalesce(decided, recorded))
    recorded = pc.coalesce(recorded, decided)
    return table.set_column(names.index("recorded_at"), "recorded_at", recorded)


def _reject(
    table: pa.Table,
    problems: dict[int, str],
    kind: Kind,
    files: list[Path],
    rejected: list[RejectedRow],
) -> pa.Table:
    if not problems:
        return table
    numbers, places = table.column(ROW_NUMBER), table.column(FILE)
    for index, reason in problems.items():
        path = files[places[index].as_py()]
        rejected.append(RejectedRow(path, kind.value, numbers[index].as_py(), reason))
    return table.filter(pa.array([index not in problems for index in range(len(table))]))


def _no_rows(kind: Kind, *, filed: bool = False) -> pa.Table:
    schema = SCHEMAS[kind].append(pa.field(ROW_NUMBER, pa.int64()))
    return (schema.append(pa.field(FILE, pa.int32())) if filed else schema).empty_table()
