"""Is a record the same as the one stored under its id? What belongs to the content decides."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from decision_store.facts import DECISIONS, OUTCOMES
from decision_store.journal.payloads import canonical_json

if TYPE_CHECKING:
    from decision_store.records import Decision, Outcome


def as_row(record: Decision | Outcome | None) -> dict[str, Any] | None:
    """Return a record as the database would give it back."""
    if record is None:
        return None
    row: dict[str, Any] = {}
    for name in record.__slots__:
        value = getattr(record, name)
        if isinstance(value, datetime):
            value = value.astimezone(UTC).replace(tzinfo=None)
        elif isinstance(value, Mapping):
            value = canonical_json(value)
        row[name] = value
    return row


def decision_differences(
    decision: Decision, stored: Mapping[str, Any], *, timestamp_given: bool
) -> list[str]:
    """Return the names of the fields in which a decision differs from the stored one."""
    row = as_row(decision) or {}
    skipped = set() if timestamp_given else {"timestamp"}
    return [
        column.name
        for column in DECISIONS.compared
        if column.name not in skipped and row[column.name] != stored[column.name]
    ]


def outcome_differs(
    outcome: Outcome, stored: Mapping[str, Any], *, occurred_at_given: bool
) -> bool:
    """Tell whether an outcome differs from the stored one."""
    row = as_row(outcome) or {}
    # Hours that the fold worked out are not content.
    hours = stored["time_to_outcome_hours"] if stored.get("hours_given", True) else None
    known = {**stored, "time_to_outcome_hours": hours}
    skipped = set() if occurred_at_given else {"occurred_at"}
    return any(
        row[column.name] != known[column.name]
        for column in OUTCOMES.compared
        if column.name not in skipped
    )
