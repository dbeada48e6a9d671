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
from decision_store.facts import DECISIONS, OUTCOMES, Decision, Outcome
from decision_store.fields import FactTable, Field, FieldType
from decision_store.timestamps import parse_timestamp

Moment = str | date | datetime

CLOCK_SKEW = timedelta(minutes=5)
"""How far ahead of this machine's clock a time may lie: clocks differ, the future is not logged."""


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
        read = self._read(DECISIONS, given)
        return Decision(**{**read, **_defaults(read, timestamp=self.now, recorded_at=self.now)})

    def outcome(self, given: Mapping[str, Any]) -> Outcome:
        """Read one outcome; its id is new where none is given.

        Raises
        ------
        InvalidRecord
            Naming the field, its value and what is expected.
        """
        read = self._read(OUTCOMES, given)
        moment = read["recorded_at"] or self.now
        generated = _defaults(
            read, outcome_id=str(uuid.uuid4()), occurred_at=moment, recorded_at=moment
        )
        return Outcome(**{**read, **generated})

    def _read(self, facts: FactTable, given: Mapping[str, Any]) -> dict[str, Any]:
        """Convert what is given of a fact's fields; what is missing is None or, if optional, left out."""
        for name in given:
            if name not in facts.names:
                wanted = f"is not a field of {facts.name}; further attributes go into 'context'"
                raise InvalidRecord(str(name), given[name], wanted)
        read = {field.name: self._converted(field, given.get(field.name)) for field in facts.fields}
        return {name: v for name, v in read.items() if v is not None or facts[name].required}

    def _converted(self, field: Field, value: Any) -> Any:
        blank = isinstance(value, str) and not value.strip()
        if value is None or (blank and field.placeholder is not None):
            return field.placeholder
        match field.type:
            case FieldType.NUMBER:
                return number(value, field.name)
            case FieldType.FLAG:
                return flag(value, field.name)
            case FieldType.JSON:
                return _json_object(value)
            case FieldType.TIMESTAMP:
                return self.past(value, field.name)
        return value

    def past(self, value: Moment | None, field: str) -> datetime | None:
        """Read a time and refuse one that has not come yet; None stays None."""
        if value is None:
            return None
        moment = parse_timestamp(value, zone=self.zone, field=field)
        if moment > self.now + CLOCK_SKEW:
            raise InvalidRecord(
                field,
                str(value),
                f"lies in the future (it is {self.now:%Y-%m-%d %H:%M} UTC; "
                "give a zone such as +02:00, or set DECISION_LOG_ZONE)",
            )
        return moment


def number(value: object, field: str) -> float:
    """Read a number; a decimal text counts, a truth value does not."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise InvalidRecord(field, value, "must be a number")
    try:
        return float(value)
    except (ValueError, OverflowError):
        raise InvalidRecord(field, value, "must be a number") from None


def flag(value: object, field: str) -> bool:
    """Read a truth value: True, False, 1, 0."""
    if isinstance(value, bool | int) and value in (0, 1):
        return bool(value)
    raise InvalidRecord(field, value, "must be true or false")


def _defaults(read: Mapping[str, Any], **generated: object) -> dict[str, object]:
    """Return the generated values of the fields that nobody gave."""
    return {name: value for name, value in generated.items() if not read[name]}


def _json_object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidRecord("context", value, "must be an object with named attributes")
    try:
        plain: dict[str, Any] = orjson.loads(orjson.dumps(dict(value)))
    except (orjson.JSONEncodeError, UnicodeEncodeError) as error:
        raise InvalidRecord("context", value, f"cannot be written as JSON ({error})") from None
    return plain
