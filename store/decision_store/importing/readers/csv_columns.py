"""Plain CSV text parsed by columns: every line is one row of as many cells as there are columns.

Whatever else a block of lines holds (texts over several lines, quotes that do not match, blank or ragged rows) is left
to Python's reader, which knows what is wrong with each row; both give the same cells.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from decision_store.csv_cells import original

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


def plain_columns(text: bytes, separator: str, columns: int) -> list[pa.Array] | None:
    r"""Return the cells of some whole lines of UTF-8 by columns; None where a line is no plain row.

    Examples
    --------
    >>> [column.to_pylist() for column in plain_columns(b'1,"a,b"\n2,\n', ",", 2)]
    [['1', '2'], ['a,b', '']]
    >>> plain_columns(b'1,"a\nb"\n', ",", 2)
    """
    if separator not in _SEPARATORS or b"\0" in text or text.startswith(BOM_UTF8):
        return None
    if b"\r" in text and text.count(b"\r") != text.count(b"\r\n"):
        return None
    if b'"' in text and not _has_plain_quotes(text, separator):
        return None
    try:
        table = _parsed(text, separator, columns)
    except pa.ArrowInvalid:  # a row of fewer or more cells
        return None
    if table.num_rows != text.count(b"\n") + (not text.endswith(b"\n")):
        return None
    found = [column.combine_chunks() for column in table.columns]
    return None if _has_blank_row(found) else found


def _has_plain_quotes(text: bytes, separator: str) -> bool:
    """Tell whether quotes stand around whole cells only, which end on their line."""
    sign = re.escape(separator)
    cell = f'(?:"(?:[^"\r\n]|"")*"|[^"{sign}\r\n]*)'
    row = f"{cell}(?:{sign}{cell})*"
    ends = pa.array([0, len(text)], pa.int32()).buffers()[1]
    whole = pa.Array.from_buffers(pa.string(), 1, [None, ends, pa.py_buffer(text)])
    try:
        return bool(pc.match_substring_regex(whole, f"\\A(?:{row}\r?\n)*(?:{row})?\\z")[0].as_py())
    except pa.ArrowException:
        return False


def _has_blank_row(columns: list[pa.Array]) -> bool:
    """Tell whether all cells of a row are empty."""
    blank = pc.equal(columns[0], "")
    for column in columns[1:]:
        if not pc.any(blank, min_count=0).as_py():
            return False
        blank = pc.and_(blank, pc.equal(column, ""))
    return bool(pc.any(blank, min_count=0).as_py())


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
