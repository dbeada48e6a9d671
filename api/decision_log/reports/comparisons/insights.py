"""Insights: sentences that rates and returns support, or that they support none.

What compares comes from `decision_log.reports.comparisons.comparing`, with one error over everything that was tried;
the others are plain counts. What was found before is tested again by `decision_log.reports.insight_status`.
"""

from __future__ import annotations

from collections import defaultdict
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from decision_log.reports.comparisons.comparing import (
    FEWEST_DECIDED,
    Comparison,
    compare_cells,
    more_decisions,
    named,
)
from decision_log.text.money import money_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from decision_log.log.reading import Reading
    from decision_log.results import Insight


MOST_WAITING = 3
"""Immature cells named at most; the ones with most open decisions."""

MOST_OF_A_FAMILY = 3
"""Supported comparisons of one family named at most; the clearest ones."""

SLOW = 2.0
"""A type is named as slow where its median time to close is so many times that of all."""


def insights_of(
    log: Reading, moment: datetime, name: Callable[[str], str] | None = None
) -> list[Insight]:
    """Return the insights of a log as of a moment; ``name`` writes types and sources."""
    rates: Sequence[Mapping[str, Any]] = log.get_conversion_rates(as_of=moment)
    returns: Sequence[Mapping[str, Any]] = log.calculate_roi_by_type(as_of=moment)
    found = compare_cells(log.rate_model(moment), rates, returns)
    if name is not None:
        rates, returns, found = (
            with_names(rates, name),
            with_names(returns, name),
            named(found, name),
        )
    return find_insights(rates, returns, found, log.currency)


def find_insights(
    rates: Sequence[Mapping[str, Any]],
    roi: Sequence[Mapping[str, Any]],
    compared: Sequence[Comparison] = (),
    currency: str = "USD",
) -> list[Insight]:
    """Say what stands out, what is still open, and what earned nothing.

    Parameters
    ----------
    rates : sequence of dict
        Rows of ``get_conversion_rates()``: rate and interval in percent.
    roi : sequence of dict
        Rows of ``calculate_roi_by_type()``.
    compared : sequence of Comparison
        Everything that was compared, supported or not.
    currency : str
        Code of the amounts.

    Returns
    -------
    list of dict
        ``insight_type`` (best_cell, worst_cell, best_source, worst_source, best_type, worst_type,
        no_clear_source, revenue_per_decision, revenue_per_hour, time_to_close, immature, no_revenue,
        rates_changed), ``title``, ``description``, ``confidence_score`` (1 less the probability that a
        log without any difference shows one this clear, over all that were compared; 1 for a plain count),
        ``data_points`` (decisions behind it), ``interval`` (95 %, in the unit the description names; None
        for a count), ``opportunity_type`` and ``opportunity_source`` (None where it is about all). Empty
        where the log is.

    Examples
    --------
    >>> find_insights([], [])
    []
    """
    return [
        *_comparisons(compared, currency),
        *_no_revenue(rates, roi),
        *_slow(rates),
        *_waiting(rates),
        *_changed(rates),
    ]


def with_names(
    rows: Iterable[Mapping[str, Any]], name: Callable[[str], str]
) -> list[dict[str, Any]]:
    """Return rates or returns with their types and sources written by a function.

    Examples
    --------
    >>> with_names([{"opportunity_type": "coaching", "source_type": "email", "won": 1}], str.upper)
    [{'opportunity_type': 'COACHING', 'source_type': 'EMAIL', 'won': 1}]
    """
    names = ("opportunity_type", "opportunity_source", "source_type")
    return [
        {key: name(value) if key in names else value for key, value in row.items()} for row in rows
    ]


def insight_rows(insights: Sequence[Insight]) -> list[dict[str, Any]]:
    """Return insights as rows of the table ``insights``; equal findings have equal ids."""
    return [
        {
            "insight_id": sha256(
                "\n".join((one["insight_type"], one["title"], one["description"])).encode()
            ).hexdigest()[:32],
            **{
                key: one[key]
                for key in (
                    "insight_type",
                    "title",
                    "description",
                    "confidence_score",
                    "data_points",
                )
            },
        }
        for one in insights
    ]


