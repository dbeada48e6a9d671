"""Tables of rates, returns and insights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from decision_log.reports.tables.columns import (
    EMPTY_LOG,
    KIND,
    SOURCE,
    SOURCE_DATA,
    STATES,
    TYPE,
    TYPE_DATA,
    TYPE_SHOWN,
    Rows,
    not_revenue,
    type_text,
    with_kinds,
)
from decision_log.reports.tables.table import Column, Table


def insight_table(rows: Rows) -> Table:
    """Supported comparisons; rows of `DecisionLog.generate_insights`."""
    return Table(
        "Insights",
        (
            Column("insight_type", "Kind", "key"),
            Column("title", "Finding", "name"),
            Column("confidence_score", "Confidence", "number"),
            Column("data_points", "Decisions", "count"),
            Column("interval", "Range", "range"),
            TYPE,
            SOURCE,
            Column("description", "Description"),
        ),
        rows,
    )


def conversion_table(rows: Rows) -> Table:
    """Conversion rates; rows of `DecisionLog.get_conversion_rates`."""
    shown = with_kinds(sorted(rows, key=lambda row: -row["conversion_rate"]), "source_type")
    for row in shown:
        low, high = row["interval"]
        row["bar"] = {
            "at": row["conversion_rate"], "low": low, "high": high, "young": row["immature"]
        }  # fmt: skip
        row["kind_shown"] += " ~" if row["immature"] else ""
    young = any(row["immature"] for row in rows)
    return Table(
        "How often each kind is won, most often first",
        (
            KIND,
            TYPE_DATA,
            Column("source_type", "Source", "name", view="data"),
            Column("conversion_rate", "Chance", "percent"),
            Column("interval", "Range", "range"),
            *STATES,
            *_change(rows, "number"),
            Column("bar", "0    50    100", "bar", optional=True, view="people"),
            Column("total_revenue", "Revenue", "money", optional=True),
            *not_revenue(rows),
            Column("avg_time_to_conversion_hours", "To win", "hours", optional=True),
            Column("total_decisions", "Decisions", "count", optional=True),
            Column("immature", "Immature", "flag", view="data"),
        ),
        shown,
        note="Chance: of being won in the end. Range: holds the true chance with 95 % probability. "
        "An open decision is never counted as lost. Only what was decided on is in the log: nothing is said of "
        "opportunities that nobody answered."
        + (
            " Change: points since the period began."
            if any("change" in row for row in rows)
            else ""
        )
        + (" ~ young: most of the evidence is still open." if young else ""),
        empty=EMPTY_LOG,
    )


def _change(rows: Rows, kind: Literal["number", "money"]) -> tuple[Column, ...]:
    """Return the column of what has changed since a period began, where rows have it."""
    if not any("change" in row for row in rows):
        return ()
    return (Column("change", "Change", kind, digits=1, optional=True),)


def group_table(rows: Rows, by: str) -> Table:
    """Rates of one group; rows of `DecisionLog.get_group_rates`."""
    return Table(
        f"Conversion rates by {by}",
        (
            Column("group", by.capitalize(), "name"),
            Column("conversion_rate", "Chance", "percent"),
            Column("interval", "Range", "range"),
            *STATES,
            Column("response_rate", "Replied", "percent", optional=True),
            Column("expected_revenue_per_decision", "Per decision", "money", optional=True),
            Column("total_revenue", "Revenue", "money", optional=True),
            Column("total_decisions", "Decisions", "count", optional=True),
            Column("difference", "Difference", "number", digits=1, optional=True),
            Column("compared", "Against the others", "text"),
            Column("immature", "Immature", "flag", optional=True),
        ),
        rows,
        note="Chance: of its own mix of leads. Against the others: the same types and sources compared; observed, "
        "not tried out. Per decision: revenue expected of one more. Only what was decided on is in the log.",
        empty=EMPTY_LOG,
    )


def _with_basis(row: Mapping[str, Any]) -> dict[str, Any]:
    """Add on how many decisions the return rests, and its range in percent."""
    known, made = row["cost_known"], row["decisions_made"]
    interval = row["expected_roi_interval"]
    return {
        **row,
        "cost_basis": "" if not known else "all" if known == made else f"{known} of {made}",
        "expected_roi_range": None if interval is None else [100 * end for end in interval],
    }


def return_table(rows: Rows) -> Table:
    """Revenue, cost and return; rows of `DecisionLog.calculate_roi_by_type`, by cell or by type."""
    types = bool(rows) and all(row["opportunity_source"] is None for row in rows)
    return Table(
        "Return by type" if types else "Return by type and source",
        (
            *((TYPE_SHOWN, TYPE_DATA) if types else (KIND, TYPE_DATA, SOURCE_DATA)),
            Column("decisions_made", "Decisions", "count"),
            Column("won", "Won", "count", optional=True),
            Column("closed_deals", "Deals", "count", view="data"),
            Column("total_revenue", "Revenue", "money"),
            *_change(rows, "money"),
            Column("cost", "Cost", "money"),
            Column("roi", "ROI so far", "share"),
            Column("expected_roi", "Expected", "share"),
            Column("expected_roi_range", "Range", "range", optional=True),
            *not_revenue(rows),
            Column("avg_revenue_per_decision", "Per decision", "money", optional=True),
            Column("cost_basis", "Cost known", "key", optional=True),
            Column("revenue_per_hour", "Per hour", "money", optional=True),
            Column("expected_revenue_per_hour", "Expected per hour", "money", optional=True),
        ),
        [{**_with_basis(row), "type_shown": type_text(row["opportunity_type"])} for row in rows]
        if types
        else with_kinds([_with_basis(row) for row in rows]),
        note="ROI: (revenue - cost) / cost over the decisions whose cost is known. Expected: with "
        "what the open ones among them will bring; it lies in the range with 95 % probability. "
        "Per hour: revenue per hour of known effort.",
        empty=EMPTY_LOG,
    )
