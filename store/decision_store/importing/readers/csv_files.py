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
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from decision_store.csv_cells import original
from decision_store.errors import ImportFailed
from decision_store.importing.batches import BATCH_ROWS, Batch, RawTable
from decision_store.importing.log_tables.columns import FIELD_NAMES, plain_name
from decision_store.importing.readers.encodings import decode

if TYPE_CHECKING:
    from pathlib import Path

_SEPARATORS = ",;\t|"
_SAVE_AS_UTF8 = "Save it as CSV in UTF-8"
_LOOKED_AT = 20  # lines above the header and below the last row that may be a report's remarks
_INERT_CELL = re.compile(r"(?:^|[,;\t|\"\r\n])'+[=+\-@\t\r]")
_AMOUNT_ALONE = re.compile(r"[^\w]*[\d.,\s]+[^\d]{0,5}")
_TOTALS = re.compile(
    r"(?i)\s*(grand\s+)?(sub)?(totals?|sum|summe|gesamt(summe|betrag)?|insgesamt|somme|suma|soma|totale|totaal|average"
    r"|durchschnitt|count|anzahl)\b.*"
)
_REMARKS = re.compile(
    r"(?i).*(copyright|©|confidential|vertraulich|generated|exported|exportiert|erstellt von|report|bericht|page \d|"
    r"seite \d|do not distribute|all rights reserved).*"
)


@dataclass(frozen=True, slots=True)
class _Row:
    """One row: the line it starts on, its cells or why it has none, and whether a blank line precedes it."""

    line: int
    cells: list[str] | str
    after_blank: bool = False


class _Lines(Iterator[str]):
    """The lines of a file; those of the row being read can be put back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self.of_this_row: list[str] = []
        self.row_starts = 1
        self.inert = False  # some cells begin with an apostrophe that makes them no formula

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


def read_csv(path: Path, encoding: str | None = None) -> RawTable:
    """Return the one table of a CSV file.

    Separators are recognised by the header (comma, semicolon, tab, bar; Excel's ``sep=`` line
    too). A byte order mark, lines without content, a report's title above the header and its totals
    and remarks below the last row are passed over.

    Parameters
    ----------
    encoding : str, optional
        Stated by the user; found out by default.

    Raises
    ------
    ImportFailed
        If there is no header that can be read.
    """
    decoded = decode(path.read_bytes(), encoding)
    source = _Lines(io.StringIO(decoded.text, newline=""))
    first = next(source, "")
    declared = re.fullmatch(r"sep=(.)[\r\n]*", first)
    if declared:
        source.next_row()
        first = next(source, "")
    while not first.strip():
        if not first:
            raise ImportFailed(path, "it holds no rows", "Check that it is the right file")
        source.next_row()
        first = next(source, "")
    source.give_back_row()
    above = 0 if declared else _lines_above_header(decoded.text)
    for _ in range(above):
        next(source)
        source.next_row()
    if above:
        first = next(source)
        source.give_back_row()
    separator = declared[1] if declared else max(_SEPARATORS, key=first.count)
    names = _header(path, source, separator)
    if _INERT_CELL.search(decoded.text):
        source.inert = True
    footers: list[int] = []
    notes = [f"left out above the header: {above} lines"] if above else []
    return RawTable(
        path,
        None,
        names,
        _batches(source, names, separator, footers),
        notes=tuple(notes),
        encoding=decoded.encoding,
        encoding_certain=decoded.certain,
        footers=footers,
    )


def _lines_above_header(text: str) -> int:
    """Count the lines of a report's title: one or two cells, before a line that has many.

    Blank lines at the very start do not count.
    """
    lines = text.lstrip("\ufeff\r\n \t").split("\n", 2 * _LOOKED_AT)[: 2 * _LOOKED_AT]
    separator = max(_SEPARATORS, key=lambda sign: max(line.count(sign) for line in lines))
    try:
        cells = [next(csv.reader([line.rstrip("\r")], delimiter=separator), []) for line in lines]
    except csv.Error:
        return 0
    filled = [sum(bool(cell.strip()) for cell in row) for row in cells]
    most = max(filled)
    if most < 3 or filled[0] > 2 or filled[0] * 2 >= most:
        return 0
    return next((place for place, count in enumerate(filled[:_LOOKED_AT]) if count * 2 > most), 0)


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
    twice = sorted({name for name in plain if plain.count(name) > 1 and name in FIELD_NAMES})
    if twice:
        reason = f"its header (line {line}) names {', '.join(map(repr, twice))} more than once"
        raise ImportFailed(path, reason, "Rename one of the columns")
    return _unique(names)


def _unique(names: tuple[str, ...]) -> tuple[str, ...]:
    """Number the headings that come again: forms have several questions called *Other*."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        plain = plain_name(name)
        seen[plain] = seen.get(plain, 0) + 1
        found.append(f"{name} ({seen[plain]})" if plain and seen[plain] > 1 else name)
    return tuple(found)