def _comparisons(compared: Sequence[Comparison], currency: str) -> Iterable[Insight]:
    """Name what is supported, clearest first; where no source is, how far that is from being decided."""
    count: dict[str, int] = defaultdict(int)
    for one in compared:
        if one.supported and count[one.family] < MOST_OF_A_FAMILY and not _repeats(one, compared):
            count[one.family] += 1
            in_percent = one.unit == "percent"
            yield _percent_insight(one) if in_percent else _money_insight(one, currency)
    sources = [one for one in compared if one.family == "source"]
    if sources and not any(one.supported for one in sources):
        yield _no_clear_source(sources)


def _repeats(one: Comparison, compared: Sequence[Comparison]) -> bool:
    """Whether a money claim only repeats on the same level what a clearer one of its family says."""
    if one.unit == "percent" or one.sign > 0:
        return False
    return any(
        other.family == one.family and other.sign > 0 and other.supported for other in compared
    )


def _percent_insight(one: Comparison) -> Insight:
    """Word a difference of rates: never that something converts, always that it was won more often."""
    word = "more" if one.sign > 0 else "less"
    if one.family == "cell":
        name, others, basis = _cell_name(one), "the rest", ""
        kind = "best_cell" if one.sign > 0 else "worst_cell"
    else:
        name = one.level
        others = one.rival or f"the other {one.family}s"
        basis = ", same sources compared" if one.family == "type" else ", same types compared"
        kind = f"{'best' if one.sign > 0 else 'worst'}_{one.family}"
    ratio = _times(one)
    return _insight(
        kind,
        f"{name} {'are' if one.family == 'cell' else 'is'} won {word} often than {others}",
        f"Leads {_from(one)}are won {ratio} times as often as those {_of(one)}{basis}: "
        f"{one.value:.1f} % against {one.rest:.1f} %, a difference of {abs(one.difference[0]):.1f} points "
        f"(95 %: {_range(sorted(abs(end) for end in one.difference[1:]) if _one_sided(one) else one.difference[1:])}). "
        f"{_basis(one)}",
        confidence=1.0 - one.p,
        data_points=one.decisions,
        interval=[round(end, 1) for end in one.difference[1:]],
        type_=one.level if one.family in {"cell", "type"} else None,
        source=one.source
        if one.family == "cell"
        else one.level
        if one.family == "source"
        else None,
    )


def _money_insight(one: Comparison, currency: str) -> Insight:
    """Word a difference of expected revenue per decision or per hour."""
    per = "hour" if one.family == "hour" else "decision"
    name = _cell_name(one) if one.source else one.level
    most = "most" if one.sign > 0 else "less than the others"
    what = (
        f"An hour on {name} earns {most}" if per == "hour" else f"{name} earns {most} per decision"
    )
    low, high = (end * one.rest for end in one.ratio[1:])
    return _insight(
        f"revenue_per_{per}",
        what,
        f"{money_text(one.value, currency)} expected for each {per}, {_times(one)} times the "
        f"{money_text(one.rest, currency)} "
        f"of the others. {_basis(one)}",
        confidence=1.0 - one.p,
        data_points=one.decisions,
        interval=[round(low, 2), round(high, 2)],
        type_=one.level,
        source=one.source,
    )


def _no_clear_source(sources: Sequence[Comparison]) -> Insight:
    closest = min(sources, key=lambda one: one.p)
    count = closest.decisions + closest.others
    more = more_decisions(closest)
    outlook = (
        f"About {more} more decisions would decide it if the difference stays as it is."
        if more
        else "The difference seen is so small that many times as many decisions would not decide it."
    )
    word = "more" if closest.sign > 0 else "less"
    return _insight(
        "no_clear_source",
        "No difference between the sources is clear yet",
        f"Compared type by type, the closest is {closest.level}, won {word} often by "
        f"{abs(closest.difference[0]):.1f} points (95 %: {_range(closest.difference[1:])}), which chance "
        f"explains too. {outlook} n = {count}, {closest.open} open.",
        confidence=1.0,
        data_points=count,
    )


def _times(one: Comparison) -> str:
    middle, low, high = one.ratio
    return f"{middle:.1f} (95 %: {low:.1f} to {high:.1f})"


def _one_sided(one: Comparison) -> bool:
    return one.difference[1] * one.difference[2] > 0


