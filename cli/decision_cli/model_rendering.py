"""What ``train``, ``fields`` and ``models`` show."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rich.text import Text

from decision_cli.tables import NOTHING, Row, console, plain, print_json, table

RATES_SERVE = "the rates alone"


def show_training(report: Row, *, as_json: bool) -> None:
    """Show what a training run did."""
    if as_json:
        print_json(report)
        return
    out = console()
    counts = report["counts"]
    out.print(
        f"{counts['won']:,} won, {counts['lost']:,} lost, {counts['open']:,} open "
        f"({counts['matured']:,} of them for longer than wins take), as of {report['as_of'][:16]}."
    )
    out.print(plain(report["reason"]))
    if report["trained"]:
        _fields_table(report["fields"])
    serving = RATES_SERVE if report["serving"] == "rates" else report["serving"]
    out.print(plain(f"Serving: {serving}. Took {report['seconds']:.1f} s."))


def show_fields(rows: Sequence[Row], *, as_json: bool) -> None:
    """Show the data dictionary."""
    if as_json:
        print_json(list(rows))
        return
    _fields_table(rows)


def show_models(rows: Sequence[Row], *, as_json: bool) -> None:
    """Show every version."""
    if as_json:
        print_json(list(rows))
        return
    out = console()
    if not rows:
        out.print("No model yet; the rates answer. Make one with 'decision-log train'.")
        return
    columns = [
        ("Version", "number"), ("Is", "name"), ("Trained as of", "number"), ("w/l/o", "number"),
        ("Remark", "text"),
    ]  # fmt: skip
    body = [
        (
            row["version"],
            ", ".join(row["aliases"]) or NOTHING,
            (row["as_of"] or NOTHING)[:16],
            NOTHING if row["won"] is None else f"{row['won']}/{row['lost']}/{row['open']}",
            f"cannot be used: {row['problem']}" if row["problem"] else "",
        )
        for row in rows
    ]
    out.print(table("Models", columns, body, width=out.width))


def show_model(row: Row, *, as_json: bool) -> None:
    """Show one version."""
    if as_json:
        print_json(row)
        return
    out = console()
    aliases = f" ({', '.join(row['aliases'])})" if row["aliases"] else ""
    out.print(Text(f"{row['version']}{aliases}", style="bold"))
    for part in ("training", "pool", "libraries"):
        told = ", ".join(f"{key} {_short(value)}" for key, value in row.get(part, {}).items())
        out.print(plain(f"{part:<10} {told}"))
    out.print(plain(f"judged     {row.get('evaluation', {}).get('reason', NOTHING)}"))
    for change in row["history"]:
        out.print(plain(f"{change['when'][:16]} {_said(change)}"))
    _fields_table(row.get("fields", []))


def show_change(change: Row, *, as_json: bool) -> None:
    """Show who serves now."""
    if as_json:
        print_json(change)
        return
    console().print(plain(_said(change)))


def show_difference(rows: Sequence[Row], first: str, second: str, *, as_json: bool) -> None:
    """Show what differs between two versions."""
    if as_json:
        print_json(list(rows))
        return
    out = console()
    if not rows:
        out.print("They are the same.")
        return
    columns = [("What", "name"), (first, "text"), (second, "text")]
    body = [(row["key"], _short(row["first"]), _short(row["second"])) for row in rows]
    out.print(table("Differences", columns, body, width=out.width))


def _fields_table(rows: Sequence[Row]) -> None:
    out = console()
    if not rows:
        out.print("The log holds no decisions yet. Add one with 'decision-log log'.")
        return
    columns = [
        ("Field", "name"), ("Kind", "name"), ("Present", "number"), ("Distinct", "number"),
        ("Remark", "line"),
    ]  # fmt: skip
    body = [
        (
            row["name"],
            row["kind"],
            f"{row['present']:.0%}",
            f"{row['distinct']:,}",
            f"left out: {row['refused']}"
            if row["refused"]
            else f"such as {row['example']}"
            if row["example"]
            else "",
        )
        for row in rows
    ]
    out.print(table("Fields", columns, body, width=out.width))
    for row in rows:
        if row["refused"]:
            out.print(plain(f"{row['name']} is left out: {row['refused']}"))


def _said(change: Row) -> str:
    nobody = RATES_SERVE if change["alias"] == "champion" else "none"
    before, after = (change[key] or nobody for key in ("from", "to"))
    return (
        f"{change['alias'].capitalize()}: {after}, before {before} "
        f"({change['action']} by {change['who']}: {change['why']})"
    )


def _short(value: object) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, float):
        return f"{value:.4g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)[:200]
