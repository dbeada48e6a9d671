from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_store.errors import InvalidRecord
from decision_store.timestamps import parse_timestamp

BERLIN = ZoneInfo("Europe/Berlin")
KATHMANDU = ZoneInfo("Asia/Kathmandu")


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-08T10:04:30+00:00",
        "2026-02-08T10:04:30Z",
        "2026-02-08t10:04:30z",
        "2026-02-08 10:04:30",
        "2026-02-08  10:04:30 UTC",
        "2026-02-08T12:04:30+02:00",
        "2026-02-08T12:04:30 +0200",
        "2026-02-08T12:04:30+02",
        "2026-02-08T04:34:30-05:30",
        "2026-02-08T04:34:30\N{MINUS SIGN}05:30",
        "2026-02-08T10:04:30-00:00",
        "20260208T100430Z",
        "\t2026-02-08T10:04:30Z\n",
        "2026-02-08T10:04:30.000000000Z",
        "2026-02-08T10:04:30,0Z",
    ],
)
def test_every_way_to_write_one_moment_means_that_moment(text: str) -> None:
    assert parse_timestamp(text) == datetime(2026, 2, 8, 10, 4, 30, tzinfo=UTC)
    assert parse_timestamp(text).tzinfo is UTC


@pytest.mark.parametrize("text", ["2026-02-08", "20260208", "2026-02-08T00:00", "2026-02-08 00:00"])
def test_a_date_alone_is_midnight(text: str) -> None:
    assert parse_timestamp(text) == datetime(2026, 2, 8, tzinfo=UTC)
    assert parse_timestamp(text, zone=BERLIN) == datetime(2026, 2, 7, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fraction", "microsecond"),
    [
        ("1", 100_000),
        ("12", 120_000),
        ("123", 123_000),
        ("1234", 123_400),
        ("12345", 123_450),
        ("123456", 123_456),
        ("1234567", 123_456),
        ("12345678", 123_456),
        ("123456789", 123_456),
        ("999999999", 999_999),
        ("000000001", 0),
    ],
)
def test_fractions_of_any_length_are_cut_after_microseconds(
    fraction: str, microsecond: int
) -> None:
    assert parse_timestamp(f"2026-02-08T10:04:30.{fraction}Z").microsecond == microsecond


def test_a_naive_value_is_taken_in_the_given_zone_and_an_aware_one_keeps_its_own() -> None:
    noon = datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert parse_timestamp("2026-07-01 12:00", zone=BERLIN) == noon
    assert parse_timestamp(datetime(2026, 7, 1, 12), zone=BERLIN) == noon  # noqa: DTZ001
    assert parse_timestamp("2026-07-01T10:00Z", zone=BERLIN) == noon
    assert parse_timestamp(datetime(2026, 7, 1, 15, 45, tzinfo=KATHMANDU), zone=BERLIN) == noon
    assert (
        parse_timestamp(date(2026, 7, 1), zone=KATHMANDU).isoformat() == "2026-06-30T18:15:00+00:00"
    )


def test_a_time_that_the_clock_skipped_moves_forward_by_the_gap() -> None:
    # On 2026-03-29 the clocks of Berlin went from 02:00 CET to 03:00 CEST.
    assert parse_timestamp("2026-03-29 02:30", zone=BERLIN) == parse_timestamp(
        "2026-03-29 03:30", zone=BERLIN
    )
    assert (
        parse_timestamp("2026-03-29 02:30", zone=BERLIN).isoformat() == "2026-03-29T01:30:00+00:00"
    )


def test_of_an_hour_that_came_twice_the_first_is_meant_unless_a_datetime_says_otherwise() -> None:
    # On 2026-10-25 the clocks of Berlin went from 03:00 CEST back to 02:00 CET.
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert parse_timestamp("2026-10-25 02:30", zone=BERLIN) == first
    second = datetime(2026, 10, 25, 2, 30, fold=1)  # noqa: DTZ001
    assert parse_timestamp(second, zone=BERLIN) == first + timedelta(hours=1)
    assert parse_timestamp(second.replace(tzinfo=BERLIN)) == first + timedelta(hours=1)


def test_twenty_four_hundred_is_the_next_midnight_and_nothing_later() -> None:
    assert parse_timestamp("2026-12-31T24:00Z") == datetime(2027, 1, 1, tzinfo=UTC)
    for text in ("2026-12-31T24:00:01Z", "2026-12-31T24:01Z", "2026-12-31T24:00:00.5Z"):
        with pytest.raises(InvalidRecord, match="must exist"):
            parse_timestamp(text)


