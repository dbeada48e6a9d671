"""Commands that may begin a log say so where they made its folder, and only there."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from decision_cli.app import app

ROWS = "Ref,Date,Status,Source\n1,2026-03-04,won,Web\n2,2026-03-05,lost,Web\n"


@pytest.fixture
def commands(tmp_path):
    (tmp_path / "deals.csv").write_text(ROWS)
    (tmp_path / "leads.json").write_text('[{"type": "coaching", "source": "email", "score": 40}]')
    return {
        "import": ["import", str(tmp_path / "deals.csv")],
        "score": ["score", str(tmp_path / "leads.json")],
        "demo": ["demo", "--days", "30"],
    }


@pytest.mark.parametrize("name", ["import", "score", "demo"])
def test_the_folder_that_was_made_is_named_once_on_standard_error(name, commands, tmp_path):
    home = tmp_path / "new" / "home"
    line = f"Made the folder {home} for this log."
    first = CliRunner().invoke(app, [*commands[name], "--home", str(home), "--json"])
    assert first.exit_code == 0, first.output
    assert first.stderr.splitlines().count(line) == 1
    assert json.loads(first.stdout)
    if name != "demo":  # which refuses a folder with a log
        second = CliRunner().invoke(app, [*commands[name], "--home", str(home), "--json"])
        assert (second.exit_code, line in second.stderr) == (0, False)


def test_a_folder_that_was_there_is_not_announced(commands, tmp_path):
    result = CliRunner().invoke(app, [*commands["import"], "--home", str(tmp_path)])
    assert (result.exit_code, "Made the folder" in result.stderr) == (0, False)
