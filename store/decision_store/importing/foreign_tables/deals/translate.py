"""Rows that hold a decision and how it ended, as CRMs and spreadsheets write them, taken apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from decision_store.errors import ImportFailed
from decision_store.importing.batches import Kind, RawTable
from decision_store.importing.foreign_tables.assigning import assign, kind_of_roles
from decision_store.importing.foreign_tables.deals.dates import read_dates
from decision_store.importing.foreign_tables.deals.decisions import decision_columns, decision_ids
from decision_store.importing.foreign_tables.deals.outcomes import has_own_outcome, outcome_columns
from decision_store.importing.foreign_tables.deals.state_reader import StateReader
from decision_store.importing.foreign_tables.deals.states import ask_about_words, read_states
from decision_store.importing.foreign_tables.deals.understood import understood
from decision_store.importing.foreign_tables.deals.work import Work
from decision_store.importing.foreign_tables.placeholders import without_placeholders
from decision_store.importing.foreign_tables.sheets import Sheet, batches_of
from decision_store.importing.layouts import Layout
from decision_store.importing.log_tables.rows import Reading
from decision_store.importing.options import ImportOptions
from decision_store.importing.understanding import Understanding
from decision_store.vocabulary import LOST, WON, Vocabulary


@dataclass(slots=True)
class Translated:
    """Result of one foreign table.

    Parameters
    ----------
    tables : list of RawTable
        In the log's own columns, of stated kinds.
    understanding : Understanding
        For people.
    """

    tables: list[RawTable]
    understanding: Understanding


def translate_deals(
    sheet: Sheet,
    layout: Layout,
    options: ImportOptions,
    reading: Reading,
    vocabulary: Vocabulary,
) -> Translated:
    """Take the rows of a table apart into decisions and outcomes.

    Raises
    ------
    ImportFailed
        No column tells when a decision was made.
    """
    words = options.vocabulary(vocabulary)
    assignment = assign(sheet, layout, options, words)
    sheet, empty = without_placeholders(sheet, assignment.roles)
    work = Work(sheet, layout, options, reading, vocabulary, assignment)
    if empty:
        work.notes.append(f"{empty} dates and numbers such as '-' or 'n/a' are taken as missing")
    roles = assignment.roles
    wants_decisions, wants_outcomes = kind_of_roles(work.assignment, options.kind)
    if "timestamp" not in roles and "timestamp" not in options.constants and wants_decisions:
        raise _no_timestamp(work)
    dates = read_dates(work)
    ids = decision_ids(work, dates)
    states = StateReader(layout, words, options.values)
    ended = read_states(work, states, dates)
    columns = decision_columns(work, ids, dates)
    tables = []
    if wants_decisions:
        tables.append(_table(work, Kind.DECISIONS, columns, None))
    if wants_outcomes:
        has_ended = ended.where(lambda state: state in {WON, LOST})
        is_unknown = ended.where(lambda state: state is None)
        kept = pc.indices_nonzero(pc.or_(has_ended, pc.and_(is_unknown, has_own_outcome(work))))
        outcomes = outcome_columns(work, ids, ended, dates)
        tables.append(_table(work, Kind.OUTCOMES, outcomes, kept))
        ask_about_words(work, states)
    return Translated(tables, understood(work, states, ended))


def _table(work: Work, kind: Kind, columns: dict[str, Any], kept: pa.Array | None) -> RawTable:
    """Make the table of one kind of fact of the rows kept, by default of all."""
    sheet = work.sheet
    numbers: Sequence[int] = sheet.row_numbers
    if kept is not None and len(kept) < sheet.rows:
        numbers = [numbers[place] for place in kept.to_pylist()]
        columns = {name: _taken(column, kept) for name, column in columns.items()}
    unreadable = sheet.unreadable if kind is Kind.DECISIONS else []
    batches = batches_of(columns, numbers, unreadable)
    return RawTable(sheet.raw.path, kind, tuple(columns), batches, len(numbers))


def _taken(column: Any, kept: pa.Array) -> Any:
    if isinstance(column, list):
        return [column[place] for place in kept.to_pylist()]
    return column.take(kept)


def _no_timestamp(work: Work) -> ImportFailed:
    found = ", ".join(repr(name) for name in list(work.sheet.columns)[:12])
    return ImportFailed(
        work.sheet.raw.path,
        f"it looks like {work.layout.title}, but no column tells when a decision was made "
        f"(found {found}); decisions need 'timestamp'",
        "Name it with '--map theirs=timestamp', or export it too (e.g. Create Date).",
    )
