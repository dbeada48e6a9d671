"""Reader of files from other systems: decisions and outcomes ready to be loaded into the log."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pyarrow as pa

from decision_store.errors import ImportFailed
from decision_store.facts import DECISIONS, OUTCOMES
from decision_store.importing.batches import Kind, RawTable, RejectedRow
from decision_store.importing.foreign_tables.payments import Payment
from decision_store.importing.foreign_tables.translation import layout_and_kind, translate
from decision_store.importing.layouts import Layout, fold_heading
from decision_store.importing.log_tables.columns import check_mapping
from decision_store.importing.log_tables.completion import (
    Stored,
    complete,
    together,
    without_refused,
)
from decision_store.importing.log_tables.other_facts import facts_of, read_facts
from decision_store.importing.log_tables.rows import Reading, checked
from decision_store.importing.options import ImportOptions
from decision_store.importing.readers.files import tables_of
from decision_store.importing.understanding import Question, Understanding
from decision_store.record_classes import CANONICAL, FactTable
from decision_store.vocabulary import Vocabulary

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
    understood : tuple of Understanding
        Of each table of a foreign layout, and of each whose formats had to be found out.
    deals : pyarrow.Array
        Ids, which may be null, of the decisions that come from a table of a foreign layout: its next export may tell
        more about them.
    payments : tuple of Payment
        Money whose decision has to be found in the log.
    others : dict
        Exported facts of other kinds (predictions, aliases), by the name of their table.
    """

    decisions: pa.Table
    outcomes: pa.Table
    rejected: tuple[RejectedRow, ...]
    notes: tuple[str, ...]
    understood: tuple[Understanding, ...] = ()
    deals: pa.Array = field(default_factory=lambda: pa.array([], pa.string()))
    payments: tuple[Payment, ...] = ()
    others: Mapping[str, pa.Table] = field(default_factory=dict)

    @property
    def questions(self) -> tuple[Question, ...]:
        """What the files leave open."""
        return tuple(question for each in self.understood for question in each.questions)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Pause the collector of cycles: rows have none, and it would look through all of them again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
        pa.default_memory_pool().release_unused()


@_without_collector()
def read_history(
    paths: Sequence[Path | str],
    *,
    kind: str | None = None,
    mapping: Mapping[str, str] | None = None,
    options: ImportOptions | None = None,
    vocabulary: Vocabulary | None = None,
    zone: tzinfo = UTC,
    now: datetime,
    stored: Stored | None = None,
    progress: Progress | None = None,
) -> History:
    """Read decisions and outcomes from files of another system.

    Parameters
    ----------
    paths : sequence of Path or str
        Exports of well-known programs and plain sheets (CSV, JSON, JSON Lines, Parquet), tables in
        the log's own columns, SQLite files of the predecessor, in any mixture.
    kind : str, optional
        ``decisions`` or ``outcomes``: what files hold whose columns do not tell; of a file that
        holds both, only these are read.
    mapping : mapping, optional
        Their column name to the log's; to the empty text leaves a column out.
    options : ImportOptions, optional
        Everything else that a user states; ``kind`` and ``mapping`` win over its own.
    vocabulary : Vocabulary, optional
        What status words mean; the built-in one by default.
    zone : tzinfo, default=UTC
        Of times that name no zone. The predecessor's own ``recorded_at`` is UTC all the same.
    now : datetime
        Aware. Times more than a day later are refused.
    stored : callable, optional
        Decisions of the log by their ids: an outcome without a time has that of its decision.
    progress : callable, optional
        Called with the rows done and their total.

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
        If a file cannot be read at all. A row that cannot be taken is listed in ``rejected``.
    ValueError
        For another kind, or a naive now.
    """
    if now.utcoffset() is None:
        raise ValueError("now must be an aware datetime.")
    stated = options or ImportOptions()
    wanted = Kind(kind) if kind is not None else stated.kind
    stated = replace(stated, kind=wanted, mapping=mapping or stated.mapping)
    reading = Reading(zone, now.astimezone(UTC) + _AHEAD, now.astimezone(UTC))
    files = [Path(path) for path in paths]
    sources = _recognised(files, stated)
    rejected: list[RejectedRow] = []
    parts: dict[Kind, list[pa.Table]] = {each: [] for each in Kind}
    report = _Report(progress, [source.raw.total for source in sources])
    notes: list[str] = []
    understood: list[Understanding] = []
    payments: list[Payment] = []
    deals: list[pa.Array] = [pa.array([], pa.string())]
    others: dict[str, pa.Table] = {}
    for source in sources:
        if source.facts is not None:
            others[source.facts.name] = read_facts(source.raw, source.facts, rejected)
            continue
        read = translate(source.raw, source.layout, source.kind, stated, reading, vocabulary)
        understood += [read.understanding] if read.understanding is not None else []
        payments += read.payments
        refused: set[int] = set()
        for raw, plan in read.tables:
            batches = list(report.counted(checked(raw, plan, reading, rejected)))
            part = complete(batches, raw.path, plan.kind, source.file, rejected)
            if source.layout is not None:
                part = without_refused(part, plan.kind, raw.path, refused, rejected)
                if plan.kind is Kind.DECISIONS:
                    deals += part.column("decision_id").chunks
            parts[plan.kind].append(part)
            notes += plan.notes(raw.path)
    foreign = {source.raw.path for source in sources if source.layout is not None}
    decisions, outcomes, repeats = together(parts, files, reading.latest, rejected, stored, foreign)
    order = {path: position for position, path in reversed(list(enumerate(files)))}
    rejected.sort(key=lambda row: (order[row.path], row.kind or "", row.row_number))
    return History(
        decisions=decisions.select(DECISIONS().names).cast(_decision_schema()),
        outcomes=outcomes.select(OUTCOMES().names).cast(OUTCOMES()),
        rejected=tuple(rejected),
        notes=(*dict.fromkeys(notes), *repeats),
        understood=tuple(understood),
        deals=pa.concat_arrays(deals),
        payments=tuple(payments),
        others=others,
    )


