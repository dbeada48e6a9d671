"""Reader of journal files: lines become Arrow tables, and what cannot become one is rejected.

Each table has the columns of its kind and three more: `place`, the order among all that came; `unstated`, whether the
time of the fact was left to the clock and so is not part of its content; and `sequence`, the number of the record in
the sequence of the log, where its time of recording is that of its writing: such records are ordered by it.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pyarrow as pa

from decision_store.facts import BY_KIND, PREDICTIONS
from decision_store.fields import FieldType
from decision_store.journal.append import Line, Part
from decision_store.journal.payloads import canonical_json, row_record, row_texts
from decision_store.journal.segment_reader import SEGMENT, is_small, read_segment
from decision_store.journal.undone_aliases import undone_aliases
from decision_store.record_classes import FactTable

SEGMENT_WEIGHT = 16 << 20
"""What a reference to a segment weighs at most in a chunk: with a chunk of 16 MB one large one is held at once."""

_ROW_WEIGHT = 2_000
_ROWS = re.compile(rb'"rows":([0-9]{1,9})')

MERGED = "merged"
"""Kind of the first line of a merged file: ``files`` are the checksums of the names of those it replaces."""

_WRITTEN_WITHIN = 60.0
"""Seconds between the time of recording and the writing of a record whose time was taken from the clock."""

RECORDED_PREDICTION = PREDICTIONS["recorded_at"]
"""Older versions wrote predictions without it; the time of their journal record stands for it."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that cannot become a fact."""

    kind: str
    id: str
    decision_id: str
    reason: str
    record: str
    source: str


class Entry(NamedTuple):
    """One whole line of a journal: a fact, or a reference to a segment of many."""

    at: int
    kind: str
    record: Mapping[str, Any]
    unstated: bool
    source: str
    offset: int
    number: int | None = None
    is_load: bool = False

    @property
    def order(self) -> tuple[int, str, int]:
        """Place in the log: the sequence, and in files without one the clock, which it began above."""
        return (self.at if self.number is None else self.number, self.source, self.offset)


@dataclass(slots=True)
class Batch:
    """Facts of one kind that came together, in the order of their acknowledgement.

    `loaded` tells of each row whether it is of a table that came as a whole; that of a segment needs no telling.
    """

    facts: FactTable
    table: pa.Table
    sources: Sequence[str] | str
    segment: str | None = None
    loaded: Sequence[bool] = ()

    @property
    def one_by_one(self) -> pa.Table:
        """The rows that calls of their own recorded."""
        if self.segment is not None:
            return self.table.slice(0, 0)
        if not any(self.loaded):
            return self.table
        return self.table.filter(pa.array([not loaded for loaded in self.loaded]))

    def slice(self, start: int, end: int) -> Batch:
        """Return some of the rows as a batch."""
        table = self.table.slice(start, end - start)
        places = pa.array(range(table.num_rows), pa.int64())
        index = table.column_names.index("place")
        sources = self.sources if isinstance(self.sources, str) else self.sources[start:end]
        table = table.set_column(index, "place", places)
        return Batch(self.facts, table, sources, self.segment, self.loaded[start:end])

    def source(self, place: int) -> str:
        """Return the file that a row came from."""
        return self.sources if isinstance(self.sources, str) else self.sources[place]


@dataclass(slots=True)
class Incoming:
    """All that is new in the journal."""

    batches: list[Batch] = dataclasses.field(default_factory=list)
    rejected: list[Rejected] = dataclasses.field(default_factory=list)
    merged: set[str] = dataclasses.field(default_factory=set)
    undone_aliases: frozenset[str] = frozenset()

    def of(self, kind: str) -> list[Batch]:
        """Return the batches of one kind."""
        return [batch for batch in self.batches if batch.facts.kind == kind]


def gather(parts: Iterable[Part], folder: Path) -> Incoming:
    """Turn journal lines into batches, earliest acknowledged first."""
    incoming = Incoming()
    entries = []
    for part in parts:
        for line in part.lines:
            entry = _entry(line, part.file)
            if isinstance(entry, Rejected):
                incoming.rejected.append(entry)
            else:
                entries.append(entry)
    entries = [each for entry in entries for each in _rows_of_small_segment(entry, folder)]
    entries.sort(key=lambda entry: entry.order)
    if any(entry.kind == "alias" for entry in entries):
        incoming.undone_aliases = undone_aliases(folder)
    for kind, run in _runs(entries):
        if kind == "segment":
            _add_segment(incoming, run[0], folder)
        elif kind == MERGED:
            for entry in run:
                incoming.merged.update(str(entry.record.get("files", "")).split(","))
        elif facts := BY_KIND.get(kind):
            _add_records(incoming, facts, run)
        else:
            incoming.rejected += [_reject(e, f"unknown kind {kind!r}") for e in run]
    return incoming


