"""Tables of scored opportunities and of similar past decisions."""

from __future__ import annotations

from decision_log.reports.tables.columns import (
    KIND,
    SENDER,
    Rows,
    with_kinds,
)
from decision_log.reports.tables.table import Column, Table


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
            SENDER,
            Column("text", "Text", optional=True),
        ),
        with_kinds(filled),
    )
