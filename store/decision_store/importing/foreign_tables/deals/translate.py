"""Rows that hold a decision and how it ended, as CRMs and spreadsheets write them, taken apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
from decision_store.importing.foreign_tables.sheets import Sheet, batch_of
from decision_store.importing.layouts import Layout
from decision_store.importing.log_tables.rows import Reading
from decision_store.importing.options import ImportOptions
from decision_store.importing.understanding import Understanding
from decision_store.vocabulary import LOST, OPEN, WON, Vocabulary


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
        tables.append(_table(work, Kind.DECISIONS, columns, list(range(sheet.rows))))
    if wants_outcomes:
        kept = [
            place
            for place, state in enumerate(ended)
            if state in {WON, LOST} or (state != OPEN and has_own_outcome(work, place))
        ]
        outcomes = outcome_columns(work, ids, ended, dates)
        tables.append(_table(work, Kind.OUTCOMES, outcomes, kept))
        ask_about_words(work, states)
    return Translated(tables, understood(work, states, ended))


def _table(work: Work, kind: Kind, columns: dict[str, list[Any]], kept: list[int]) -> RawTable:
    sheet = work.sheet
    numbers = [sheet.row_numbers[place] for place in kept]
    if len(kept) < sheet.rows:
        columns = {name: [values[place] for place in kept] for name, values in columns.items()}
    unreadable = sheet.unreadable if kind is Kind.DECISIONS else []
    batches = batch_of(columns, numbers, unreadable)
    return RawTable(sheet.raw.path, kind, tuple(columns), batches, len(numbers))


def _no_timestamp(work: Work) -> ImportFailed:
    found = ", ".join(repr(name) for name in list(work.sheet.columns)[:12])
    return ImportFailed(
        work.sheet.raw.path,
        f"it looks like {work.layout.title}, but no column tells when a decision was made "
        f"(found {found}); decisions need 'timestamp'",
        "Name it with '--map theirs=timestamp', or export it too (e.g. Create Date).",
    )
