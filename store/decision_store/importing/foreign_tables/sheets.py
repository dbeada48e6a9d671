"""A whole table in memory: its columns, row numbers, and rows that are none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from decision_store.importing.batches import BATCH_ROWS, Batch
from decision_store.importing.cells import columnar
from decision_store.importing.cells.encoded import Column
from decision_store.parallel import each

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from decision_store.importing.batches import RawTable

_ROWS_AT_ONCE = 4 * BATCH_ROWS
"""Columns by their distinct values cost little memory, and each value is looked at once for these rows."""


@dataclass(slots=True)
class Sheet:
    """One table, read to its end.

    Parameters
    ----------
    raw : RawTable
        Where it comes from; its batches are used up.
    columns : dict
        Column name to its values.
    row_numbers : sequence of int
        As people count.
    unreadable : list of (int, str)
        Rows that are no rows.
    """

    raw: RawTable
    columns: dict[str, Column]
    row_numbers: Sequence[int]
    unreadable: list[tuple[int, str]]
    _texts: dict[str, Column] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.row_numbers)

    def texts(self, name: str) -> Column:
        """Return a column as texts without blanks around them; missing is empty."""
        if name not in self._texts:
            self._texts[name] = self.columns[name].stripped(as_text)
        return self._texts[name]

    def example(self, name: str) -> str:
        """Return the first text of a column, the empty one where it has none."""
        return next(filter(None, map(as_text, self.columns[name].some_values())), "")


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
    parts: dict[str, list[Any]] = {name: [] for name in raw.names}
    numbers: range | list[int] = range(0)
    unreadable: list[tuple[int, str]] = []
    for batch in raw.batches:
        before, rows = len(numbers), len(batch.row_numbers)
        numbers = _joined(numbers, batch.row_numbers)
        unreadable += batch.unreadable
        for name in [*parts, *(name for name in batch.columns if name not in parts)]:
            found = batch.columns.get(name)
            array = None if found is None else columnar.exactly_as_arrow(found)
            part = found if array is None else array
            parts.setdefault(name, [pa.nulls(before, pa.string())] if before else []).append(
                pa.nulls(rows, pa.string()) if part is None else part
            )
    names = list(parts)
    columns = each(lambda name: Column.of(parts.pop(name)), names, rows=len(numbers))
    return Sheet(raw, dict(zip(names, columns, strict=True)), numbers, unreadable)


def _joined(numbers: range | list[int], more: Sequence[int]) -> range | list[int]:
    """Return numbers and those that follow them; as a range where they are one."""
    if isinstance(numbers, range):
        start = numbers.stop if numbers else next(iter(more), 0)
        following = range(start, start + len(more))
        if following == more or list(following) == list(more):
            return range(numbers.start if numbers else start, following.stop)
        numbers = list(numbers)
    numbers += more
    return numbers


def batches_of(
    columns: dict[str, Any],
    row_numbers: Sequence[int],
    unreadable: Sequence[tuple[int, str]] = (),
) -> Iterator[Batch]:
    """Yield the columns as batches of one table, at least one."""
    for start in range(0, max(len(row_numbers), 1), _ROWS_AT_ONCE):
        end = start + _ROWS_AT_ONCE
        part = {name: _part(column, start, end) for name, column in columns.items()}
        yield Batch(part, row_numbers[start:end], () if start else unreadable)


def _part(column: Any, start: int, end: int) -> Any:
    part = column.slice(start, end) if isinstance(column, Column) else column[start:end]
    if isinstance(part, Column) and part.codes is not None:
        return part
    array = columnar.exactly_as_arrow(part)
    return list(part) if array is None else array
