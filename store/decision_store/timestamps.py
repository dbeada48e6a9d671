"""Timestamps: texts, dates and datetimes read as datetimes in UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

from decision_store.errors import InvalidRecord

FIRST_YEAR = 1970
LAST_YEAR = 2200

_EXAMPLE = "such as 2026-02-08T10:04:30+00:00"

# Digits are spelt out, because \d also matches digits of other scripts.
_ISO = re.compile(
    r"""
    (?P<year>[0-9]{4}) (?P<dash>-?) (?P<month>[0-9]{2}) (?P=dash) (?P<day>[0-9]{2})
    (?:
        (?:[Tt]|[ ]+)
        (?P<hour>[0-9]{2}) :? (?P<minute>[0-9]{2})
        (?: :? (?P<second>[0-9]{2}) (?: [.,] (?P<fraction>[0-9]+) )? )?
        (?: [ ]* (?P<zone> [Zz] | UTC | GMT
            | [+\-\u2212] [0-9]{2} (?: :? [0-9]{2} (?: :? [0-9]{2} )? )? ) )?
    )?
    """,
    re.VERBOSE,
)

# No place has ever been further from Greenwich than 15 h 14 min (Manila and Sitka, before 1867).
_WIDEST_OFFSET = timedelta(hours=16)


def parse_timestamp(
    value: str | date | datetime, *, zone: tzinfo = UTC, field: str = "timestamp"
) -> datetime:
    """Return the moment meant by a text, a date or a datetime.

    Parameters
    ----------
    value : str, date or datetime
        A text is ISO 8601: a date alone (midnight), or date and time with ``T`` or a space between,
        with or without seconds, a fraction of any length (cut after microseconds) and a zone
        (``Z``, ``UTC``, ``+02:00``, ``+0200``, ``+02``). ``24:00`` is the next midnight and a leap
        second, 23:59:60 UTC, the second that follows it.
    zone : tzinfo, default=UTC
        The zone of a value that names none. A time that the clock skipped moves forward by the
        gap; of an hour that came twice the first is meant, unless a datetime says ``fold=1``.
    field : str
        The name to use in an error.

    Returns
    -------
    datetime
        Aware, in UTC, of the plain class.

    Raises
    ------
    InvalidRecord
        If it cannot be read, does not exist, or lies outside the years 1970 to 2200. Numbers are
        refused too: nothing tells seconds from milliseconds.

    Examples
    --------
    >>> parse_timestamp("2026-02-08 10:04:30.25+02:00").isoformat()
    '2026-02-08T08:04:30.250000+00:00'
    >>> parse_timestamp("2026-02-08").isoformat()
    '2026-02-08T00:00:00+00:00'
    """
    if isinstance(value, str):
        moment = _from_text(value, zone, field)
    elif isinstance(value, datetime):
        moment = _from_datetime(value, zone, field)
    elif isinstance(value, date):
        moment = _in_utc(datetime(value.year, value.month, value.day), zone, value, field)  # noqa: DTZ001
    elif isinstance(value, int | float) and not isinstance(value, bool):
        raise InvalidRecord(field, value, _not_a_count())
    else:
        raise InvalidRecord(field, value, f"must be a datetime, a date or ISO 8601 text {_EXAMPLE}")
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise InvalidRecord(field, value, _out_of_range())
    return moment


def _from_text(text: str, zone: tzinfo, field: str) -> datetime:
    found = _ISO.fullmatch(text.strip())
    if found is None:
        raise InvalidRecord(field, text, _why_unreadable(text))
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    microsecond = int((found["fraction"] or "0")[:6].ljust(6, "0"))
    ends_the_day = hour == 24 and not (minute or second or microsecond)
    leap = second == 60
    try:
        naive = datetime(  # noqa: DTZ001 - the zone follows in _in_utc
            int(found["year"]),
            int(found["month"]),
            int(found["day"]),
            0 if ends_the_day else hour,
            minute,
            59 if leap else second,
            0 if leap else microsecond,
        )
        written = zone if found["zone"] is None else _offset(found["zone"])
        naive += timedelta(days=ends_the_day)
    except (ValueError, OverflowError) as error:
        raise InvalidRecord(field, text, f"must exist in the calendar ({error})") from None
    moment = _in_utc(naive, written, text, field)
    if not leap:
        return moment
    if (moment.hour, moment.minute) != (23, 59):
        raise InvalidRecord(field, text, "must exist: leap seconds come only at 23:59:60 UTC")
    return moment + timedelta(seconds=1)


def _from_datetime(value: datetime, zone: tzinfo, field: str) -> datetime:
    try:
        # Rebuilt, because subclasses carry more than a moment (nanoseconds, "not a time").
        plain = datetime(  # noqa: DTZ001 - the zone follows in _in_utc
            value.year,
            value.month,
            value.day,
            value.hour,
            value.minute,
            value.second,
            value.microsecond,
            fold=value.fold,
        )
    except (TypeError, ValueError):
        raise InvalidRecord(field, value, f"must be a moment {_EXAMPLE}") from None
    own = value.tzinfo if value.utcoffset() is not None else None
    return _in_utc(plain, own or zone, value, field)


def _in_utc(naive: datetime, zone: tzinfo, value: object, field: str) -> datetime:
    # Also keeps the years 1 and 9999, which no zone can shift, away from the conversion.
    if not FIRST_YEAR - 1 <= naive.year <= LAST_YEAR + 1:
        raise InvalidRecord(field, value, _out_of_range())
    return naive.replace(tzinfo=zone).astimezone(UTC)


def _offset(text: str) -> tzinfo:
    if text in {"Z", "z", "UTC", "GMT"}:
        return UTC
    digits = text[1:].replace(":", "").ljust(6, "0")
    hours, minutes, seconds = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    distance = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if minutes > 59 or seconds > 59 or distance >= _WIDEST_OFFSET:
        raise ValueError(f"there is no zone {text}")
    return timezone(distance if text[0] == "+" else -distance)


def _why_unreadable(text: str) -> str:
    if not text.strip():
        return f"must not be empty: write ISO 8601 text {_EXAMPLE}"
    try:
        float(text)
    except ValueError:
        return f"must be ISO 8601 text {_EXAMPLE}"
    return _not_a_count()


def _not_a_count() -> str:
    return (
        f"must be ISO 8601 text {_EXAMPLE}, not a number, which could count seconds or "
        "milliseconds (convert it first: datetime.fromtimestamp(seconds, UTC))"
    )


def _out_of_range() -> str:
    return f"must lie in the years {FIRST_YEAR} to {LAST_YEAR}"
