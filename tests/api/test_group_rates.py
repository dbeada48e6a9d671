"""Rates of one factor alone: `get_group_rates` and `conversions --by`."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from decision_cli.app import app
from decision_log import DecisionLog
from decision_store.errors import InvalidRecord

START = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """80 closed decisions: ann wins half of all leads, bob a quarter of the same ones."""
    folder = tmp_path_factory.mktemp("home")
    decisions, outcomes = [], []
    for i in range(80):
        made = START + timedelta(hours=i)
        first = i % 2 == 0
        won = i // 2 % 2 == 0 if first else i // 2 % 4 == 0
        decisions.append(
            {
                "decision_id": f"d{i}", "opportunity_type": "ab"[i // 4 % 2], "opportunity_source": "mail",
                "action_taken": "reply", "decision_maker": "ann" if first else "bob", "timestamp": made,
                "recorded_at": made,
            }
        )  # fmt: skip
        outcomes.append(
            {
                "decision_id": f"d{i}", "outcome_type": "conversion", "outcome_status": "success" if won else "failed",
                "revenue_generated": 100.0 if won else 0.0, "response_received": i % 8 == 0,
                "occurred_at": made + timedelta(hours=3), "recorded_at": made + timedelta(hours=3),
            }
        )  # fmt: skip
    with DecisionLog(home=folder) as log:
        log.log_decisions(decisions)
        log.record_outcomes(outcomes)
    return folder


@pytest.mark.parametrize("by", ["source", "type", "maker", "action", "month"])
def test_every_group_counts_each_decision_once(home, by):
    with DecisionLog(home=home) as log:
        rows = log.get_group_rates(by)
    assert sum(row["total_decisions"] for row in rows) == 80
    assert sum(row["won"] for row in rows) == 30
    assert sum(row["total_revenue"] for row in rows) == 3000.0
    for row in rows:
        low, high = row["interval"]
        assert low < row["conversion_rate"] < high


def test_the_rate_of_a_group_is_that_of_its_own_decisions_with_responses_and_revenue(home):
    with DecisionLog(home=home) as log:
        ann, bob = sorted(log.get_group_rates("maker"), key=lambda row: row["group"])
    assert ann["conversion_rate"] == pytest.approx(50, abs=5)
    assert bob["conversion_rate"] == pytest.approx(25, abs=5)
    assert (ann["response_rate"], bob["response_rate"]) == (25.0, 0.0)
    assert ann["avg_revenue_per_decision"] == 50.0
    assert ann["difference"] == pytest.approx(-bob["difference"], abs=0.2)
    assert ann["overlap"] == 1.0


def test_months_are_those_of_the_zone_in_order_and_not_compared(home):
    with DecisionLog(home=home) as log:
        rows = log.get_group_rates("month")
    assert [row["group"] for row in rows] == ["2026-01", "2026-02"]
    assert {row["difference"] for row in rows} == {None}


def test_an_unknown_group_is_refused_with_those_that_exist(home):
    with DecisionLog(home=home) as log, pytest.raises(InvalidRecord, match="source, type, maker"):
        log.get_group_rates("colour")


def test_the_command_shows_a_group_as_table_json_and_csv(home):
    arguments = ["conversions", "--by", "maker", "--home", str(home)]
    table, as_json, as_csv = (
        CliRunner().invoke(app, [*arguments, *more], env={"COLUMNS": "200"})
        for more in ([], ["--json"], ["--csv"])
    )
    assert "same leads compared" in table.output
    assert {row["group"] for row in json.loads(as_json.output)} == {"ann", "bob"}
    assert as_csv.output.startswith("group,")


def test_an_empty_log_has_no_groups(tmp_path):
    with DecisionLog(home=tmp_path / "home") as log:
        assert log.get_group_rates("maker") == []
