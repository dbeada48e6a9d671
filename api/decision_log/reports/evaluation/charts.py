"""Charts as SVG texts: a reliability diagram, and bars with intervals. Readable at 800 pixels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decision_log.models.evaluate import ReliabilityRow

WIDTH = 800

INK, QUIET, GRID = "#1f2933", "#616e7c", "#e4e7eb"
OURS, THEIRS = "#1b6ca8", "#9fb3c8"
_FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"
_LEFT, _RIGHT = 100, 764
_LETTER = 9.0  # no wider on average, bold digits included, in any of the fonts
_TICKS = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a bar chart.

    Parameters
    ----------
    name : str
    value, low, high : float
        With ``low <= high``.
    ours : bool
        Whether it stands out.
    """

    name: str
    value: float
    low: float
    high: float
    ours: bool = False


def reliability_chart(rows: Sequence[ReliabilityRow]) -> str:
    """Draw predicted probability against the share won, with intervals and counts.

    Parameters
    ----------
    rows : sequence of ReliabilityRow
        One per bin; at least one.
    """
    top, bottom, foot = 104, 464, 572
    across = _Scale(0.0, 1.0, _LEFT, _RIGHT)
    up = _Scale(0.0, 1.0, bottom, top)
    parts = _heading(
        "Calibration",
        "Share won among decisions of about the same predicted probability. On the line: calibrated.",
    )
    for tick in range(0, 101, 20):
        x, y = across(tick / 100), up(tick / 100)
        parts += [
            _line(_LEFT, y, _RIGHT, y, GRID),
            _line(x, top, x, bottom, GRID),
            _text(_LEFT - 10, y + 5, f"{tick} %", anchor="end", colour=QUIET),
            _text(x, bottom + 22, f"{tick} %", anchor="middle", colour=QUIET),
        ]
    parts.append(_line(across(0.0), up(0.0), across(1.0), up(1.0), QUIET, dash="5 5"))
    most = max(row.decisions for row in rows)
    for row in rows:
        x = across(row.predicted)
        parts += _whisker_up(x, up(row.low), up(row.high))
        parts.append(f'<circle cx="{x:.1f}" cy="{up(row.observed):.1f}" r="6" fill="{OURS}"/>')
    parts.append(
        _text((_LEFT + _RIGHT) / 2, bottom + 46, "probability given", anchor="middle", colour=INK)
    )
    parts.append(_text(_LEFT, top - 12, "share won", colour=INK))
    for row in rows:
        left, right = across(row.lower) + 3, across(row.upper) - 3
        tall = 32 * row.decisions / most
        parts += [
            f'<rect x="{left:.1f}" y="{foot - tall:.1f}" width="{right - left:.1f}" '
            f'height="{tall:.1f}" fill="{THEIRS}"/>',
            _text(
                (left + right) / 2, foot + 18, f"{row.decisions:,}", anchor="middle", colour=QUIET
            ),
        ]
    parts.append(_text(_LEFT - 10, foot + 18, "decisions", anchor="end", colour=QUIET))
    parts.append(_line(_LEFT, foot, _RIGHT, foot, QUIET))
    return _picture(foot + 36, "Reliability diagram", parts)


