"""Rows of the log as structured results: numbers as they are, names and ids inert, no texts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from decision_mcp.inert import Names, plain_name, quoting_nothing, sender_key
from decision_mcp.parameters import OpportunityInput
from decision_mcp.results import (
    DecisionRow,
    Finding,
    Graded,
    PendingRow,
    Prediction,
    Rate,
    ScoredOpportunity,
    ToAnswer,
)

Row = Mapping[str, Any]

CONTRIBUTIONS_SHOWN = 8

_OWN_KEYS = tuple(OpportunityInput.__annotations__)


def prediction(row: Row, names: Names) -> Prediction:
    """Return a prediction without its texts: neither its reasoning nor words of the text."""
    return {
        "predicted_outcome": row["predicted_outcome"],
        "chance": row["conversion_probability"],
        "interval": row["interval"],
        "confidence": row["confidence"],
        "expected_revenue": row["predicted_revenue"],
        "expected_revenue_interval": row["revenue_interval"],
        "hours_to_close": row["avg_time_to_close_hours"],
        "similar_count": row["similar_count"],
        "similar_decisions": [
            {
                "decision_id": names.id(one["decision_id"]),
                "state": one["state"],
                "revenue": one["revenue"],
                "hours": one["hours"],
            }
            for one in row["similar_decisions"]
        ],
        "contributions": [
            {"field": field_name(one["field"], names), "log_odds": one["log_odds"]}
            for one in row["contributions"][:CONTRIBUTIONS_SHOWN]
        ],
        "base_log_odds": row["base_log_odds"],
        "model_version": row["model_version"],
    }


def field_name(field: str, names: Names) -> str:
    """Return the name of a field; those of the context come from other people's keys."""
    prefix, dot, key = field.partition(".")
    if prefix != "context" or not dot:
        return field
    return f"context.{plain_name(key) or names.name(key)}"


def identity(item: Row) -> str:
    """Return what tells one opportunity of an input from another; equal ones are scored alike."""
    return json.dumps([item.get(key) for key in _OWN_KEYS], sort_keys=True, default=str)


def places(items: Sequence[Row]) -> dict[str, list[int]]:
    """Return for each opportunity its places in the input, first one first."""
    found: dict[str, list[int]] = {}
    for index, item in enumerate(items):
        found.setdefault(identity(item), []).append(index)
    return found


def scored(row: Row, rank: int, index: int, names: Names) -> ScoredOpportunity:
    """Return one scored opportunity, or why it could not be scored, without its texts."""
    given, error = row.get("id"), row.get("error")
    return {
        "index": index,
        "opportunity_id": None if given is None else names.id(str(given)),
        "rank": rank if error is None else None,
        "adjusted_score": row["adjusted_score"],
        "chance": row.get("conversion_probability"),
        "interval": row.get("interval") or [],
        "expected_revenue": row.get("expected_value"),
        "confidence": row.get("prediction_confidence"),
        "recommendation": row.get("recommendation"),
        "error": None if error is None else quoting_nothing(error),
    }


def decision(row: Row, names: Names) -> DecisionRow:
    """Return one decision with its state."""
    return {
        "decision_id": names.id(row["decision_id"]),
        "timestamp": row["timestamp"],
        "opportunity_type": names.name(row["opportunity_type"]),
        "opportunity_source": names.name(row["opportunity_source"]),
        "sender_key": sender_key(row["sender"]),
        "decision_maker": names.name(row["decision_maker"]) if row["decision_maker"] else "",
        "has_text": bool(row["opportunity_content"]),
        "state": row["state"],
        "revenue": row["revenue"],
        "outcomes": row["outcomes"],
        "hours": round(row["hours"], 1),
        "overdue": bool(row["overdue"]),
    }


def pending(row: Row, names: Names) -> PendingRow:
    """Return one open decision; its age is ``hours`` or ``waiting_hours``."""
    settled = row["settled_hours"]
    return {
        "decision_id": names.id(row["decision_id"]),
        "timestamp": row["timestamp"],
        "opportunity_type": names.name(row["opportunity_type"]),
        "opportunity_source": names.name(row["opportunity_source"]),
        "sender_key": sender_key(row["sender"]),
        "waiting_hours": round(row.get("waiting_hours", row.get("hours", 0.0)), 1),
        "settled_hours": None if settled is None else round(settled, 1),
        "overdue": bool(row.get("overdue", False)),
        "chance": row.get("conversion_probability"),
        "expected_revenue": row.get("expected_revenue"),
    }


def to_answer(row: Row, names: Names) -> ToAnswer:
    """Return one scored opportunity without a decision."""
    given = row["opportunity_id"]
    return {
        "rank": row["rank"],
        "opportunity_id": None if given is None else names.id(given),
        "opportunity_type": names.name(str(row["opportunity_type"])),
        "opportunity_source": names.name(str(row["opportunity_source"])),
        "sender_key": sender_key(str(row["sender"] or "")),
        "has_text": bool(row["text"]),
        "adjusted_score": row["adjusted_score"],
        "chance": row["conversion_probability"],
        "interval": row["interval"] or [],
        "expected_revenue": row["expected_revenue"],
    }


def rate(row: Row, names: Names) -> Rate:
    """Return the rate of one cell."""
    return {
        "opportunity_type": names.name(row["opportunity_type"]),
        "opportunity_source": names.name(row["source_type"]),
        "rate": row["conversion_rate"],
        "interval": row["interval"],
        "confidence": row["confidence"],
        "immature": row["immature"],
        "decisions": row["total_decisions"],
        "won": row["won"],
        "lost": row["lost"],
        "open": row["open"],
        "revenue": row["total_revenue"],
        "hours_to_close": row["avg_time_to_conversion_hours"],
    }


def graded(row: Row, names: Names) -> Graded:
    """Return the grades of one version or predictor; fractions become percent."""
    return {
        "version": names.id(row["version"]),
        "serves": row["serves"],
        "predictions": row["predictions"],
        "graded": row["graded"],
        "waiting": row["waiting"],
        "expected_won": round(row["expected"], 2),
        "won": row["won"],
        "log_loss": _value(row["log_loss"]),
        "brier_score": _value(row["brier"]),
        "surprise": row["surprise"],
        "ranges": [
            {
                "lower": _percent(one["lower"]),
                "upper": _percent(one["upper"]),
                "decisions": one["decisions"],
                "predicted": _percent(one["predicted"]),
                "observed": _percent(one["observed"]),
                "low": _percent(one["low"]),
                "high": _percent(one["high"]),
            }
            for one in row["table"]
        ],
    }


def finding(row: Row) -> Finding:
    """Return one insight, whose names were made inert before it was written."""
    return {
        "kind": row["insight_type"],
        "title": row["title"],
        "description": row["description"],
        "probability": row["confidence_score"],
        "decisions": row["data_points"],
        "interval": row["interval"],
    }


def _value(measured: Mapping[str, float] | None) -> float | None:
    return None if measured is None else round(measured["value"], 4)


def _percent(fraction: float) -> float:
    return round(100.0 * fraction, 1)
