"""Insights: sentences that rates and returns support, or that they support none.

A comparison is reported only if its posterior probability reaches 1 - `ERROR` divided by the number of
comparisons of its family (all cells on both sides, or all sources). Cells are compared through
their posterior means and 95 % intervals taken as normal and independent. The rate model pulls cells
towards each other, so their errors are positively correlated and a true difference is, if
anything, understated; pooling is also what allows looking at many cells at once [1]_.

References
----------
.. [1] Gelman, Hill and Yajima, Why we (usually) don't have to worry about multiple comparisons,
   Journal of Research on Educational Effectiveness 5 (2012), 189-211.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from hashlib import sha256
from statistics import NormalDist, median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from decision_log.results import Insight


CLEAR = 0.95
"""Posterior probability from which a single comparison is reported."""

ERROR = 0.05
"""Probability of error shared by all comparisons of one family (sources, or cells): in a log without
any difference at most so often one of them is reported (Bonferroni), so that both together err in at
most 10 % of such logs."""

FEWEST_DECIDED = 5
"""Won and lost decisions below which a cell is not reported."""

MOST_WAITING = 3
"""Immature cells named at most; the ones with most open decisions."""

_NORMAL = NormalDist()
_WIDTH_OF_95 = 2 * _NORMAL.inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number in percent (or percentage points) with its standard deviation.

    Examples
    --------
    >>> Estimate(12.0, 4.0).interval
    [4.2, 19.8]
    >>> round(Estimate(12.0, 4.0).probability_above_zero, 4)
    0.9987
    """

    mean: float
    deviation: float

    @property
    def interval(self) -> list[float]:
        """The central 95 %, rounded to one decimal."""
        half = self.deviation * _WIDTH_OF_95 / 2
        return [round(self.mean - half, 1), round(self.mean + half, 1)]

    @property
    def probability_above_zero(self) -> float:
        """P(the number > 0); a half where nothing is known."""
        if self.deviation <= 0.0:
            return 0.5 if self.mean == 0.0 else float(self.mean > 0.0)
        return _NORMAL.cdf(self.mean / self.deviation)

    def minus(self, other: Estimate) -> Estimate:
        """Subtract an independent estimate."""
        return Estimate(self.mean - other.mean, math.hypot(self.deviation, other.deviation))