def _batches(
    source: _Lines, names: tuple[str, ...], separator: str, footers: list[int]
) -> Iterator[Batch]:
    limit = csv.field_size_limit(sys.maxsize)  # of the whole process, hence put back
    rows: list[list[str]] = []
    numbers: list[int] = []
    unreadable: list[tuple[int, str]] = []
    try:
        for row in _without_footers(_rows(source, separator, len(names)), names, footers):
            if isinstance(row.cells, str):
                unreadable.append((row.line, row.cells))
            elif len(row.cells) == len(names):
                rows.append(row.cells)
                numbers.append(row.line)
            else:
                unreadable.append((row.line, _ragged(row.cells, names)))
            if len(rows) + len(unreadable) >= BATCH_ROWS:
                yield _batch(names, rows, numbers, unreadable)
                rows, numbers, unreadable = [], [], []
    finally:
        csv.field_size_limit(limit)
    yield _batch(names, rows, numbers, unreadable)


def _rows(source: _Lines, separator: str, columns: int) -> Iterator[_Row]:
    reader = csv.reader(source, delimiter=separator, strict=True)
    blank = False
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            line = source.row_starts
            source.give_up_one_line()
            reader = csv.reader(source, delimiter=separator, strict=True)
            yield _Row(line, f"quotes do not match ({error})")
            continue
        line = source.row_starts
        source.next_row()
        if len(row) > columns and not any(row[columns:]):
            del row[columns:]  # spreadsheets fill up with separators
        if source.inert:
            row = [original(cell) for cell in row]
        if any(row):
            yield _Row(line, row, blank)
        blank = not any(row)


def _without_footers(
    rows: Iterable[_Row], names: tuple[str, ...], footers: list[int]
) -> Iterator[_Row]:
    """Hold the last rows back until it is known that they are rows; note the lines of the others."""
    held: deque[_Row] = deque()
    for row in rows:
        held.append(row)
        if len(held) > _LOOKED_AT:
            yield held.popleft()
    first = len(held)
    for place in range(len(held) - 1, -1, -1):
        kind = _footer(held[place], len(names))
        if kind is None:
            break
        if kind:
            first = place
    footers += [row.line for row in list(held)[first:]]
    yield from list(held)[:first]


def _footer(row: _Row, columns: int) -> bool | None:
    """Whether a last row is no row for certain (True), or only if one before it is (False); else None."""
    if isinstance(row.cells, str) or columns < 3:
        return None
    filled = [cell for cell in row.cells if cell.strip()]
    if len(filled) > max(3, columns // 2):
        return None
    if _TOTALS.fullmatch(filled[0]) and all(map(_AMOUNT_ALONE.fullmatch, filled[1:])):
        return True
    if not row.cells[0].strip() and len(filled) == 1 and columns >= 4:
        return _AMOUNT_ALONE.fullmatch(filled[0]) is not None or None
    if len(filled) == 1 and (row.after_blank or _REMARKS.fullmatch(filled[0])):
        return True
    return False if len(filled) == 1 else None


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
