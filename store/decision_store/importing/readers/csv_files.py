"""Rows of a CSV file, with the line on which each starts.

Python's own reader is used rather than Arrow's: it knows the line of every row, and after a quote
that is never closed reading can go on at the next line.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING

from decision_store.csv_cells import original
from decision_store.errors import ImportFailed
from decision_store.importing.batches import Batch, RawTable
from decision_store.importing.log_tables.columns import FIELD_NAMES, plain_name
from decision_store.importing.readers.csv_columns import PlainBlock
from decision_store.importing.readers.csv_rows import (
    Block,
    csv_blocks,
    parts_of_file,
    parts_of_lines,
)
from decision_store.importing.readers.text_files import open_text

if TYPE_CHECKING:
    from pathlib import Path

_SEPARATORS = ",;\t|"
_SAVE_AS_UTF8 = "Save it as CSV in UTF-8"
_LOOKED_AT = 20  # lines above the header and below the last row that may be a report's remarks
_AMOUNT_ALONE = re.compile(r"[^\w]*[\d.,\s]+[^\d]{0,5}")
_TOTALS = re.compile(
    r"(?i)\s*(grand\s+)?(sub)?(totals?|sum|summe|gesamt(summe|betrag)?|insgesamt|somme|suma|soma|totale|totaal|average"
    r"|durchschnitt|count|anzahl)\b.*"
)
_REMARKS = re.compile(
    r"(?i).*(copyright|©|confidential|vertraulich|generated|exported|exportiert|erstellt von|report|bericht|page \d|"
    r"seite \d|do not distribute|all rights reserved).*"
)


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

    def rest(self) -> Iterator[str]:
        """Return all further lines."""
        return chain(self._again, self._lines)


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
    text = open_text(path, encoding)
    source = _Lines(text.lines)
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
    above = 0 if declared else _lines_above_header(source)
    for _ in range(above):
        next(source)
        source.next_row()
    if above:
        first = next(source)
        source.give_back_row()
    separator = declared[1] if declared else max(_SEPARATORS, key=first.count)
    names = _header(path, source, separator)
    footers: list[int] = []
    notes = [f"left out above the header: {above} lines"] if above else []
    start = text.offset(source.row_starts - 1)
    parts = (
        parts_of_lines(source.rest(), separator, len(names))
        if start is None
        else parts_of_file(path, start, separator, len(names))
    )
    blocks = csv_blocks(parts, source.row_starts, separator, len(names))
    return RawTable(
        path,
        None,
        names,
        _batches(blocks, names, footers, has_inert=text.has_inert_cells),
        notes=tuple(notes),
        encoding=text.encoding,
        encoding_certain=text.certain,
        footers=footers,
    )


def _lines_above_header(source: _Lines) -> int:
    """Count the lines of a report's title: one or two cells, before a line that has many.

    Blank lines at the very start do not count.
    """
    lines = list(islice(source, 2 * _LOOKED_AT))
    source.give_back_row()
    separator = max(_SEPARATORS, key=lambda sign: max(line.count(sign) for line in lines))
    try:
        cells = [next(csv.reader([line.rstrip("\r\n")], delimiter=separator), []) for line in lines]
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
    blocks: Iterator[Block | PlainBlock],
    names: tuple[str, ...],
    footers: list[int],
    *,
    has_inert: bool,
) -> Iterator[Batch]:
    """Yield at least one batch."""
    count = 0
    for block in _without_footers(blocks, names, footers):
        count += 1
        if isinstance(block, PlainBlock):
            plain = block.with_originals() if has_inert else block
            yield Batch(dict(zip(names, plain.columns, strict=True)), plain.lines)
            continue
        rows, numbers, unreadable = _told_apart(block, names)
        if has_inert:
            rows = [list(map(original, row)) for row in rows]
        yield _batch(names, rows, numbers, unreadable)
    if not count:
        yield _batch(names, [], [], [])


def _told_apart(
    block: Block, names: tuple[str, ...]
) -> tuple[list[list[str]], list[int], list[tuple[int, str]]]:
    """Return the rows of a block with their lines, and the lines that are none with the reasons."""
    if set(map(len, block.rows)) <= {len(names)} and str not in set(map(type, block.rows)):
        return block.rows, block.lines, []  # type: ignore[return-value]
    rows: list[list[str]] = []
    numbers: list[int] = []
    unreadable: list[tuple[int, str]] = []
    for row, line in zip(block.rows, block.lines, strict=True):
        if isinstance(row, str):
            unreadable.append((line, row))
        elif len(row) == len(names):
            rows.append(row)
            numbers.append(line)
        else:
            unreadable.append((line, _ragged(row, names)))
    return rows, numbers, unreadable


def _without_footers(
    blocks: Iterable[Block | PlainBlock], names: tuple[str, ...], footers: list[int]
) -> Iterator[Block | PlainBlock]:
    """Hold the last rows back until it is known that they are rows; note the lines of the others."""
    held = Block([], [], set())
    for block in blocks:
        if isinstance(block, PlainBlock):
            if len(block) >= _LOOKED_AT and held.rows:
                yield held
                held = Block([], [], set())
            end = max(0, len(block) - _LOOKED_AT)
            if end:
                yield block.part(0, end)
            last = block.part(end, len(block))
            whole = held + Block([*last.rows()], [*last.lines], set())
        else:
            whole = held + block
        end = max(0, len(whole.rows) - _LOOKED_AT)
        if end:
            yield whole.part(0, end)
        held = whole.part(end, len(whole.rows))
    first = len(held.rows)
    for place in range(len(held.rows) - 1, -1, -1):
        kind = _footer(held.rows[place], place in held.after_blank, len(names))
        if kind is None:
            break
        if kind:
            first = place
    footers += held.lines[first:]
    if first:
        yield held.part(0, first)


def _footer(row: list[str] | str, after_blank: bool, columns: int) -> bool | None:
    """Whether a last row is no row for certain (True), or only if one before it is (False); else None."""
    if isinstance(row, str) or columns < 3:
        return None
    filled = [cell for cell in row if cell.strip()]
    if not 0 < len(filled) <= max(3, columns // 2):
        return None
    if _TOTALS.fullmatch(filled[0]) and all(map(_AMOUNT_ALONE.fullmatch, filled[1:])):
        return True
    if not row[0].strip() and len(filled) == 1 and columns >= 4:
        return _AMOUNT_ALONE.fullmatch(filled[0]) is not None or None
    if len(filled) == 1 and (after_blank or _REMARKS.fullmatch(filled[0])):
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
