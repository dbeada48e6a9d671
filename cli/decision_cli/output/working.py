"""Output of ``today``, ``list``, ``show`` and ``settings``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.text import Text

from decision_cli.output.rendering import show_empty
from decision_cli.output.tables import (
    Rows,
    console,
    lines,
    plain,
    show_rows,
    show_table,
)
from decision_log.reports import work_tables as tables
from decision_log.reports.table import Column, display

LISTED = 50
"""Decisions listed for people where no limit is given."""


def show_work(work: Mapping[str, Any], *, home: str | Path, as_json: bool, as_csv: bool) -> None:
    """Show what to do: answer, follow up, close; and what is new."""
    if as_json or as_csv:
        show_rows(tables.work_table(work), as_json=as_json, as_csv=as_csv, answer=work)
        return
    out = console()
    new, totals = work["new"], work["totals"]
    out.print(
        f"Since {new['since'][:10]}: {_counted(new['decisions'], 'decision')}, "
        f"{_counted(new['outcomes'], 'outcome')}, {new['won']} won, {new['lost']} lost, "
        f"${_one('money', new['revenue'])}.",
    )
    if not (work["answer"] or work["waiting"] or work["overdue"]):
        out.print(plain(f"Nothing waits in the log in {Path(home).absolute()}."), soft_wrap=True)
        out.print("Put opportunities into data/opportunities.json and run 'decision-log score'.")
        return
    sections = (
        ("answer", tables.answer_table(work["answer"])),
        ("waiting", tables.open_table(work["waiting"], "Waiting for an outcome, oldest first")),
        ("overdue", tables.open_table(work["overdue"], "Overdue: chase once, then close")),
    )
    for name, table in sections:
        if table.rows:
            out.print()
            show_table(table)
            if totals[name] > len(table.rows):
                out.print(Text(f"… and {totals[name] - len(table.rows):,} more", style="dim"))
    commands = [
        rows[0]["command"] for rows in (work["answer"], work["waiting"], work["overdue"]) if rows
    ]
    out.print()
    for word, command in zip(("Next:", "", ""), filter(None, commands), strict=False):
        out.print(plain(f"{word:<6}{command}"), soft_wrap=True)


def show_found(
    rows: Rows, *, home: str | Path, filtered: bool, shown: int | None, as_json: bool, as_csv: bool
) -> None:
    """Show the decisions that match."""
    if as_json or as_csv:
        show_rows(tables.found_table(rows), as_json=as_json, as_csv=as_csv, answer=list(rows))
        return
    out = console()
    if not rows:
        if filtered:
            text = f"No decision in the log in {Path(home).absolute()} matches."
            out.print(plain(text), soft_wrap=True)
            out.print("Leave a filter out; 'decision-log list' shows the newest ones.")
        else:
            show_empty(home)
        return
    listed = rows if shown else rows[:LISTED]
    show_table(tables.found_table(listed))
    if len(rows) > len(listed):
        rest = len(rows) - len(listed)
        out.print(Text(f"… and {rest:,} more; --limit, --csv or --json show them", style="dim"))
    out.print(plain(f"Next: decision-log show {rows[0]['decision_id']}"), soft_wrap=True)


def show_history(found: Mapping[str, Any], *, as_json: bool, as_csv: bool = False) -> None:
    """Show one decision with everything recorded about it."""
    if as_json or as_csv:
        show_rows(tables.history_table(found), as_json=as_json, as_csv=as_csv, answer=found)
        return
    out = console()
    decision = found["decision"]
    state = "open, overdue" if decision["overdue"] else decision["state"]
    out.print(Text(f"{plain(decision['decision_id']).plain}: {state}", style="bold"))
    attributes = ", ".join(f"{key} {value}" for key, value in decision["context"].items())
    age = "open for" if decision["state"] == "open" else "after"
    facts = [
        ("Kind", f"{decision['opportunity_type']} from {decision['opportunity_source']}"),
        ("From", decision["sender"]),
        ("Text", decision["opportunity_content"]),
        ("Score", decision["opportunity_score"]),
        ("Decided", f"{_one('moment', decision['timestamp'])} by {decision['decision_maker']}"),
        ("Action", decision["action_taken"]),
        ("State", f"{state}, {age} {_one('hours', decision['hours'])}"),
        ("Revenue", _one("money", decision["revenue"])),
        *_not_revenue(decision),
        ("Cost", decision["cost_usd"]),
        ("Effort", decision["effort_minutes"] and f"{decision['effort_minutes']:g} min"),
        ("Opportunity", decision["opportunity_id"]),
        ("Attributes", attributes),
    ]
    out.print(lines([(name, value) for name, value in facts if value not in {None, ""}]))
    for table in (
        tables.outcome_table(found["outcomes"]),
        tables.prediction_table(found["predictions"]),
    ):
        out.print()
        show_table(table)
    if found["corrections"]:
        out.print()
        show_table(tables.correction_table(found["corrections"]))


def _not_revenue(decision: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Name money that was received for a decision that is not won."""
    if decision["state"] == "won" or not decision["received"]:
        return []
    name = "Pending" if decision["state"] == "open" else "Received, not won"
    return [(name, _one("money", decision["received"]))]


def show_settings(rows: Rows, *, path: Path, as_json: bool, as_csv: bool) -> None:
    """Show every setting with its value, default and source."""
    shown = [
        {**row, "value": _short(row["value"]), "default": _short(row["default"])} for row in rows
    ]
    show_rows(tables.setting_table(shown), as_json=as_json, as_csv=as_csv, answer=list(rows))
    if not (as_json or as_csv):
        exists = "" if path.is_file() else " (there is none yet)"
        console().print(plain(f"Settings file: {path.absolute()}{exists}"), soft_wrap=True)


def _short(value: object) -> object:
    if isinstance(value, list):
        shown = (one if isinstance(one, str) else f"{one['score']:g}" for one in value)
        return ", ".join(shown) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{word}={meaning}" for word, meaning in value.items()) or "none"
    return value


def _one(kind: Any, value: object) -> str:
    """Write one value as a table's cell would be."""
    return display(Column("", "", kind), [value])[0]


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
