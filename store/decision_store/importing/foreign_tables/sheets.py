"""A whole table in memory: its columns, row numbers, and rows that are none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from decision_store.importing.batches import Batch
from decision_store.importing.cells import columnar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from decision_store.importing.batches import RawTable


@dataclass(slots=True)
class Sheet:
    """One table, read to its end.

    Parameters
    ----------
    raw : RawTable
        Where it comes from; its batches are used up.
    columns : dict
        Column name to its values, one for each row.
    row_numbers : list of int
        As people count.
    unreadable : list of (int, str)
        Rows that are no rows.
    """

    raw: RawTable
    columns: dict[str, list[Any]]
    row_numbers: list[int]
    unreadable: list[tuple[int, str]]
    _texts: dict[str, list[str]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.row_numbers)

    def texts(self, name: str) -> list[str]:
        """Return a column as texts without blanks around them; missing is empty."""
        if name not in self._texts:
            self._texts[name] = [
                value.strip() if type(value) is str else as_text(value)
                for value in self.columns[name]
            ]
        return self._texts[name]


def as_text(value: object) -> str:
    """Return a cell as text; missing is empty.

    Examples
    --------
    >>> as_text(None), as_text(12.0), as_text(True), as_text(" a "), as_text(["x", "y"])
    ('', '12', 'true', 'a', 'x, y')
    """
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return "" if value != value else f"{value:.15g}"  # noqa: PLR0124 - nan is not itself
    if isinstance(value, list):
        return ", ".join(filter(None, map(as_text, value)))
    return str(value)


def read_sheet(raw: RawTable) -> Sheet:
    """Read a table to its end."""
    columns: dict[str, list[Any]] = {name: [] for name in raw.names}
    numbers: list[int] = []
    unreadable: list[tuple[int, str]] = []
    for batch in raw.batches:
        before, rows = len(numbers), len(batch.row_numbers)
        numbers += batch.row_numbers
        unreadable += batch.unreadable
        for name in [*columns, *(name for name in batch.columns if name not in columns)]:
            column = columns.setdefault(name, [None] * before)
            found = batch.columns.get(name)
            column += [None] * rows if found is None else columnar.shared_pieces(found)
    return Sheet(raw, columns, numbers, unreadable)


def batch_of(
    columns: dict[str, Any],
    row_numbers: Sequence[int],
    unreadable: Sequence[tuple[int, str]] = (),
) -> Iterator[Batch]:
    """Yield the columns as the one batch of a table."""
    yield Batch(columns, row_numbers, unreadable)
