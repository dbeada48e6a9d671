"""Comparison of a record with the one stored under its id, by content."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from decision_store.facts import DECISIONS, OUTCOMES
from decision_store.fields import Field, fields_of
from decision_store.journal.payloads import canonical_json

if TYPE_CHECKING:
    from decision_store.facts import Decision, Outcome


def as_row(record: Decision | Outcome | None) -> dict[str, Any] | None:
    """Return a record as the database would give it back."""
    if record is None:
        return None
    row: dict[str, Any] = {}
    for field in fields_of(type(record)):
        value = getattr(record, field.name)
        if isinstance(value, datetime):
            value = value.astimezone(UTC).replace(tzinfo=None)
        elif isinstance(value, Mapping):
            value = canonical_json(value)
        row[field.name] = value
    return row


def decision_differences(
    decision: Decision, stored: Mapping[str, Any], *, timestamp_given: bool
) -> list[str]:
    """Return the names of the fields in which a decision differs from the stored one."""
    row = as_row(decision) or {}
    return [
        field.name
        for field in DECISIONS.compared
        if (timestamp_given or not field.clock)
        and _content(field, row[field.name]) != _content(field, stored[field.name])
    ]


def _content(field: Field, value: Any) -> Any:
    return field.matching.key(value) if isinstance(value, str) else value


def outcome_differs(
    outcome: Outcome, stored: Mapping[str, Any], *, occurred_at_given: bool
) -> bool:
    """Tell whether an outcome differs from the stored one."""
    row = as_row(outcome) or {}
    # Hours that the fold worked out are not content.
    hours = stored["time_to_outcome_hours"] if stored.get("hours_given", True) else None
    known = {**stored, "time_to_outcome_hours": hours}
    return any(
        row[field.name] != known[field.name]
        for field in OUTCOMES.compared
        if occurred_at_given or not field.clock
    )