@pytest.mark.parametrize(
    "text", ["2016-12-31T23:59:60Z", "2017-01-01T05:29:60+05:30", "2016-12-31T23:59:60.5Z"]
)
def test_a_leap_second_becomes_the_second_after_it(text: str) -> None:
    assert parse_timestamp(text) == datetime(2017, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2016-12-31T12:00:60Z", "2016-12-31T23:59:61Z"])
def test_other_sixtieth_seconds_do_not_exist(text: str) -> None:
    with pytest.raises(InvalidRecord, match="must exist"):
        parse_timestamp(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-29",
        "2026-13-01",
        "2026-00-10",
        "2026-02-08T25:00Z",
        "2026-02-08T10:60Z",
        "2026-02-08T10:00+25:00",
        "2026-02-08T10:00+02:60",
        "0000-01-01",
    ],
)
def test_moments_that_do_not_exist_are_refused(text: str) -> None:
    with pytest.raises(InvalidRecord, match="must exist in the calendar"):
        parse_timestamp(text)


@pytest.mark.parametrize(
    "value",
    [
        "0001-01-01",
        "9999-12-31T23:59:59-12:00",
        "9999-12-31T24:00:00-12:00",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00+02:00",
        "2201-01-01T00:00Z",
        datetime.min,  # noqa: DTZ901
        datetime.max,  # noqa: DTZ901
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
        date.min,
        date.max,
    ],
)
def test_years_outside_1970_to_2200_are_refused(value: str | date) -> None:
    with pytest.raises(InvalidRecord, match=r"must (lie in the years 1970 to 2200|exist)"):
        parse_timestamp(value)


def test_the_first_and_the_last_moment_are_accepted() -> None:
    assert parse_timestamp("1970-01-01T02:00+02:00") == datetime(1970, 1, 1, tzinfo=UTC)
    assert parse_timestamp("2200-12-31T23:59:59.999999Z").year == 2200


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_text_is_refused_as_empty(text: str) -> None:
    with pytest.raises(InvalidRecord, match="must not be empty"):
        parse_timestamp(text)


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "08.02.2026",
        "02/08/2026",
        "2026-2-8",
        "2026-02-0810:00",
        "2026-02-08x10:00",
        "2026-0208",
        "2026-W06-7",
        "2026-02-08T10:04:30 CEST",
        "2026-02-08T10:04:30Z and more",
        "2026-02-08T10:04:30.Z",
        "٢٠٢٦-٠٢-٠٨",
        "nan",
        "None",
        "2026-02-08\0",
    ],
)
def test_garbage_is_refused_with_an_example_of_what_is_wanted(text: str) -> None:
    with pytest.raises(InvalidRecord, match="2026-02-08T10:04:30") as caught:
        parse_timestamp(text, field="received_at")
    assert caught.value.field == "received_at"
    assert caught.value.value == text


@pytest.mark.parametrize(
    "value", [1770545070, 1770545070.5, 1770545070000, "1770545070", "1770545070.5", "1.77e9"]
)
def test_counts_of_seconds_are_refused_and_the_message_says_how_to_convert(value: object) -> None:
    with pytest.raises(InvalidRecord, match=r"datetime\.fromtimestamp"):
        parse_timestamp(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [None, True, b"2026-02-08", ["2026-02-08"], timedelta(days=1)])
def test_other_kinds_of_values_are_refused(value: object) -> None:
    with pytest.raises(InvalidRecord, match="must be a datetime, a date or ISO 8601 text"):
        parse_timestamp(value)  # type: ignore[arg-type]


class _Stamp(datetime):
    """What other libraries hand out: a datetime with something more."""


class _NotATime(datetime):
    @property
    def year(self) -> int:
        return float("nan")  # type: ignore[return-value]


class _NoOffset(tzinfo):
    def utcoffset(self, moment: datetime | None) -> None:
        return None


def test_the_answer_is_a_plain_datetime_whatever_came_in() -> None:
    moment = parse_timestamp(_Stamp(2026, 2, 8, 10, tzinfo=UTC))
    assert type(moment) is datetime
    with pytest.raises(InvalidRecord):
        parse_timestamp(_NotATime(2026, 2, 8, tzinfo=UTC))


def test_a_zone_without_an_offset_counts_as_no_zone() -> None:
    value = datetime(2026, 7, 1, 12, tzinfo=_NoOffset())
    assert parse_timestamp(value, zone=BERLIN) == datetime(2026, 7, 1, 10, tzinfo=UTC)


moments = st.datetimes(
    min_value=datetime(1970, 1, 2),  # noqa: DTZ001
    max_value=datetime(2200, 12, 30),  # noqa: DTZ001
    timezones=st.timezones(),
)


@given(moments)
def test_what_isoformat_writes_is_read_back_as_the_same_moment(moment: datetime) -> None:
    assert parse_timestamp(moment.isoformat()) == moment.astimezone(UTC)
    assert parse_timestamp(moment) == moment.astimezone(UTC)
    assert parse_timestamp(moment.isoformat(" ")) == moment.astimezone(UTC)


@given(st.text())
def test_any_text_is_either_a_moment_or_an_invalid_record(text: str) -> None:
    try:
        moment = parse_timestamp(text)
    except InvalidRecord:
        return
    assert moment.tzinfo is UTC
