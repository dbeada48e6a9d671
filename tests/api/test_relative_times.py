"""Relative times in words, against the calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_log.text.relative_times import is_bare_date, read_time, resolve
from decision_store.errors import InvalidRecord

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
    for unit in ("week", "month", "year"):
        start = resolve(f"this {unit}", now=now, zone=UTC)
        end = resolve(f"last {unit}", now=now, zone=UTC, edge="end")
        assert start - end == timedelta(days=1)
        assert resolve(f"last {unit}", now=now, zone=UTC) < end


def test_yesterday_is_that_of_the_zone():
    now = datetime(2026, 2, 8, 23, 30, tzinfo=UTC)
    assert resolve("yesterday", now=now, zone=UTC) == date(2026, 2, 7)
    assert resolve("Yesterday ", now=now, zone=ZoneInfo("Asia/Tokyo")) == date(2026, 2, 8)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-08",
        "soon",
        "-7q",
        "next year",
        "-99999999999d",
        "-99999y",
        "25:00",
        "soon 10:00",
        "2026-W60",
        "",
    ],
)
def test_anything_else_stays_as_it_is(text):
    assert resolve(text, now=datetime(2026, 2, 8, tzinfo=UTC), zone=UTC) == text


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("a week ago", "2026-03-24T09:30:00+00:00"), ("two days ago", "2026-03-29T09:30:00+00:00"),
        ("1 month ago", "2026-02-28T09:30:00+00:00"), ("13 months ago", "2025-02-28T09:30:00+00:00"),
        ("-1y", "2025-03-31T09:30:00+00:00"), ("-3 hrs", "2026-03-31T06:30:00+00:00"),
        ("yesterday at 10:00", "2026-03-30T10:00:00+00:00"), ("10:15", "2026-03-31T10:15:00+00:00"),
        ("monday 9:05", "2026-03-30T09:05:00+00:00"), ("last tuesday", "2026-03-24"),
        ("tuesday", "2026-03-31"), ("last friday", "2026-03-27"), ("2026-W06", "2026-02-02"),
        ("day before yesterday", "2026-03-29"), ("this year", "2026-01-01"),
    ],
)  # fmt: skip
def test_words_mean_what_people_mean(words, expected):
    tuesday = datetime(2026, 3, 31, 9, 30, tzinfo=UTC)
    assert resolve(words, now=tuesday, zone=UTC).isoformat() == expected


@given(now=MOMENTS, count=st.integers(1, 40))
def test_months_back_is_the_same_day_or_the_last_of_the_month(now, count):
    then = resolve(f"-{count}mo", now=now, zone=UTC)
    assert (now.year * 12 + now.month) - (then.year * 12 + then.month) == count
    assert then.day == now.day or (then.day < now.day and (then + timedelta(days=1)).day == 1)


def test_a_text_that_is_no_time_is_refused_with_words_that_are_understood():
    with pytest.raises(InvalidRecord, match="yesterday, -7d, 2 weeks ago"):
        read_time("gestern", zone=UTC, field="as_of")
    with pytest.raises(InvalidRecord, match="must exist in the calendar"):
        read_time("2026-02-30", zone=UTC, field="as_of")


def test_a_day_without_hyphens_is_a_day_too():
    assert [is_bare_date(one) for one in ("20260208", "2026-02-08", "2026-02-08T10:00")] == [
        True,
        True,
        False,
    ]