def bar_chart(title: str, explained: str, bars: Sequence[Bar], *, digits: int = 3) -> str:
    """Draw horizontal bars from zero, each with its interval and its value.

    Parameters
    ----------
    title, explained : str
        Heading, and one line below it.
    bars : sequence of Bar
        From top to bottom; at least one.
    digits : int
        Of the values shown.
    """
    top, step, thick = 104, 46, 22
    bottom = top + step * len(bars)
    ticks = nice_ticks(min(0.0, *(b.low for b in bars)), max(0.0, *(b.high for b in bars)))
    values = [_number(bar.value, digits) for bar in bars]
    intervals = [f"{_number(bar.low, digits)} to {_number(bar.high, digits)}" for bar in bars]
    names_end = 30 + _LETTER * max(len(bar.name) for bar in bars)
    values_end = _RIGHT - 16 - _LETTER * max(map(len, intervals))
    bars_end = values_end - 24 - _LETTER * max(map(len, values))
    scale = _Scale(ticks[0], ticks[-1], names_end, bars_end)
    parts = _heading(title, explained)
    for tick in ticks:
        parts += [
            _line(scale(tick), top, scale(tick), bottom, GRID),
            _text(scale(tick), bottom + 22, _tick(tick, ticks), anchor="middle", colour=QUIET),
        ]
    for place, bar in enumerate(bars):
        middle = top + step * (place + 0.5)
        left, right = sorted((scale(0.0), scale(bar.value)))
        parts += [
            _text(scale.start - 14, middle + 5, bar.name, anchor="end", bold=bar.ours),
            f'<rect x="{left:.1f}" y="{middle - thick / 2:.1f}" width="{right - left:.1f}" '
            f'height="{thick}" fill="{OURS if bar.ours else THEIRS}"/>',
            *_whisker_along(middle, scale(bar.low), scale(bar.high)),
            _text(values_end, middle + 5, values[place], anchor="end", bold=True),
            _text(_RIGHT, middle + 5, intervals[place], anchor="end", colour=QUIET),
        ]
    parts.append(_line(scale(0.0), top, scale(0.0), bottom, QUIET))
    parts.append(_text(_RIGHT, top - 12, "95 % interval", anchor="end", colour=QUIET))
    return _picture(bottom + 40, title, parts)


def nice_ticks(low: float, high: float) -> list[float]:
    """Return round numbers that hold the range, about five of them.

    Examples
    --------
    >>> nice_ticks(0.0, 0.71)
    [0.0, 0.2, 0.4, 0.6, 0.8]
    >>> nice_ticks(-0.33, 0.02)
    [-0.4, -0.3, -0.2, -0.1, 0.0, 0.1]
    >>> nice_ticks(0.0, 0.0)
    [0.0, 1.0]
    """
    if not high > low:
        return [low, low + 1.0]
    rough = (high - low) / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = power * next(m for m in (1, 2, 2.5, 5, 10) if m * power >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(place * step, 12) + 0.0 for place in range(first, last + 1)]


@dataclass(frozen=True, slots=True)
class _Scale:
    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def _picture(height: float, title: str, parts: Iterable[str]) -> str:
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" '
        f'width="{WIDTH}" height="{height:.0f}" role="img" font-family="{_FONT}" font-size="15">\n'
        f"<title>{escape(title)}</title>\n"
        f'<rect width="{WIDTH}" height="{height:.0f}" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def _heading(title: str, explained: str) -> list[str]:
    return [
        f'<text x="24" y="34" font-size="20" font-weight="600" fill="{INK}">{escape(title)}</text>',
        f'<text x="24" y="58" fill="{QUIET}">{escape(explained)}</text>',
    ]


def _text(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    colour: str = INK,
    bold: bool = False,
) -> str:
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"{weight}>'
        f"{escape(text)}</text>"
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, *, dash: str = "") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="1.5"{dashed}/>'
    )


def _whisker_up(x: float, low: float, high: float) -> list[str]:
    return [
        _line(x, low, x, high, INK),
        _line(x - 5, low, x + 5, low, INK),
        _line(x - 5, high, x + 5, high, INK),
    ]


def _whisker_along(y: float, low: float, high: float) -> list[str]:
    return [
        _line(low, y, high, y, INK),
        _line(low, y - 5, low, y + 5, INK),
        _line(high, y - 5, high, y + 5, INK),
    ]


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".replace("-", "−")


def _tick(value: float, ticks: Sequence[float]) -> str:
    step = ticks[1] - ticks[0]
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    if abs(round(step, digits) - step) > step * 1e-6:  # such as 0.25
        digits += 1
    return _number(value, digits)
