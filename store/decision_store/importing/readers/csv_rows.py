"""Rows of CSV text by blocks of lines, with the line on which each starts.

After a quote that is never closed, or that does not match, reading goes on at the next line.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from decision_store.importing.readers.csv_columns import PlainBlock, plain_columns
from decision_store.parallel import ahead

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

BLOCK_BYTES = 8 << 20
"""Bytes of a file that are parsed at once, up to the end of their last line."""

BLOCK_LINES = 20_000
"""Lines that are parsed at once."""

MOST_LINES = 20 * BLOCK_LINES
"""Lines over which a quoted text may reach."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows.

    Parameters
    ----------
    rows : list of (list of str, or str)
        The cells of each, or why it has none.
    lines : list of int
        The line on which each starts.
    after_blank : set of int
        Places of rows that a blank line precedes.
    """

    rows: list[list[str] | str]
    lines: list[int]
    after_blank: set[int]

    def __add__(self, other: Block) -> Block:
        before = len(self.rows)
        blanks = {before + place for place in other.after_blank}
        return Block(self.rows + other.rows, self.lines + other.lines, self.after_blank | blanks)

    def part(self, start: int, end: int) -> Block:
        """Return some of the rows."""
        blanks = {place - start for place in self.after_blank if start <= place < end}
        return Block(self.rows[start:end], self.lines[start:end], blanks)


@dataclass(frozen=True, slots=True)
class Part:
    """Some whole lines of a file.

    Parameters
    ----------
    text : bytes or list of str
        As UTF-8, or line by line.
    columns : list of pyarrow.Array, optional
        Their cells where each is a plain row.
    """

    text: bytes | list[str]
    columns: list[pa.Array] | None

    def lines(self) -> Iterator[str]:
        """Return the lines with their ends."""
        return iter(
            io.StringIO(self.text.decode(), newline="")
            if isinstance(self.text, bytes)
            else self.text
        )


def parts_of_lines(lines: Iterator[str], separator: str, columns: int) -> Iterator[Part]:
    """Yield some lines at a time."""
    while more := list(islice(lines, BLOCK_LINES)):
        try:
            found = plain_columns("".join(more).encode(), separator, columns)
        except UnicodeEncodeError:  # half a character
            found = None
        yield Part(more, found)


def parts_of_file(path: Path, start: int, separator: str, columns: int) -> Iterator[Part]:
    """Yield the lines of a file in UTF-8 from an offset on; two parts are parsed at once."""

    def blocks() -> Iterator[bytes]:
        with path.open("rb") as file:
            file.seek(start)
            while block := file.read(BLOCK_BYTES):
                yield block + file.readline()

    return ahead(lambda text: Part(text, plain_columns(text, separator, columns)), blocks())


def csv_blocks(
    parts: Iterator[Part], first_line: int, separator: str, columns: int
) -> Iterator[Block | PlainBlock]:
    """Yield the rows of these lines, the first of which has the number given; rows without content are left out.

    Cells without content beyond the columns are cut off: spreadsheets fill up with separators.
    """
    rows = _Rows(first_line, separator, columns)
    for part in parts:
        if part.columns is not None and rows.may_go_on_with_plain_ones:
            plain = PlainBlock(part.columns, rows.line)
            yield plain
            rows.line += len(plain)
            continue
        lines = part.lines()
        while more := list(islice(lines, BLOCK_LINES)):
            yield from rows.of(more)
    while rows.pending:
        yield from rows.of([], is_last=True)


class _Rows:
    """Reader of rows, some lines at a time; a row may go on in the next ones."""

    def __init__(self, first_line: int, separator: str, columns: int) -> None:
        self.line = first_line
        self.pending: list[str] = []
        self._separator = separator
        self._columns = columns
        self._is_after_blank = False

    @property
    def may_go_on_with_plain_ones(self) -> bool:
        """Whether no row goes on, and none has to be marked as behind a blank one."""
        return not self.pending and not self._is_after_blank

    def of(self, more: list[str], *, is_last: bool = False) -> Iterator[Block]:
        """Yield the rows up to some further lines."""
        self.pending += more
        is_last = is_last or len(self.pending) > MOST_LINES
        rows, ends = _parsed(self.pending, self._separator, is_last=is_last)
        starts = [self.line, *(self.line + end for end in ends[:-1])] if ends else []
        used = ends[-1] if ends else 0
        del self.pending[:used]
        self.line += used
        block, self._is_after_blank = _with_content(
            rows, starts, self._columns, is_after_blank=self._is_after_blank
        )
        if block.rows:
            yield block


def _parsed(
    lines: list[str], separator: str, *, is_last: bool
) -> tuple[list[list[str] | str], list[int]]:
    """Return rows, or why a line is none, each with the number of lines up to its end.

    A row that goes on beyond the lines is left out, unless there are no more.
    """
    rows: list[list[str] | str] = []
    ends: list[int] = []
    done = 0
    with _fields_of_any_length():
        while done < len(lines):
            reader = csv.reader(islice(lines, done, None), delimiter=separator, strict=True)
            try:
                for row in reader:
                    rows.append(row)
                    ends.append(done + reader.line_num)
            except csv.Error as error:
                start = ends[-1] if ends else 0
                if done + reader.line_num >= len(lines) and not is_last:
                    break  # the row may go on in the next lines
                rows.append(f"quotes do not match ({error})")
                ends.append(start + 1)
            done = ends[-1] if ends else len(lines)
    return rows, ends


def _with_content(
    rows: list[list[str] | str], lines: list[int], columns: int, *, is_after_blank: bool
) -> tuple[Block, bool]:
    """Leave out rows without content; tell, too, whether the last one had none."""
    if all(map(any, rows)) and set(map(len, rows)) <= {columns} and not is_after_blank:
        return Block(rows, lines, set()), False
    block = Block([], [], set())
    for row, line in zip(rows, lines, strict=True):
        if isinstance(row, list) and len(row) > columns and not any(row[columns:]):
            del row[columns:]
        if any(row):
            if is_after_blank:
                block.after_blank.add(len(block.rows))
            block.rows.append(row)
            block.lines.append(line)
        is_after_blank = isinstance(row, list) and not any(row)
    return block, is_after_blank


@contextmanager
def _fields_of_any_length() -> Iterator[None]:
    limit = csv.field_size_limit(sys.maxsize)  # of the whole process, hence put back
    try:
        yield
    finally:
        csv.field_size_limit(limit)
