"""Relative times in words, against the calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_log.relative_times import resolve

MOMENTS = st.integers(0, 4 * 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(now=MOMENTS, count=st.integers(0, 9999))
def test_an_offset_is_exact(now, count):
    assert resolve(f"-{count}d", now=now, zone=UTC) == now - timedelta(days=count)
    assert resolve(f"{count} hours ago", now=now, zone=UTC) == now - timedelta(hours=count)
    assert resolve(f"- {count} min", now=now, zone=UTC) == now - timedelta(minutes=count)


@given(now=MOMENTS)
def test_a_day_of_the_week_is_the_last_one_and_has_that_name(now):
    for name in ("Monday", "sunday", " WEDNESDAY "):
        day = resolve(name, now=now, zone=UTC)
        assert day.strftime("%A").lower() == name.strip().lower()
        assert timedelta(0) <= now.date() - day < timedelta(days=7)


@given(now=MOMENTS)
def test_last_week_and_last_month_end_where_this_one_begins(now):
    for unit in ("week", "month"):
        start = resolve(f"this {unit}", now=now, zone=UTC)
        end = resolve(f"last {unit}", now=now, zone=UTC, edge="end")
        assert start - end == timedelta(days=1)
        assert resolve(f"last {unit}", now=now, zone=UTC) < end


def test_yesterday_is_that_of_the_zone():
    now = datetime(2026, 2, 8, 23, 30, tzinfo=UTC)
    assert resolve("yesterday", now=now, zone=UTC) == date(2026, 2, 7)
    assert resolve("Yesterday ", now=now, zone=ZoneInfo("Asia/Tokyo")) == date(2026, 2, 8)


@pytest.mark.parametrize("text", ["2026-02-08", "soon", "-7q", "last year", "-99999999999d", ""])
def test_anything_else_stays_as_it_is(text):
    assert resolve(text, now=datetime(2026, 2, 8, tzinfo=UTC), zone=UTC) == text
