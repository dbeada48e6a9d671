"""Tables to work from: found decisions and what to do today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from decision_log.reports.tables.columns import (
    ID,
    KIND,
    SENDER,
    SOURCE_DATA,
    TEXT,
    TYPE_DATA,
    Rows,
    with_kinds,
)
from decision_log.reports.tables.table import Column, Table

DO = {"answer": "answer", "follow up": "waiting", "chase": "overdue"}
"""What to do with the rows of which list of `DecisionLog.work_list`."""


def found_table(rows: Rows) -> Table:
    """Decisions that match; rows of `DecisionLog.find_decisions`."""
    return Table(
        "Decisions, newest first",
        (
            ID,
            Column("timestamp", "Decided", "moment"),
            Column("state", "State", "key"),
            Column("revenue", "Revenue", "money"),
            KIND,
            TYPE_DATA,
            SOURCE_DATA,
            Column("overdue", "Overdue", "flag", optional=True),
            SENDER,
            Column("action_taken", "Action", "name", optional=True),
            replace(TEXT, optional=True),
        ),
        with_kinds(rows),
    )


def work_table(work: Mapping[str, Any]) -> Table:
    """What to do, most expected revenue first; `DecisionLog.work_list`."""
    rows = [
        {
            "do": do,
            "id": row.get("decision_id") or row.get("opportunity_id"),
            "act": (row["command"] or "").removeprefix("decision-log "),
            **row,
        }
        for do, name in DO.items()
        for row in work[name]
    ]
    rows.sort(key=lambda row: -(row["expected_revenue"] or 0.0))
    return Table(
        "To do, most expected revenue first",
        (
            Column("do", "Do", "key"),
            Column("expected_revenue", "Expected $", "money", digits=0),
            Column("conversion_probability", "Chance", "percent"),
            Column("waiting_hours", "Waiting", "hours"),
            KIND,
            TYPE_DATA,
            SOURCE_DATA,
            Column("id", "Id", "key"),
            Column("act", "decision-log …", "key", optional=True, view="people"),
            SENDER,
            Column("command", "Command", view="data"),
            Column("text", "Text", optional=True),
        ),
        with_kinds(rows),
    )
