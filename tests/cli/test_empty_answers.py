"""Every empty answer names the home and the next step; tables and errors are one thing each."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from decision_cli.app import app

runner = CliRunner()

EMPTY = (
    "list", "today", "conversions", "conversions --by source", "roi", "insights", "summary --no-save", "types list",
    "types list --of maker", "map", "models list", "calibration", "evaluate --no-report", "fields", "train", "doctor",
    "rejects list", "undo", "show d-1", "history d-1", "score",
)  # fmt: skip


def run(home: Path, command: str):
    return runner.invoke(app, [*command.split(), "--home", str(home)], env={"COLUMNS": "120"})


@pytest.mark.parametrize("command", EMPTY)
def test_an_empty_log_is_named_with_what_to_do_next(command: str, tmp_path: Path) -> None:
    home = tmp_path / "h"
    home.mkdir()
    result = run(home, command)
    text = " ".join(result.output.split())
    assert str(home) in text.replace(" ", "") or str(home) in text
    assert command in {"doctor", "undo"} or "decision-log" in text or "Put the" in text
    assert result.exit_code == (
        command.split(maxsplit=1)[0] in {"undo", "show", "history", "score"}
    )


@pytest.mark.parametrize(
    "command", ["list", "types list", "train", "today", "doctor", "conversions"]
)
def test_a_home_that_is_not_there_is_not_made_and_said(command: str, tmp_path: Path) -> None:
    home = tmp_path / "nowhere"
    text = run(home, command).output
    assert "no folder" in text or "no such folder" in text or "does not exist" in text
    assert not home.exists()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    for number in range(2):
        run(folder, f"log -t coaching -s email -a Sent --id d-{number}")
    run(folder, "won d-0 250")
    return folder


def test_the_summary_as_csv_is_one_table_with_its_figures(home: Path) -> None:
    result = run(home, "summary --csv --no-save")
    rows = list(csv.reader(io.StringIO(result.stdout)))
    assert result.exit_code == 0
    assert {len(row) for row in rows} == {len(rows[0])}
    figures = {row[0]: row[1:] for row in rows[1:]}
    flat = " ".join(" ".join([name, *cells]) for name, cells in figures.items())
    assert "250" in flat
    assert not {"│", "─"} & set(result.stdout)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("won nobody 5", "No decision 'nobody'"),
        ("won d-0 abc", "must be an amount"),
        ("outcome d-0 -t deal -s zorp", "'zorp' is not a known status"),
        ("show nobody", "No decision 'nobody'"),
        ("list --since 2026-02-30", "must exist in the calendar"),
        ("undo nothing", "Nothing with the id 'nothing'"),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_an_error_is_one_line_on_standard_error(
    home: Path, command: str, says: str, *, as_json: bool
) -> None:
    result = run(home, f"{command} --json" if as_json else command)
    assert (result.exit_code, result.stdout if not as_json else "") == (1, "")
    assert "Traceback" not in result.output
    if as_json:
        assert says in json.loads(result.stdout or result.stderr)["error"]["message"]
    else:
        assert result.stderr.startswith("Error: ")
        assert result.stderr.count("\n") == 1
        assert says in result.stderr