def _rows_of_small_segment(entry: Entry, folder: Path) -> Iterable[Entry]:
    """Give the rows of a small segment as records, so that thousands of them make one batch; else the entry itself.

    One that cannot be read is rejected later, as a segment.
    """
    if entry.kind != "segment" or not is_small(entry.record):
        return (entry,)
    try:
        facts = BY_KIND[entry.record["table_kind"]]
        table = read_segment(folder / str(entry.record["file"]), entry.record["sha256"], facts)
    except (OSError, ValueError, KeyError, TypeError):
        return (entry,)
    rows = table.select(list(facts.names)).to_pylist()
    return [
        entry._replace(kind=facts.kind, record=row_texts(row), unstated=False, is_load=True)
        for row in rows
    ]


def weight(part: Part) -> int:
    """Return about how many bytes of memory a part takes, the segments that it refers to included."""
    return sum(map(_weight, part.lines))


def _weight(line: Line) -> int:
    if SEGMENT not in line.raw:
        return len(line.raw)
    rows = _ROWS.search(line.raw)
    return len(line.raw) + (min(int(rows[1]) * _ROW_WEIGHT, SEGMENT_WEIGHT) if rows else 0)


def limited(part: Part, room: int) -> Part:
    """Return the first lines of a part that weigh no more than `room` together, at least one."""
    if weight(part) <= room:
        return part
    total = 0
    for place, line in enumerate(part.lines):
        if place and total + _weight(line) > room:
            return Part(part.file, part.lines[:place], line.offset, line.offset)
        total += _weight(line)
    return part


def from_records(facts: FactTable, records: Sequence[str], sources: Sequence[str]) -> Incoming:
    """Make a batch of records that had been rejected."""
    incoming = Incoming()
    parsed = [orjson.loads(record) for record in records]
    entries = [
        Entry(
            p.get("at", i),
            facts.kind,
            p["record"],
            bool(p.get("unstated")),
            sources[i],
            0,
            p.get("sequence"),
        )
        for i, p in enumerate(parsed)
    ]
    if entries:
        _add_records(incoming, facts, entries)
    return incoming


def as_record(
    facts: FactTable, row: Mapping[str, Any], *, unstated: bool, sequence: int | None = None
) -> str:
    """Return a rejected row as text, with its number where it may become a fact later."""
    record = row_record(facts, row)
    numbered = {} if sequence is None else {"sequence": sequence}
    return _as_text({"record": record, "unstated": unstated, **numbered})


def _entry(line: Line, file: str) -> Entry | Rejected:
    if line.payload is None:
        return _damaged(line, file, f"checksum differs at byte {line.offset}")
    try:
        payload = orjson.loads(line.payload)
        at, kind, record = payload["at"], payload["kind"], payload["record"]
    except (ValueError, KeyError, TypeError) as error:
        return _damaged(line, file, f"not a record of ours: {error!r}")
    if type(at) is not int or type(kind) is not str or type(record) is not dict:
        return _damaged(line, file, "not a record of ours: its parts are of wrong types")
    unstated, is_load = bool(payload.get("unstated")), payload.get("load") is True
    return Entry(at, kind, record, unstated, file, line.offset, line.number, is_load)


def _damaged(line: Line, file: str, reason: str) -> Rejected:
    return Rejected("damaged", "", "", reason, line.raw.decode("utf-8", "replace"), file)


def _runs(entries: list[Entry]) -> Iterable[tuple[str, list[Entry]]]:
    """Split into records of one kind that came between two segments; a segment is a run by itself."""
    pending: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.kind != "segment":
            pending.setdefault(entry.kind, []).append(entry)
            continue
        yield from pending.items()
        pending = {}
        yield "segment", [entry]
    yield from pending.items()


def _add_records(incoming: Incoming, facts: FactTable, entries: list[Entry]) -> None:
    if fitting := _fitting(incoming, facts, entries):
        table = pa.concat_tables(table for table, _ in fitting).combine_chunks()
        places = pa.array(range(table.num_rows), pa.int64())
        table = table.set_column(table.column_names.index("place"), "place", places)
        sources = [entry.source for _, good in fitting for entry in good]
        loaded = [entry.is_load for _, good in fitting for entry in good]
        incoming.batches.append(Batch(facts, table, sources, loaded=loaded))


_DOES_NOT_FIT = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
)
"""Whatever a record from elsewhere holds, the others must be kept: Arrow's errors are subclasses of these."""


