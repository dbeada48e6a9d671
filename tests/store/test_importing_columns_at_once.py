"""Whole columns mean the same as their values one by one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_store.errors import InvalidRecord
from decision_store.facts import DECISIONS, OUTCOMES
from decision_store.fields import Field
from decision_store.importing.cells import columnar, values

LATEST = datetime(2026, 2, 10, tzinfo=UTC)
ZONES = (UTC, *map(ZoneInfo, ("UTC", "Europe/Berlin", "Australia/Lord_Howe")))


def field(name: str) -> Field:
    return next(field for field in DECISIONS.fields + OUTCOMES.fields if field.name == name)


def judged(items: list[Any], one: Any) -> tuple[list[Any], dict[int, str]]:
    found: list[Any] = []
    problems: dict[int, str] = {}
    for index, item in enumerate(items):
        try:
            found.append(one(item))
        except InvalidRecord as problem:
            found.append(None)
            problems[index] = str(problem)
    return found, problems


def without_value(problems: dict[int, str]) -> dict[int, str]:
    """Leave out the value named, which Arrow may write with a decimal point more."""
    return {index: reason.partition(", but it is")[0] for index, reason in problems.items()}


numeric_text = st.from_regex(r"\s?[+-]?[0-9]{0,4}[.,]?[0-9]{0,3}(e[0-9]{1,3})?\s?", fullmatch=True)
digits = st.integers(0, 99)
iso = st.builds(
    "{}-{:02}-{:02}{}{:02}:{:02}{}{}".format,
    st.sampled_from([1969, 1970, 1971, 2000, 2025, 2026, 2199, 2201]),
    st.integers(0, 13),
    st.integers(0, 32),
    st.sampled_from(["T", " ", "t", "x"]),
    st.integers(0, 25),
    st.integers(0, 61),
    st.sampled_from(["", ":00", ":59.5", ":60", ":01.123456789"]),
    st.sampled_from(["", "Z", "z", "+02:00", "-0130", "+15", "+25:00", " UTC"]),
)
# Of one kind each, so that Arrow takes them as a column, and mixed, so that it cannot.
columns_of_numbers = st.one_of(
    st.lists(st.none() | numeric_text | st.sampled_from(["nan", "inf", "x", "\u0663"])),
    st.lists(st.none() | st.floats()),
    st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)),
    st.lists(st.none() | st.booleans() | st.integers() | st.floats() | numeric_text),
)


@given(columns_of_numbers)
@pytest.mark.parametrize("name", ["opportunity_score", "action_probability", "revenue_generated"])
def test_numbers(name: str, items: list[Any]) -> None:
    problems: dict[int, str] = {}
    found = columnar.numbers(items, field(name), problems)
    wanted = judged(items, lambda item: values.number(item, field(name)))
    assert found.type == pa.float64()
    kept = [value for index, value in enumerate(found.to_pylist()) if index not in problems]
    assert kept == [value for index, value in enumerate(wanted[0]) if index not in problems]
    assert without_value(problems) == without_value(wanted[1])


@pytest.mark.parametrize("zone", ZONES[2:])
@pytest.mark.parametrize("as_text", [True, False])
def test_every_quarter_of_an_hour_of_a_year_on_the_clock_of_a_place(
    zone: Any, as_text: bool
) -> None:
    start = datetime(2024, 1, 1)  # noqa: DTZ001
    clock = [start + timedelta(minutes=15 * n) for n in range(4 * 24 * 366)]
    column = [one.isoformat() for one in clock] if as_text else pa.array(clock, pa.timestamp("us"))
    found = columnar.moments(column, field("timestamp"), {}, zone, LATEST).to_pylist()
    assert found == [
        values.moment(one, field("timestamp"), zone, LATEST).replace(tzinfo=None) for one in clock
    ]


@given(st.lists(st.none() | iso | st.sampled_from(["", " ", "2026-01-01", "soon"]), max_size=8))
@pytest.mark.parametrize("zone", ZONES)
def test_moments_in_text(zone: Any, items: list[Any]) -> None:
    problems: dict[int, str] = {}
    one = field("timestamp")
    found = columnar.moments(items, one, problems, zone, LATEST).to_pylist()
    wanted = judged(items, lambda item: values.moment(item, one, zone, LATEST))
    assert [None if v is None else v.replace(tzinfo=UTC) for v in found] == wanted[0]
    assert problems == wanted[1]


@given(
    st.lists(st.none() | st.datetimes(datetime(1969, 1, 1), datetime(2201, 12, 31)), max_size=8),  # noqa: DTZ001
    st.sampled_from(["s", "ms", "us", "ns"]),
    st.sampled_from([None, "UTC", "Asia/Tokyo"]),
)
@pytest.mark.parametrize("zone", ZONES)
def test_moments_of_every_type(zone: Any, items: list[Any], unit: str, tz: str | None) -> None:
    cut = [None if item is None else item.replace(microsecond=0) for item in items]
    array = pa.array(cut, pa.timestamp(unit, tz))
    problems: dict[int, str] = {}
    one = field("timestamp")
    found = columnar.moments(array, one, problems, zone, LATEST).to_pylist()
    wanted = judged(columnar.pieces(array), lambda item: values.moment(item, one, zone, LATEST))
    assert [None if v is None else v.replace(tzinfo=UTC) for v in found] == wanted[0]
    assert set(problems) == set(wanted[1])


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_no_calendar_holds_are_refused(unit: str) -> None:
    array = pa.array([0, 2**63 - 1, -(2**63), None], pa.int64()).cast(pa.timestamp(unit))
    problems: dict[int, str] = {}
    found = columnar.moments(array, field("timestamp"), problems, UTC, LATEST)
    assert found.to_pylist()[0] == datetime(1970, 1, 1)  # noqa: DTZ001
    assert set(problems) == {1, 2}


def test_dates_are_midnights() -> None:
    array = pa.array([date(2026, 1, 1), date(1900, 1, 1), date(9999, 1, 1)])
    problems: dict[int, str] = {}
    found = columnar.moments(array, field("timestamp"), problems, UTC, LATEST)
    assert found.to_pylist()[0] == datetime(2026, 1, 1)  # noqa: DTZ001
    assert set(problems) == {1, 2}


@given(
    st.one_of(
        st.lists(st.none() | st.text() | st.sampled_from(["", " ", "a\0b", "\ud800"])),
        st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)),
        st.lists(st.none() | st.booleans() | st.text() | st.floats()),
    )
)
@pytest.mark.parametrize("name", ["decision_id", "opportunity_type", "opportunity_content"])
def test_texts(name: str, items: list[Any]) -> None:
    problems: dict[int, str] = {}
    found = columnar.texts(items, field(name), problems).to_pylist()
    wanted = judged(items, lambda item: values.text(item, field(name)))
    assert [v for i, v in enumerate(found) if i not in problems] == [
        v for i, v in enumerate(wanted[0]) if i not in problems
    ]
    assert problems == wanted[1]


@given(
    st.one_of(
        st.lists(st.none() | st.sampled_from(["yes", "No", "1", "0", "2", " true ", "", "TRUE"])),
        st.lists(st.none() | st.integers(-1, 2)),
        st.lists(st.none() | st.floats() | st.sampled_from([0.0, 1.0])),
        st.lists(st.none() | st.booleans()),
        st.lists(st.none() | st.booleans() | st.text() | st.integers()),
    )
)
def test_flags(items: list[Any]) -> None:
    problems: dict[int, str] = {}
    found = columnar.flags(items, field("deal_closed"), problems).to_pylist()
    wanted = judged(items, lambda item: values.flag(item, field("deal_closed")))
    assert [v for i, v in enumerate(found) if i not in problems] == [
        v for i, v in enumerate(wanted[0]) if i not in problems
    ]
    assert problems == wanted[1]


values_of_attributes = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=4),
    st.sampled_from(["", " ", "true", "1.50", "1e400", "007", 'a"b', "a\\b", "a\nb", "\ud800"]),
    st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1)), st.lists(st.integers(), max_size=2),  # noqa: DTZ001
    st.dictionaries(st.text(max_size=2), st.floats(), max_size=2),
)  # fmt: skip
attributes = st.one_of(
    st.lists(values_of_attributes, min_size=4, max_size=4),
    *(
        st.lists(st.none() | kind, min_size=4, max_size=4)
        for kind in (st.integers(-(2**63), 2**63 - 1), st.floats(), st.text(), st.booleans())
    ),
)


@given(
    st.none()
    | st.lists(
        st.sampled_from([None, "", "{}", '{"a": 1}', '{"b": NaN}', "x"]), min_size=4, max_size=4
    ),
    st.dictionaries(st.sampled_from(["a", "b", "Ä", 'q"', "z"]), attributes, max_size=4),
)
def test_contexts(own: list[str | None] | None, extras: dict[str, list[Any]]) -> None:
    problems: dict[int, str] = {}
    one = field("context")
    found = columnar.contexts(own, extras, 4, one, problems).to_pylist()

    def row(index: int) -> str:
        beside = {name: values.attribute(column[index]) for name, column in extras.items()}
        more = {name: value for name, value in beside.items() if value is not None}
        return values.context(None if own is None else own[index], more, one)

    wanted = judged(list(range(4)), row)
    assert (found, problems) == wanted


def test_broken_utf_8_in_a_typed_file_costs_its_own_row() -> None:
    raw = pa.array([b"fine", b"caf\xe9"], pa.binary())
    array = pa.Array.from_buffers(pa.string(), 2, raw.buffers())
    problems: dict[int, str] = {}
    found = columnar.texts(array, field("sender"), problems)
    assert found.to_pylist()[0] == "fine"
    assert "sender must be UTF-8" in problems[1]