def _decision_schema() -> pa.Schema:
    schema = DECISIONS()
    place = schema.get_field_index("context")
    return schema.set(place, schema.field(place).with_metadata(CANONICAL))


@dataclass(frozen=True, slots=True)
class _Source:
    """One table: of a foreign layout, in the log's own columns (then a kind), or other exported facts."""

    raw: RawTable
    layout: Layout | None
    kind: Kind | None
    file: int
    facts: FactTable | None = None


def _recognised(files: list[Path], options: ImportOptions) -> list[_Source]:
    """Look at every file before any row is read, so that a wrong one is reported at once."""
    found: list[_Source] = []
    seen: dict[str, None] = {}
    for number, path in enumerate(files):
        check_mapping(options.mapping, path)
        for raw in tables_of(path, options.encoding, options.mapping):
            if raw.total == 0 and not raw.names:
                continue  # an empty list has no columns to be recognised by
            seen |= dict.fromkeys(raw.names)
            if options.kind is not None and raw.kind not in {None, options.kind}:
                continue
            if raw.kind is None and (facts := facts_of(raw.names)) is not None:
                found.append(_Source(raw, None, None, number, facts))
                continue
            layout, kind = layout_and_kind(raw, options)
            found.append(_Source(raw, layout, kind, number))
    unmet = [theirs for theirs in options.mapping if theirs not in seen]
    if unmet and files:
        raise ImportFailed(
            files[0],
            f"there is no column {unmet[0]!r} to map",
            f"The columns are: {', '.join(list(seen)[:40])}",
        )
    headings = set(map(fold_heading, seen))
    for name in options.allow:
        if files and fold_heading(name) not in headings and name not in options.standing:
            raise ImportFailed(
                files[0],
                f"there is no column {name!r} to allow",
                f"The columns are: {', '.join(list(seen)[:40])}",
            )
    return found


class _Report:
    """Tells how many rows are done."""

    def __init__(self, progress: Progress | None, totals: list[int | None]) -> None:
        self._progress = progress
        self._total = sum(total or 0 for total in totals) if None not in totals else None
        self._done = 0

    def counted(self, batches: Iterator[tuple[pa.Table, int]]) -> Iterator[pa.Table]:
        for batch, rows in batches:
            self._done += rows
            if self._progress is not None:
                self._progress(self._done, self._total)
            yield batch