def _fitting(
    incoming: Incoming, facts: FactTable, entries: list[Entry]
) -> list[tuple[pa.Table, list[Entry]]]:
    """Make tables of the entries that fit the types of their columns; reject the others, found by bisection."""
    try:
        return [(_table(facts, entries), entries)]
    except _DOES_NOT_FIT as error:
        if len(entries) == 1:
            incoming.rejected.append(_reject(entries[0], f"does not fit: {error}"))
            return []
        half = len(entries) // 2
        first = _fitting(incoming, facts, entries[:half])
        return first + _fitting(incoming, facts, entries[half:])


def _table(facts: FactTable, entries: list[Entry]) -> pa.Table:
    schema = facts()
    records = [entry.record for entry in entries]
    arrays = []
    for field in facts.fields:
        values: list[Any] = [record.get(field.name) for record in records]
        if field is RECORDED_PREDICTION:
            values = [
                value or _written(entry) for value, entry in zip(values, entries, strict=True)
            ]
        if field.type is FieldType.JSON:
            values = [
                "{}" if v is None else v if type(v) is str else canonical_json(v) for v in values
            ]
        if field.required and None in values:
            raise ValueError(f"{field.name} is missing")
        if field.fallback is not None:
            values = [field.fallback if v is None else v for v in values]
        if field.type is FieldType.TIMESTAMP:
            moments = pa.array(values, pa.string()).cast(pa.timestamp("us", "UTC"))
            arrays.append(moments.cast(pa.timestamp("us")))
        else:
            arrays.append(pa.array(values, schema.field(field.name).type))
    arrays += [
        pa.array(range(len(entries)), pa.int64()),
        pa.array([entry.unstated for entry in entries], pa.bool_()),
        pa.array([_sequence(entry) for entry in entries], pa.int64()),
    ]
    return pa.table(arrays, names=[*schema.names, "place", "unstated", "sequence"])


def _written(entry: Entry) -> str | None:
    """When a record was appended to the journal; None where it says a time that cannot be."""
    try:
        return datetime.fromtimestamp(entry.at / 1e9, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return None


def _sequence(entry: Entry) -> int | None:
    """Return the number of a record that was recorded when it was written, as its own time tells."""
    moment = entry.record.get("recorded_at")
    if entry.number is None or entry.is_load or moment is None:
        return None
    recorded = datetime.fromisoformat(moment).timestamp()
    return entry.number if abs(entry.at / 1e9 - recorded) < _WRITTEN_WITHIN else None


def _reject(entry: Entry, reason: str) -> Rejected:
    facts = BY_KIND.get(entry.kind)
    return Rejected(
        kind=entry.kind,
        id=str(entry.record.get(facts.key, "")) if facts else "",
        decision_id=str(entry.record.get("decision_id", "")) if entry.kind == "outcome" else "",
        reason=reason.splitlines()[0],
        record=_as_text({"record": entry.record, "unstated": entry.unstated}),
        source=entry.source,
    )


def reject_row(batch: Batch, reason: str) -> Rejected:
    """Reject the only row of a batch."""
    (row,) = batch.table.drop_columns(["place"]).to_pylist()
    unstated = row.pop("unstated")
    row.pop("sequence")
    return Rejected(
        kind=batch.facts.kind,
        id=str(row[batch.facts.key]),
        decision_id=str(row["decision_id"]) if batch.facts.kind == "outcome" else "",
        reason=reason,
        record=as_record(batch.facts, row, unstated=unstated),
        source=batch.source(0),
    )


def _as_text(value: object) -> str:
    """Return a value as JSON; as Python writes it where JSON cannot hold it, such as too deep nesting."""
    try:
        return canonical_json(value)
    except (TypeError, ValueError, RecursionError):
        return repr(value)


def storable(text: str) -> str:
    """Return a text without what no column can hold: unpaired surrogates and NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def _add_segment(incoming: Incoming, entry: Entry, folder: Path) -> None:
    try:
        name = str(entry.record["file"])
        facts = BY_KIND[entry.record["table_kind"]]
        table = read_segment(folder / name, entry.record["sha256"], facts)
    except (OSError, ValueError, KeyError, TypeError) as error:
        incoming.rejected.append(_reject(entry, f"segment cannot be read: {error}"))
        return
    if RECORDED_PREDICTION in facts.fields:
        table = _recorded(table, _written(entry))
    incoming.batches.append(Batch(facts, table, name, segment=name))


def _recorded(table: pa.Table, written: str | None) -> pa.Table:
    """Date predictions without a time of recording by the reference to their segment."""
    place = table.column_names.index(RECORDED_PREDICTION.name)
    given = table.column(place)
    if not given.null_count or written is None:
        return table
    moment = datetime.fromisoformat(written).replace(tzinfo=None)
    return table.set_column(place, RECORDED_PREDICTION.name, given.fill_null(moment))