def _cell_name(one: Comparison) -> str:
    return f"{one.level} from {one.source}"


def _from(one: Comparison) -> str:
    if one.family == "cell":
        return f"of {one.level} from {one.source} "
    return f"from {one.level} " if one.family == "source" else f"of {one.level} "


def _of(one: Comparison) -> str:
    if one.family == "cell":
        return "elsewhere"
    word = "from" if one.family == "source" else "of"
    return f"{word} {one.rival}" if one.rival else f"{word} the other {one.family}s"


def _basis(one: Comparison) -> str:
    return f"n = {one.decisions} of {one.decisions + one.others}, {one.open} open."


def _slow(rates: Sequence[Mapping[str, Any]]) -> Iterable[Insight]:
    """Name types whose wins take much longer than those of the log, with what is still open."""
    by_type: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rates:
        by_type[row["opportunity_type"]].append(row)
    hours = {
        kind: rows[0].get("avg_time_to_conversion_hours")
        for kind, rows in by_type.items()
        if sum(row["won"] for row in rows) >= FEWEST_DECIDED
    }
    known = sorted(one for one in hours.values() if one)
    if len(known) < 2:
        return
    slowest = max(hours, key=lambda kind: hours[kind] or 0.0)
    longest = hours[slowest] or 0.0
    if longest < SLOW * known[(len(known) - 1) // 2]:
        return
    rows = by_type[slowest]
    still, count = (sum(row[key] for row in rows) for key in ("open", "total_decisions"))
    yield _insight(
        "time_to_close",
        f"{slowest} takes about {_duration(longest)} to close",
        f"Half of its wins take longer, open decisions taken into account; {still} of {count} are "
        f"still open. The usual type takes {_duration(known[(len(known) - 1) // 2])}.",
        confidence=1.0,
        data_points=count,
        type_=slowest,
    )


def _duration(hours: float) -> str:
    return f"{hours / 24:.0f} days" if hours >= 48 else f"{hours:.0f} hours"


def _no_revenue(
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
    return _insight(
        "no_revenue",
        f"{name} has earned nothing so far",
        f"{_counts(counts)} Its win rate is {interval[0]:.1f} to {interval[1]:.1f} % (95 %).",
        confidence=1.0,
        data_points=total,
        interval=interval,
        **about,
    )


def _waiting(rates: Sequence[Mapping[str, Any]]) -> Iterable[Insight]:
    """Name the cells whose rate rests mostly on decisions that are still open."""
    immature = sorted((row for row in rates if row["immature"]), key=lambda row: -row["open"])
    for row in immature[:MOST_WAITING]:
        yield _insight(
            "immature",
            f"Too early to judge {_cell(row)}",
            f"{row['open']} of {row['total_decisions']} decisions are still open, and wins of this "
            f"kind take time. {row['conversion_rate']:.1f} % is an early estimate "
            f"(95 %: {_range(row['interval'])} %). {_counts(row)}",
            confidence=1.0,
            data_points=row["total_decisions"],
            interval=list(row["interval"]),
            row=row,
        )


def _changed(rates: Sequence[Mapping[str, Any]]) -> Iterable[Insight]:
    """Tell that rates change, where the log shows it."""
    if not any(row.get("rates_changed") for row in rates):
        return
    days = rates[0]["half_life_days"]
    yield _insight(
        "rates_changed",
        "Conversion rates have changed over time",
        f"Recent decisions predict what follows better than all of them together, so a decision "
        f"counts half after {days:,.0f} days and the rates shown are the current ones.",
        confidence=0.95,  # of logs whose rates do not change at most 1 in 20 is reported
        data_points=sum(row["total_decisions"] for row in rates),
    )


def _insight(
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
) -> Insight:
    return {
        "insight_type": kind,
        "title": title,
        "description": description,
        "confidence_score": confidence if confidence == 1.0 else min(round(confidence, 3), 0.999),
        "data_points": data_points,
        "interval": interval,
        "opportunity_type": row["opportunity_type"] if row else type_,
        "opportunity_source": row["source_type"] if row else source,
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
    return f"n: {row['won']} won, {row['lost']} lost, {row['open']} open."


def _range(interval: Sequence[float]) -> str:
    return f"{interval[0]:.1f} to {interval[1]:.1f}"