def find_insights(
    rates: Sequence[Mapping[str, Any]], roi: Sequence[Mapping[str, Any]]
) -> list[Insight]:
    """Say what stands out, what is still open, and what earned nothing.

    Parameters
    ----------
    rates : sequence of dict
        Rows of ``get_conversion_rates()``: rate and interval in percent.
    roi : sequence of dict
        Rows of ``calculate_roi_by_type()``.

    Returns
    -------
    list of dict
        ``insight_type`` (best_cell, worst_cell, best_source, no_clear_source, immature,
        revenue_per_hour, no_revenue, rates_changed), ``title``, ``description``, ``confidence_score``
        (probability that the sentence holds; 1 for a plain count), ``data_points`` (decisions
        behind it), ``interval`` (95 %, in the unit the description names; None for a count),
        ``opportunity_type`` and ``opportunity_source`` (None where it is about all). Empty where
        the log is.

    Examples
    --------
    >>> find_insights([], [])
    []
    """
    return [
        *_extreme_cells(rates),
        *_sources(rates),
        *_revenue_per_hour(rates, roi),
        *_no_revenue(rates, roi),
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


def _extreme_cells(rates: Sequence[Mapping[str, Any]]) -> Iterable[Insight]:
    """Compare each cell with all others together; tell the clearest one on either side."""
    differences = []
    for row in rates:
        others = [other for other in rates if other is not row]
        if _decided(row) >= FEWEST_DECIDED and others:
            differences.append((_estimate(row).minus(_together(others)), _together(others), row))
    for kind, word, sign in (("best_cell", "more", 1.0), ("worst_cell", "less", -1.0)):
        needed = 1.0 - ERROR / (2 * max(len(differences), 1))
        clear = [
            (sign * difference.mean, difference, rest, row)
            for difference, rest, row in differences
            if _probability(difference, sign) >= needed
        ]
        if not clear:
            continue
        _, difference, rest, row = max(clear, key=lambda entry: entry[0])
        yield _insight(
            kind,
            f"{_cell(row)} converts {word} than the rest",
            f"{row['conversion_rate']:.1f} % (95 %: {_range(row['interval'])} %) of the decisions "
            f"are won, against {rest.mean:.1f} % elsewhere. {_counts(row)}",
            confidence=_probability(difference, sign),
            data_points=row["total_decisions"],
            interval=list(row["interval"]),
            row=row,
        )


def _sources(rates: Sequence[Mapping[str, Any]]) -> Iterable[Insight]:
    """Compare the sources type by type, so that a source is not blamed for what it brings in."""
    sources = sorted({row["source_type"] for row in rates})
    compared = {s: d for s in sources if (d := _source_difference(s, rates)) is not None}
    if len(compared) < 2:
        return
    source, difference = max(compared.items(), key=lambda item: item[1].probability_above_zero)
    probability = difference.probability_above_zero
    count = sum(row["total_decisions"] for row in rates)
    needed = 1.0 - ERROR / len(compared)
    if probability < needed:
        yield _insight(
            "no_clear_source",
            "No difference between the sources is clear yet",
            f"Compared type by type, no source is better than the others with a probability of "
            f"{needed:.1%}; the closest is {source} with {probability:.0%}. n = {count}.",
            confidence=1.0,
            data_points=count,
        )
        return
    own = sum(row["total_decisions"] for row in rates if row["source_type"] == source)
    yield _insight(
        "best_source",
        f"{source} converts more than the other sources",
        f"Compared type by type, by {difference.mean:.1f} percentage points "
        f"(95 %: {_range(difference.interval)}). n = {own} of {count}.",
        confidence=probability,
        data_points=own,
        interval=difference.interval,
        source=source,
    )


def _source_difference(source: str, rates: Sequence[Mapping[str, Any]]) -> Estimate | None:
    """Average over types of (this source - the others), weighted by this source's decisions."""
    weights, differences = [], []
    for row in rates:
        if row["source_type"] != source:
            continue
        others = [
            other
            for other in rates
            if other["opportunity_type"] == row["opportunity_type"] and other is not row
        ]
        if others:
            weights.append(row["total_decisions"])
            differences.append(_estimate(row).minus(_together(others)))
    return _weighted(differences, weights) if sum(weights) else None


def _revenue_per_hour(
    rates: Sequence[Mapping[str, Any]], roi: Sequence[Mapping[str, Any]]
) -> Iterable[Insight]:
    """Tell the cell whose hours pay most, where its whole interval lies above those of all others.

    Revenue per hour is the expected one, open decisions included, with the uncertainty of revenue.
    Two independent 95 % intervals that do not touch differ at a level of about .006, so that all
    comparisons among up to eight cells err in at most 5 % of logs (Bonferroni).
    """
    by_cell = {_key(row): row for row in rates}
    measured = [
        row
        for row in roi
        if row["expected_revenue_per_hour"] is not None and row["effort_known"] >= FEWEST_DECIDED
    ]
    if len(measured) < 3:
        return
    best = max(measured, key=lambda row: row["expected_revenue_per_hour"])
    interval = best["expected_revenue_per_hour_interval"]
    others = [row for row in measured if row is not best]
    rate = by_cell.get(_key(best))
    if rate is None or best["won"] < FEWEST_DECIDED:
        return
    if interval[0] <= max(row["expected_revenue_per_hour_interval"][1] for row in others):
        return
    usual = median(row["expected_revenue_per_hour"] for row in others)
    yield _insight(
        "revenue_per_hour",
        f"An hour on {_cell(rate)} earns most",
        f"{best['expected_revenue_per_hour']:,.0f} USD for each hour of work "
        f"(95 %: {interval[0]:,.0f} to {interval[1]:,.0f}), open decisions included, where the "
        f"middle of the other cells is {usual:,.0f} USD. {_counts(rate)}",
        confidence=CLEAR,
        data_points=best["effort_known"],
        interval=interval,
        row=rate,
    )


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
            yield _earned_nothing(kind, rows, _together(rows).interval, type_=kind)
    by_cell = {_key(row): row for row in rates}
    for row in roi:
        rate = by_cell.get(_key(row))
        if rate is None or row["total_revenue"] > 0 or earned[row["opportunity_type"]] <= 0:
            continue
        if _decided(rate) >= FEWEST_DECIDED:
            yield _earned_nothing(_cell(rate), [rate], list(rate["interval"]), row=rate)


def _earned_nothing(
    name: str, rows: list[Mapping[str, Any]], interval: list[float], **about: Any
) -> Insight:
    counts = {key: sum(row[key] for row in rows) for key in ("won", "lost", "open")}
    interval = [max(0.0, interval[0]), min(100.0, interval[1])]
    return _insight(
        "no_revenue",
        f"{name} has earned nothing so far",
        f"{_counts(counts)} Its win rate is {interval[0]:.1f} to {interval[1]:.1f} % (95 %).",
        confidence=1.0,
        data_points=sum(row["total_decisions"] for row in rows),
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


def _estimate(row: Mapping[str, Any]) -> Estimate:
    low, high = row["interval"]
    return Estimate(row["conversion_rate"], (high - low) / _WIDTH_OF_95)


def _together(rows: Sequence[Mapping[str, Any]]) -> Estimate:
    """Rate of several cells, weighted by their decisions."""
    return _weighted([_estimate(row) for row in rows], [row["total_decisions"] for row in rows])


def _weighted(estimates: Sequence[Estimate], weights: Sequence[float]) -> Estimate:
    total = sum(weights)
    shares = [weight / total for weight in weights]
    return Estimate(
        sum(share * estimate.mean for share, estimate in zip(shares, estimates, strict=True)),
        math.hypot(
            *(s * estimate.deviation for s, estimate in zip(shares, estimates, strict=True))
        ),
    )


def _probability(difference: Estimate, sign: float) -> float:
    above = difference.probability_above_zero
    return above if sign > 0 else 1.0 - above


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
