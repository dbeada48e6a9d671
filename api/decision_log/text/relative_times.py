"""Relative times in words: ``yesterday``, ``-7d``, ``3 hours ago``, ``last week``, ``monday 9:30``."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Literal

from decision_store.errors import InvalidRecord
from decision_store.timestamps import parse_timestamp

Edge = Literal["start", "end"]

EXAMPLES = "yesterday, -7d, 2 weeks ago, last month, monday 9:30"
"""Words that are understood, to be named where something else was given."""

_UNITS = {
    "m": "minutes", "min": "minutes", "minute": "minutes", "h": "hours", "hour": "hours", "hr": "hours",
    "d": "days", "day": "days", "w": "weeks", "week": "weeks", "wk": "weeks",
    "mo": "months", "month": "months", "y": "years", "yr": "years", "year": "years",
}  # fmt: skip
_NUMBERS = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_COUNTS = {word: number for number, word in enumerate(_NUMBERS) if word} | {"a": 1, "an": 1}
_OFFSET = re.compile(r"-\s*(\d{1,6})\s*([a-z]+?)s?")
_AGO = re.compile(r"(\d{1,6}|[a-z]+)\s*([a-z]+?)s?\s+ago")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK = re.compile(r"(?:(.*?)\s+(?:at\s+)?)?(\d{1,2}):(\d{2})")
_ISO_WEEK = re.compile(r"(\d{4})-?w(\d{2})")
_BARE_DATE = re.compile(r"\d{4}-\d{2}-\d{2}|\d{8}")


def resolve(
    value: str | date | datetime, *, now: datetime, zone: tzinfo, edge: Edge = "start"
) -> str | date | datetime:
    """Turn a relative time into a day or a moment; anything else stays as it is.

    Parameters
    ----------
    value : str, date or datetime
        ``now``, ``today``, ``yesterday``, a day of the week (the last one, today included; ``last friday``
        without today), ``-7d``, ``-90 min``, ``-1mo``, ``2 weeks ago``, ``a year ago``, ``this week``, ``last
        month``, ``this year``, ``2026-W06``; a day followed by a time (``yesterday 9:30``), or a time of today.
    now : datetime
        The moment they are relative to, aware.
    zone : tzinfo
        In which days begin.
    edge : {"start", "end"}
        Whether a week, month or year means its first day or its last.

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
    >>> resolve("monday 9:30", now=at, zone=UTC).isoformat()
    '2026-02-09T09:30:00+00:00'
    >>> resolve("2026-02-08", now=at, zone=UTC)
    '2026-02-08'
    """
    if not isinstance(value, str):
        return value
    words = " ".join(value.lower().split())
    today = now.astimezone(zone).date()
    found = _moment(words, now) or _day(words, today) or _period(words, today, edge)
    return found or _iso_week(words, edge) or _clock(words, today, zone) or value


def read_time(value: str | date | datetime, *, zone: tzinfo, field: str) -> datetime:
    """Read what `resolve` returned; a text that is no time is refused with words that are understood.

    Raises
    ------
    InvalidRecord
        Naming the field, the value and what is expected.
    """
    try:
        return parse_timestamp(value, zone=zone, field=field)
    except InvalidRecord as error:
        if isinstance(value, str) and "ISO 8601" in error.reason:
            reason = f"{error.reason}, or words such as {EXAMPLES}"
            raise InvalidRecord(field, value, reason) from None
        raise


def is_bare_date(value: str | date | datetime) -> bool:
    """Tell a day from a moment: ``2026-02-08``, or a date that is no datetime."""
    if isinstance(value, str):
        return _BARE_DATE.fullmatch(value.strip()) is not None
    return not isinstance(value, datetime)


def _moment(words: str, now: datetime) -> datetime | None:
    """Give the moment of ``now``, ``-7d`` or ``2 hours ago``."""
    if words == "now":
        return now
    found = _OFFSET.fullmatch(words) or _AGO.fullmatch(words)
    unit = _UNITS.get(found[2]) if found else None
    if found is None or unit is None:
        return None
    count = int(found[1]) if found[1].isdecimal() else _COUNTS.get(found[1])
    if count is None:
        return None
    try:
        if unit in {"months", "years"}:
            return _months_before(now, count * (12 if unit == "years" else 1))
        return now - timedelta(**{unit: count})
    except (OverflowError, ValueError):
        return None


def _months_before(now: datetime, months: int) -> datetime:
    """Go back by calendar months; a day that the month does not have becomes its last."""
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return now.replace(year=year, month=month + 1, day=min(now.day, last))


def _day(words: str, today: date) -> date | None:
    """Give the day of ``today``, ``yesterday`` or a day of the week."""
    before = {"today": 0, "yesterday": 1, "day before yesterday": 2, "the day before yesterday": 2}
    if words in before:
        return today - timedelta(days=before[words])
    name = words.removeprefix("last ")
    if name not in _DAYS:
        return None
    back = (today.weekday() - _DAYS.index(name)) % 7
    return today - timedelta(days=7 if back == 0 and name != words else back)


def _clock(words: str, today: date, zone: tzinfo) -> datetime | None:
    """Give the moment of a time of today, or of a day in words."""
    found = _CLOCK.fullmatch(words)
    day = None if found is None else _day(found[1] or "today", today)
    if found is None or day is None:
        return None
    try:
        return datetime.combine(day, time(int(found[2]), int(found[3])), zone)
    except ValueError:
        return None


def _iso_week(words: str, edge: Edge) -> date | None:
    """Give the first or last day of an ISO week."""
    found = _ISO_WEEK.fullmatch(words)
    if found is None:
        return None
    try:
        return date.fromisocalendar(int(found[1]), int(found[2]), 1 if edge == "start" else 7)
    except ValueError:
        return None


def _period(words: str, today: date, edge: Edge) -> date | None:
    """Give the first or last day of a week, month or year in words."""
    which, _, unit = words.partition(" ")
    if which not in {"this", "last"} or unit not in {"week", "month", "year"}:
        return None
    back = which == "last"
    if unit == "week":
        first = today - timedelta(days=today.weekday() + 7 * back)
        return first if edge == "start" else first + timedelta(days=6)
    if unit == "year":
        year = today.year - back
        return date(year, 1, 1) if edge == "start" else date(year, 12, 31)
    first = today.replace(day=1)
    if back:
        first = (first - timedelta(days=1)).replace(day=1)
    if edge == "start":
        return first
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
