"""Markdown writer of tables.

Texts from outside are escaped: markup, links and table bars in a message can change neither the
report nor what a reader clicks.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from decision_log.reports.tables.table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

ROWS_SHOWN = 20
"""Rows of a table; the JSON beside the report holds all of them."""

TEXT_SHOWN = 70
"""Characters of a message."""

_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")
# An underscore inside a word is no markup, and names such as golf_coaching stay readable.
_MARKUP = re.compile(r"([\\`*\[\]<>|~&$#]|(?<![^\W_])_|_(?![^\W_]))")
_LINK = re.compile(r"(?i)(?::(?=//)|(?<=www)\.|(?<=mailto):|(?<=xmpp):)")

NAME_SHOWN = 40
"""Characters of any other cell."""

LONGEST_NOTE = 600


def plain(text: object, limit: int = TEXT_SHOWN) -> str:
    r"""Make any text safe inside a Markdown table: one line, no markup, no links, cut to size.

    Examples
    --------
    >>> plain("a|b\n<b>*now*</b>")
    'a\\|b \\<b\\>\\*now\\*\\</b\\>'
    >>> plain("see https://shop.example", 100)
    'see https\\://shop.example'
    >>> plain("abcdef", 4)
    'abc…'
    """
    line = _SPACE.sub(" ", str(text)).strip()
    if len(line) > limit:
        line = line[: limit - 1].rstrip() + "…"
    return _LINK.sub(lambda found: "\\" + found[0], _MARKUP.sub(r"\\\1", line))


def markdown_table(table: Table, *, limit: int | None = ROWS_SHOWN) -> str:
    r"""Write a table with padded columns, readable as plain text; its ``empty`` text without rows.

    Parameters
    ----------
    limit : int or None
        Most rows to write; the number of the others is stated below. None: all.

    Examples
    --------
    >>> from decision_log.reports.tables.table import Column
    >>> print(markdown_table(Table("", (Column("a", "A", "name"), Column("n", "N", "count")),
    ...                            [{"a": "x|y", "n": 1200}])))
    | A    |     N |
    | ---- | ----: |
    | x\|y | 1,200 |
    """
    if not table.rows:
        return plain(table.empty, LONGEST_NOTE)
    columns = tuple(column for column in table.shown if column.kind != "bar")
    table = replace(table, columns=columns)
    cells = [
        [plain(text, _limit(column)) for column, text in zip(columns, row, strict=True)]
        for row in table.texts()[:limit]
    ]
    headings = [plain(column.heading) for column in columns]
    widths = [max(3, *map(len, texts)) for texts in zip(headings, *cells, strict=True)]
    rules = [
        "-" * (width - 1) + (":" if column.right else "-")
        for width, column in zip(widths, columns, strict=True)
    ]
    lines = [_line(row, widths, columns) for row in (headings, rules, *cells)]
    if limit is not None and len(table.rows) > limit:
        lines += ["", f"{len(table.rows) - limit:,} more in the JSON file."]
    return "\n".join(lines)


def markdown_section(table: Table) -> str:
    """Write a heading, a table and its note; nothing where there are no rows."""
    if not table.rows:
        return ""
    parts = [f"## {table.title}", markdown_table(table), plain(table.note, LONGEST_NOTE)]
    return "\n\n".join(filter(None, parts))


def _limit(column: Column) -> int:
    return TEXT_SHOWN if column.kind == "text" else NAME_SHOWN


def _line(cells: Sequence[str], widths: Sequence[int], columns: Sequence[Column]) -> str:
    padded = [
        cell.rjust(width) if column.right else cell.ljust(width)
        for cell, width, column in zip(cells, widths, columns, strict=True)
    ]
    return f"| {' | '.join(padded)} |"
