"""Types of the public results: dictionaries with documented keys.

Annotations are evaluated here: ``NotRequired`` inside a text would count as required.
"""

from typing import Any, NotRequired, TypedDict

Interval = list[float]
"""Lower and upper bound of a 95 % interval, in the unit of its value."""


class ConversionRate(TypedDict):
    """Conversion rate of one cell (source and type); rates and intervals in percent."""

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
    matured: int
    observed_rate: float | None
    confidence: float
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
    """Revenue, cost and return of one cell; ``roi`` is a fraction, money is in the log's currency."""

    opportunity_type: str
    opportunity_source: str
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


class Summary(TypedDict):
    """Summary of a day or a week; times in ISO 8601."""

    date: str
    period: str
    week: NotRequired[str]
    since: str
    until: str
    as_of: str
    generated_at: str
    overview: dict[str, Any]
    decisions: list[dict[str, Any]]
    outcomes: list[dict[str, Any]]
    changes: dict[str, list[dict[str, Any]]]
    waiting: list[dict[str, Any]]
    insights: list[Insight]
    conversion_rates: list[ConversionRate]
    roi_breakdown: list[Return]
    top_outcome: dict[str, Any] | None
    comparison: dict[str, Any]
    came_true: dict[str, Any] | None
    performance_summary: str


class FieldDescription(TypedDict):
    """One field of the data dictionary; ``present`` is a fraction of the decisions."""

    name: str
    kind: str
    present: float
    distinct: int
    example: str
    used: bool
    refused: str


class TrainingResult(TypedDict):
    """Result of a training run."""

    as_of: str
    seed: int
    counts: dict[str, int]
    trained: bool
    reason: str
    serving: str
    version: str | None
    promoted: bool
    gate: dict[str, Any]
    fields: list[FieldDescription]
    seconds: float
    lacks: str


class EvaluationResult(TypedDict):
    """Result of a backtest; see `decision_log.models.evaluate.Evaluation` for each key."""

    sentence: str
    better: bool | None
    as_of: str
    seed: int
    cutoffs: int
    decisions: int
    matured: int
    judged: int
    won: int
    ample: bool
    methods: list[dict[str, Any]]
    differences: list[dict[str, Any]]
    reliability: list[dict[str, Any]]
    folds: list[dict[str, Any]]
    report: str | None


class CalibrationResult(TypedDict):
    """Grades of past predictions by model version, the challenger, and drift."""

    as_of: str
    sentence: str
    versions: list[dict[str, Any]]
    challenger: dict[str, Any]
    drift: dict[str, Any]


class ModelVersion(TypedDict):
    """One trained version; counts are those it was trained on."""

    version: str
    aliases: list[str]
    as_of: str | None
    seed: int | None
    won: int | None
    lost: int | None
    open: int | None
    problem: str | None


AliasChange = TypedDict(
    "AliasChange",
    {
        "when": str,
        "who": str,
        "why": str,
        "action": str,
        "alias": str,
        "from": str | None,
        "to": str | None,
    },
)
"""A change of which version is champion or challenger."""


class ModelDifference(TypedDict):
    """A manifest entry that differs between two versions."""

    key: str
    first: Any
    second: Any


class ImportResult(TypedDict):
    """Result of an import."""

    decisions_read: int
    outcomes_read: int
    added: int
    unchanged: int
    rejected: list[dict[str, Any]]
    conflicting: list[dict[str, Any]]
    notes: list[str]
    dry_run: bool
    understood: list[dict[str, Any]]
    review: list[dict[str, Any]]
    review_file: str | None


class Diagnosis(TypedDict):
    """State of a home, its store and its model."""

    home: str
    database: str
    zone: str
    exists: bool
    writable: bool
    store: dict[str, Any]
    model: str
    problems: list[str]
    remarks: list[str]
    healthy: bool


class DemoResult(TypedDict):
    """What `make_demo` wrote."""

    home: str
    written: bool
    decisions: int
    outcomes: int
    opportunities: int
    since: str
    until: str
    seed: int


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
    new: NewSince
    answer: list[OpportunityToAnswer]
    waiting: list[DecisionToClose]
    overdue: list[DecisionToClose]
    totals: WorkTotals
