"""Rows of a CSV file, with the line on which each starts.

Python's own reader is used rather than Arrow's: it knows the line of every row, and after a quote
that is never closed reading can go on at the next line.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

from decision_store.errors import ImportFailed
from decision_store.importing.batches import BATCH_ROWS, Batch, RawTable
from decision_store.importing.columns import plain_name

if TYPE_CHECKING:
    from pathlib import Path

_SEPARATORS = ",;\t|"
_SAVE_AS_UTF8 = "Save it as CSV in UTF-8"


class _Lines(Iterator[str]):
    """The lines of a file; those of the row being read can be put back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self.of_this_row: list[str] = []
        self.row_starts = 1

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self.of_this_row.append(line)
        return line

    def next_row(self) -> None:
        self.row_starts += len(self.of_this_row)
        self.of_this_row.clear()

    def give_back_row(self) -> None:
        self._again.extendleft(reversed(self.of_this_row))
        self.of_this_row.clear()

    def give_up_one_line(self) -> None:
        self._again.extendleft(reversed(self.of_this_row[1:]))
        del self.of_this_row[1:]
        self.next_row()


def read_csv(path: Path) -> RawTable:
    """Return the one table of a CSV file.

    Separators are told apart by the header (comma, semicolon, tab, bar; Excel's ``sep=`` line
    too). A byte order mark and lines without content are passed over.

    Raises
    ------
    ImportFailed
        If there is no header that can be read.
    """
    # An unreadable byte becomes half a character, which is found and told when its field is read.
    content = path.read_bytes().decode("utf-8-sig", "surrogateescape")
    source = _Lines(io.StringIO(content, newline=""))
    first = next(source, "")
    told = re.fullmatch(r"sep=(.)[\r\n]*", first)
    if told:
        source.next_row()
        first = next(source, "")
    while not first.strip():
        if not first:
            raise ImportFailed(path, "it holds no rows", "Check that it is the right file")
        source.next_row()
        first = next(source, "")
    separator = told[1] if told else max(_SEPARATORS, key=first.count)
    source.give_back_row()
    names = _header(path, source, separator)
    return RawTable(path, None, names, _batches(source, names, separator))


def _header(path: Path, source: _Lines, separator: str) -> tuple[str, ...]:
    line = source.row_starts
    try:
        cells = next(csv.reader(source, delimiter=separator, strict=True))
    except (csv.Error, StopIteration) as error:
        raise ImportFailed(
            path, f"its header (line {line}) cannot be read: {error}", _SAVE_AS_UTF8
        ) from None
    source.next_row()
    names = tuple(cell.strip() for cell in cells)
    if any("\ud800" <= letter <= "\udfff" or letter < " " for name in names for letter in name):
        raise ImportFailed(path, f"its header (line {line}) is not text in UTF-8", _SAVE_AS_UTF8)
    plain = [plain_name(name) for name in names if name]
    twice = sorted({name for name in plain if plain.count(name) > 1})
    if twice:
        reason = f"its header (line {line}) names {', '.join(map(repr, twice))} more than once"
        raise ImportFailed(path, reason, "Rename one of the columns")
    return names


def _batches(source: _Lines, names: tuple[str, ...], separator: str) -> Iterator[Batch]:
    limit = csv.field_size_limit(sys.maxsize)  # of the whole process, hence put back
    rows: list[list[str]] = []
    numbers: list[int] = []
    unreadable: list[tuple[int, str]] = []
    try:
        for number, row in _rows(source, separator, len(names)):
            if isinstance(row, str):
                unreadable.append((number, row))
            elif len(row) == len(names):
                rows.append(row)
                numbers.append(number)
            else:
                unreadable.append((number, _ragged(row, names)))
            if len(rows) + len(unreadable) >= BATCH_ROWS:
                yield _batch(names, rows, numbers, unreadable)
                rows, numbers, unreadable = [], [], []
    finally:
        csv.field_size_limit(limit)
    yield _batch(names, rows, numbers, unreadable)


def _rows(source: _Lines, separator: str, columns: int) -> Iterator[tuple[int, list[str] | str]]:
    """Yield the line of each row and its cells, or the reason why it has none."""
    reader = csv.reader(source, delimiter=separator, strict=True)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            line = source.row_starts
            source.give_up_one_line()
            reader = csv.reader(source, delimiter=separator, strict=True)
            yield line, f"quotes do not match ({error})"
            continue
        line = source.row_starts
        source.next_row()
        if len(row) > columns and not any(row[columns:]):
            del row[columns:]  # spreadsheets fill up with separators
        if any(row):
            yield line, row


def _batch(
    names: tuple[str, ...],
    rows: list[list[str]],
    numbers: list[int],
    unreadable: list[tuple[int, str]],
) -> Batch:
    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    return Batch(dict(zip(names, columns, strict=True)), numbers, unreadable)


def _ragged(row: list[str], names: tuple[str, ...]) -> str:
    return (
        f"has {len(row)} values for {len(names)} columns "
        "(a text that holds the separator needs quotes around it)"
    )
