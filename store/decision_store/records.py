"""The facts of the log: decisions, outcomes and predictions, checked once when they are made.

Times are aware datetimes in UTC. Texts hold no NUL and no lone surrogate, so that every fact can be
written as UTF-8 and read back the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from decision_store.errors import InvalidRecord

FAILED_STATUSES = frozenset({"failed", "no_conversion", "lost", "rejected"})
"""Statuses that close a decision as lost, unless it is won later."""

REVERSED_STATUSES = frozenset({"reversed"})
"""Statuses that take back an earlier win."""

GENERAL_TYPE = "general"
UNKNOWN_SOURCE = "unknown"


@dataclass(frozen=True, slots=True)
class Decision:
    """What was done about one opportunity; it never changes once logged.

    Parameters
    ----------
    decision_id : str
        The caller's own id, unique in the log.
    timestamp : datetime
        When the decision was made.
    opportunity_type, opportunity_source : str
        Together the cell. Empty becomes ``general`` and ``unknown``.
    action_taken : str
        What was done about it.
    opportunity_content : str
        The full text.
    opportunity_score : float, optional
        Base score, 0 to 100; None where nobody gave one.
    context : mapping
        Any further attributes; must be JSON.
    received_at : datetime, optional
        When the opportunity came in.
    cost_usd, effort_minutes : float, optional
        What acting on it cost; None is unknown, which is not zero.
    action_probability : float, optional
        Probability in (0, 1] with which this action was chosen, where it was chosen at random.
    recorded_at : datetime
        When the log learnt of it: an answer as of an earlier moment does not use it.

    Raises
    ------
    InvalidRecord
        Naming the field and its value.
    """

    decision_id: str
    timestamp: datetime
    opportunity_type: str
    opportunity_source: str
    action_taken: str
    recorded_at: datetime
    opportunity_content: str = ""
    opportunity_score: float | None = None
    sender: str = ""
    decision_maker: str = "jarvis"
    context: Mapping[str, Any] = field(default_factory=dict)
    opportunity_id: str | None = None
    received_at: datetime | None = None
    cost_usd: float | None = None
    effort_minutes: float | None = None
    action_probability: float | None = None

    def __post_init__(self) -> None:
        _check_text(self, "decision_id", required=True)
        for name in ("opportunity_type", "opportunity_source", "action_taken"):
            _check_text(self, name, required=True)
        for name in ("opportunity_content", "sender", "decision_maker", "opportunity_id"):
            _check_text(self, name, required=False)
        for name in ("timestamp", "received_at", "recorded_at"):
            _check_moment(self, name)
        _check_number(self, "opportunity_score", low=0.0, high=100.0)
        _check_number(self, "cost_usd", low=0.0)
        _check_number(self, "effort_minutes", low=0.0)
        _check_number(self, "action_probability", low=0.0, high=1.0)
        if self.action_probability == 0.0:
            raise InvalidRecord("action_probability", 0.0, "must be above 0")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Something learnt later about one decision; a decision has any number of them.

    Parameters
    ----------
    outcome_id : str
        Unique in the log; recording the same one again changes nothing.
    decision_id : str
        The decision it belongs to.
    outcome_type, outcome_status : str
        Such as ``conversion`` and ``success``, ``response`` and ``pending``.
    revenue_generated : float
        In the log's one currency; a refund is negative.
    customer_acquired, deal_closed, response_received : bool
        What was reached.
    time_to_outcome_hours : float, optional
        Hours from decision to outcome as told by the caller; None lets the store work it out.
    occurred_at : datetime
        When it happened.
    recorded_at : datetime
        When the log learnt of it.

    Raises
    ------
    InvalidRecord
        Naming the field and its value.
    """

    outcome_id: str
    decision_id: str
    outcome_type: str
    outcome_status: str
    occurred_at: datetime
    recorded_at: datetime
    revenue_generated: float = 0.0
    customer_acquired: bool = False
    deal_closed: bool = False
    response_received: bool = False
    time_to_outcome_hours: float | None = None
    notes: str = ""

    def __post_init__(self) -> None:
        for name in ("outcome_id", "decision_id", "outcome_type", "outcome_status"):
            _check_text(self, name, required=True)
        _check_text(self, "notes", required=False)
        for name in ("occurred_at", "recorded_at"):
            _check_moment(self, name)
        _check_number(self, "revenue_generated", low=-1e15, high=1e15)
        _check_number(self, "time_to_outcome_hours", low=0.0)


@dataclass(frozen=True, slots=True)
class Prediction:
    """What one model version said about one opportunity at one moment.

    Parameters
    ----------
    prediction_id : str
        Unique in the log.
    opportunity_id : str
        The opportunity's own id, or a hash of its inputs where it has none.
    predicted_at, as_of : datetime
        When it was said, and the moment up to which facts were used.
    model_version : str
        Name of the model artifact, or ``rates`` for the rate model alone.
    probability, low, high : float
        P(won) and its 95 % interval, fractions.
    expected_revenue : float
        Revenue per decision, in the log's currency.
    confidence : float
        In [0, 1].
    inputs_hash : str
        Hash of what the model looked at.
    adjusted_score : float, optional
        The documented score, 0 to 100.
    score_parts : mapping
        Its four parts.
    shadow : bool
        Whether it was kept only to be graded: nobody was shown it.
    """

    prediction_id: str
    opportunity_id: str
    predicted_at: datetime
    as_of: datetime
    model_version: str
    opportunity_type: str
    opportunity_source: str
    probability: float
    low: float
    high: float
    expected_revenue: float
    confidence: float
    inputs_hash: str
    adjusted_score: float | None = None
    score_parts: Mapping[str, float] = field(default_factory=dict)
    shadow: bool = False


def _check_text(record: Decision | Outcome, name: str, *, required: bool) -> None:
    value = getattr(record, name)
    if value is None and not required:
        return
    if not isinstance(value, str):
        raise InvalidRecord(name, value, "must be text")
    if required and not value.strip():
        raise InvalidRecord(name, value, "must not be empty")
    if "\0" in value:
        raise InvalidRecord(name, value, "must not contain a NUL character")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidRecord(
            name, value, "must be valid Unicode (it holds half a character)"
        ) from None


def _check_moment(record: Decision | Outcome, name: str) -> None:
    value = getattr(record, name)
    if value is None and name == "received_at":
        return
    if (
        not isinstance(value, datetime)
        or value.tzinfo is None
        or value.utcoffset() != UTC.utcoffset(None)
    ):
        raise InvalidRecord(name, value, "must be a datetime in UTC")


def _check_number(
    record: Decision | Outcome, name: str, *, low: float, high: float = math.inf
) -> None:
    value = getattr(record, name)
    if value is None and name != "revenue_generated":
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InvalidRecord(name, value, "must be a finite number")
    if not low <= value <= high:
        wanted = (
            f"must be at least {low:g}" if math.isinf(high) else f"must lie in [{low:g}, {high:g}]"
        )
        raise InvalidRecord(name, value, wanted)
