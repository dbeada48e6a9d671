"""Revenue by the month of the decision: received so far, and what the open decisions of each month should add."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from decision_log.reports.page.axes import linear_axis
from decision_log.reports.page.text import money, short_money, short_number

if TYPE_CHECKING:
    from decision_log.log import Log
    from decision_log.reports.work.open_decisions import OpenDecisions

Row = Mapping[str, Any]

MONTHS = 12
"""Months that are shown one by one; what was decided before is added up."""

HEIGHT = 160.0
"""Pixels of the highest bar or range."""

BASE = 184.0
"""Pixels from the top of the picture to the foot of the bars."""

LEAST = 0.005
"""Share of the highest bar below which nothing is drawn as still expected."""

GUTTER = 8.0
"""Percent of the width left of the bars, for the amounts of the lines."""

BAR = 0.6
"""Share of a month's width that its bar takes."""

_FIRST = datetime(1, 1, 1)  # noqa: DTZ001 - as the store keeps moments


@dataclass(frozen=True, slots=True)
class Month:
    """What the decisions of one month brought and should still bring; the range is that of the sum in the end."""

    since: datetime
    decisions: int
    received: float
    still: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class MonthBar:
    """Bar of one month; ``left`` and ``width`` in percent of the picture's width, all other places in pixels.

    Parameters
    ----------
    label, shown : str
        The month, and the sum in the end.
    text : str
        All of it in words.
    top, still_top, low, high : float
        Upper ends of what was received, of what is still expected, and of the range.
    has_still : bool
        Whether anything worth drawing is still expected.
    """

    label: str
    shown: str
    text: str
    left: float
    width: float
    top: float
    still_top: float
    low: float
    high: float
    has_still: bool

    @property
    def middle(self) -> float:
        """Middle of the bar."""
        return round(self.left + self.width / 2, 2)

    @property
    def height(self) -> float:
        """Height of what was received."""
        return round(BASE - self.top, 1)

    @property
    def still_height(self) -> float:
        """Height of what is still expected."""
        return round(self.top - self.still_top, 1)

    @property
    def label_top(self) -> float:
        """Foot of the amount above the bar."""
        return round(min(self.still_top, self.high if self.has_still else BASE) - 6, 1)


@dataclass(frozen=True, slots=True)
class Months:
    """Bars of the last months, oldest first, and in words what was decided earlier; empty where nothing was.

    Parameters
    ----------
    lines : tuple of (float, str)
        Places of amounts above zero in pixels, with the amounts.
    """

    bars: tuple[MonthBar, ...]
    earlier: str
    lines: tuple[tuple[float, str], ...] = ()

    @property
    def has_still(self) -> bool:
        """Whether any bar shows what is still expected."""
        return any(bar.has_still for bar in self.bars)


def month_bars(
    log: Log, returns: Sequence[Row], still_open: OpenDecisions, as_of: datetime, currency: str
) -> Months:
    """Return the revenue of the decisions of the last months as bars.

    Parameters
    ----------
    returns : sequence of dict
        Rows of `DecisionLog.calculate_roi_by_type`, by cell.
    still_open : OpenDecisions
        As of the same moment.
    """
    before, *months = revenue_by_month(log, returns, still_open, as_of)
    first = next((i for i, one in enumerate(months) if one.decisions), len(months))
    shown = months[first:]
    top = max((one.high for one in shown), default=0.0)
    if top <= 0.0:
        return Months((), "")
    step = (100.0 - GUTTER) / max(len(shown), 6)
    earlier = ""
    if before.received > 0 or before.still > LEAST * top:
        earlier = f"Decided before: {money(before.received, currency)} received"
        if before.still > LEAST * top:
            earlier += f", about {money(before.still, currency)} still expected"
        earlier += "."
    return Months(
        tuple(_bar(one, top, GUTTER + i * step, step, currency) for i, one in enumerate(shown)),
        earlier,
        _lines(top, currency),
    )


def _lines(top: float, currency: str) -> tuple[tuple[float, str], ...]:
    axis = linear_axis([top], ticks=4)
    amounts = [tick.at / 100 * axis.high for tick in axis.ticks[1:]]
    return tuple(
        (round(BASE - HEIGHT * amount / top, 1), short_money(amount, currency))
        for amount in amounts
        if amount <= top
    )


def revenue_by_month(
    log: Log, returns: Sequence[Row], still_open: OpenDecisions, as_of: datetime
) -> list[Month]:
    """Return what the decisions of each of the last months brought and should still bring, oldest first.

    The first of them stands for all that was decided earlier.

    Notes
    -----
    What the open decisions of a cell should add, and its range, is that of `calculate_roi_by_type`. Each of them has
    its part in it: as the expected revenue of one that is open for so long is to that of the others. The ranges of
    cells are added as independent, as for the returns by type.
    """
    month = as_of.replace(day=1, hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    starts = [month]
    for _ in range(MONTHS - 1):
        starts.insert(0, (starts[0] - timedelta(days=1)).replace(day=1))
    bounds = [_FIRST, *starts, (month + timedelta(days=32)).replace(day=1)]
    rows = log.ask("revenue_by_decision", as_of=as_of, bounds=bounds).to_pylist()
    parts = still_open.parts_by_period([row["since"].replace(tzinfo=UTC) for row in rows])
    still = np.zeros(
        (3, len(rows))
    )  # expected, and the squares of what the range reaches below and above
    for cell in returns:
        part = parts.get((cell["opportunity_type"], cell["opportunity_source"]))
        if part is None:
            continue
        low, high = cell["expected_revenue_interval"]
        middle = cell["expected_revenue"]
        still[0] += part * (middle - cell["total_revenue"])
        still[1] += (part * (middle - low)) ** 2
        still[2] += (part * (high - middle)) ** 2
    return [
        Month(
            row["since"],
            row["decisions"],
            row["revenue"],
            expected,
            row["revenue"] + expected - math.sqrt(below),
            row["revenue"] + expected + math.sqrt(above),
        )
        for row, (expected, below, above) in zip(rows, still.T.tolist(), strict=True)
    ]


def _bar(month: Month, top: float, left: float, step: float, currency: str) -> MonthBar:
    def place(amount: float) -> float:
        return round(BASE - HEIGHT * min(max(amount, 0.0) / top, 1.0), 1)

    has_still = month.still > LEAST * top
    end = month.received + month.still if has_still else month.received
    text = f"{month.since:%B} {money(month.received, currency)}"
    if has_still:
        text += (
            f" so far, about {money(end, currency)} in the end, range {money(month.low, currency)} to "
            f"{money(month.high, currency)}"
        )
    return MonthBar(
        f"{month.since:%b}", short_number(end), text,
        round(left + (1 - BAR) / 2 * step, 2), round(BAR * step, 2),
        place(month.received), place(end), place(month.low), place(month.high), has_still,
    )  # fmt: skip
