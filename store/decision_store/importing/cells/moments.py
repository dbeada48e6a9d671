"""Moments of whole columns: timestamps and ISO texts, as naive UTC; what is not plain is left to `values`."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

import pyarrow as pa
import pyarrow.compute as pc

from decision_store.timestamps import LAST_YEAR

MOMENT = pa.timestamp("us")

# Times of day and offsets that certainly exist, in years that no offset moves out of bounds;
# whatever else there is goes to parse_timestamp.
_DAY = (
    r"(?:197[1-9]|19[89][0-9]|20[0-9]{2}|21[0-9]{2})-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
)
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?)?"
_ZONED = f"^{_DAY}[ T]{_TIME}(?:Z|[+-](?:0[0-9]|1[0-4]):?[0-5][0-9])$"
_NAIVE = f"^{_DAY}(?:[ T]{_TIME})?$"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICKS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_FIRST_DAY = pa.scalar(datetime(1971, 1, 1), MOMENT)  # noqa: DTZ001 - of the clock of a place
_LAST_DAY = pa.scalar(datetime(2037, 1, 1), MOMENT)  # noqa: DTZ001
"""Between them every database of zones lists each transition."""

_LAST_SECOND = int((datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds()) - 1


def in_calendar(seconds: pa.Array) -> bool:
    """Tell whether all times, in whole seconds, are in years that Python knows."""
    count = seconds.cast(pa.int64())
    inside = pc.and_(pc.greater_equal(count, 0), pc.less_equal(count, _LAST_SECOND))
    return bool(pc.all(pc.fill_null(inside, True)).as_py())  # noqa: FBT003 - a missing one needs no calendar


def from_timestamps(array: pa.Array, zone: tzinfo) -> pa.Array:
    """Return timestamps as moments in UTC, bare ones as the clock of a zone; null where `values` decides."""
    ticks = _TICKS[array.type.unit]
    count = array.cast(pa.int64())
    exists = pc.and_(pc.greater_equal(count, 0), pc.less(count, (_LAST_SECOND + 1) * ticks))
    count = pc.if_else(exists, count, None)
    count = pc.divide(count, 1000) if ticks > 1000000 else pc.multiply(count, 1000000 // ticks)
    found = count.cast(MOMENT)
    return found if array.type.tz is not None else _in_zone(found, zone)


def _in_zone(clock: pa.Array, zone: tzinfo) -> pa.Array:
    """Return the moments that the clock of a place shows; null where `parse_timestamp` has to say which it is.

    Times that the clock shows twice or never are left to it, and those in years for which a database of zones may have
    rules in place of transitions.
    """
    name = getattr(zone, "key", None)
    if zone is UTC or name == "UTC":
        return clock
    inside = pc.and_(pc.greater(clock, _FIRST_DAY), pc.less(clock, _LAST_DAY))
    clock = pc.if_else(inside, clock, pa.scalar(None, MOMENT))
    try:
        first, last = (
            pc.assume_timezone(clock, name, ambiguous=which, nonexistent=which)
            for which in ("earliest", "latest")
        )
    except (pa.ArrowException, TypeError):  # a zone without a name, or one that Arrow does not find
        return pa.nulls(len(clock), MOMENT)
    found = pc.if_else(pc.equal(first, last), first, pa.scalar(None, first.type))
    return found.cast(pa.timestamp("us", "UTC")).cast(MOMENT)


def from_iso(array: pa.Array, zone: tzinfo) -> pa.Array:
    """Return ISO texts as moments in UTC, bare ones as the clock of a zone; null where `values` decides."""
    array = array.cast(pa.string())
    is_zoned = pc.match_substring_regex(array, _ZONED)
    zoned = pc.if_else(is_zoned, array, None)
    try:
        moments = zoned.cast(pa.timestamp("us", "UTC")).cast(MOMENT)
        if pc.all(is_zoned, min_count=0).as_py():
            return moments
        naive = pc.if_else(pc.match_substring_regex(array, _NAIVE), array, None)
        return pc.coalesce(moments, _in_zone(naive.cast(MOMENT), zone))
    except pa.ArrowInvalid:  # a 30th of February among them
        return pa.nulls(len(array), MOMENT)
