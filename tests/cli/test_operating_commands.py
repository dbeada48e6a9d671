"""Commands of an operator: backup, restore, compact, query."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from decision_cli.app import app
from decision_log import DecisionLog


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("operated")
    with DecisionLog(home=home) as log:
        log.log_decision(
            "d-1", "coaching", "email", "=1+1", "Do you coach?", sender="pat@example.com"
        )
        log.won("d-1", 250.0)
    return home


def run(home: Path, *arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["--home", str(home), *arguments])
    assert result.exit_code == code, result.output
    return result.output


def test_a_backup_is_restored_into_a_new_home_and_into_no_other(home, tmp_path):
    made = json.loads(run(home, "backup", str(tmp_path / "copy"), "--json"))
    assert made["records"] == 2
    assert "1 decisions, 1 outcomes" in run(tmp_path / "new", "restore", str(tmp_path / "copy"))
    assert "never overwrites" in run(home, "restore", str(tmp_path / "copy"), code=1)
    assert "d-1" in run(tmp_path / "new", "list", "--csv")


def test_query_answers_as_table_csv_and_json_and_refuses_the_rest(home):
    sql = "SELECT decision_id, action_taken, 1.5::DECIMAL(9,2) AS x, 'nan'::DOUBLE AS n FROM decisions"
    assert json.loads(run(home, "query", sql, "--json")) == [
        {"decision_id": "d-1", "action_taken": "=1+1", "x": 1.5, "n": None}
    ]
    assert "d-1,'=1+1,1.5," in run(home, "query", sql, "--csv")
    assert "d-1" in run(home, "query", sql)
    refused = json.loads(run(home, "query", "DROP TABLE decisions", "--json", code=1))
    assert refused["error"]["type"] == "QueryRefused"


def test_compact_says_what_it_gained(home):
    shown = json.loads(run(home, "compact", "--json"))
    assert shown["files_after"] <= shown["files_before"]
