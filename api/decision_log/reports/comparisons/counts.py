"""Insights that are plain counts: what earned nothing, what is too young to judge, whether rates have changed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from decision_log.reports.comparisons.comparing import FEWEST_DECIDED
from decision_log.reports.comparisons.wording import percent_range

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from decision_log.results import Insight

MOST_WAITING = 3
"""Immature cells named at most; the ones with most open decisions."""


def no_revenue(
    rates: Sequence[Mapping[str, Any]], roi: Sequence[Mapping[str, Any]]
) -> Iterable[Insight]:
    """Name the types, and in other types the cells, with decided decisions and no revenue."""
    earned: dict[str, float] = defaultdict(float)
    for row in roi:
        earned[row["opportunity_type"]] += row["total_revenue"]
    for kind in sorted(kind for kind, revenue in earned.items() if revenue <= 0):
        rows = [row for row in rates if row["opportunity_type"] == kind]
        if sum(map(_decided, rows)) >= FEWEST_DECIDED:
            yield _earned_nothing(kind, rows, type_=kind)
    by_cell = {_key(row): row for row in rates}
    for row in roi:
        rate = by_cell.get(_key(row))
        if rate is None or row["total_revenue"] > 0 or earned[row["opportunity_type"]] <= 0:
            continue
        if _decided(rate) >= FEWEST_DECIDED:
            yield _earned_nothing(_cell(rate), [rate], row=rate)


def _earned_nothing(name: str, rows: list[Mapping[str, Any]], **about: Any) -> Insight:
    counts = {key: sum(row[key] for row in rows) for key in ("won", "lost", "open")}
    total = sum(row["total_decisions"] for row in rows)
    # The mix of its cells' intervals: wider than that of their sum, as their errors need not agree.
    interval = [
        round(sum(row["interval"][end] * row["total_decisions"] for row in rows) / total, 1)
        for end in (0, 1)
    ]
    return insight(
        "no_revenue",
        f"{name} has earned nothing so far",
        f"{_counts(counts)} Its win rate lies between {interval[0]:.1f} and {interval[1]:.1f} %.",
        confidence=1.0,
        data_points=total,
        interval=interval,
        **about,
    )


def waiting(rates: Sequence[Mapping[str, Any]]) -> Iterable[Insight]:
    """Name the cells whose rate rests mostly on decisions that are still open."""
    immature = sorted((row for row in rates if row["immature"]), key=lambda row: -row["open"])
    for row in immature[:MOST_WAITING]:
        yield insight(
            "immature",
            f"Too early to judge {_cell(row)}",
            f"{row['open']} of {row['total_decisions']} decisions are still open, and wins of this "
            f"kind take time. {row['conversion_rate']:.1f} % is an early estimate "
            f"({percent_range(row['interval'])} %). {_counts(row)}",
            confidence=1.0,
            data_points=row["total_decisions"],
            interval=list(row["interval"]),
            row=row,
            status="emerging",
        )


def changed(rates: Sequence[Mapping[str, Any]]) -> Iterable[Insight]:
    """Tell that rates change, where the log shows it."""
    if not any(row.get("rates_changed") for row in rates):
        return
    days = rates[0]["half_life_days"]
    yield insight(
        "rates_changed",
        "Conversion rates have changed over time",
        f"Recent decisions predict what follows better than all of them together, so a decision "
        f"counts half after {days:,.0f} days and the rates shown are the current ones.",
        confidence=0.95,  # of logs whose rates do not change at most 1 in 20 is reported
        data_points=sum(row["total_decisions"] for row in rates),
    )


def insight(
    kind: str,
    title: str,
    description: str,
    *,
    confidence: float,
    data_points: int,
    interval: list[float] | None = None,
    row: Mapping[str, Any] | None = None,
    type_: str | None = None,
    source: str | None = None,
    status: str = "supported",
    subject: str | None = None,
) -> Insight:
    """Make an insight; what it is about from a row of rates, or by names."""
    return {
        "insight_type": kind,
        "title": title,
        "description": description,
        "confidence_score": confidence if confidence == 1.0 else min(round(confidence, 3), 0.999),
        "data_points": data_points,
        "interval": interval,
        "opportunity_type": row["opportunity_type"] if row else type_,
        "opportunity_source": row["source_type"] if row else source,
        "status": status,
        "subject": subject,
    }


def _decided(row: Mapping[str, Any]) -> int:
    decided: int = row["won"] + row["lost"]
    return decided


def _key(row: Mapping[str, Any]) -> tuple[str, str]:
    source = row["source_type"] if "source_type" in row else row["opportunity_source"]
    return source, row["opportunity_type"]


def _cell(row: Mapping[str, Any]) -> str:
    return f"{row['opportunity_type']} from {row['source_type']}"


def _counts(row: Mapping[str, Any]) -> str:
    return f"{row['won']} won, {row['lost']} lost, {row['open']} open."
