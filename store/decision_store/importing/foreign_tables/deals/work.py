"""State of one table that is being taken apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from decision_store.importing.cells.encoded import Column, combined
from decision_store.importing.foreign_tables.assigning import Assignment
from decision_store.importing.foreign_tables.sheets import Sheet
from decision_store.importing.layouts import Layout
from decision_store.importing.log_tables.rows import Reading
from decision_store.importing.options import ImportOptions
from decision_store.importing.understanding import Question
from decision_store.vocabulary import Vocabulary


@dataclass(slots=True)
class Work:
    """One table being taken apart: what is known of it so far."""

    sheet: Sheet
    layout: Layout
    options: ImportOptions
    reading: Reading
    vocabulary: Vocabulary
    assignment: Assignment
    questions: list[Question] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    readings: dict[str, str] = field(default_factory=dict)
    currency: str = ""

    def first(self, role: str) -> Column:
        """Return for each row the first filled cell of a role's columns."""
        columns = [self.sheet.texts(name) for name in self.assignment.roles.get(role, [])]
        if not columns:
            return Column.constant("", self.sheet.rows)
        return first_filled(columns)


def first_filled(columns: Sequence[Column]) -> Column:
    """Return for each row the first text of several columns that is not empty."""
    if len(columns) == 1:
        return columns[0]
    return combined(columns).mapped(lambda cells: next(filter(None, cells), ""))
