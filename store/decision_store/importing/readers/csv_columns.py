"""Plain CSV text parsed by columns: every line is one row of as many cells as there are columns.

Whatever else a block of lines holds (texts over several lines, quotes that do not match, blank or ragged rows) is left
to Python's reader, which knows what is wrong with each row; both give the same cells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from decision_store.csv_cells import original

if TYPE_CHECKING:
    from collections.abc import Sequence

_APOSTROPHE = "'"
_SEPARATORS = frozenset(",;\t|")


@dataclass(frozen=True, slots=True)
class PlainBlock:
    """Some rows, each on a line of its own, one after the other.

    Parameters
    ----------
    columns : list of pyarrow.Array
        Texts; an empty cell is the empty text.
    first_line : int
        The line of the first row.
    """

    columns: list[pa.Array]
    first_line: int

    def __len__(self) -> int:
        return len(self.columns[0])

    @property
    def lines(self) -> range:
        """The line of each row."""
        return range(self.first_line, self.first_line + len(self))

    def part(self, start: int, end: int) -> PlainBlock:
        """Return some of the rows."""
        columns = [column.slice(start, end - start) for column in self.columns]
        return PlainBlock(columns, self.first_line + start)

    def rows(self) -> list[list[str]]:
        """Return the cells of each row."""
        return [list(row) for row in zip(*(c.to_pylist() for c in self.columns), strict=True)]

    def with_originals(self) -> PlainBlock:
        """Return the block with each cell as `csv_cells.original` gives it."""
        return PlainBlock(list(map(_originals, self.columns)), self.first_line)


def plain_block(
    lines: Sequence[str], first_line: int, separator: str, columns: int
) -> PlainBlock | None:
    """Return the rows of some whole lines; None where one of them is no plain row."""
    if separator not in _SEPARATORS:
        return None
    text = "".join(lines)
    returns = text.count("\r")
    if "\0" in text or text.startswith("\ufeff") or returns != text.count("\r\n"):
        return None
    if not _are_plain(lines, text, separator):
        return None
    try:
        data = text.encode()
        table = _parsed(data, separator, columns)
    except (
        UnicodeEncodeError,
        pa.ArrowInvalid,
    ):  # half a character, or a row of fewer or more cells
        return None
    if table.num_rows != len(lines):
        return None
    return PlainBlock([column.combine_chunks() for column in table.columns], first_line)


def _are_plain(lines: Sequence[str], text: str, separator: str) -> bool:
    """Tell whether each line has content, and its quotes stand around whole cells."""
    try:
        found = pa.array(lines, pa.string())
    except UnicodeEncodeError:
        return False
    sign = re.escape(separator)
    blank = pc.match_substring_regex(found, f'^[{sign}"\r\n]*$')
    if pc.any(blank).as_py():
        return False
    if '"' not in text:
        return True
    cell = f'(?:"(?:[^"]|"")*"|[^"{sign}\r\n]*)'
    whole = pc.match_substring_regex(found, f"^{cell}(?:{sign}{cell})*\r?\n?$")
    return bool(pc.all(whole).as_py())


def _parsed(data: bytes, separator: str, columns: int) -> pa.Table:
    names = [str(place) for place in range(columns)]
    return csv.read_csv(
        pa.BufferReader(data),
        read_options=csv.ReadOptions(
            use_threads=False, column_names=names, block_size=len(data) + 1
        ),
        parse_options=csv.ParseOptions(delimiter=separator, ignore_empty_lines=False),
        convert_options=csv.ConvertOptions(
            check_utf8=False,
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=False,
        ),
    )


def _originals(column: pa.Array) -> pa.Array:
    inert = pc.starts_with(column, _APOSTROPHE)
    if not pc.any(inert).as_py():
        return column
    texts = [original(text) for text in column.filter(inert).to_pylist()]
    return pc.replace_with_mask(column, inert, pa.array(texts, pa.string()))
