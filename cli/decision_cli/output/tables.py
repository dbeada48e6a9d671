"""How a number, a text and a table look in a terminal of 80 columns and more."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from decision_cli.output.streams import write_json
from decision_log.reports.table import Column
from decision_log.reports.table import Table as TableValue
from decision_log.terminal_text import safe_text

NOTHING = "–"

GAP = 2
"""Columns of space that a table spends on each of its columns."""

LEAST_NAME, LEAST_TEXT = 6, 20

WHOLE_NAME = 18
"""Optional columns are left out before names of up to this length are cut."""

_WHOLE = frozenset({"number", "key"})

Row = Mapping[str, Any]


def console() -> Console:
    """Make a console for stdout as it is now (tests and pipes replace it)."""
    return Console(highlight=False, soft_wrap=False, file=sys.stdout)


def print_json(value: object) -> None:
    """Print a whole answer for programs."""
    write_json(value, indent=2)


def plain(value: object) -> Text:
    """Show a text that came from outside: no control characters, no markup."""
    return Text(safe_text(str(value)))


def table(
    title: str,
    columns: Sequence[tuple[str, str]],
    rows: Sequence[Sequence[object]],
    *,
    width: int,
) -> Table:
    """Build a table that fits.

    Parameters
    ----------
    title : str
        Its heading.
    columns : sequence of (str, str)
        Header and kind: ``number`` and ``key`` are never cut, ``name`` is cut where room is short,
        ``line`` takes the room that is left and is cut there, ``text`` takes it and wraps. Where
        several take it, each has the same part.
    rows : sequence of sequences
        Cells; None shows as a dash.
    width : int
        Columns of the terminal.
    """
    drawn = Table(
        title=title,
        box=SIMPLE_HEAD,
        title_justify="left",
        title_style="bold",
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [
        max([cell_len(header), *(row[i].cell_len for row in cells)])
        for i, (header, _) in enumerate(columns)
    ]
    longest = _longest_name(columns, widths, width)
    taken = sum(
        min(natural, longest) if kind == "name" else natural if kind in _WHOLE else 0
        for (_, kind), natural in zip(columns, widths, strict=True)
    )
    takers = sum(kind not in {*_WHOLE, "name"} for _, kind in columns)
    left = max((width - taken - GAP * (len(columns) + 1)) // max(takers, 1), LEAST_TEXT)
    for (header, kind), natural in zip(columns, widths, strict=True):
        if kind == "number":
            drawn.add_column(header, justify="right", no_wrap=True, width=natural)
        elif kind == "key":
            drawn.add_column(header, no_wrap=True, width=natural)
        elif kind == "name":
            shown = min(natural, longest)
            drawn.add_column(header, overflow="ellipsis", no_wrap=True, width=shown)
        elif kind == "line":
            drawn.add_column(header, overflow="ellipsis", no_wrap=True, width=min(natural, left))
        else:
            drawn.add_column(header, overflow="fold", width=min(natural, left))
    for row in cells:
        drawn.add_row(*row)
    return drawn


def draw(shown: TableValue, *, width: int) -> Table:
    """Draw a table value of `decision_log.reports` in so many columns.

    Optional columns are left out, the last first, as far as room is short.
    """
    texts = shown.texts()
    chosen = list(range(len(shown.columns)))
    widths = [
        max(cell_len(one) for one in (column.heading, *(row[i] for row in texts)))
        for i, column in enumerate(shown.columns)
    ]
    while sum(_least(shown.columns[i], widths[i]) + GAP for i in chosen) > width:
        optional = [i for i in chosen if shown.columns[i].optional]
        if not optional:
            break
        chosen.remove(optional[-1])
    columns = [(shown.columns[i].heading, _layout(shown.columns[i])) for i in chosen]
    return table(shown.title, columns, [[row[i] for i in chosen] for row in texts], width=width)


def _least(column: Column, natural: int) -> int:
    least = {"name": WHOLE_NAME, "line": LEAST_TEXT}.get(_layout(column), natural)
    return min(natural, least)


def _layout(column: Column) -> str:
    if column.right:
        return "number"
    return {"text": "line", "name": "name"}.get(column.kind, "key")


def _longest_name(columns: Sequence[tuple[str, str]], widths: Sequence[int], width: int) -> int:
    """Find the longest that names may be so that the table fits."""
    kinds = [kind for _, kind in columns]
    others = sum(w for w, kind in zip(widths, kinds, strict=True) if kind in _WHOLE)
    others += sum(
        min(w, LEAST_TEXT)
        for w, kind in zip(widths, kinds, strict=True)
        if kind in {"line", "text"}
    )
    room = width - others - GAP * (len(columns) + 1)
    names = [w for w, kind in zip(widths, kinds, strict=True) if kind == "name"]
    fits = (
        n
        for n in range(max(names, default=0), LEAST_NAME, -1)
        if sum(min(w, n) for w in names) <= room
    )
    return next(fits, LEAST_NAME)


def money(value: float | None) -> str:
    """Write an amount: cents only where they matter."""
    if value is None:
        return NOTHING
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:,.2f}"


def rate(value: float | None) -> str:
    """Write a percentage: one decimal below ten, none above."""
    if value is None:
        return NOTHING
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"


def interval(bounds: Sequence[float] | None) -> str:
    """Write an interval of percentages."""
    return NOTHING if not bounds else f"{rate(bounds[0])}–{rate(bounds[1])}"


def duration(hours: float | None) -> str:
    """Write hours as people say them: minutes, hours or days."""
    if hours is None:
        return NOTHING
    if hours < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:.0f} h" if hours < 72 else f"{hours / 24:.0f} d"


def _cell(value: object) -> Text:
    if isinstance(value, Text):
        return value
    return Text(NOTHING) if value is None else plain(value)
