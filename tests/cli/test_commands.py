"""Commands on a real log in a temporary home."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from decision_cli.app import app

runner = CliRunner()
LOG = ["log", "-t", "coaching", "-s", "email", "-a", "Replied with offer"]


def test_the_loop_from_log_to_score(run, tmp_path):
    run(*LOG, "--id", "d-1", "--score", "85", "--content", "Do you coach juniors?")
    run(
        "outcome",
        "d-1",
        "-t",
        "conversion",
        "-s",
        "success",
        "-r",
        "499",
        "--deal",
        "--hours",
        "30",
    )
    rows = json.loads(run("conversions", "--json").stdout)
    assert (rows[0]["won"], rows[0]["total_revenue"]) == (1, 499.0)
    source = tmp_path / "in.json"
    source.write_text('[{"type": "coaching", "source": "email", "score": 85, "content": "Hi"}]')
    target = tmp_path / "out.json"
    run("score", str(source), str(target))
    assert json.loads(target.read_text())["total_opportunities"] == 1


def test_an_id_is_made_up_and_printed(run):
    made = json.loads(run(*LOG, "--json").stdout)
    assert made["added"] is True
    run("outcome", made["decision_id"], "-t", "response", "-s", "pending")


def test_home_may_stand_before_or_after_the_command(tmp_path):
    home = str(tmp_path)
    assert runner.invoke(app, ["--home", home, *LOG]).exit_code == 0
    rows = json.loads(runner.invoke(app, ["conversions", "--home", home, "--json"]).stdout)
    assert rows[0]["total_decisions"] == 1


def test_an_error_is_one_message_on_stderr_and_exit_code_1(run):
    result = run("outcome", "nope", "-t", "response", "-s", "pending", code=1)
    assert result.stdout == ""
    assert result.stderr.startswith("Error: No decision 'nope' in the log")
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        [*LOG, "--score", "101"],
        [*LOG, "--at", "2099-01-01"],
        [*LOG, "--at", "sometime"],
        ["score", "/nowhere/at/all.json"],
        ["conversions", "--as-of", "soon"],
        ["summary", "--date", "2026-02-30"],
        ["import", "/nowhere/at/all.csv"],
    ],
)
def test_bad_input_is_reported_without_a_traceback(run, arguments):
    result = run(*arguments, code=1)
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "arguments",
    [["log"], [*LOG, "--context", "[1]"], [*LOG, "--score", "high"], ["nonsense"], ["import"]],
)
def test_wrong_usage_is_exit_code_2(run, arguments):
    run(*arguments, code=2)


@pytest.mark.parametrize(
    "command", ["conversions", "roi", "insights", "summary", "doctor", "predict"]
)
def test_every_reading_command_works_on_an_empty_home_and_speaks_json(run, command):
    assert isinstance(json.loads(run(command, "--json").stdout), dict | list)
    run(command)


def test_control_characters_never_reach_the_terminal(run):
    run(
        "log", "-t", "coach\x1b[2Jing", "-s", "e\u202email", "-a", "x", "--content", "\x1b]0;hi\x07"
    )
    shown = run("conversions").stdout + run("predict", "-t", "coach\x1b[2Jing").stdout
    assert "\x1b" not in shown
    assert "\u202e" not in shown


@pytest.mark.parametrize(
    ("columns", "commands"),
    [
        ("80", ["conversions", "roi", "insights", "summary", "doctor", "score"]),
        ("120", ["conversions", "roi"]),
    ],
)
def test_tables_fit_the_terminal(run, demo, monkeypatch, columns, commands):
    monkeypatch.setenv("COLUMNS", columns)
    for command in commands:
        for line in run(command).stdout.splitlines():
            # A path stays on one line, to be copied.
            assert len(line) <= int(columns) or str(demo) in line, line


def test_light_commands_import_neither_numpy_nor_duckdb(tmp_path):
    code = (
        "import sys\n"
        "from decision_cli.app import app\n"
        "try: app(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'duckdb', 'pyarrow', 'scipy', 'sklearn', 'pandas'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    for arguments in (["--help"], [*LOG, "--home", str(tmp_path)]):
        subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True)


def test_scoring_never_imports_scikit_learn(demo):
    code = (
        "import sys\n"
        "from decision_cli.app import app\n"
        "try: app(sys.argv[1:])\n"
        "except SystemExit as end: assert not end.code\n"
        "assert not {'sklearn', 'pandas'} & set(sys.modules)\n"
    )
    for command in ("score", "predict"):
        arguments = [command, "--home", str(demo)]
        # A refresh that is due before scoring trains, and so learns by scikit-learn.
        environment = {**os.environ, "DECISION_LOG_AUTO_TRAIN": "off"}
        subprocess.run(
            [sys.executable, "-c", code, *arguments],
            check=True,
            capture_output=True,
            env=environment,
        )


@pytest.mark.parametrize(
    "door",
    [
        ["decision_log", "conversions"],
        ["decision_log", "summary"],
        ["decision_summary"],
        ["decision_summary", "date", "2026-02-08"],
        ["decision_summary", "weekly"],
        ["opportunity_scorer"],
    ],
)
def test_the_documented_doors_open(run, home, door):
    run(*LOG)
    (home / "data" / "opportunities.json").write_text('[{"type": "coaching", "source": "email"}]')
    result = subprocess.run(
        [sys.executable, "-m", *door],
        cwd=home,
        env={"PATH": "", "DECISION_LOG_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout


def test_score_says_what_is_wrong_with_the_input_and_exits_with_1_where_items_were_rejected(
    run, tmp_path
):
    items = [{"typ": "coaching", "score": 3}, {"typ": "coaching", "score": 9}, {"score": "high"}]
    (tmp_path / "in.json").write_text(json.dumps({"records": items}))
    arguments = ["score", str(tmp_path / "in.json")]
    refused = run(*arguments, code=1)
    assert "--map records=opportunities" in refused.stderr
    done = run(*arguments, "--map", "records=opportunities", code=1)
    assert "scale of 1 to 10" in done.stderr
    assert "--map typ=type" in done.stderr
    assert "item 2: its score must be a number, not 'high'" in done.stderr
    names = ["--map", "records=opportunities", "--map", "typ=type"]
    mended = run(*arguments, *names, "--scale", "10", code=1)
    assert "scale of" not in mended.stderr
    assert "Coaching" in mended.stdout


PIPED = ("conversions", "roi", "score", "predict -t coaching -s email")


@pytest.mark.parametrize("command", PIPED)
def test_nothing_is_cut_where_the_output_is_no_terminal(home, process, run, monkeypatch, command):
    monkeypatch.delenv("COLUMNS", raising=False)
    kind = "a very long kind of opportunity " * 3 + "with an end"
    items = home / "in.json"
    items.write_text(
        json.dumps([{"id": "o-1", "type": kind, "source": "email", "content": "t" * 300}])
    )
    run("log", "-t", kind, "-s", "email", "-a", "x", "-c", "t" * 300)
    words = command.split()
    words += [str(items), str(home / "out.json")] if words[0] == "score" else []
    words += ["-t", kind] if words[0] == "predict" else []
    shown = process(*words).stdout.decode() if command == "roi" else run(*words).stdout
    assert kind[1:] in " ".join(shown.split())
    assert "…" not in shown or words[0] == "predict"  # which shows the start of similar texts


@pytest.mark.parametrize("command", ["conversions", "roi", "fields", "models list", "score"])
def test_tables_are_csv_too(run, demo, command):
    rows = list(csv.reader(io.StringIO(run(*command.split(), "--csv").stdout)))
    assert len({len(row) for row in rows}) == 1
    assert all(name.replace("_", "").isalnum() for name in rows[0])
    if command != "models list":
        assert len(rows) > 3


def test_csv_and_json_at_once_are_refused(run):
    run(*LOG)
    assert "not both" in run("conversions", "--csv", "--json", code=2).stdout


@pytest.mark.parametrize("command", ["conversions", "roi", "insights", "fields"])
def test_an_empty_answer_names_the_home_and_the_next_step(run, home, command):
    text = " ".join(run(command).stdout.split())
    assert str(home) in text
    assert "decision-log " in text


def test_export_writes_files_that_import_reads(tmp_path):
    from decision_log import DecisionLog

    with DecisionLog(home=tmp_path / "a") as log:
        log.log_decision("=d", "coaching", "email", "Replied", timestamp="2026-01-05")
    run = runner.invoke
    arguments = ["export", str(tmp_path / "f"), "--csv", "--home", str(tmp_path / "a")]
    assert run(app, arguments).exit_code == 0
    files = sorted(map(str, (tmp_path / "f").iterdir()))
    done = run(app, ["import", *files, "--home", str(tmp_path / "b")])
    assert (done.exit_code, done.stdout.splitlines()[1]) == (0, "1 new, 0 already in the log.")
    refused = run(app, [*arguments, "--jsonl"])
    assert refused.exit_code == 2
