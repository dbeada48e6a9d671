"""Answers to ``backup``, ``restore``, ``compact`` and ``query``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from decision_cli.output.tables import Rows, console, plain, print_json, show_rows
from decision_log.reports.tables.table import Column, Table
from decision_log.text.terminal_text import counted


def show_backup(made: Mapping[str, Any], *, as_json: bool) -> None:
    """Show `DecisionLog.backup`."""
    if as_json:
        print_json(made)
        return
    console().print(
        plain(
            f"Backed up {made['records']:,} records in {made['files']} files to {made['folder']}: "
            f"{made['copied']:,} bytes copied, {made['bytes']:,} read back and compared."
        )
    )


def show_restored(restored: Mapping[str, Any], *, as_json: bool) -> None:
    """Show `DecisionLog.restore`."""
    if as_json:
        print_json(restored)
        return
    counts = ", ".join(f"{count} {name}" for name, count in restored["counts"].items() if count)
    console().print(plain(f"Restored {restored['files']} files: {counts or 'no facts'}."))


def show_compacted(compacted: Mapping[str, Any], *, as_json: bool) -> None:
    """Show `DecisionLog.compact`."""
    if as_json:
        print_json(compacted)
        return
    if compacted["forgotten"]:
        show_forgotten(compacted["forgotten"], as_json=False, what="the texts of")
    console().print(
        plain(
            f"{compacted['files_before']} files with {compacted['bytes_before']:,} bytes are now "
            f"{compacted['files_after']} with {compacted['bytes_after']:,}."
        )
    )


def show_answer(rows: Rows, *, as_json: bool, as_csv: bool) -> None:
    """Show the rows of a free query."""
    names = list(rows[0]) if rows else []
    columns = tuple(Column(name, name, _kind([row[name] for row in rows])) for name in names)
    table = Table("", columns, rows, empty="No rows.")
    show_rows(table, as_json=as_json, as_csv=as_csv, answer=rows)


def _kind(values: list[Any]) -> Any:
    """Return the kind of column that shows these values as they are."""
    present = [value for value in values if value is not None]
    if present and all(type(value) is int for value in present):
        return "count"
    if present and all(isinstance(value, int | float) for value in present):
        return "number"
    return "text"


def show_forgotten(
    forgotten: Mapping[str, Any], *, as_json: bool, what: str = "the texts and the identity in"
) -> None:
    """Show `DecisionLog.forget`."""
    if as_json:
        print_json(forgotten)
        return
    out = console()
    out.print(plain(f"Forgot {what} {counted(forgotten['decisions'], 'decision')}."))
    if forgotten["files"]:
        out.print(plain(f"Changed or removed: {', '.join(forgotten['files'])}."))
    out.print(
        plain(
            f"Searched {forgotten['searched']} files with {forgotten['bytes']:,} bytes and every text of the "
            f"database: {forgotten['values_in_log'] + len(forgotten['found'])} places hold it."
        )
    )
    for path, why in forgotten["unreached"].items():
        out.print(plain(f"Not searched, though 'score' wrote it: {path} ({why})."))
    if forgotten["found"]:
        names = ", ".join(forgotten["found"])
        out.print(plain(f"These files are yours; remove it there, too: {names}."))
