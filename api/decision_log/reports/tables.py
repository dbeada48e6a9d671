"""The tables that commands and reports show: which columns each has, in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from decision_log.reports.table import Column, Table
from decision_log.terminal_text import safe_text

Rows = Sequence[Mapping[str, Any]]

EMPTY_LOG = "The log holds no decisions yet. Add one with 'decision-log log'."


def kind_text(opportunity_type: object, source: object) -> str:
    """Name a cell as people say it.

    Examples
    --------
    >>> kind_text("golf_coaching", "email")
    'Golf coaching, email'
    """
    kind, where = (
        " ".join(safe_text(str(word)).replace("_", " ").split())
        for word in (opportunity_type, source)
    )
    return f"{kind[:1].upper()}{kind[1:]}, {where}"


def with_kinds(rows: Rows, source: str = "opportunity_source") -> list[dict[str, Any]]:
    """Add to each row its type and source as one text."""
    return [{**row, "kind_shown": kind_text(row["opportunity_type"], row[source])} for row in rows]


KIND = Column("kind_shown", "Kind", "name", view="people")

_TYPE = Column("opportunity_type", "Type", "name")
_SOURCE = Column("opportunity_source", "Source", "name")
_DECISION = Column("decision_id", "Decision", "key")
_BAR_HEADING = "0    50    100"
_TEXT = Column("opportunity_content", "Text")
_STATES = (
    Column("won", "Won", "count"),
    Column("lost", "Lost", "count"),
    Column("open", "Open", "count"),
)


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
            _TYPE,
            Column("opportunity_source", "Source", "name"),
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
            replace(_TYPE, view="data"),
            Column("source_type", "Source", "name", view="data"),
            Column("conversion_rate", "Chance", "percent"),
            Column("interval", "Range", "range"),
            *_STATES,
            Column("bar", _BAR_HEADING, "bar", optional=True, view="people"),
            Column("total_revenue", "Revenue", "money", optional=True),
            *_not_revenue(rows),
            Column("avg_time_to_conversion_hours", "To win", "hours", optional=True),
            Column("total_decisions", "Decisions", "count", optional=True),
            Column("immature", "Immature", "flag", view="data"),
        ),
        shown,
        note="Chance: of being won in the end. Range: holds the true chance with 95 % probability. "
        "An open decision is never counted as lost."
        + (" ~ young: most of the evidence is still open." if young else ""),
        empty=EMPTY_LOG,
    )


def _not_revenue(rows: Rows) -> tuple[Column, ...]:
    """Return the columns of money that was received for decisions that are not won, where there is any."""
    columns = (("pending_revenue", "Pending"), ("received_not_won", "Received, not won"))
    return tuple(
        Column(
            name, heading, "money", optional=True,
            view="both" if any(row[name] for row in rows) else "data",
        )
        for name, heading in columns
    )  # fmt: skip


def group_table(rows: Rows, by: str) -> Table:
    """Rates of one group; rows of `DecisionLog.get_group_rates`."""
    return Table(
        f"Conversion rates by {by}",
        (
            Column("group", by.capitalize(), "name"),
            Column("conversion_rate", "Chance", "percent"),
            Column("interval", "Range", "range"),
            *_STATES,
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
    """Revenue, cost and return; rows of `DecisionLog.calculate_roi_by_type`."""
    return Table(
        "Return by type and source",
        (
            KIND,
            replace(_TYPE, view="data"),
            replace(_SOURCE, view="data"),
            Column("decisions_made", "Decisions", "count"),
            Column("won", "Won", "count", optional=True),
            Column("closed_deals", "Deals", "count", view="data"),
            Column("total_revenue", "Revenue", "money"),
            Column("cost", "Cost", "money"),
            Column("roi", "ROI so far", "share"),
            Column("expected_roi", "Expected", "share"),
            Column("expected_roi_range", "Range", "range", optional=True),
            *_not_revenue(rows),
            Column("avg_revenue_per_decision", "Per decision", "money", optional=True),
            Column("cost_basis", "Cost known", "key", optional=True),
            Column("revenue_per_hour", "Per hour", "money", optional=True),
            Column("expected_revenue_per_hour", "Expected per hour", "money", optional=True),
        ),
        with_kinds([_with_basis(row) for row in rows]),
        note="ROI: (revenue - cost) / cost over the decisions whose cost is known. Expected: with "
        "what the open ones among them will bring; it lies in the range with 95 % probability. "
        "Per hour: revenue per hour of known effort.",
        empty=EMPTY_LOG,
    )


def decision_table(rows: Rows, title: str = "Decisions made") -> Table:
    """Decisions with their state; rows of `DecisionLog.decisions_between`."""
    return Table(
        title,
        (
            Column("timestamp", "Time", "moment"),
            _DECISION,
            _TYPE,
            _SOURCE,
            Column("opportunity_score", "Score", "count"),
            Column("action_taken", "Action", "name"),
            Column("state", "State", "name"),
            _TEXT,
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
    return Table("Won and lost", (became, _DECISION, _TYPE, _SOURCE, revenue, _TEXT), rows)


def waiting_table(rows: Rows) -> Table:
    """Open decisions, longest open first; ``waiting`` of a summary."""
    return Table(
        "Open longest, of the last 90 days",
        (
            Column("waiting_hours", "Open for", "hours"),
            _DECISION,
            _TYPE,
            _SOURCE,
            Column("sender", "Sender", "name"),
            _TEXT,
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
        *(
            Column(name, heading, "money")
            for name, heading in (
                ("pending_revenue", "Pending"),
                ("received_not_won", "Received, not won"),
            )
            if overview.get(name)
        ),
    )
    return Table("Overview", columns, [overview])


def summary_table(summary: Mapping[str, Any]) -> Table:
    """Counts and sums of a summary in one row, as CSV needs them."""
    row = {
        **{name: summary.get(name) for name in ("period", "date", "week", "as_of")},
        **summary["overview"],
    }
    return Table("Summary", tuple(Column(name, name, "key") for name in row), [row])


def scored_table(rows: Rows) -> Table:
    """Scored opportunities, best first; as `OpportunityScorer` returns them."""
    filled = [
        {
            **row,
            "rank": rank,
            "opportunity_type": row.get("type") or "general",
            "opportunity_source": row.get("source") or "unknown",
            "type": row.get("type") or "general",
            "source": row.get("source") or "unknown",
            "text": row.get("subject") or row.get("content"),
        }
        for rank, row in enumerate(rows, start=1)
    ]
    return Table(
        "Ranked opportunities, best first",
        (
            Column("rank", "#", "count", view="people"),
            Column("adjusted_score", "Score", "score"),
            Column("predicted_revenue", "Expected $", "money", digits=0),
            Column("conversion_probability", "Chance", "percent"),
            Column("interval", "Range", "range"),
            KIND,
            Column("type", "Type", "name", view="data"),
            Column("source", "Source", "name", view="data"),
            Column("id", "Id", "key"),
            Column("sender", "From", "name", optional=True),
            Column("text", "Text", optional=True),
        ),
        with_kinds(filled),
    )


def similar_table(rows: Rows) -> Table:
    """Similar past decisions; ``similar_decisions`` of `DecisionLog.predict_outcome`."""
    return Table(
        "Similar decisions, newest first",
        (
            Column("timestamp", "Decided", "moment"),
            Column("decision_id", "Decision", "key"),
            Column("state", "State", "name"),
            Column("revenue", "Revenue", "money"),
            Column("content", "Text"),
        ),
        rows,
    )


def name_table(rows: Rows, of: str) -> Table:
    """Build the table of `DecisionLog.types`."""
    columns = (
        Column("name", of.capitalize(), "name"),
        Column("decisions", "Decisions", "count"),
        Column("last_decision", "Last decision", "moment"),
        Column("spelt", "Also written", "text"),
    )
    shown = [
        {**row, "spelt": ", ".join(s for s in row["spellings"] if s != row["name"]) or None}
        for row in rows
    ]
    return Table(f"Names of {of}s", columns, shown, empty=EMPTY_LOG)


def reject_table(rows: Rows) -> Table:
    """Build the table of `DecisionLog.rejects`."""
    columns = (
        Column("number", "Number", "key"),
        Column("kind", "Kind", "name"),
        Column("id", "Id", "key"),
        Column("reason", "Reason", "text"),
        Column("rejected_at", "Rejected", "moment"),
    )
    shown = [{**row, "number": row["reject"][:8]} for row in rows]
    return Table("Rejected records", columns, shown, empty="No record was rejected.")
