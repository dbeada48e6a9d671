"""The tables to work from: found decisions, one decision's facts, today's lists, settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from decision_log.reports.table import Column, Table
from decision_log.reports.tables import KIND, with_kinds

Rows = Sequence[Mapping[str, Any]]

_ID = Column("decision_id", "Id", "key")
_TYPE = Column("opportunity_type", "Type", "name")
_SOURCE = Column("opportunity_source", "Source", "name")
_FROM = Column("sender", "From", "name", optional=True)


DO = {"answer": "answer", "follow up": "waiting", "chase": "overdue"}
"""What to do with the rows of which list of `DecisionLog.work_list`."""


def found_table(rows: Rows) -> Table:
    """Decisions that match; rows of `DecisionLog.find_decisions`."""
    return Table(
        "Decisions, newest first",
        (
            _ID,
            Column("timestamp", "Decided", "moment"),
            Column("state", "State", "key"),
            Column("revenue", "Revenue", "money"),
            KIND,
            replace(_TYPE, view="data"),
            replace(_SOURCE, view="data"),
            Column("overdue", "Overdue", "flag", optional=True),
            _FROM,
            Column("action_taken", "Action", "name", optional=True),
            Column("opportunity_content", "Text", optional=True),
        ),
        with_kinds(rows),
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
        Column("expected_revenue", "Expected $", "money", digits=0),
        Column("model_version", "By", "key"),
    )
    return Table("Facts", columns, rows)


def fact_table(rows: Rows) -> Table:
    """Facts about one decision; rows of `DecisionLog.get_history`."""
    shown = [
        {**row, "kind_shown": f"{row['kind']}{', void' if row['voided'] else ''}"} for row in rows
    ]
    return Table(
        "History, in the order of recording",
        (
            Column("recorded_at", "Recorded", "moment"),
            Column("occurred_at", "Happened", "moment"),
            Column("kind_shown", "Fact", "key", view="people"),
            Column("kind", "Fact", "key", view="data"),
            Column("what", "What", "name"),
            Column("amount", "Amount", "money"),
            Column("meaning", "Means", "key", optional=True),
            Column("voided", "Void", "flag", view="data"),
            Column("by", "By", "name", optional=True),
            Column("id", "Id", "key", optional=True),
        ),
        shown,
    )


def mapping_table(rows: Rows) -> Table:
    """Words that the log was taught; rows of `DecisionLog.mappings`."""
    shown = [{**row, "of": "type" if row["is_type"] else "status"} for row in rows]
    return Table(
        "Words of this log",
        (
            Column("word", "Word", "name"),
            Column("of", "Of", "key"),
            Column("meaning", "Means", "key"),
            Column("outcomes", "Outcomes", "count"),
            Column("source", "From", "key"),
            Column("recorded_at", "Recorded", "moment", optional=True),
            Column("amendment_id", "Id", "key", optional=True),
        ),
        shown,
        note="To take one back: decision-log undo ID.",
        empty="This log was taught no words. The built-in ones cover English and six more languages; "
        "add one with: decision-log map 'handshake=won'",
    )


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
            Column("expected_revenue", "Expected $", "money", digits=0),
            Column("adjusted_score", "Score", "score"),
            Column("model_version", "By", "key"),
        ),
        shown,
        empty="Nothing was predicted about it.",
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
            replace(_TYPE, view="data"),
            replace(_SOURCE, view="data"),
            Column("id", "Id", "key"),
            Column("act", "decision-log …", "key", optional=True, view="people"),
            _FROM,
            Column("command", "Command", view="data"),
            Column("text", "Text", optional=True),
        ),
        with_kinds(rows),
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
