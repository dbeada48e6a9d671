"""From what a caller writes to facts the log accepts: defaults, times, and clear refusals."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

import orjson

from decision_log.text.relative_times import read_time, resolve
from decision_store.errors import InvalidRecord, UnknownWord
from decision_store.facts import DECISIONS, OUTCOMES, Decision, Outcome
from decision_store.fields import Field, FieldType
from decision_store.record_classes import FactTable
from decision_store.results import Receipt
from decision_store.vocabulary import REFUND, REVERSED, STATES, Vocabulary

Moment = str | date | datetime

CLOCK_SKEW = timedelta(minutes=5)
"""How far ahead of this machine's clock a time may lie: clocks differ, the future is not logged."""


def new_decision_id(now: datetime) -> str:
    """Make an id of a decision that sorts by time: ``dec_20260208T101500_9f3a61c2``."""
    return f"dec_{now:%Y%m%dT%H%M%S}_{os.urandom(4).hex()}"


class Recorded:
    """Result of one write; its truth value is whether something new was written.

    Parameters
    ----------
    receipt : Receipt
        What the store acknowledged.
    read_decision : callable
        Reads the decision as it stands; called when its state or revenue is asked for, and not before.
    read_hints : callable, optional
        Reads what looks like a misspelling; called when it is asked for.

    Attributes
    ----------
    id : str
        Of the decision or the outcome; of a repeat, of the one that is there already.
    new : bool
        False: the same content is in the log already, and nothing changed.
    recorded_at : datetime
        When the log learnt of it; of a repeat, when it learnt of the first.
    """

    __slots__ = ("_read_decision", "_read_hints", "id", "new", "recorded_at")

    def __init__(
        self,
        receipt: Receipt,
        read_decision: Callable[[], Mapping[str, Any] | None],
        read_hints: Callable[[], list[str]] = list,
    ) -> None:
        self._read_hints = read_hints
        self.id = receipt.id
        self.new = receipt.new
        self.recorded_at = receipt.recorded_at
        self._read_decision = read_decision

    @property
    def state(self) -> str | None:
        """State of the decision now: won, lost or open; None where it was taken back."""
        return self.standing[0]

    @property
    def standing(self) -> tuple[str | None, float]:
        """State of the decision now, and all that it has brought so far; None and 0 where it was taken back."""
        row = self._read_decision()
        return (None, 0.0) if row is None else (row["state"], row["revenue"] or 0.0)

    @property
    def in_future(self) -> bool:
        """Whether it was recorded later than this clock shows, so that no answer counts it yet."""
        return self.recorded_at > datetime.now(UTC) + CLOCK_SKEW

    def __bool__(self) -> bool:
        return self.new

    @property
    def hints(self) -> list[str]:
        """Sentences about a type or source that was never seen but resembles one that was."""
        return self._read_hints()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, bool):
            return self.new is other
        return isinstance(other, Recorded) and (self.id, self.new) == (other.id, other.new)

    def __hash__(self) -> int:
        return hash((self.id, self.new))

    def __repr__(self) -> str:
        return f"Recorded(id={self.id!r}, new={self.new})"


@dataclass(frozen=True, slots=True)
class Intake:
    """The moment and the zone in which a caller's words are read.

    Parameters
    ----------
    now : datetime
        What an omitted time means, and the latest time accepted.
    zone : tzinfo
        The zone of times given without one.
    vocabulary : Vocabulary
        What the words of outcomes mean.
    maker : str
        Who decided, where a caller does not say it.
    """

    now: datetime
    zone: tzinfo = UTC
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    maker: str = str(DECISIONS["decision_maker"].default)

    def decision(self, given: Mapping[str, Any], *, bulk: bool = False) -> Decision:
        """Read one decision; its id is generated where none is given.

        In ``bulk``, what is dated in the past and has no time of record is history: it counts as recorded then.

        Raises
        ------
        InvalidRecord
            Naming the field, its value and what is expected.
        """
        if given.get("decision_maker") is None:
            given = {**given, "decision_maker": self.maker}
        read = self._read(DECISIONS, given)
        moment = read["recorded_at"] or (bulk and read["timestamp"]) or self.now
        generated = _defaults(read, timestamp=moment, recorded_at=moment)
        if read["decision_id"] is None:
            generated["decision_id"] = new_decision_id(self.now)
        return Decision(**{**read, **generated})

    def outcome(self, given: Mapping[str, Any], *, bulk: bool = False) -> Outcome:
        """Read one outcome; its id is new where none is given. ``bulk`` as of `decision`.

        Raises
        ------
        InvalidRecord
            Naming the field, its value and what is expected.
        UnknownWord
            The vocabulary does not have its status or type, so its meaning is not known.
        """
        read = self._read(OUTCOMES, given)
        moment = read["recorded_at"] or (bulk and read["occurred_at"]) or self.now
        generated = _defaults(
            read, outcome_id=str(uuid.uuid4()), occurred_at=moment, recorded_at=moment
        )
        outcome = Outcome(**{**read, **generated})
        if outcome.outcome_meaning is not None:
            _check_meaning(outcome.outcome_meaning)
            return outcome
        meaning = self._meaning(outcome)
        if meaning in {REFUND, REVERSED} and outcome.revenue_generated > 0:
            raise InvalidRecord(
                "revenue_generated",
                outcome.revenue_generated,
                "must not be above 0 where money went back; a refund is negative",
            )
        return replace(outcome, outcome_meaning=meaning)

    def _meaning(self, outcome: Outcome) -> str:
        """Return what an outcome means; refuse words that the vocabulary does not know."""
        words, kind, status = self.vocabulary, outcome.outcome_type, outcome.outcome_status
        if meaning := words.meaning(kind, status):
            return meaning
        if words.status(status) is None:
            raise UnknownWord(
                "outcome_status", status, "is not a known status", words.suggestions(status)
            )
        if words.kind(kind) is None:
            reason = f"is not a known type, so whether {status!r} closes the decision is not known"
            raise UnknownWord("outcome_type", kind, reason, words.type_suggestions(kind))
        raise InvalidRecord("outcome_status", status, f"contradicts the outcome type {kind!r}")

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
        value = resolve(value, now=self.now, zone=self.zone)
        moment = read_time(value, zone=self.zone, field=field)
        if moment > self.now + CLOCK_SKEW:
            raise InvalidRecord(
                field,
                str(value),
                f"lies in the future (it is {self.now:%Y-%m-%d %H:%M} UTC; "
                "give a zone such as +02:00, or set DECISION_LOG_ZONE)",
            )
        return moment


def _check_meaning(meaning: str) -> None:
    if meaning not in STATES:
        raise InvalidRecord("outcome_meaning", meaning, f"must be one of {', '.join(STATES)}")


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
