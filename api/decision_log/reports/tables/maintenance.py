"""Tables to keep a log in order: names, words, settings, rejected records."""

from __future__ import annotations

from decision_log.reports.tables.columns import (
    EMPTY_LOG,
    Rows,
)
from decision_log.reports.tables.table import Column, Table


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
