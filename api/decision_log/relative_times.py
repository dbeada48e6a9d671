"""Relative times in words: ``yesterday``, ``-7d``, ``3 hours ago``, ``last week``, ``monday``."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal

Edge = Literal["start", "end"]

_UNITS = {
    "m": "minutes", "min": "minutes", "minute": "minutes", "h": "hours", "hour": "hours",
    "d": "days", "day": "days", "w": "weeks", "week": "weeks",
}  # fmt: skip
_OFFSET = re.compile(r"-\s*(\d{1,6})\s*([a-z]+?)s?")
_AGO = re.compile(r"(\d{1,6})\s*([a-z]+?)s?\s+ago")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def resolve(
    value: str | date | datetime, *, now: datetime, zone: tzinfo, edge: Edge = "start"
) -> str | date | datetime:
    """Turn a relative time into a day or a moment; anything else stays as it is.

    Parameters
    ----------
    value : str, date or datetime
        ``now``, ``today``, ``yesterday``, a day of the week (the last one, today included), ``-7d``,
        ``-90 min``, ``2 weeks ago``, ``this week``, ``last week``, ``this month``, ``last month``.
    now : datetime
        The moment they are relative to, aware.
    zone : tzinfo
        In which days begin.
    edge : {"start", "end"}
        Whether a week or month means its first day or its last.

    Examples
    --------
    >>> from datetime import UTC
    >>> at = datetime(2026, 2, 12, 9, 30, tzinfo=UTC)  # a Thursday
    >>> resolve("yesterday", now=at, zone=UTC)
    datetime.date(2026, 2, 11)
    >>> resolve("-36h", now=at, zone=UTC).isoformat()
    '2026-02-10T21:30:00+00:00'
    >>> [str(resolve("last week", now=at, zone=UTC, edge=edge)) for edge in ("start", "end")]
    ['2026-02-02', '2026-02-08']
    >>> resolve("2026-02-08", now=at, zone=UTC)
    '2026-02-08'
    """
    if not isinstance(value, str):
        return value
    words = " ".join(value.lower().split())
    today = now.astimezone(zone).date()
    return _moment(words, now) or _day(words, today) or _period(words, today, edge) or value


def _moment(words: str, now: datetime) -> datetime | None:
    """Give the moment of ``now``, ``-7d`` or ``2 hours ago``."""
    if words == "now":
        return now
    found = _OFFSET.fullmatch(words) or _AGO.fullmatch(words)
    unit = _UNITS.get(found[2]) if found else None
    if found is None or unit is None:
        return None
    try:
        return now - timedelta(**{unit: int(found[1])})
    except OverflowError:
        return None


def _day(words: str, today: date) -> date | None:
    """Give the day of ``today``, ``yesterday`` or a day of the week."""
    if words in {"today", "yesterday"}:
        return today - timedelta(days=words == "yesterday")
    if words in _DAYS:
        return today - timedelta(days=(today.weekday() - _DAYS.index(words)) % 7)
    return None


def _period(words: str, today: date, edge: Edge) -> date | None:
    """Give the first or last day of a week or month in words."""
    which, _, unit = words.partition(" ")
    if which not in {"this", "last"} or unit not in {"week", "month"}:
        return None
    if unit == "week":
        first = today - timedelta(days=today.weekday() + 7 * (which == "last"))
        return first if edge == "start" else first + timedelta(days=6)
    first = today.replace(day=1)
    if which == "last":
        first = (first - timedelta(days=1)).replace(day=1)
    if edge == "start":
        return first
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
