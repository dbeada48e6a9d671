"""Comparison of a record with the one stored under its id, by content."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from decision_store.facts import DECISIONS, OUTCOMES, Outcome
from decision_store.fields import Field, FieldType
from decision_store.journal.payloads import canonical_json
from decision_store.record_classes import fields_of
from decision_store.word_folding import fold_word

if TYPE_CHECKING:
    import pyarrow as pa

    from decision_store.facts import Decision


def as_row(record: Decision | Outcome | None) -> dict[str, Any] | None:
    """Return a record as the database would give it back."""
    if record is None:
        return None
    row: dict[str, Any] = {}
    for field in fields_of(type(record)):
        value = getattr(record, field.name)
        if field.type is FieldType.TIMESTAMP:
            value = value and value.astimezone(UTC).replace(tzinfo=None)
        elif field.type is FieldType.JSON:
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


REPEAT_WITHIN = timedelta(hours=24)
"""How long a record without a time of its own counts as a repeat of an equal one."""

_WORDS = ("outcome_type", "outcome_status")
_BETWEEN = "\x1f"


def content_key(row: Mapping[str, Any]) -> str:
    """Return a text that is the same for repeats of an outcome, and rarely for others."""
    return _BETWEEN.join((row["decision_id"], *(fold_word(row[name]) for name in _WORDS)))


def content_keys(outcomes: pa.Table) -> pa.Array:
    """Return the `content_key` of each outcome of a table; each word is folded once."""
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = [outcomes.column("decision_id").combine_chunks()]
    for name in _WORDS:
        words = outcomes.column(name).combine_chunks().dictionary_encode()
        folded = pa.array([fold_word(word) for word in words.dictionary.to_pylist()], pa.string())
        parts.append(folded.take(words.indices))
    return pc.binary_join_element_wise(*parts, _BETWEEN)


def decision_content_key(row: Mapping[str, Any]) -> str | None:
    """Return a text that is the same for repeats of a decision; None where nothing identifies it.

    Two decisions of one type and source are different ones unless a text, a sender or an opportunity is the same.
    """
    return _decision_content_key(*map(row.__getitem__, _IDENTIFYING))


def content_key_of(record: Decision | Outcome) -> str | None:
    """Return the content key of a record, which is that of its row: texts are the same in both."""
    if isinstance(record, Outcome):
        return content_key({name: getattr(record, name) for name in ("decision_id", *_WORDS)})
    return _decision_content_key(*_identifying(record))


_IDENTIFYING = (
    "opportunity_type",
    "opportunity_source",
    "sender",
    "opportunity_content",
    "opportunity_id",
)
_identifying = attrgetter(*_IDENTIFYING)
_type_key, _source_key, _sender_key = (DECISIONS[n].matching.key for n in _IDENTIFYING[:3])


def _decision_content_key(
    type_: str, source: str, sender: str, content: str, opportunity_id: str | None
) -> str | None:
    opportunity = opportunity_id or ""
    if not (content.strip() or sender.strip() or opportunity.strip()):
        return None
    keys = (_type_key(type_), _source_key(source), _sender_key(sender))
    return "\x1d".join((*keys, content, opportunity))


def is_repeated_decision(
    decision: Decision, stored: Mapping[str, Any], *, timestamp_given: bool
) -> bool:
    """Tell whether a decision repeats a stored one under an id of its own."""
    row = as_row(decision) or {}
    if not timestamp_given and not _is_recent(row, stored, "timestamp"):
        return False
    differing = decision_differences(decision, stored, timestamp_given=timestamp_given)
    return not set(differing) - {"decision_id"}


def is_repeated_outcome(
    outcome: Outcome, stored: Mapping[str, Any], *, occurred_at_given: bool
) -> bool:
    """Tell whether an outcome repeats a stored one, whatever their ids.

    A given time is part of the content; without one, both must have been recorded within `REPEAT_WITHIN`.
    """
    row = as_row(outcome) or {}
    if any(fold_word(row[name]) != fold_word(stored[name]) for name in _WORDS):
        return False
    if not occurred_at_given and not _is_recent(row, stored, "occurred_at"):
        return False
    same_words = {**stored, **{name: row[name] for name in _WORDS}}
    return not outcome_differs(outcome, same_words, occurred_at_given=occurred_at_given)


def _is_recent(row: Mapping[str, Any], stored: Mapping[str, Any], clock: str) -> bool:
    """Tell whether both took their time from the clock, less than a day apart."""
    if stored[clock] != stored["recorded_at"]:
        return False
    distance: timedelta = abs(row["recorded_at"] - stored["recorded_at"])
    return distance < REPEAT_WITHIN


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
