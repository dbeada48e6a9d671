"""Report of what was understood of a table, for people."""

from __future__ import annotations

from collections import Counter

from decision_store.importing.batches import RawTable
from decision_store.importing.cells.encoded import Column
from decision_store.importing.foreign_tables.deals.state_reader import StateReader
from decision_store.importing.foreign_tables.deals.work import Work
from decision_store.importing.understanding import ColumnUse, Question, Understanding
from decision_store.vocabulary import LOST, OPEN, WON


def understood(work: Work, reader: StateReader, ended: Column) -> Understanding:
    """Return the report on a table that has been taken apart."""
    sheet, raw = work.sheet, work.sheet.raw
    uses = []
    for name in sheet.columns:
        role = work.assignment.role_of(name) or work.assignment.others.get(name, "")
        if role:
            example = sheet.example(name)[:40].replace("\n", " ")
            uses.append(ColumnUse(name, role, work.readings.get(name, ""), example))
    states = Counter(dict.fromkeys((WON, LOST), 0))
    for state, count in ended.counts():
        states[state] += count
    counts = {state: states[state] for state in (WON, LOST)}
    counts[OPEN] = len(ended) - counts[WON] - counts[LOST]
    if not sheet.rows:
        work.notes.append("it has headings, but no rows")
    if raw.footers:
        lines = ", ".join(map(str, raw.footers[:5]))
        work.notes.append(f"left out below the table: {len(raw.footers)} lines ({lines})")
    if not raw.encoding_certain:
        work.questions.append(about_encoding(raw))
    return Understanding(
        raw.path,
        work.layout.name,
        work.layout.title,
        sheet.rows,
        raw.encoding or "",
        tuple(uses),
        reader.words(),
        counts if "outcome_status" in work.assignment.roles or reader.counts else {},
        work.currency,
        (*raw.notes, *work.notes),
        tuple(work.questions),
    )


def about_encoding(raw: RawTable) -> Question:
    """Ask about a text encoding that is a guess."""
    return Question(
        raw.path,
        f"its text encoding is a guess: {raw.encoding}",
        "--encoding NAME (utf-8, cp1252, mac_roman, cp850, cp1251 …)",
        acceptable=True,
        target=("encoding", ""),
    )
