"""What ``train``, ``fields`` and ``models`` show."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from decision_cli.output.tables import NOTHING, Row, console, plain, print_json, table

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
        f"({counts['matured']:,} of them for longer than wins take), as of {_moment(report['as_of'])}."
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
        ("Version", "key"), ("Is", "key"), ("Trained as of", "key"), ("w/l/o", "number"),
    ]  # fmt: skip
    body = [
        (
            row["version"],
            "damaged" if row["problem"] else ", ".join(row["aliases"]) or NOTHING,
            _moment(row["as_of"]),
            NOTHING if row["won"] is None else f"{row['won']}/{row['lost']}/{row['open']}",
        )
        for row in rows
    ]
    out.print(table("Models", columns, body, width=out.width))
    for row in rows:
        if row["problem"]:
            out.print(plain(f"{row['version']} cannot be used: {row['problem']}."))
    if not any("champion" in row["aliases"] for row in rows):
        out.print("None of them serves; the rates answer.")


def show_model(row: Row, *, as_json: bool) -> None:
    """Show one version."""
    if as_json:
        print_json(row)
        return
    out = console()
    aliases = f" ({', '.join(row['aliases'])})" if row["aliases"] else ""
    out.print(Text(f"{row['version']}{aliases}", style="bold"))
    facts = [
        ("Trained", _trained(row.get("training", {}))),
        ("Pool", ", ".join(f"{name} {100 * x:.0f} %" for name, x in row.get("pool", {}).items())),
        ("Made with", ", ".join(f"{name} {x}" for name, x in row.get("libraries", {}).items())),
        ("Judged", row.get("evaluation", {}).get("reason", NOTHING)),
        *((_moment(change["when"]), _said(change)) for change in row["history"]),
    ]
    shown = Table.grid(padding=(0, 2, 0, 0))
    shown.add_column(no_wrap=True)
    shown.add_column(overflow="fold")
    for name, told in facts:
        shown.add_row(plain(name), plain(told))
    out.print(shown)
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
    columns = [("What", "key"), (first, "text"), (second, "text")]
    body = [(row["key"], _short(row["first"]), _short(row["second"])) for row in rows]
    out.print(table("Differences", columns, body, width=out.width))


def _fields_table(rows: Sequence[Row]) -> None:
    out = console()
    if not any(row["present"] for row in rows):
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


def _trained(training: Row) -> str:
    if "decisions" not in training:
        return f"as of {_moment(training.get('as_of'))}"
    return (
        f"as of {_moment(training['as_of'])} on {training['decisions']:,} decisions of "
        f"{training['first_decision'][:10]} to {training['last_decision'][:10]}: "
        f"{training['won']:,} won, {training['lost']:,} lost, {training['open']:,} open "
        f"({training['matured']:,} of them for longer than wins take); seed {training['seed']}"
    )


def _said(change: Row) -> str:
    champion = change["alias"] == "champion"
    before, after = (change[key] or (RATES_SERVE if champion else "none") for key in ("from", "to"))
    done = {
        "promote": "promoted" if champion else "chosen",
        "rollback": "rolled back",
        "clear": "cleared",
    }
    return (
        f"{change['alias'].capitalize()}: {after}, before {before} "
        f"({done[change['action']]} by {change['who']}: {change['why'].removesuffix('.')})."
    )


def _moment(told: str | None) -> str:
    return NOTHING if told is None else told[:16].replace("T", " ")


def _short(value: object) -> str:
    """Write a value of a manifest in little room: an estimate with its interval, the start of a hash."""
    if value is None:
        return NOTHING
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list) and len(value) == 3 and all(isinstance(x, float) for x in value):
        return f"{value[0]:.4f} ({value[1]:.4f} to {value[2]:.4f})"
    if isinstance(value, str):
        if re.fullmatch(r"[0-9a-f]{64}", value):
            return f"{value[:12]}…"
        return _moment(value) if re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:", value) else value
    return json.dumps(value, ensure_ascii=False)[:200]
