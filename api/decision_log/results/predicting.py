"""Types of predictions and scored items."""

from typing import NotRequired, TypedDict

from decision_log.results.interval import Interval


class SimilarDecision(TypedDict):
    """A past decision of the same type and source, like the opportunity asked about."""

    decision_id: str
    timestamp: str | None
    content: str
    action_taken: str
    state: str
    revenue: float
    hours: float


class FieldContribution(TypedDict):
    """What one field adds to the log-odds of a prediction."""

    field: str
    log_odds: float
    value: str


class OutcomePrediction(TypedDict):
    """Prediction for one opportunity; probabilities in percent, times in hours and days."""

    predicted_outcome: str
    conversion_probability: float
    interval: Interval
    usual_probability: float
    predicted_revenue: float
    revenue_interval: Interval
    avg_time_to_close_hours: float | None
    avg_time_to_close_days: float | None
    confidence: float
    reasoning: str
    similar_count: int
    similar_decisions: list[SimilarDecision]
    contributions: list[FieldContribution]
    base_log_odds: float
    model_version: str


class ScoreParts(TypedDict):
    """Points of each term of the score."""

    base: float
    conversion: float
    revenue: float
    confidence: float


class HistoricalData(TypedDict):
    """What the log knows of the cell; the rate in percent."""

    conversion_rate: float
    avg_revenue: float
    sample_size: int


class ScoredItem(TypedDict):
    """Keys that scoring adds to an opportunity; its own keys stand before them."""

    original_score: float | None
    adjusted_score: float
    recommendation: str
    score_parts: ScoreParts
    score_missing: NotRequired[bool]
    predicted_revenue: float
    conversion_probability: float
    prediction_confidence: float
    interval: Interval
    expected_value: float
    historical_data: HistoricalData
    reasoning: str
    model_version: str
