"""Tables, paragraphs and JSON on stdout: rich lays out what `decision_log.reports` decides."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import typer
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as Drawing
from rich.text import Text

from decision_cli.options import WIDE
from decision_cli.output.streams import write_json
from decision_log.reports.tables.table import NOTHING, Column, Table, csv_text, in_currency
from decision_log.text.terminal_text import safe_text

GAP = 2
"""Columns of space between two columns of a table."""

LEAST_NAME, LEAST_TEXT = 34, 20
"""Optional columns are left out before names and texts get less room than this."""

UNLIMITED = 100_000
"""Width of an output that is no terminal: nothing is cut there."""

Row = dict[str, Any]
Rows = Sequence[Mapping[str, Any]]

__all__ = [
    "NOTHING", "Row", "Rows", "console", "lines", "plain", "print_json", "show_lines", "show_rows",
    "show_table",
]  # fmt: skip


def console() -> Console:
    """Make a console for paragraphs on stdout as it is now (tests and pipes replace it)."""
    return Console(highlight=False, soft_wrap=False, file=sys.stdout)


def print_json(value: object) -> None:
    """Print a whole answer for programs."""
    write_json(value, indent=2)


def plain(value: object) -> Text:
    """Show a text that came from outside: no control characters, no markup."""
    return Text(safe_text(str(value)))


def show_rows(
    table: Table,
    *,
    as_json: bool,
    as_csv: bool = False,
    answer: object | None = None,
    currency: str | None = None,
) -> None:
    """Show rows as a table for people, as CSV, or as JSON.

    Parameters
    ----------
    table : Table
        What people and CSV get.
    answer : object, optional
        What JSON gets; by default the rows.
    currency : str, optional
        Code of the amounts, to be named.
    """
    if as_csv and as_json:
        raise typer.BadParameter("give --json or --csv, not both", param_hint="--csv")
    if as_csv:
        sys.stdout.write(csv_text(table))
    elif as_json:
        print_json(list(table.rows) if answer is None else answer)
    else:
        show_table(table, currency)


def show_table(table: Table, currency: str | None = None) -> None:
    """Show a table with its note, or what to do where it is empty."""
    if currency is not None:
        table = in_currency(table, currency)
    out = console()
    if not table.rows:
        out.print(plain(table.empty))
        return
    width = _width(out)
    wide = Console(highlight=False, file=sys.stdout, width=width)
    _print_trimmed(wide, draw(table, width), soft_wrap=WIDE.get())
    if table.note:
        out.print(Text(table.note, style="dim"))


def show_lines(pairs: Sequence[tuple[str, object]]) -> None:
    """Show facts, one on a line: a word, then what it is."""
    _print_trimmed(console(), lines(pairs))


def _print_trimmed(out: Console, drawing: Drawing, *, soft_wrap: bool = False) -> None:
    """Print; where it is no terminal, without blanks at the ends of lines."""
    if out.is_terminal and not soft_wrap:
        out.print(drawing)
        return
    with out.capture() as captured:
        out.print(drawing)
    text = "\n".join(line.rstrip() for line in captured.get().splitlines())
    sys.stdout.write(f"{text}\n")


def draw(table: Table, width: int) -> Drawing:
    """Lay a table out in so many columns.

    Numbers and ids are never cut; names wrap; a text takes the room that is left, on one line.
    Optional columns are left out, the last first, as far as room is short.
    """
    table = _fitting(table, width)
    texts = table.texts()
    drawing = Drawing(
        title=table.title or None,
        box=SIMPLE_HEAD,
        title_justify="left",
        title_style="bold",
        pad_edge=False,
        show_edge=False,
        padding=(0, 1, 0, 0),
        expand=width < UNLIMITED and any(column.kind == "text" for column in table.shown),
    )
    for column in table.shown:
        if column.kind == "text":
            drawing.add_column(column.heading, overflow="ellipsis", no_wrap=True, ratio=1)
        elif column.kind == "name":
            drawing.add_column(column.heading, overflow="fold")
        else:
            drawing.add_column(
                column.heading, justify="right" if column.right else "left", no_wrap=True
            )
    for row in texts:
        drawing.add_row(*map(_marked, table.shown, row))
    return drawing


STATE_STYLES = {"won": "cyan", "lost": "yellow"}
"""Colours of states beside their words; the terminal shows none with NO_COLOR, and none are written elsewhere."""


def _marked(column: Column, text: str) -> Text:
    """Write a cell; ranges, states and what is overdue have a colour, where there are colours."""
    shown = plain(text)
    if column.kind == "bar":
        shown.stylize("blue")
    elif column.kind == "flag":
        shown.stylize("yellow")
    elif column.key == "state":
        shown.stylize(STATE_STYLES.get(text, ""))
    return shown


def lines(pairs: Sequence[tuple[str, object]]) -> Drawing:
    """Lay out facts, one on a line: a word, then what it is."""
    grid = Drawing.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in pairs:
        grid.add_row(plain(name), plain(value))
    return grid


def _width(out: Console) -> int:
    """Give the columns that a table may take: those of a terminal, all it needs elsewhere."""
    if WIDE.get():
        return UNLIMITED
    chosen = os.environ.get("COLUMNS", "").isdigit()
    return out.width if out.is_terminal or chosen else UNLIMITED


def _fitting(table: Table, width: int) -> Table:
    """Leave out flags that nowhere hold, and optional columns for which there is no room."""
    texts = table.texts()
    columns = [
        (column, max(cell_len(one) for one in (column.heading, *(row[i] for row in texts))))
        for i, column in enumerate(table.shown)
        if column.kind != "flag" or any(row.get(column.key) for row in table.rows)
    ]
    while sum(_least(*one) + GAP for one in columns) - GAP > width:
        optional = [one for one in columns if one[0].optional]
        if not optional:
            break
        columns.remove(optional[-1])
    return replace(table, columns=tuple(column for column, _ in columns))


def _least(column: Column, natural: int) -> int:
    least = {"name": LEAST_NAME, "text": LEAST_TEXT}.get(column.kind, natural)
    return min(natural, least)
