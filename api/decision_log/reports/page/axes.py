"""Axes of a page's pictures: values to places in percent of the width, so that type never scales."""

from __future__ import annotations

import math
from dataclasses import dataclass

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled place on an axis, in percent of its width."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Axis:
    """A linear or logarithmic axis.

    Parameters
    ----------
    low, high : float
        Its ends, low < high; above 0 where it is logarithmic.
    ticks : tuple of Tick
        Labelled places.
    logarithmic : bool
        Equal ratios have equal lengths.

    Examples
    --------
    >>> Axis(0.0, 80.0).place(20.0)
    25.0
    >>> Axis(1.0, 100.0, logarithmic=True).place(10.0)
    50.0
    """

    low: float
    high: float
    ticks: tuple[Tick, ...] = ()
    logarithmic: bool = False

    def place(self, value: float) -> float:
        """Return where a value lies, 0 to 100; beyond the ends, the end."""
        if self.logarithmic:
            value, low, high = (math.log(max(x, 1e-9)) for x in (value, self.low, self.high))
        else:
            low, high = self.low, self.high
        share = (value - low) / (high - low)
        return round(100.0 * min(max(share, 0.0), 1.0), 2)


def linear_axis(
    values: list[float], unit: str = "", *, zero: bool = True, ticks: int = 5, snug: bool = False
) -> Axis:
    """Return an axis with round ticks that holds all values.

    Parameters
    ----------
    values : list of float
        What it must hold; finite.
    unit : str
        Written after each label.
    zero : bool
        Whether it must hold zero.
    ticks : int
        About how many.
    snug : bool
        Begin below zero little before the lowest value, instead of at a tick.

    Examples
    --------
    >>> axis = linear_axis([12.0, 78.0], " %")
    >>> axis.low, axis.high, [tick.label for tick in axis.ticks]
    (0.0, 80.0, ['0 %', '20 %', '40 %', '60 %', '80 %'])
    >>> axis = linear_axis([-30.0, 900.0], snug=True)
    >>> axis.low, [tick.label for tick in axis.ticks]
    (-36.0, ['0', '250', '500', '750', '1,000'])
    """
    low, high = min(values, default=0.0), max(values, default=1.0)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low < 1e-9:
        high = low + 1.0
    rough = (high - low) / (ticks - 1)
    scale = 10.0 ** math.floor(math.log10(rough))
    step = next(scale * s for s in _STEPS if scale * s >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    begin = first * step
    if snug and first < 0 and begin < 1.2 * low:
        begin, first = 1.2 * low, first + 1
    axis = Axis(begin, last * step)
    marks = tuple(
        Tick(axis.place(i * step), f"{_plain(i * step)}{unit}") for i in range(first, last + 1)
    )
    return Axis(axis.low, axis.high, marks)


def days_axis(hours: list[float]) -> Axis:
    """Return a logarithmic axis of durations, from an hour to more than the longest."""
    longest = max([*hours, 24.0])
    named = [
        (1.0, "1 h"), (6.0, "6 h"), (24.0, "1 d"), (72.0, "3 d"), (240.0, "10 d"),
        (720.0, "30 d"), (2160.0, "90 d"), (8760.0, "1 y"), (43800.0, "5 y"),
    ]  # fmt: skip
    shortest = min([*(h for h in hours if h > 0), 24.0])
    low = max(value for value, _ in named if value <= max(shortest, 1.0))
    high = max(longest * 1.15, low * 4)
    axis = Axis(low, high, logarithmic=True)
    ticks = tuple(Tick(axis.place(v), label) for v, label in named if low <= v <= high)
    return Axis(low, high, ticks, logarithmic=True)


def _plain(value: float) -> str:
    text = f"{value:,.10f}".rstrip("0").rstrip(".")
    return text.replace("-", "−") if value else "0"
