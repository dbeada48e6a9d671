"""Revenue and return by type: so far, and in the end, with what the open decisions will bring."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from decision_log.reports.page.axes import Axis, linear_axis
from decision_log.reports.page.text import money, name

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """Revenue and return of one type; returns in percent, None where no cost is known."""

    type: str
    decisions: int
    won: int
    open: int
    revenue: str
    final: str
    final_range: str
    cost: str
    cost_known: int
    so_far: float | None
    end: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Returns:
    """Returns by type, highest revenue first, on one axis; and what is received and expected in all."""

    rows: tuple[ReturnRow, ...]
    axis: Axis
    received: str
    ahead: str
    ahead_range: str

    @property
    def has_costs(self) -> bool:
        """Whether the cost of any decision is known: without one there is no return."""
        return any(row.cost_known for row in self.rows)


def returns_by_type(rows: Sequence[Row], currency: str) -> Returns:
    """Add the cells up by type.

    Parameters
    ----------
    rows : sequence of dict
        Rows of `DecisionLog.calculate_roi_by_type`.
    currency : str
        Code of the amounts.

    Notes
    -----
    The ranges of cells are added as independent: the squares of their half widths add up, below and above apart.
    """
    types: dict[str, list[Row]] = {}
    for row in rows:
        types.setdefault(row["opportunity_type"], []).append(row)
    shown = sorted(
        (_row(name(kind), cells, currency) for kind, cells in types.items()),
        key=lambda pair: -pair[0],
    )
    found = tuple(row for _, row in shown)
    ends = [
        end for row in found for end in (row.so_far, row.end, row.low, row.high) if end is not None
    ]
    received = sum(row["total_revenue"] for row in rows)
    final, low, high = _summed(
        [(row["expected_revenue"], *row["expected_revenue_interval"]) for row in rows]
    )
    return Returns(
        found,
        linear_axis(ends or [0.0, 100.0], "\u202f%", snug=True),
        money(received, currency),
        money(max(final - received, 0.0), currency),
        f"{money(max(low - received, 0.0), currency)} to {money(max(high - received, 0.0), currency)}",
    )


def _row(kind: str, cells: Sequence[Row], currency: str) -> tuple[float, ReturnRow]:
    revenue = sum(cell["total_revenue"] for cell in cells)
    final, low, high = _summed(
        [(cell["expected_revenue"], *cell["expected_revenue_interval"]) for cell in cells]
    )
    costed = [cell for cell in cells if cell["cost"]]
    cost = sum(cell["cost"] for cell in costed)
    so_far = end = None
    bounds: tuple[float | None, float | None] = (None, None)
    if cost:
        so_far = 100 * sum(cell["roi"] * cell["cost"] for cell in costed) / cost
        end, *both = (
            100 * one / cost
            for one in _summed(
                [
                    tuple(
                        one * cell["cost"]
                        for one in (cell["expected_roi"], *cell["expected_roi_interval"])
                    )
                    for cell in costed
                ]
            )
        )
        bounds = both[0], both[1]
    return revenue, ReturnRow(
        type=kind,
        decisions=sum(cell["decisions_made"] for cell in cells),
        won=sum(cell["won"] for cell in cells),
        open=sum(cell["open"] for cell in cells),
        revenue=money(revenue, currency),
        final=money(final, currency),
        final_range=f"{money(low, currency)} to {money(high, currency)}",
        cost=money(cost, currency) if cost else "?",
        cost_known=sum(cell["cost_known"] for cell in cells),
        so_far=so_far,
        end=end,
        low=bounds[0],
        high=bounds[1],
    )


def _summed(parts: Sequence[tuple[float, ...]]) -> tuple[float, float, float]:
    """Add values with their ranges: value, low, high of the sum."""
    total = math.fsum(value for value, *_ in parts)
    below = math.hypot(*(value - low for value, low, _ in parts))
    above = math.hypot(*(high - value for value, _, high in parts))
    return total, total - below, total + above
