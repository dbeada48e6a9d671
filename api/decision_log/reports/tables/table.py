"""A table as a value: columns with a kind, rows with raw values; written as text, Markdown, CSV or JSON.

What a table holds is decided once, by the functions of the modules beside this one; how a value
looks is decided once, by `display`. The terminal, Markdown and CSV writers only lay the texts out.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from decision_log.text.money import currency_sign
from decision_log.text.terminal_text import safe_text
from decision_store.csv_cells import inert

NOTHING = "–"
"""Shown for a missing value."""

Kind = Literal[
    "text", "name", "key", "flag", "count", "score", "number", "money", "percent", "range",
    "share", "hours", "moment", "figure", "bar",
]  # fmt: skip
"""What a column holds.

``text`` (long, may wrap or be cut), ``name`` (may be cut), ``key`` (an id, never cut), ``flag``
(a word where true), ``count``, ``score`` (one decimal), ``number`` (``digits`` decimals), ``money``
(in the log's currency), ``percent`` and ``range`` (a value, and a pair of them, in percent),
``share`` (a fraction, shown in percent), ``hours`` (a duration), ``moment`` (ISO 8601), ``figure``
(a number already written as text) and ``bar`` (a range with its value on a line from 0 to 100 %).
"""

View = Literal["both", "people", "data"]
"""Who gets a column: everybody, those who read the table, or CSV."""

_LEFT = frozenset({"text", "name", "key", "flag", "moment", "bar"})

BAR_WIDTH = 14
"""Characters of a ``bar``."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    key : str
        Its key in the rows, and its name in CSV.
    heading : str
        For people.
    kind : Kind
        What it holds.
    digits : int
        Decimals of a ``number``; 0 for ``money`` that is an estimate, which has no cents.
    optional : bool
        May be left out where room is short; CSV always has it.
    view : View
        Whether people or CSV get it, or both.
    """

    key: str
    heading: str
    kind: Kind = "text"
    digits: int = 3
    optional: bool = field(default=False, kw_only=True)
    view: View = field(default="both", kw_only=True)

    @property
    def right(self) -> bool:
        """Whether its values are aligned to the right."""
        return self.kind not in _LEFT


@dataclass(frozen=True, slots=True)
class Table:
    """A table with raw values.

    Parameters
    ----------
    title : str
        Heading.
    columns : tuple of Column
        From left to right, those for people and those for CSV.
    rows : sequence of mapping
        Values by column key; what is missing or None is shown as a dash, and is empty in CSV.
    note : str
        A sentence or two to stand below it.
    empty : str
        What to say instead where there are no rows.

    Examples
    --------
    >>> rates = Table("Rates", (Column("type", "Type", "name"), Column("rate", "Chance", "percent")),
    ...               [{"type": "a|b", "rate": 12.34}, {"type": "c", "rate": None}])
    >>> rates.texts()
    [['a|b', '12 %'], ['c', '–']]
    >>> print(csv_text(rates), end="")
    type,rate
    a|b,12.34
    c,
    """

    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Mapping[str, Any]]
    note: str = field(default="", kw_only=True)
    empty: str = field(default="", kw_only=True)

    @property
    def shown(self) -> tuple[Column, ...]:
        """The columns that people read."""
        return tuple(column for column in self.columns if column.view != "data")

    def texts(self) -> list[list[str]]:
        """Return the cells as people read them, row by row; each column has one number of decimals."""
        by_column = [
            display(column, [row.get(column.key) for row in self.rows]) for column in self.shown
        ]
        return [list(row) for row in zip(*by_column, strict=True)] if by_column else []


def in_currency(table: Table, code: str) -> Table:
    """Name the currency of a table's amounts: in a heading that has a sign, else in the note.

    Examples
    --------
    >>> expected = Table("Leads", (Column("expected", "Expected $", "money"),), [])
    >>> in_currency(expected, "EUR").columns[0].heading
    'Expected €'
    """
    sign = currency_sign(code)
    columns = tuple(replace(one, heading=one.heading.replace("$", sign)) for one in table.columns)
    named = any(one.kind == "money" and "$" in one.heading for one in table.columns)
    if named or not any(one.kind == "money" for one in columns):
        return replace(table, columns=columns)
    return replace(table, columns=columns, note=f"{table.note} Amounts in {code}.".lstrip())


def display(column: Column, values: Sequence[Any]) -> list[str]:
    """Write the values of a column for people.

    Examples
    --------
    >>> display(Column("paid", "Revenue", "money"), [12.5, 3.0, None])
    ['12.50', '3.00', '–']
    >>> display(Column("paid", "Revenue", "money"), [1200.5, 3.0])
    ['1,200', '3']
    >>> display(Column("range", "Range", "range"), [[3.21, 20.0]])
    ['3–20 %']
    >>> display(Column("chance", "Chance", "percent"), [0.2, 41.5])
    ['<1 %', '42 %']
    >>> display(Column("time", "Time", "hours"), [0.2, 30.0, 100.0])
    ['12 min', '30 h', '4 days']
    """
    digits = _digits(column, values)
    return [NOTHING if _missing(value) else _written(column, value, digits) for value in values]


def csv_text(table: Table) -> str:
    """Write a table as CSV with a header, every row and every digit.

    A ``range`` becomes two columns, ``<key>_low`` and ``<key>_high``; lists and objects become JSON. A text that a
    spreadsheet would take for a formula gets an apostrophe before it.
    """
    lines: list[str] = []
    header: list[str] = []
    columns = [column for column in table.columns if column.view != "people"]
    for column in columns:
        pair = column.kind == "range"
        name = inert(column.key)
        header += [f"{name}_low", f"{name}_high"] if pair else [name]
    lines.append(_csv_line(header))
    for row in table.rows:
        cells: list[object] = []
        for column in columns:
            value = row.get(column.key)
            if column.kind == "range":
                cells += ["", ""] if value is None else list(value)
            else:
                cells.append(_raw(value))
        lines.append(_csv_line(cells))
    return "".join(lines)


def _csv_line(cells: Sequence[object]) -> str:
    """Write one line; a cell with a line break of either kind is quoted."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue().removesuffix("\r\n") + "\n"


def json_text(rows: object) -> str:
    """Write rows, or any other result, as JSON: documented keys in their order, no NaN."""
    return json.dumps(rows, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _digits(column: Column, values: Sequence[Any]) -> int:
    """Choose one number of decimals for a column."""
    numbers = [abs(one) for value in values for one in _numbers(value)]
    if column.kind == "money":
        top = max(numbers, default=0.0)
        whole = all(x == int(x) for x in numbers) or top >= (10 if column.digits == 0 else 1000)
        return 0 if whole else 2
    if column.kind in {"percent", "range"}:
        top = max(numbers, default=0.0)
        if 0 < top < 0.1:  # one win in a hundred thousand
            return min(1 - math.floor(math.log10(top)), 6)
        return 1 if 0 < top < 10 else 0
    return {"score": 1, "number": column.digits}.get(column.kind, 0)


def _numbers(value: Any) -> list[float]:
    if isinstance(value, list | tuple):
        return [number for one in value for number in _numbers(one)]
    if isinstance(value, float):
        return [value] if math.isfinite(value) else []
    return [value] if isinstance(value, int) and not isinstance(value, bool) else []


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _written(column: Column, value: Any, digits: int) -> str:
    if column.kind == "flag":
        return column.heading.lower() if value else ""
    write = _WRITERS.get(column.kind)
    return safe_text(" ".join(str(value).split())) if write is None else write(value, digits)


def _rounded(value: float, digits: int) -> str:
    """Round, but never write a chance that there is as none."""
    return "<1" if digits == 0 and 0 < value < 0.5 else f"{value:.{digits}f}"


def duration(hours: float) -> str:
    """Write hours as minutes, hours or days.

    Examples
    --------
    >>> duration(0.5), duration(48), duration(80)
    ('30 min', '48 h', '3 days')
    """
    if hours < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:.0f} h" if hours < 72 else f"{hours / 24:.0f} days"


def bar(value: Mapping[str, Any]) -> str:
    """Draw a range with its value; hollow where little is known.

    Parameters
    ----------
    value : mapping
        ``at``, ``low`` and ``high`` in percent, and ``young``.

    Examples
    --------
    >>> bar({"at": 50.0, "low": 35.0, "high": 65.0, "young": False})
    '    ───●──    '
    >>> bar({"at": 4.0, "low": 0.0, "high": 30.0, "young": True})
    '○╌╌╌╌         '
    """
    line, dot = ("╌", "○") if value["young"] else ("─", "●")
    low, at, high = (
        min(int(value[name] / 100 * BAR_WIDTH), BAR_WIDTH - 1) for name in ("low", "at", "high")
    )
    return "".join(
        dot if place == at else line if low <= place <= high else " " for place in range(BAR_WIDTH)
    )


_WRITERS: dict[str, Callable[[Any, int], str]] = {
    "count": lambda value, _: f"{value:,}",
    "score": lambda value, digits: f"{value:,.{digits}f}",
    "number": lambda value, digits: f"{value:,.{digits}f}",
    "money": lambda value, digits: f"{value:,.{digits}f}",
    "percent": lambda value, digits: f"{_rounded(value, digits)} %",
    "range": lambda value, digits: f"{value[0]:.{digits}f}–{value[1]:.{digits}f} %",
    "share": lambda value, _: f"{100 * value:,.0f} %",
    "hours": lambda value, _: duration(value),
    "bar": lambda value, _: bar(value),
    "moment": lambda value, _: str(value)[:16].replace("T", " "),
}


def _raw(value: Any) -> object:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, list | tuple | dict):
        return inert(json.dumps(value, ensure_ascii=False, default=str))
    return inert(value) if isinstance(value, str) else value
