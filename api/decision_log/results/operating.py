"""Types of summary, import, diagnosis and sample data."""

from typing import Any, NotRequired, TypedDict

from decision_log.results.rates import ConversionRate, Insight, Return


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


class DemoCheck(TypedDict):
    """One step of `check_demo` and how it went: its name, whether it holds, and figures or what differs."""

    name: str
    passed: bool
    detail: str


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
