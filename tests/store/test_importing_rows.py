"""What a row may say, what it may leave out, and what it may not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from decision_store.errors import ImportFailed
from decision_store.importing import History, read_history

NOW = datetime(2026, 2, 9, tzinfo=UTC)
D = {"decision_id": "a", "timestamp": "2026-01-01", "opportunity_type": "coaching"}
PAID = {
    "decision_id": "a",
    "outcome_type": "conversion",
    "outcome_status": "success",
    "recorded_at": "2026-01-02",
}


def read(tmp_path: Path, *rows: dict[str, Any], **options: Any) -> History:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return read_history([path], **{"now": NOW, **options})


def read_both(tmp_path: Path, decisions: list[Any], outcomes: list[Any]) -> History:
    path = tmp_path / "history.json"
    path.write_text(json.dumps({"decisions": decisions, "outcomes": outcomes}))
    return read_history([path], now=NOW)


def reasons(history: History) -> list[str]:
    return [row.reason for row in history.rejected]


def test_what_a_decision_leaves_out_is_filled_in(tmp_path: Path) -> None:
    bare = read(tmp_path, {"timestamp": "2026-01-01", "action_taken": " "}).decisions.to_pylist()[0]
    assert bare["opportunity_type"] == "general"
    assert bare["opportunity_source"] == "unknown"
    assert bare["action_taken"] == "unknown"
    assert bare["decision_maker"] == ""
    assert bare["context"] == "{}"
    assert bare["recorded_at"] == bare["timestamp"]
    assert bare["opportunity_score"] is None
    assert bare["cost_usd"] is None
    assert bare["decision_id"].startswith("decision-")


def test_what_an_outcome_leaves_out_is_filled_in(tmp_path: Path) -> None:
    row = {"decision_id": "a", "outcome_type": None, "recorded_at": "2026-01-02"}
    bare = read(tmp_path, row).outcomes.to_pylist()[0]
    assert bare["outcome_type"] == bare["outcome_status"] == "unknown"
    assert bare["revenue_generated"] == 0.0
    assert bare["customer_acquired"] is bare["deal_closed"] is bare["response_received"] is False
    assert bare["time_to_outcome_hours"] is None
    assert bare["occurred_at"] == bare["recorded_at"]


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("opportunity_score", -1, "must lie in [0, 100], but it is -1"),
        ("opportunity_score", 1e300, "must lie in [0, 100]"),
        ("opportunity_score", 10**400, "must be a finite number"),
        ("opportunity_score", "NaN", "must be a finite number"),
        ("opportunity_score", float("nan"), "must be a number, but it is NaN"),
        ("opportunity_score", float("inf"), "must be a number, but it is Infinity"),
        ("opportunity_score", "1,2,3", "must have a decimal point"),
        ("opportunity_score", "high", "must be a number, but it is 'high'"),
        ("opportunity_score", True, "must be a number, but it is True"),
        ("opportunity_score", "1_0", "must be a number"),
        ("cost_usd", -0.01, "must be at least 0"),
        ("effort_minutes", "-5", "must be at least 0"),
        ("action_probability", 0, "must be above 0"),
        ("action_probability", 1.01, "must lie in [0, 1]"),
        ("timestamp", "2026-02-11", "must not lie in the future"),
        ("timestamp", "2026-02-30", "must exist in the calendar"),
        ("timestamp", "1960-01-01", "must lie in the years 1970 to 2200"),
        ("timestamp", 1770545070, "must be a date and time in ISO 8601"),
        ("timestamp", "1770545070", "not a number"),
        ("received_at", "2027-01-01", "must not lie in the future"),
        ("opportunity_type", ["a"], "must be text"),
        ("opportunity_type", 1.5, "must be text"),
        ("opportunity_content", "a\0b", "must not contain a NUL"),
        ("sender", "\ud800", "must be UTF-8"),
        ("context", "[1]", "must be a JSON object"),
        ("context", "{'a': 1}", "must be the text of a JSON object"),
        ("context", '{"a": NaN}', "must be the text of a JSON object"),
        ("context", {"a": float("nan")}, "context must be JSON"),
        ("context", 5, "must be a JSON object"),
    ],
)
def test_a_bad_value_costs_its_row_and_no_other(
    tmp_path: Path, field: str, value: object, reason: str
) -> None:
    good, bad = D | {"decision_id": "good"}, D | {field: value}
    history = read(tmp_path, good, bad, D | {"decision_id": "also good"})
    assert history.decisions["decision_id"].to_pylist() == ["good", "also good"]
    assert [row.row_number for row in history.rejected] == [2]
    assert field in history.rejected[0].reason
    assert reason in history.rejected[0].reason


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("revenue_generated", "5 apples", "must be a number"),
        ("revenue_generated", 2e15, "must lie in"),
        ("time_to_outcome_hours", -1, "must be at least 0"),
        ("deal_closed", "maybe", "must be yes or no"),
        ("deal_closed", 2, "must be yes or no"),
        ("deal_closed", [True], "must be yes or no"),
        ("decision_id", None, "must not be missing"),
        ("decision_id", "  ", "must not be missing"),
        ("recorded_at", "2026-03-01", "must not lie in the future"),
    ],
)
def test_a_bad_value_costs_its_outcome(
    tmp_path: Path, field: str, value: object, reason: str
) -> None:
    history = read(tmp_path, PAID, PAID | {field: value})
    assert len(history.outcomes) == 1
    assert reason in reasons(history)[0]


@pytest.mark.parametrize("value", [True, 1, 1.0, "1", "true", "TRUE", "Yes", " y ", "t"])
def test_every_spelling_of_yes_is_true(tmp_path: Path, value: object) -> None:
    assert read(tmp_path, PAID | {"deal_closed": value}).outcomes["deal_closed"].to_pylist() == [
        True
    ]


@pytest.mark.parametrize("value", [None, False, 0, 0.0, "0", "false", "No", "n", "", " "])
def test_every_spelling_of_no_is_false(tmp_path: Path, value: object) -> None:
    assert read(tmp_path, PAID | {"deal_closed": value}).outcomes["deal_closed"].to_pylist() == [
        False
    ]


def test_up_to_a_day_ahead_of_now_is_taken(tmp_path: Path) -> None:
    assert len(read(tmp_path, D | {"timestamp": "2026-02-10T00:00:00Z"}).decisions) == 1
    assert len(read(tmp_path, D | {"timestamp": "2026-02-10T00:00:00.000001Z"}).decisions) == 0


def test_columns_of_no_field_of_ours_are_kept_and_reported(tmp_path: Path) -> None:
    row = D | {
        "context": {"a": 1},
        "region": "north",
        "n": "42",
        "zip": "01234",
        "none": None,
        "a": 2,
        "id": 7,
        "big": "12345678901234567890",
    }
    history = read(tmp_path, row)
    assert json.loads(history.decisions["context"][0].as_py()) == {
        "a": 1,
        "region": "north",
        "n": 42,
        "zip": "01234",
        "big": "12345678901234567890",
    }
    assert history.notes == (
        "rows.jsonl: kept in the context: region, n, zip, none, a, big",
        "rows.jsonl: left out: id",
    )


def test_what_became_of_a_decision_never_gets_into_its_context(tmp_path: Path) -> None:
    history = read(tmp_path, D | {"deal_closed": True, "revenue_generated": 9}, kind="decisions")
    assert history.decisions["context"].to_pylist() == ["{}"]
    assert history.notes == ("rows.jsonl: left out: deal_closed, revenue_generated",)


def test_of_outcomes_unknown_columns_are_left_out_and_reported(tmp_path: Path) -> None:
    history = read(tmp_path, PAID | {"colour": "red"})
    assert history.notes == ("rows.jsonl: left out: colour",)


def test_names_of_columns_may_be_written_as_people_do(tmp_path: Path) -> None:
    row = {"Decision ID": "a", " TIMESTAMP": "2026-01-01", "opportunity-type": "x"}
    decision = read(tmp_path, row).decisions.to_pylist()[0]
    assert (decision["decision_id"], decision["opportunity_type"]) == ("a", "x")


def test_a_mapping_names_their_columns(tmp_path: Path) -> None:
    row = {"lead": 17, "when": "2026-01-01", "channel": "email", "timestamp": "n/a", "x": "y"}
    mapping = {"lead": "decision_id", "when": "timestamp", "channel": "opportunity_source", "x": ""}
    history = read(tmp_path, row, mapping=mapping)
    decision = history.decisions.to_pylist()[0]
    assert decision["decision_id"] == "17"
    assert decision["opportunity_source"] == "email"
    assert decision["timestamp"] == datetime(2026, 1, 1)  # noqa: DTZ001
    assert json.loads(decision["context"]) == {"timestamp": "n/a"}
    assert history.notes[-1] == "rows.jsonl: left out: x"


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"when": "timestmap"}, r"no field of the log.*Did you mean 'timestamp'"),
        ({"nowhere": "sender"}, r"no column 'nowhere' to map.*columns are: decision_id, timestamp"),
    ],
)
def test_a_wrong_mapping_is_reported(tmp_path: Path, mapping: dict[str, str], message: str) -> None:
    with pytest.raises(ImportFailed, match=message):
        read(tmp_path, D, mapping=mapping)


def test_of_several_columns_with_one_field_the_first_filled_one_counts(tmp_path: Path) -> None:
    mapping = {"work": "sender", "home": "sender"}
    rows = [
        D | {"work": work, "home": home} for work, home in (("w", "h"), ("", "h"), (None, None))
    ]
    rows = [row | {"decision_id": str(number)} for number, row in enumerate(rows)]
    history = read(tmp_path, *rows, mapping=mapping)
    assert history.decisions["sender"].to_pylist() == ["w", "h", ""]


def test_ids_made_from_the_content_stay_the_same_and_tell_rows_apart(tmp_path: Path) -> None:
    row = {"timestamp": "2026-01-01", "action_taken": "call"}
    first = read(tmp_path, row, row, row | {"action_taken": "mail"}).decisions["decision_id"]
    ids = first.to_pylist()
    assert len(set(ids)) == 3
    assert ids[1] == f"{ids[0]}-2"
    grown = read(tmp_path, row, row, row | {"action_taken": "mail"}, row).decisions["decision_id"]
    assert grown.to_pylist() == [*ids, f"{ids[0]}-3"]


def test_the_same_value_written_otherwise_gives_the_same_id(tmp_path: Path) -> None:
    one = read(tmp_path, PAID | {"revenue_generated": "12.50", "deal_closed": "yes"})
    two = read(tmp_path, PAID | {"revenue_generated": 12.5, "deal_closed": 1, "notes": ""})
    assert one.outcomes.equals(two.outcomes)


def test_one_id_with_two_contents_is_taken_once_and_reported(tmp_path: Path) -> None:
    history = read(tmp_path, D, D, D | {"sender": "someone"}, D | {"recorded_at": "2026-01-05"})
    assert len(history.decisions) == 1
    assert [(row.row_number, row.reason) for row in history.rejected] == [
        (3, "decision_id 'a' was used before with other content (row 1 of rows.jsonl)")
    ]
    assert history.notes == ("2 decisions came more than once and are taken once",)
    assert read(tmp_path, D, D).notes == ("1 decision came more than once and is taken once",)


def test_the_times_of_an_outcome_follow_from_each_other_or_from_its_decision(
    tmp_path: Path,
) -> None:
    bare = {"decision_id": "a", "outcome_type": "x"}
    outcomes = [
        bare | {"recorded_at": "2026-01-03", "time_to_outcome_hours": 5},
        bare | {"occurred_at": "2026-01-04"},
        bare | {"time_to_outcome_hours": 1.5},
        bare | {"outcome_type": "y"},
        bare | {"decision_id": "stranger"},
        bare | {"time_to_outcome_hours": 1e12},
        bare | {"time_to_outcome_hours": 24 * 60},
    ]
    history = read_both(tmp_path, [D], outcomes)
    start = datetime(2026, 1, 1)  # noqa: DTZ001
    wanted = [
        start + timedelta(days=2),
        start + timedelta(days=3),
        start + timedelta(hours=1.5),
        start,
    ]
    assert history.outcomes["occurred_at"].to_pylist() == wanted
    assert history.outcomes["recorded_at"].to_pylist() == wanted
    assert [row.row_number for row in history.rejected] == [5, 6, 7]
    assert "neither recorded_at nor occurred_at" in reasons(history)[0]
    assert "must not lie in the future" in reasons(history)[1]


def test_an_outcome_has_the_same_id_with_and_without_its_decision(tmp_path: Path) -> None:
    outcome = PAID | {"time_to_outcome_hours": 5}
    together = read_both(tmp_path, [D], [outcome]).outcomes
    assert read(tmp_path, outcome).outcomes.equals(together)


def test_now_must_be_aware_and_the_kind_known(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="aware"):
        read(tmp_path, D, now=datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="insights"):
        read(tmp_path, D, kind="insights")
