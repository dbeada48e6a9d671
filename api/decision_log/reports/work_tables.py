"""The tables to work from: found decisions, one decision's facts, today's lists, settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decision_log.reports.table import Column, Table

Rows = Sequence[Mapping[str, Any]]

_ID = Column("decision_id", "Id", "key")
_TYPE = Column("opportunity_type", "Type", "name")
_SOURCE = Column("opportunity_source", "Source", "name")
_FROM = Column("sender", "From", "name", optional=True)


def found_table(rows: Rows) -> Table:
    """Decisions that match; rows of `DecisionLog.find_decisions`."""
    return Table(
        "Decisions, newest first",
        (
            _ID,
            Column("timestamp", "Decided", "moment"),
            Column("state", "State", "key"),
            Column("revenue", "Revenue", "money"),
            _TYPE,
            _SOURCE,
            Column("overdue", "Overdue", "flag"),
            _FROM,
            Column("action_taken", "Action", "name", optional=True),
            Column("opportunity_content", "Text", optional=True),
        ),
        rows,
    )


def outcome_table(rows: Rows) -> Table:
    """Outcomes of one decision; ``outcomes`` of `DecisionLog.get_decision`."""
    return Table(
        "Outcomes, oldest first",
        (
            Column("occurred_at", "Happened", "moment"),
            Column("outcome_type", "Type", "name"),
            Column("outcome_status", "Status", "name"),
            Column("revenue_generated", "Revenue", "money"),
            Column("outcome_id", "Id", "key"),
            Column("voided", "Void", "flag"),
            Column("notes", "Notes", optional=True),
        ),
        rows,
        empty="No outcome is recorded yet.",
    )


def history_table(found: Mapping[str, Any]) -> Table:
    """All facts about one decision in one list, as CSV needs it; `DecisionLog.get_decision`."""
    decision = found["decision"]
    rows: list[Mapping[str, Any]] = [
        {**decision, "kind": "decision", "id": decision["decision_id"], "at": decision["timestamp"]}
    ]
    for kind, name, identifier, at in (
        ("outcome", "outcomes", "outcome_id", "recorded_at"),
        ("correction", "corrections", "amendment_id", "recorded_at"),
        ("prediction", "predictions", "prediction_id", "predicted_at"),
    ):
        rows += [{**row, "kind": kind, "id": row[identifier], "at": row[at]} for row in found[name]]
    columns = (
        Column("kind", "Kind", "key"),
        Column("at", "When", "moment"),
        Column("id", "Id", "key"),
        Column("state", "State", "key"),
        Column("revenue", "Revenue", "money"),
        Column("outcome_type", "Outcome", "name"),
        Column("outcome_status", "Status", "name"),
        Column("revenue_generated", "Amount", "money"),
        Column("voided", "Void", "flag"),
        Column("action", "What", "name"),
        Column("field", "Field", "name"),
        Column("value", "New value", "name"),
        Column("probability", "Probability", "number"),
        Column("expected_revenue", "Expected $", "money"),
        Column("model_version", "By", "key"),
    )
    return Table("Facts", columns, rows)


def correction_table(rows: Rows) -> Table:
    """Corrections of one decision; ``corrections`` of `DecisionLog.get_decision`."""
    return Table(
        "Corrections, oldest first",
        (
            Column("recorded_at", "Recorded", "moment"),
            Column("action", "What", "key"),
            Column("field", "Field", "name"),
            Column("value", "New value", "name"),
            Column("outcome_id", "Outcome", "key"),
            Column("reason", "Reason"),
        ),
        rows,
    )


def prediction_table(rows: Rows) -> Table:
    """Predictions about one opportunity; ``predictions`` of `DecisionLog.get_decision`."""
    shown = [
        {**row, "chance": _percent(row["probability"]), "range": _range(row["low"], row["high"])}
        for row in rows
    ]
    return Table(
        "Predictions, oldest first",
        (
            Column("predicted_at", "Predicted", "moment"),
            Column("chance", "Chance", "percent"),
            Column("range", "Range", "range"),
            Column("expected_revenue", "Expected $", "money"),
            Column("adjusted_score", "Score", "score"),
            Column("model_version", "By", "key"),
        ),
        shown,
        empty="Nothing was predicted about it.",
    )


def answer_table(rows: Rows) -> Table:
    """Opportunities to answer; ``answer`` of `DecisionLog.work_list`."""
    return Table(
        "Answer first",
        (
            Column("rank", "#", "count"),
            Column("opportunity_id", "Id", "key"),
            Column("adjusted_score", "Score", "score"),
            Column("expected_revenue", "Expected $", "money"),
            Column("conversion_probability", "Chance", "percent"),
            Column("interval", "Range", "range"),
            _TYPE,
            _SOURCE,
            _FROM,
            Column("text", "Text", optional=True),
        ),
        rows,
    )


def open_table(rows: Rows, title: str) -> Table:
    """Open decisions; ``waiting`` or ``overdue`` of `DecisionLog.work_list`."""
    return Table(
        title,
        (
            Column("waiting_hours", "Open for", "hours"),
            _ID,
            _TYPE,
            _SOURCE,
            Column("settled_hours", "Usual", "hours"),
            _FROM,
            Column("text", "Text", optional=True),
        ),
        rows,
    )


def work_table(work: Mapping[str, Any]) -> Table:
    """Everything of `DecisionLog.work_list` in one list, as CSV needs it."""
    rows = [
        {"do": do, "id": row.get("decision_id") or row.get("opportunity_id"), **row}
        for do, name in (("answer", "answer"), ("follow up", "waiting"), ("close", "overdue"))
        for row in work[name]
    ]
    return Table(
        "Work",
        (
            Column("do", "Do", "key"),
            Column("id", "Id", "key"),
            _TYPE,
            _SOURCE,
            _FROM,
            Column("expected_revenue", "Expected $", "money"),
            Column("conversion_probability", "Chance", "percent"),
            Column("waiting_hours", "Open for", "hours"),
            Column("command", "Command"),
            Column("text", "Text"),
        ),
        rows,
    )


def setting_table(rows: Rows) -> Table:
    """Settings with value, default and source; rows of `Settings.described`."""
    return Table(
        "Settings",
        (
            Column("name", "Setting", "key"),
            Column("value", "Value", "name"),
            Column("default", "Default", "name"),
            Column("source", "From", "name"),
            Column("variable", "Variable", "key", optional=True),
            Column("help", "Meaning", optional=True),
        ),
        rows,
    )


def _percent(fraction: float | None) -> float | None:
    return None if fraction is None else 100 * fraction


def _range(low: float | None, high: float | None) -> list[float] | None:
    return None if low is None or high is None else [100 * low, 100 * high]
