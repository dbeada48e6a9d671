"""What was recorded while a clock stood in the future is named with its remedy, and the remedy works."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from decision_cli.app import app
from decision_log import DecisionLog, diagnose
from decision_store import Decision, Outcome, Store

LATER = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1_600)
NOW = datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture
def home(tmp_path):
    with Store(tmp_path / "data" / "decision_log.duckdb") as store:
        store.log_decision(Decision("early", LATER, "lead", "mail", "reply", LATER))
        store.record_outcome(Outcome("o-early", "early", "conversion", "success", LATER, LATER))
        store.log_decision(Decision("today", NOW, "lead", "mail", "reply", NOW))
        store.record_outcome(Outcome("o-today", "today", "conversion", "success", LATER, LATER))
        store.fold()
    return tmp_path


def run(home, *words):
    return CliRunner().invoke(app, ["--home", str(home), *words])


def test_doctor_names_them_and_what_it_names_works(home):
    (problem,) = diagnose(home=home)["problems"]
    assert "2 decisions and outcomes" in problem
    assert "early (" in problem
    assert "o-today (" in problem
    for fact in ("early", "o-today"):
        assert run(home, "undo", fact).exit_code == 0
    assert diagnose(home=home)["problems"] == []
    words = ("--type", "lead", "--source", "mail", "--action", "reply")
    assert run(home, "log", "--id", "again", *words).exit_code == 0
    for decision in ("again", "today"):
        assert run(home, "won", decision, "100").exit_code == 0
    with DecisionLog(home=home) as log:
        (row,) = log.get_conversion_rates()
    assert (row["won"], row["total_decisions"], row["total_revenue"]) == (2, 2, 200.0)


def test_repeating_one_says_why_it_does_not_count(home):
    words = ("--type", "lead", "--source", "mail", "--action", "reply")
    said = run(home, "log", "--id", "early", *words).output
    assert "future of this clock" in said
    assert "decision-log undo early" in said
