"""Types of found decisions, their facts, and lists to work from."""

from typing import Any, TypedDict


class FoundDecision(TypedDict):
    """A decision with its state; moments in ISO 8601 in the log's zone."""

    decision_id: str
    timestamp: str
    opportunity_type: str
    opportunity_source: str
    opportunity_content: str
    opportunity_score: float | None
    sender: str
    action_taken: str
    decision_maker: str
    context: dict[str, Any]
    opportunity_id: str | None
    received_at: str | None
    cost_usd: float | None
    effort_minutes: float | None
    recorded_at: str
    state: str
    revenue: float
    outcomes: int
    closed_at: str | None
    hours: float
    settled_hours: float | None
    overdue: bool


class OldestOpen(TypedDict):
    """Open decisions, overdue ones first, then those that wait longest; and how many there are in all."""

    decisions: list[FoundDecision]
    total: int
    overdue: int


class DecisionHistory(TypedDict):
    """One decision with everything recorded about it, oldest first."""

    decision: FoundDecision
    outcomes: list[dict[str, Any]]
    corrections: list[dict[str, Any]]
    predictions: list[dict[str, Any]]


class HistoryFact(TypedDict):
    """One fact about a decision; moments in ISO 8601 in the log's zone."""

    recorded_at: str
    occurred_at: str
    kind: str
    id: str
    what: str
    amount: float | None
    meaning: str | None
    voided: bool
    by: str | None


class OpportunityToAnswer(TypedDict):
    """A scored opportunity without a decision; chances in percent."""

    rank: int
    opportunity_id: str | None
    opportunity_type: str
    opportunity_source: str
    sender: str | None
    text: str | None
    adjusted_score: float | None
    conversion_probability: float | None
    interval: list[float] | None
    expected_revenue: float | None
    recommendation: str | None
    waiting_hours: float | None
    command: str | None


class DecisionToClose(TypedDict):
    """An open decision, and the command to act on it."""

    decision_id: str
    opportunity_type: str
    opportunity_source: str
    sender: str
    text: str
    action_taken: str
    timestamp: str
    waiting_hours: float
    conversion_probability: float
    expected_revenue: float
    settled_hours: float | None
    command: str


class NewSince(TypedDict):
    """Counts since yesterday's midnight."""

    since: str
    came_in: int
    decisions: int
    outcomes: int
    won: int
    lost: int
    revenue: float


class WorkTotals(TypedDict):
    """How many there are in all, listed or not."""

    answer: int
    waiting: int
    overdue: int
    expected_revenue: float


class WorkList(TypedDict):
    """What to do now."""

    as_of: str
    rates_as_of: str
    new: NewSince
    answer: list[OpportunityToAnswer]
    waiting: list[DecisionToClose]
    overdue: list[DecisionToClose]
    totals: WorkTotals
