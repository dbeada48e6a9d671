"""Tables of a period: its decisions, changes, open ones, and counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from decision_log.reports.tables.columns import (
    DECISION,
    NOT_REVENUE,
    SOURCE,
    TEXT,
    TYPE,
    Rows,
)
from decision_log.reports.tables.table import Column, Table


def decision_table(rows: Rows, title: str = "Decisions made") -> Table:
    """Decisions with their state; rows of `DecisionLog.decisions_between`."""
    return Table(
        title,
        (
            Column("timestamp", "Time", "moment"),
            DECISION,
            TYPE,
            SOURCE,
            Column("opportunity_score", "Score", "count"),
            Column("action_taken", "Action", "name"),
            Column("state", "State", "name"),
            TEXT,
        ),
        rows,
    )


def change_table(changes: Mapping[str, Rows]) -> Table:
    """Decisions that were won, lost or reversed in a period; ``changes`` of a summary."""
    rows = [
        {**row, "became": name} for name in ("won", "lost", "reversed") for row in changes[name]
    ]
    became = Column("became", "Became", "name")
    revenue = Column("revenue", "Revenue", "money")
    return Table("Won and lost", (became, DECISION, TYPE, SOURCE, revenue, TEXT), rows)


def waiting_table(rows: Rows) -> Table:
    """Open decisions, longest open first; ``waiting`` of a summary."""
    return Table(
        "Open longest, of the last 90 days",
        (
            Column("waiting_hours", "Open for", "hours"),
            DECISION,
            TYPE,
            SOURCE,
            Column("sender", "Sender", "name"),
            TEXT,
        ),
        rows,
    )


def overview_table(overview: Mapping[str, Any]) -> Table:
    """Counts and revenue of a period; ``overview`` of a summary."""
    columns = (
        Column("decisions_made", "Decisions", "count"),
        Column("outcomes_recorded", "Outcomes", "count"),
        Column("responses", "Responses", "count"),
        *(Column(name, name.capitalize(), "count") for name in ("won", "lost", "reversed")),
        Column("revenue_received", "Received", "money"),
        Column("refunded", "Refunded", "money"),
        Column("revenue", "Revenue", "money"),
        *(Column(name, heading, "money") for name, heading in NOT_REVENUE if overview.get(name)),
    )
    return Table("Overview", columns, [overview])


def summary_table(summary: Mapping[str, Any]) -> Table:
    """Counts and sums of a summary in one row, as CSV needs them."""
    row = {
        **{name: summary.get(name) for name in ("period", "date", "week", "as_of")},
        **summary["overview"],
    }
    return Table("Summary", tuple(Column(name, name, "key") for name in row), [row])
