"""Columns that several tables share, and the kind of an opportunity as one text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from decision_log.reports.tables.table import Column
from decision_log.text.terminal_text import safe_text

Rows = Sequence[Mapping[str, Any]]

EMPTY_LOG = "The log holds no decisions yet. Add one with 'decision-log log'."

KIND = Column("kind_shown", "Kind", "name", view="people")
TYPE = Column("opportunity_type", "Type", "name")
SOURCE = Column("opportunity_source", "Source", "name")
TYPE_SHOWN = Column("type_shown", "Type", "name", view="people")
TYPE_DATA = replace(TYPE, view="data")
SOURCE_DATA = replace(SOURCE, view="data")
ID = Column("decision_id", "Id", "key")
DECISION = replace(ID, heading="Decision")
SENDER = Column("sender", "From", "name", optional=True)
TEXT = Column("opportunity_content", "Text")
STATES = (
    Column("won", "Won", "count"),
    Column("lost", "Lost", "count"),
    Column("open", "Open", "count"),
)
NOT_REVENUE = (("pending_revenue", "Pending"), ("received_not_won", "Received, not won"))
"""Money that was received for decisions that are not won, and its headings."""


def kind_text(opportunity_type: object, source: object) -> str:
    """Name a cell as people say it.

    Examples
    --------
    >>> kind_text("golf_coaching", "email")
    'Golf coaching, email'
    """
    return f"{type_text(opportunity_type)}, {_plain(source)}"


def type_text(opportunity_type: object) -> str:
    """Name a type as people say it.

    Examples
    --------
    >>> type_text("golf_coaching")
    'Golf coaching'
    """
    kind = _plain(opportunity_type)
    return f"{kind[:1].upper()}{kind[1:]}"


def _plain(word: object) -> str:
    return " ".join(safe_text(str(word)).replace("_", " ").split())


def with_kinds(rows: Rows, source: str = "opportunity_source") -> list[dict[str, Any]]:
    """Add to each row its type and source as one text."""
    return [{**row, "kind_shown": kind_text(row["opportunity_type"], row[source])} for row in rows]


def not_revenue(rows: Rows) -> tuple[Column, ...]:
    """Return the columns of money that was received for decisions that are not won, where there is any."""
    return tuple(
        Column(
            name, heading, "money", optional=True,
            view="both" if any(row[name] for row in rows) else "data",
        )
        for name, heading in NOT_REVENUE
    )  # fmt: skip
