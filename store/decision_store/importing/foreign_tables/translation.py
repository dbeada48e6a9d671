"""From any table to tables in the log's own columns: by its layout, or by the names of its columns."""

from __future__ import annotations

from dataclasses import dataclass, field

from decision_store.importing.batches import Kind, RawTable
from decision_store.importing.foreign_tables.deals import (
    translate_deals,
)
from decision_store.importing.foreign_tables.own_columns import read_own_table
from decision_store.importing.foreign_tables.payments import Payment, read_payments
from decision_store.importing.foreign_tables.sheets import read_sheet
from decision_store.importing.layouts import SHEET, Layout, fold_heading, layout, recognise_layout
from decision_store.importing.log_tables.columns import Plan, recognise
from decision_store.importing.log_tables.rows import Reading
from decision_store.importing.options import ImportOptions
from decision_store.importing.understanding import (
    Understanding,
)
from decision_store.vocabulary import Vocabulary


@dataclass(slots=True)
class Read:
    """One table in the log's own columns, each part with the plan of its columns."""

    tables: list[tuple[RawTable, Plan]]
    understanding: Understanding | None = None
    payments: list[Payment] = field(default_factory=list)


_ENDS = frozenset(
    map(
        fold_heading,
        ("Status", "Outcome", "Result", "Won", "Is Won", "Won/Lost", "Won or lost", "Deal Status"),
    )
)
"""Headings that can only say how a decision ended; others, such as state, may say anything."""


def layout_and_kind(raw: RawTable, options: ImportOptions) -> tuple[Layout | None, Kind | None]:
    """Return a table's layout, or that it is in the log's own columns and what it holds.

    The log's own columns come before a program's layout, and that before a plain sheet; a sheet
    that holds decisions and how they ended is taken apart.

    Raises
    ------
    ImportFailed
        Its columns are of neither.
    """
    own = {theirs: ours for theirs, ours in options.mapping.items() if theirs in raw.names}
    if options.layout is not None and raw.kind is None:
        return layout(options.layout), None
    if raw.kind is not None:
        return None, recognise(raw.names, own, raw.kind, raw.path)
    if not own or recognise(raw.names, {}, None, raw.path, quiet=True) is None:
        program = recognise_layout(raw.names)
        if program is not None and recognise(raw.names, {}, None, raw.path, quiet=True) is None:
            return program, None
    kind = recognise(raw.names, own, options.kind, raw.path, quiet=True)
    if kind is not None and not _tells_how_it_ended(raw, own, kind, options):
        return None, kind
    if _is_sheet(raw, own, options):
        return layout(SHEET), None
    kind = recognise(raw.names, own, options.kind, raw.path)
    return (None, kind) if kind is not None else (layout(SHEET), None)


def _tells_how_it_ended(
    raw: RawTable, own: dict[str, str], kind: Kind, options: ImportOptions
) -> bool:
    """Tell whether a table of decisions also says how they ended, under other names than the log's own."""
    if kind is not Kind.DECISIONS or options.kind is not None:
        return False
    sheet = layout(SHEET)
    return any(not _ENDS.isdisjoint(sheet.keys(name)) for name in raw.names if name not in own)


def _is_sheet(raw: RawTable, own: dict[str, str], options: ImportOptions) -> bool:
    """A plain sheet tells when a decision was made, and something about it."""
    sheet = layout(SHEET)
    roles = set(own.values()) | set(options.constants)
    for name in raw.names:
        keys = sheet.keys(name)
        roles |= (
            {role for role, headings in sheet.columns.items() if not set(keys).isdisjoint(headings)}
            if name not in own
            else set()
        )
    about = {"opportunity_type", "opportunity_source", "opportunity_content", "title", "sender"}
    ends = {"outcome_status", "is_won", "won_at", "lost_at", "amount"}
    known = len(roles & (about | ends | {"decision_id", "decision_maker"}))
    return "timestamp" in roles and known >= 2


def translate(
    raw: RawTable,
    found: Layout | None,
    kind: Kind | None,
    options: ImportOptions,
    reading: Reading,
    vocabulary: Vocabulary | None,
) -> Read:
    """Bring one table into the log's own columns."""
    words = vocabulary or Vocabulary()
    if found is not None:
        sheet = read_sheet(raw)
        if found.rows == "payments":
            paid = read_payments(sheet, found, options, words)
            return Read([], paid.understanding, paid.payments)
        parts = translate_deals(sheet, found, options, reading, words)
        tables = [
            (table, Plan(table.kind, {}, table.names)) for table in parts.tables if table.kind
        ]
        return Read(tables, parts.understanding)
    assert kind is not None  # noqa: S101 - one of both, see layout_and_kind
    own = {theirs: ours for theirs, ours in options.mapping.items() if theirs in raw.names}
    return Read(*read_own_table(raw, Plan(kind, own, raw.names), options, words))
