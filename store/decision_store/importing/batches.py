"""Raw tables: batches of columns with row numbers, as every reader gives them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

BATCH_ROWS = 65_536
"""Rows worked on at once: enough for Arrow to be quick, few enough to report progress often."""


class Kind(StrEnum):
    """Which of the two facts a table holds."""

    DECISIONS = "decisions"
    OUTCOMES = "outcomes"


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that was not taken.

    Parameters
    ----------
    path : Path
        The file it stands in.
    kind : str, optional
        ``decisions`` or ``outcomes``.
    row_number : int
        As people count, from 1: the line of a CSV or JSON Lines file on which the row starts, the
        rowid in a SQLite file, the position in a list or a Parquet file.
    reason : str
        What is wrong with it, naming field and value.
    """

    path: Path
    kind: str | None
    row_number: int
    reason: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of one table, as they were found.

    Parameters
    ----------
    columns : dict
        Column name to its values: a Python sequence, or an Arrow array where the file has types.
    row_numbers : sequence of int
        One for each row.
    unreadable : sequence of (int, str)
        Row number and reason of rows that are not even rows.
    """

    columns: dict[str, Any]
    row_numbers: Sequence[int]
    unreadable: Sequence[tuple[int, str]] = ()


@dataclass(frozen=True, slots=True)
class RawTable:
    """One table of one file.

    Parameters
    ----------
    path : Path
        The file.
    kind : Kind, optional
        Where the file itself says what the table holds; None leaves it to the columns.
    names : tuple of str
        The columns found, in order; of JSON, those of the first rows.
    batches : iterator of Batch
        Read lazily, once.
    total : int, optional
        Number of rows, where the file says so.
    utc_columns : frozenset of str
        Columns whose times are UTC although they name no zone.
    notes : tuple of str
        What a person should know about the reading.
    encoding : str, optional
        Of a text file.
    encoding_certain : bool
        False where it was guessed.
    footers : list of int
        Lines of totals and remarks below the last row, known once all batches are read.
    """

    path: Path
    kind: Kind | None
    names: tuple[str, ...]
    batches: Iterator[Batch]
    total: int | None = None
    utc_columns: frozenset[str] = field(default_factory=frozenset)
    notes: tuple[str, ...] = ()
    encoding: str | None = None
    encoding_certain: bool = True
    footers: list[int] = field(default_factory=list)
