"""Output of ``today``, ``list``, ``show`` and ``settings``."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.text import Text

from decision_cli.output.rendering import at_home, show_empty, show_next, show_place
from decision_cli.output.tables import (
    Rows,
    console,
    plain,
    show_lines,
    show_rows,
    show_table,
)
from decision_log.reports.tables.facts import (
    correction_table,
    fact_table,
    history_table,
    outcome_table,
    prediction_table,
)
from decision_log.reports.tables.maintenance import setting_table
from decision_log.reports.tables.table import Column, display
from decision_log.reports.tables.work import DO, found_table, work_table
from decision_log.text.money import money_text

LISTED = 50
"""Decisions listed for people where no limit is given."""


def show_work(
    work: Mapping[str, Any], *, home: str | Path, currency: str, as_json: bool, as_csv: bool
) -> None:
    """Show what is new and what to do: answer, follow up, chase."""
    table = work_table(work)
    if as_json or as_csv:
        show_rows(table, as_json=as_json, as_csv=as_csv, answer=work)
        return
    out = console()
    new, totals = work["new"], work["totals"]
    day = datetime.fromisoformat(work["as_of"])
    out.print(
        f"{day:%A} {day.day} {day:%B}. New since yesterday: {new['came_in']:,} came in, "
        f"{_counted(new['decisions'], 'decision')}, {_counted(new['outcomes'], 'outcome')}, "
        f"{new['won']} won, {new['lost']} lost, {money_text(new['revenue'], currency)}.",
    )
    if not table.rows:
        show_place(
            home,
            "Nothing waits.",
            "Put opportunities into data/opportunities.json and run 'decision-log score'.",
        )
        return
    out.print()
    show_table(table, currency)
    more = [
        f"{totals[name] - len(work[name]):,} more to {do}"
        for do, name in DO.items()
        if totals[name] > len(work[name])
    ]
    if more:
        out.print(Text(f"… and {', '.join(more)}", style="dim"))
    first = {do: work[name][0]["command"] for do, name in DO.items() if work[name]}
    for word, (do, command) in zip(
        ("Next:", "", ""), ((d, c) for d, c in first.items() if c), strict=False
    ):
        out.print(plain(f"{word:<6}{do:<10}{at_home(command, home)}"), soft_wrap=True)


def show_found(
    rows: Rows,
    *,
    home: str | Path,
    currency: str,
    filtered: bool,
    unknown: Sequence[str],
    shown: int | None,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Show the decisions that match; of names that no decision has, say so."""
    if as_json or as_csv:
        show_rows(found_table(rows), as_json=as_json, as_csv=as_csv, answer=list(rows))
        return
    out = console()
    if not rows:
        if filtered:
            text = f"No decision in the log in {Path(home).absolute()} matches."
            out.print(plain(" ".join([text, *unknown])), soft_wrap=True)
            out.print("Leave a filter out; 'decision-log list' shows the newest ones.")
        else:
            show_empty(home)
        return
    listed = rows if shown else rows[:LISTED]
    show_table(found_table(listed), currency)
    if len(rows) > len(listed):
        rest = len(rows) - len(listed)
        out.print(Text(f"… and {rest:,} more; --limit, --csv or --json show them", style="dim"))
    show_next(f"decision-log show {shlex.quote(rows[0]['decision_id'])}", home)


def show_history(
    found: Mapping[str, Any], *, currency: str, as_json: bool, as_csv: bool = False
) -> None:
    """Show one decision with everything recorded about it."""
    if as_json or as_csv:
        show_rows(history_table(found), as_json=as_json, as_csv=as_csv, answer=found)
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
        ("Revenue", money_text(decision["revenue"], currency, 2)),
        *_not_revenue(decision, currency),
        ("Cost", decision["cost_usd"] and money_text(decision["cost_usd"], currency, 2)),
        ("Effort", decision["effort_minutes"] and f"{decision['effort_minutes']:g} min"),
        ("Opportunity", decision["opportunity_id"]),
        ("Attributes", attributes),
    ]
    show_lines([(name, value) for name, value in facts if value not in {None, ""}])
    for table in (
        outcome_table(found["outcomes"]),
        prediction_table(found["predictions"]),
    ):
        out.print()
        show_table(table, currency)
    if found["corrections"]:
        out.print()
        show_table(correction_table(found["corrections"]))


def show_facts(rows: Rows, *, currency: str, as_json: bool, as_csv: bool) -> None:
    """Show the history of one decision."""
    table = fact_table(rows)
    show_rows(table, as_json=as_json, as_csv=as_csv, answer=list(rows), currency=currency)


def _not_revenue(decision: Mapping[str, Any], currency: str) -> list[tuple[str, str]]:
    """Name money that was received for a decision that is not won."""
    if decision["state"] == "won" or not decision["received"]:
        return []
    name = "Pending" if decision["state"] == "open" else "Received, not won"
    return [(name, money_text(decision["received"], currency, 2))]


def show_settings(rows: Rows, *, path: Path, as_json: bool, as_csv: bool) -> None:
    """Show every setting with its value, default and source."""
    shown = [
        {**row, "value": _short(row["value"]), "default": _short(row["default"])} for row in rows
    ]
    show_rows(setting_table(shown), as_json=as_json, as_csv=as_csv, answer=list(rows))
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
