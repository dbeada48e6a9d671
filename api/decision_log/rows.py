"""Result rows: rates and returns with the documented keys, in percent and the log's currency."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    import pyarrow as pa

    from decision_log.results import ConversionRate, RateOfCell, Return
    from decision_model.rates.model import RateModel
    from decision_model.rates.prediction import RatePrediction

Row = dict[str, Any]


class NotRevenue(TypedDict):
    """Money received for decisions that are not won."""

    pending_revenue: float
    received_not_won: float


def rate_rows(
    cells: pa.Table, rates: RatePrediction, matured: Sequence[Mapping[str, Any]], model: RateModel
) -> list[ConversionRate]:
    """Conversion rates, one row for each cell, in the order of ``cells``.

    ``conversion_rate`` is the posterior mean and ``interval`` its 95 % interval, both in percent;
    ``observed_rate`` is the share won of the decisions older than the settled age of their type; None
    where there are none, or while it is too early to tell. It is the ``conversion_rate`` of the SQL
    view ``conversion_metrics``.
    """
    had_chance = {(row["opportunity_source"], row["opportunity_type"]): row for row in matured}
    rows: list[ConversionRate] = []
    for i, cell in enumerate(cells.to_pylist()):
        chance = had_chance[cell["opportunity_source"], cell["opportunity_type"]]
        n = chance["settled"] if chance["ample"] else 0
        rows.append(
            {
                **_rate_of_cell(cell, rates, i),
                "matured": chance["matured"],
                "observed_rate": percent(chance["settled_won"] / n) if n else None,
                "half_life_days": known(model.half_life / 24, 1),
                "rates_changed": model.changed,
            }
        )
    return rows


def served_rates(cells: pa.Table, model: RateModel) -> list[RateOfCell]:
    """Return the counts of ``cells`` with the rates by a model that may be older, in the order of ``cells``."""
    names = (cells.column(name).to_pylist() for name in ("opportunity_type", "opportunity_source"))
    rates = model.predict(*names)
    return [_rate_of_cell(cell, rates, i) for i, cell in enumerate(cells.to_pylist())]


def _rate_of_cell(cell: Mapping[str, Any], rates: RatePrediction, i: int) -> RateOfCell:
    return {
        "source_type": cell["opportunity_source"],
        "opportunity_type": cell["opportunity_type"],
        "total_decisions": cell["decisions"],
        "total_responses": cell["responses"],
        "total_customers": cell["customers"],
        "total_deals_closed": cell["deals"],
        "total_revenue": round(cell["revenue"], 2),
        **_not_revenue(cell),
        "conversion_rate": rate_percent(rates.mean[i]),
        "avg_time_to_conversion_hours": known(rates.hours[i]),
        "last_updated": iso(cell["last_recorded"]),
        "won": cell["won"],
        "lost": cell["lost"],
        "open": cell["open"],
        "interval": [rate_percent(rates.low[i]), rate_percent(rates.high[i])],
        "immature": bool(rates.immature[i]),
        "confidence": round(float(rates.confidence[i]), 3),
    }


def return_rows(
    cells: pa.Table, rates: RatePrediction, pending: pa.Table, *, by_type: bool = False
) -> list[Return]:
    """Revenue, cost and return, one row for each cell, or for each type; what earned nothing stays.

    ``roi`` is (revenue so far - cost) / cost over the decisions whose cost is known, None where that
    cost is zero or unknown; ``revenue_per_hour`` likewise over the decisions whose effort is known.
    The expected ones add what the open decisions among these will bring. ``pending`` counts these.
    The range of a type is as wide as if all of its cells erred together.
    """
    waiting = {
        (row["opportunity_source"], row["opportunity_type"]): row for row in pending.to_pylist()
    }
    rows: list[Row] = []
    ahead = zip(rates.pending, rates.pending_low, rates.pending_high, strict=True)
    for cell, bounds, hours in zip(cells.to_pylist(), ahead, rates.hours, strict=True):
        still = waiting[cell["opportunity_source"], cell["opportunity_type"]]
        shares = (cell["open"], still["open_cost_known"], still["open_effort_known"])
        parts = [[float(one) * n / max(cell["open"], 1) for one in bounds] for n in shares]
        rows.append({**cell, "hours": float(hours), "ahead": parts})
    if by_type:
        rows = _joined(rows)
    return [_return_row(row) for row in rows]


_ADDED = (
    "decisions", "won", "lost", "open", "deals", "revenue", "pending_revenue", "received_not_won", "cost",
    "cost_known", "revenue_where_cost_known", "effort_minutes", "effort_known",
    "revenue_where_effort_known",
)  # fmt: skip


def _joined(rows: Iterable[Row]) -> list[Row]:
    """Add up the cells of each type; its time to win is that of any of its cells."""
    types: dict[str, Row] = {}
    for row in rows:
        kind = row["opportunity_type"]
        if kind not in types:
            types[kind] = {**row, "opportunity_source": None}
            continue
        so_far = types[kind]
        for name in _ADDED:
            so_far[name] += row[name]
        so_far["ahead"] = [
            [x + y for x, y in zip(one, other, strict=True)]
            for one, other in zip(so_far["ahead"], row["ahead"], strict=True)
        ]
    return list(types.values())


def _return_row(cell: Mapping[str, Any]) -> Return:
    """Return the row of one cell or type, whose open decisions will bring ``ahead``: expected, low, high."""
    in_all, costed, timed = cell["ahead"]

    def expected(received: float, brings: Iterable[float]) -> list[float]:
        return [received + one for one in brings]

    final = expected(cell["revenue"], in_all)
    final_costed = expected(cell["revenue_where_cost_known"], costed)
    final_timed = expected(cell["revenue_where_effort_known"], timed)
    cost, hours = cell["cost"], cell["effort_minutes"] / 60
    to_win = cell["hours"]
    return {
        "opportunity_type": cell["opportunity_type"],
        "opportunity_source": cell["opportunity_source"],
        "decisions_made": cell["decisions"],
        "total_revenue": round(cell["revenue"], 2),
        **_not_revenue(cell),
        "avg_revenue_per_decision": round(cell["revenue"] / cell["decisions"], 2),
        "closed_deals": cell["deals"],
        "avg_time_hours": known(to_win),
        "expected_revenue": round(final[0], 2),
        "expected_revenue_interval": [round(one, 2) for one in final[1:]],
        "won": cell["won"],
        "lost": cell["lost"],
        "open": cell["open"],
        "cost": round(cost, 2) if cell["cost_known"] else None,
        "cost_known": cell["cost_known"],
        "roi": round((cell["revenue_where_cost_known"] - cost) / cost, 4) if cost else None,
        "expected_roi": round((final_costed[0] - cost) / cost, 4) if cost else None,
        "expected_roi_interval": (
            [round((one - cost) / cost, 4) for one in final_costed[1:]] if cost else None
        ),
        "effort_known": cell["effort_known"],
        "effort_hours": round(hours, 2) if cell["effort_known"] else None,
        "revenue_per_hour": (
            round(cell["revenue_where_effort_known"] / hours, 2) if hours else None
        ),
        "expected_revenue_per_hour": round(final_timed[0] / hours, 2) if hours else None,
        "expected_revenue_per_hour_interval": (
            [round(one / hours, 2) for one in final_timed[1:]] if hours else None
        ),
    }


def _not_revenue(cell: Mapping[str, Any]) -> NotRevenue:
    """Return what a cell received for open decisions, and for lost ones."""
    return {
        "pending_revenue": round(cell["pending_revenue"], 2),
        "received_not_won": round(cell["received_not_won"], 2),
    }


def percent(fraction: float) -> float:
    """Turn a fraction into percent with two decimals."""
    return round(100.0 * float(fraction), 2)


def rate_percent(fraction: float) -> float:
    """Turn a rate into percent: two decimals, near 0 and 100 two digits of the distance, six decimals at most.

    >>> rate_percent(0.23456), rate_percent(0.000044), rate_percent(0.9999871), rate_percent(1e-20)
    (23.46, 0.0044, 99.9987, 0.0)
    """
    value = 100.0 * float(fraction)
    distance = min(value, 100.0 - value)
    if not 0.0 < distance < 0.1:
        return round(value, 2)
    return round(value, min(1 - math.floor(math.log10(distance)), 6))


def mean(total: float | None, count: int) -> float | None:
    """Divide; None where there is nothing to average."""
    return round(total / count, 2) if count and total is not None else None


def known(value: float, digits: int = 2) -> float | None:
    """Round; None where the number is not known (NaN)."""
    return round(float(value), digits) if math.isfinite(value) else None


def iso(moment: datetime | None) -> str | None:
    """Write a UTC moment of the store as ISO 8601 with its zone."""
    return None if moment is None else f"{moment.replace(tzinfo=None).isoformat()}+00:00"
