"""Types of rates, returns and insights."""

from typing import TypedDict

from decision_log.results.interval import Interval


class RateOfCell(TypedDict):
    """Counts and conversion rate of one cell (source and type); rates and intervals in percent."""

    source_type: str
    opportunity_type: str
    total_decisions: int
    total_responses: int
    total_customers: int
    total_deals_closed: int
    total_revenue: float
    pending_revenue: float
    received_not_won: float
    conversion_rate: float
    avg_time_to_conversion_hours: float | None
    last_updated: str | None
    won: int
    lost: int
    open: int
    interval: Interval
    immature: bool
    confidence: float


class ConversionRate(RateOfCell):
    """Counts and conversion rate of one cell, and what they rest on.

    In summaries there is ``change`` too: points since the period began; None for a new cell.
    """

    matured: int
    observed_rate: float | None
    half_life_days: float | None
    rates_changed: bool


class GroupRate(TypedDict):
    """Conversion rate of one level of a group (source, type, maker, action or month); rates in percent."""

    group: str
    by: str
    total_decisions: int
    won: int
    lost: int
    open: int
    response_rate: float
    conversion_rate: float
    interval: Interval
    immature: bool
    total_revenue: float
    avg_revenue_per_decision: float
    expected_revenue_per_decision: float
    expected_revenue_interval: Interval
    difference: float | None
    difference_interval: Interval | None
    overlap: float | None
    supported: bool
    compared: str


class Return(TypedDict):
    """Revenue, cost and return of one cell, or of a type (its source is None then).

    ``roi`` is a fraction, money is in the log's currency. In summaries there is ``change`` too: of the revenue since
    the period began.
    """

    opportunity_type: str
    opportunity_source: str | None
    decisions_made: int
    total_revenue: float
    pending_revenue: float
    received_not_won: float
    avg_revenue_per_decision: float
    closed_deals: int
    avg_time_hours: float | None
    won: int
    lost: int
    open: int
    cost: float | None
    cost_known: int
    roi: float | None
    effort_known: int
    effort_hours: float | None
    revenue_per_hour: float | None
    expected_revenue: float
    expected_revenue_interval: Interval
    expected_roi: float | None
    expected_roi_interval: Interval | None
    expected_revenue_per_hour: float | None
    expected_revenue_per_hour_interval: Interval | None


class Insight(TypedDict):
    """A comparison that the evidence supports, in words."""

    insight_type: str
    title: str
    description: str
    confidence_score: float
    data_points: int
    interval: Interval | None
    opportunity_type: str | None
    opportunity_source: str | None
    status: str
    subject: str | None
