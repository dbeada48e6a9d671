"""``evaluate`` and ``calibration`` on a real log in a temporary home."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from decision_cli.app import app

AS_OF = "2026-03-01T12:00"


@pytest.fixture
def run(trained_home, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments, code=0):
        result = CliRunner().invoke(app, [*arguments, "--home", str(trained_home)])
        assert result.exit_code == code, (result.output, result.exception)
        return result.stdout

    return run


def test_evaluate_fits_80_columns_and_writes_its_report(run, trained_home):
    shown = run("evaluate", "--cutoffs", "1", "--as-of", AS_OF)
    report = trained_home / "reports" / "evaluations" / "evaluation-2026-03-01" / "evaluation.md"
    *lines, last = shown.splitlines()
    assert last == f"Report: {report}"
    assert max(map(len, lines)) <= 80
    assert (
        "The model is better than the rates and the base rate: on 80 judged decisions"
        in shown.replace("\n", " ").replace("  ", " ")
    )
    assert "last 20 rows" in shown
    assert {path.suffix for path in report.parent.iterdir()} == {".md", ".json", ".svg"}


def test_evaluate_tells_programs_all_of_it(run, trained_home):
    answer = json.loads(
        run("evaluate", "--cutoffs", "1", "--as-of", AS_OF, "--no-report", "--json")
    )
    assert answer["better"] is True
    assert answer["report"] is None
    assert not (trained_home / "reports").exists()


def test_evaluate_says_how_much_is_missing(run):
    shown = run("evaluate", "--as-of", "2025-12-01")
    assert "Not enough matured decisions yet" in shown


def test_calibration_grades_what_predict_has_kept(run, trained_home):
    asked = ("--type", "coaching", "--source", "email", "--content", "I have a budget")
    run("predict", *asked)
    shown = run("calibration")
    assert "No prediction can be graded" in shown
    answer = json.loads(run("calibration", "--json"))
    (version,) = answer["versions"]
    assert version["serves"]
    assert version["predictions"] == 1
    assert Path(trained_home / "data").is_dir()


def test_calibration_shows_the_challenger_beside_what_serves(challenged_home, monkeypatch):
    from datetime import UTC, datetime, timedelta

    from decision_log import DecisionLog

    monkeypatch.setenv("COLUMNS", "80")
    with DecisionLog(home=challenged_home) as log:
        items = [
            {"id": f"n{n}", "type": "coaching", "source": "email", "score": n} for n in range(60)
        ]
        log.scorer().score_opportunities_batch(items)
        log.scorer().flush()
        now = datetime.now(UTC)
        for n in range(60):
            log.log_decision(f"d-n{n}", "coaching", "email", "Replied", opportunity_id=f"n{n}")
            log.record_outcome(f"d-n{n}", "conversion", "success" if n % 3 else "failed")
    later = (now + timedelta(days=90)).isoformat()
    arguments = ["calibration", "--as-of", later, "--home", str(challenged_home)]
    shown = CliRunner().invoke(app, arguments).stdout
    assert max(map(len, shown.splitlines())) <= 80
    assert "Challenger and champion on 60 decisions" in shown
    answer = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).stdout)
    assert answer["challenger"]["graded"] == 60
    assert answer["challenger"]["sentence"] in " ".join(shown.split())
    assert [row["version"] for row in answer["versions"]] == [answer["challenger"]["against"]]
