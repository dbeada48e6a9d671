"""Times to a win by type, open decisions taken into account."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from decision_log.reports.page.axes import Axis, days_axis
from decision_log.reports.page.text import name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from decision_log.log import Log
    from decision_log.reports.work.open_decisions import OpenDecisions

    Ages = tuple[NDArray[np.float64], NDArray[np.bool_]]

NO_AGES = np.zeros(0), np.zeros(0, np.bool_)

MARKS = 80
"""Open decisions drawn for one type, by age; of more, every so many."""


@dataclass(frozen=True, slots=True)
class TypeTimes:
    """Hours from decision to win of one type: median and middle 80 of 100; and its open decisions.

    Parameters
    ----------
    ages : tuple of (float, bool)
        Hours that open decisions are open, and whether that is overdue.
    """

    type: str
    wins: int
    median: float
    low: float
    high: float
    ages: tuple[tuple[float, bool], ...]
    open: int
    overdue: int


def times_by_type(
    log: Log,
    rates: Sequence[Mapping[str, Any]],
    waiting: OpenDecisions,
    as_of: datetime,
) -> dict[str, TypeTimes]:
    """Return the times of every type that was won, most wins first.

    Parameters
    ----------
    rates : sequence of dict
        Rows of `DecisionLog.get_conversion_rates`.
    waiting : OpenDecisions
        Of `decision_log.reports.work.worklist.open_decisions`.
    """
    wins: dict[str, int] = {}
    sources: dict[str, str] = {}
    for row in rates:
        wins[row["opportunity_type"]] = wins.get(row["opportunity_type"], 0) + row["won"]
        sources.setdefault(row["opportunity_type"], row["source_type"])
    won = sorted((kind for kind in wins if wins[kind]), key=lambda kind: -wins[kind])
    if not won:
        return {}
    ages = waiting.ages()
    found = log.rate_model(as_of).predict(won, [sources[kind] for kind in won])
    return {
        kind: _times(kind, wins[kind], [float(v) for v in hours], ages.get(kind, NO_AGES))
        for kind, *hours in zip(won, found.hours, found.hours_low, found.hours_high, strict=True)
        if all(map(math.isfinite, hours))
    }


def times_axis(times: Iterable[TypeTimes], waiting: Sequence[float] = ()) -> Axis:
    """Return one axis for the times of some types, and for open decisions of some ages."""
    ends = [end for one in times for end in (one.low, one.high, *(age for age, _ in one.ages[-1:]))]
    return days_axis([*ends, *waiting])


def _times(kind: str, wins: int, hours: Sequence[float], ages: Ages) -> TypeTimes:
    median, low, high = hours
    waiting, overdue = ages
    step = max(math.ceil(len(waiting) / MARKS), 1)
    marks = zip(waiting[::step].tolist(), overdue[::step].tolist(), strict=True)
    return TypeTimes(
        name(kind), wins, median, low, high, tuple(marks), len(waiting), int(overdue.sum())
    )
