"""From what a caller writes to facts the log accepts: defaults, times, and clear refusals."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

import orjson

from decision_store.errors import InvalidRecord
from decision_store.records import GENERAL_TYPE, UNKNOWN_SOURCE, Decision, Outcome
from decision_store.timestamps import parse_moment

Moment = str | date | datetime

CLOCK_SKEW = timedelta(minutes=5)
"""How far ahead of this machine's clock a time may lie: clocks differ, the future is not logged."""

DECISION_KEYS = frozenset(
    {
        "decision_id", "opportunity_type", "opportunity_source", "action_taken",
        "opportunity_content", "opportunity_score", "sender", "decision_maker", "context",
        "timestamp", "received_at", "recorded_at", "opportunity_id", "cost_usd",
        "effort_minutes", "action_probability",
    }
)  # fmt: skip
OUTCOME_KEYS = frozenset(
    {
        "outcome_id", "decision_id", "outcome_type", "outcome_status", "revenue_generated",
        "customer_acquired", "deal_closed", "response_received", "notes",
        "time_to_outcome_hours", "occurred_at", "recorded_at",
    }
)  # fmt: skip


def new_decision_id(now: datetime) -> str:
    """Make an id that sorts by time: ``dec_20260208T101500_9f3a61c2``."""
    return f"dec_{now:%Y%m%dT%H%M%S}_{secrets.token_hex(4)}"


@dataclass(frozen=True, slots=True)
class Intake:
    """The moment and the zone in which a caller's words are read.

    Parameters
    ----------
    now : datetime
        What an omitted time means, and the latest time accepted.
    zone : tzinfo
        The zone of times given without one.
    """

    now: datetime
    zone: tzinfo = UTC

    def decision(self, given: Mapping[str, Any]) -> Decision:
        """Read one decision.

        Raises
        ------
        InvalidRecord
            Naming the field, its value and what is expected.
        """
        _refuse_unknown(given, DECISION_KEYS, "a decision")
        texts = {
            name: given[name]
            for name in ("sender", "decision_maker", "opportunity_content", "opportunity_id")
            if given.get(name) is not None
        }
        return Decision(
            decision_id=given.get("decision_id"),  # type: ignore[arg-type]  # checked by the record
            timestamp=self.past(given.get("timestamp"), "timestamp") or self.now,
            opportunity_type=_or_default(given.get("opportunity_type"), GENERAL_TYPE),
            opportunity_source=_or_default(given.get("opportunity_source"), UNKNOWN_SOURCE),
            action_taken=given.get("action_taken"),  # type: ignore[arg-type]
            opportunity_score=number(given.get("opportunity_score"), "opportunity_score"),
            context=_json_object(given.get("context")),
            received_at=self.past(given.get("received_at"), "received_at"),
            cost_usd=number(given.get("cost_usd"), "cost_usd"),
            effort_minutes=number(given.get("effort_minutes"), "effort_minutes"),
            action_probability=number(given.get("action_probability"), "action_probability"),
            recorded_at=self.past(given.get("recorded_at"), "recorded_at") or self.now,
            **texts,
        )

    def outcome(self, given: Mapping[str, Any]) -> Outcome:
        """Read one outcome; its id is new where none is given.

        Raises
        ------
        InvalidRecord
            Naming the field, its value and what is expected.
        """
        _refuse_unknown(given, OUTCOME_KEYS, "an outcome")
        recorded_at = self.past(given.get("recorded_at"), "recorded_at") or self.now
        return Outcome(
            outcome_id=given.get("outcome_id") or str(uuid.uuid4()),
            decision_id=given.get("decision_id"),  # type: ignore[arg-type]
            outcome_type=given.get("outcome_type"),  # type: ignore[arg-type]
            outcome_status=given.get("outcome_status"),  # type: ignore[arg-type]
            occurred_at=self.past(given.get("occurred_at"), "occurred_at") or recorded_at,
            recorded_at=recorded_at,
            revenue_generated=number(given.get("revenue_generated"), "revenue_generated") or 0.0,
            customer_acquired=flag(given.get("customer_acquired"), "customer_acquired"),
            deal_closed=flag(given.get("deal_closed"), "deal_closed"),
            response_received=flag(given.get("response_received"), "response_received"),
            time_to_outcome_hours=number(
                given.get("time_to_outcome_hours"), "time_to_outcome_hours"
            ),
            notes=given.get("notes") or "",
        )

    def past(self, value: Moment | None, field: str) -> datetime | None:
        """Read a time and refuse one that has not come yet; None stays None."""
        if value is None:
            return None
        moment = parse_moment(value, zone=self.zone, field=field)
        if moment > self.now + CLOCK_SKEW:
            raise InvalidRecord(
                field,
                str(value),
                f"lies in the future (it is {self.now:%Y-%m-%d %H:%M} UTC; "
                "give a zone such as +02:00, or set DECISION_LOG_ZONE)",
            )
        return moment


def number(value: object, field: str) -> float | None:
    """Read a number; a decimal text counts, a truth value does not. None stays None."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise InvalidRecord(field, value, "must be a number")
    try:
        return float(value)
    except (ValueError, OverflowError):
        raise InvalidRecord(field, value, "must be a number") from None


def flag(value: object, field: str) -> bool:
    """Read a truth value: True, False, 1, 0; None is False."""
    if value is None:
        return False
    if isinstance(value, bool | int) and value in (0, 1):
        return bool(value)
    raise InvalidRecord(field, value, "must be true or false")


def _or_default(value: object, default: str) -> str:
    if value is None or (isinstance(value, str) and not value.strip()):
        return default
    return value  # type: ignore[return-value]  # anything but text is refused by the record


def _json_object(value: object) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidRecord("context", value, "must be an object with named attributes")
    try:
        plain: dict[str, Any] = orjson.loads(orjson.dumps(dict(value)))
    except (orjson.JSONEncodeError, UnicodeEncodeError) as error:
        raise InvalidRecord("context", value, f"cannot be written as JSON ({error})") from None
    return plain


def _refuse_unknown(given: Mapping[str, Any], known: frozenset[str], what: str) -> None:
    for name in given:
        if name not in known:
            wanted = f"is not a field of {what}; further attributes go into 'context'"
            raise InvalidRecord(str(name), given[name], wanted)
