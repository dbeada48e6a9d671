"""What did another system log? Its files as two tables ready to be loaded into the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from decision_store.errors import ImportFailed
from decision_store.facts import DECISIONS, OUTCOMES
from decision_store.importing.batches import Kind, RawTable, RejectedRow
from decision_store.importing.columns import Plan, check_mapping, recognise
from decision_store.importing.files import tables_of
from decision_store.importing.identities import FILE, with_ids, without_repeats
from decision_store.importing.outcome_times import with_times
from decision_store.importing.rows import ROW_NUMBER, SCHEMAS, Reading, checked

Progress = Callable[[int, int | None], None]
"""Called with the rows done so far and their total, None where it is not known."""

_AHEAD = timedelta(days=1)  # clocks and zones differ; more than this is a mistake


@dataclass(frozen=True, slots=True)
class History:
    """What was read, ready for ``Store.load``.

    Parameters
    ----------
    decisions, outcomes : pyarrow.Table
        In the columns of the log, in the order of the files; ids are unique.
    rejected : tuple of RejectedRow
        In the order of the files and rows.
    notes : tuple of str
        What a person should know: columns kept in the context or left out, rows that came twice.
    """

    decisions: pa.Table
    outcomes: pa.Table
    rejected: tuple[RejectedRow, ...]
    notes: tuple[str, ...]


def read_history(
    paths: Sequence[Path | str],
    *,
    kind: str | None = None,
    mapping: Mapping[str, str] | None = None,
    zone: tzinfo = UTC,
    now: datetime,
    progress: Progress | None = None,
) -> History:
    """Read decisions and outcomes from files of another system.

    Parameters
    ----------
    paths : sequence of Path or str
        SQLite files of the predecessor, JSON Lines, JSON, CSV or Parquet, in any mixture.
    kind : str, optional
        ``decisions`` or ``outcomes``: what files hold whose columns do not tell; of a file that
        holds both, only these are read.
    mapping : mapping, optional
        Their column name to the log's; to the empty text leaves a column out.
    zone : tzinfo, default=UTC
        Of times that name no zone. The predecessor's own ``recorded_at`` is UTC all the same.
    now : datetime
        Aware. Times more than a day later are refused.
    progress : callable, optional
        Told the rows done and their total.

    Returns
    -------
    History
        Nothing has been written. For missing values stand: type ``general``; source, action,
        outcome type and status ``unknown``; revenue 0; flags false; texts empty; other numbers
        stay missing.
        A row without an id gets one from its content. A decision without a timestamp has that of
        its record; an outcome's ``occurred_at`` and ``recorded_at`` stand for each other.

    Raises
    ------
    ImportFailed
        If a file cannot be read at all. A row that cannot be taken is told in ``rejected``.
    ValueError
        For another kind, or a naive now.
    """
    if now.utcoffset() is None:
        raise ValueError("now must be an aware datetime.")
    wanted = Kind(kind) if kind is not None else None
    reading = Reading(zone, now.astimezone(UTC) + _AHEAD)
    files = [Path(path) for path in paths]
    tables = _recognised(files, wanted, dict(mapping or {}))
    rejected: list[RejectedRow] = []
    parts: dict[Kind, list[pa.Table]] = {each: [] for each in Kind}
    report = _Report(progress, [table.raw.total for table in tables])
    for table in tables:
        batches = list(report.told(checked(table.raw, table.plan, reading, rejected)))
        part = _complete(batches, table, rejected)
        parts[table.plan.kind].append(part)
    decisions, outcomes, repeats = _together(parts, files, reading.latest, rejected)
    notes = [note for table in tables for note in table.plan.notes(table.raw.path)]
    order = {path: position for position, path in reversed(list(enumerate(files)))}
    rejected.sort(key=lambda row: (order[row.path], row.kind or "", row.row_number))
    return History(
        decisions=decisions.select(DECISIONS().names).cast(DECISIONS()),
        outcomes=outcomes.select(OUTCOMES().names).cast(OUTCOMES()),
        rejected=tuple(rejected),
        notes=(*dict.fromkeys(notes), *repeats),
    )


@dataclass(frozen=True, slots=True)
class _Recognised:
    raw: RawTable
    plan: Plan
    file: int


def _recognised(
    files: list[Path], wanted: Kind | None, mapping: dict[str, str]
) -> list[_Recognised]:
    """Look at every file before any row is read, so that a wrong one is told at once."""
    found: list[_Recognised] = []
    seen: dict[str, None] = {}
    for number, path in enumerate(files):
        check_mapping(mapping, path)
        for raw in tables_of(path):
            if raw.total == 0 and not raw.names:
                continue  # an empty list has no columns to be recognised by
            seen |= dict.fromkeys(raw.names)
            if wanted is not None and raw.kind not in {None, wanted}:
                continue
            own = {theirs: ours for theirs, ours in mapping.items() if theirs in raw.names}
            kind = recognise(raw.names, own, raw.kind or wanted, path)
            found.append(_Recognised(raw, Plan(kind, own, raw.names), number))
    unmet = [theirs for theirs in mapping if theirs not in seen]
    if unmet and files:
        raise ImportFailed(
            files[0],
            f"there is no column {unmet[0]!r} to map",
            f"The columns are: {', '.join(list(seen)[:40])}",
        )
    return found


class _Report:
    """Tells how many rows are done."""

    def __init__(self, progress: Progress | None, totals: list[int | None]) -> None:
        self._progress = progress
        self._total = sum(total or 0 for total in totals) if None not in totals else None
        self._done = 0

    def told(self, batches: Iterator[tuple[pa.Table, int]]) -> Iterator[pa.Table]:
        for batch, rows in batches:
            self._done += rows
            if self._progress is not None:
                self._progress(self._done, self._total)
            yield batch


def _complete(batches: list[pa.Table], table: _Recognised, rejected: list[RejectedRow]) -> pa.Table:
    """Join the batches of one table, and fill what follows from the row itself."""
    kind, path = table.plan.kind, table.raw.path
    whole = pa.concat_tables(batches) if batches else _no_rows(kind)
    if kind is Kind.DECISIONS:
        whole = _with_decision_times(whole)
        lacking, reason = "timestamp", "timestamp must not be missing"
    else:
        lacking, reason = "decision_id", "decision_id must not be missing"
    absent = whole.column(lacking).is_null()
    problems = dict.fromkeys(pc.indices_nonzero(absent).to_pylist(), reason)
    file = pa.repeat(pa.scalar(table.file, pa.int32()), len(whole))
    whole = _reject(
        whole.append_column(FILE, file), problems, kind, [path] * (table.file + 1), rejected
    )
    return with_ids(whole, kind)


def _together(
    parts: dict[Kind, list[pa.Table]],
    files: list[Path],
    latest: datetime,
    rejected: list[RejectedRow],
) -> tuple[pa.Table, pa.Table, list[str]]:
    """Do what needs all files: repeated ids, and times that follow from the decision."""
    notes = []
    whole: dict[Kind, pa.Table] = {}
    for kind in Kind:
        joined = pa.concat_tables(parts[kind]) if parts[kind] else _no_rows(kind, filed=True)
        if kind is Kind.OUTCOMES:
            joined, problems = with_times(joined, whole[Kind.DECISIONS], latest)
            joined = _reject(joined, problems, kind, files, rejected)
        whole[kind], repeats = without_repeats(joined.combine_chunks(), kind, files, rejected)
        if repeats:
            notes.append(f"{repeats} {kind.value} came more than once and are taken once")
    return whole[Kind.DECISIONS], whole[Kind.OUTCOMES], notes


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
