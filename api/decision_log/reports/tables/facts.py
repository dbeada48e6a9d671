"""Tables of the facts about one decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from decision_log.reports.tables.columns import (
    Rows,
)
from decision_log.reports.tables.table import Column, Table


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


def _percent(fraction: float | None) -> float | None:
    return None if fraction is None else 100 * fraction


def _range(low: float | None, high: float | None) -> list[float] | None:
    return None if low is None or high is None else [100 * low, 100 * high]
