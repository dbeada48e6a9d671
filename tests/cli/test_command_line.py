"""What holds for every command: the home, help, errors, exit codes."""

from __future__ import annotations

import inspect
import json
import re
from importlib import import_module

import pytest
import typer
from typer.testing import CliRunner

from decision_cli.app import SECTIONS, app

LOG = ["log", "-t", "coaching", "-s", "email", "-a", "Replied with offer"]
ENTRIES = [entry for section in SECTIONS for entry in section.entries]
GROUP = typer.main.get_command(app)


def all_commands(group=GROUP, words=()):
    for name in group.commands:
        command = group.commands[name]
        if hasattr(command, "commands"):
            yield from all_commands(command, (*words, name))
        else:
            yield (*words, name), command


COMMANDS = dict(all_commands())
NAMES = [" ".join(words) for words in COMMANDS]


def invoke(*arguments):
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize("place", ["before", "between", "after"])
def test_the_home_may_stand_before_between_and_after_the_words_of_a_group(tmp_path, place):
    home = ["--home", str(tmp_path / "here")]
    (tmp_path / "here").mkdir()
    assert invoke(*LOG, "--id", "d-1", *home).exit_code == 0
    line = {
        "before": [*home, "models", "list"],
        "between": ["models", *home, "list"],
        "after": ["models", "list", *home],
    }[place]
    assert invoke(*line).exit_code == 0
    assert "models list in" in (tmp_path / "here" / "logs" / "decision-log.log").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_every_command_takes_home_and_json(name):
    options = {option for p in COMMANDS[tuple(name.split())].params for option in p.opts}
    assert {"--home", "--json"} <= options


def test_the_home_after_the_command_wins_over_the_one_before_and_both_over_the_environment(
    tmp_path, monkeypatch
):
    for name in ("environment", "before", "after"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("DECISION_LOG_HOME", str(tmp_path / "environment"))
    before, after = (["--home", str(tmp_path / name)] for name in ("before", "after"))
    for line in ([*LOG], [*before, *LOG], [*before, *LOG, *after]):
        assert invoke(*line).exit_code == 0
    for name in ("environment", "before", "after"):
        rows = json.loads(invoke("conversions", "--json", "--home", str(tmp_path / name)).stdout)
        assert rows[0]["total_decisions"] == 1


@pytest.mark.parametrize(
    "line", [LOG, ["outcome", "d-1", "-t", "response", "-s", "pending"]], ids=["log", "outcome"]
)
def test_a_misspelt_home_is_refused_and_not_created(tmp_path, line):
    place = tmp_path / "shpo"
    result = invoke(*line, "--home", str(place))
    assert result.exit_code == 2
    assert str(place) in result.stderr.replace("\n", "")
    assert "--create" in result.stderr
    assert not place.exists()


def test_create_makes_the_home(tmp_path):
    assert invoke(*LOG, "--home", str(tmp_path / "new"), "--create").exit_code == 0
    assert (tmp_path / "new" / "data").is_dir()


def test_the_misspelt_home_of_the_environment_is_named_as_such(tmp_path, monkeypatch):
    monkeypatch.setenv("DECISION_LOG_HOME", str(tmp_path / "shpo"))
    result = invoke(*LOG)
    assert result.exit_code == 2
    assert "DECISION_LOG_HOME" in result.stderr


def test_a_command_that_reads_creates_no_folder(tmp_path):
    place = tmp_path / "nothing"
    for command in ("conversions", "roi", "insights", "doctor", "fields"):
        assert invoke(command, "--home", str(place)).exit_code == 0
    assert invoke("predict", "--no-record", "--home", str(place)).exit_code == 0
    assert not place.exists()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_the_summary_in_the_help_is_the_first_line_of_the_docstring(entry):
    module, _, attribute = entry.place.partition(":")
    source = getattr(import_module(f"decision_cli.commands.{module}"), attribute)
    text = source.info.help if isinstance(source, typer.Typer) else inspect.getdoc(source)
    assert text.splitlines()[0] == entry.summary


@pytest.mark.parametrize("name", NAMES)
def test_help_fits_80_columns_and_ends_with_examples_of_the_command(name, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    text = invoke(*name.split(), "--help").stdout
    assert "..." not in COMMANDS[tuple(name.split())].get_short_help_str(60)
    assert max(map(len, text.splitlines())) <= 80
    _, _, examples = text.partition("Examples:\n")
    lines = [line.strip() for line in examples.splitlines()]
    assert lines
    assert all(line.startswith(f"decision-log {name}") for line in lines)


def test_the_help_of_the_whole_shows_every_command_in_its_section(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    text = invoke("--help").stdout
    assert max(map(len, text.splitlines())) <= 80
    for section in SECTIONS:
        _, found, rest = text.partition(f"\n{section.title}:\n")
        assert found
        block = rest.partition("\n\n")[0]
        assert re.findall(r"^  (\S+)", block, re.MULTILINE) == [e.name for e in section.entries]


def test_a_misspelt_command_gets_a_suggestion():
    result = invoke("conversion")
    assert result.exit_code == 2
    assert "Did you mean 'conversions'?" in result.stderr


def test_completion_offers_commands_and_options(process):
    for words, found in (
        ("decision-log con", "conversions"),
        ("decision-log log --sco", "--score"),
    ):
        result = process(
            environment={
                "_DECISION_LOG_COMPLETE": "complete_bash",
                "COMP_WORDS": words,
                "COMP_CWORD": str(len(words.split()) - 1),
            }
        )
        assert found in result.stdout.decode().split()


@pytest.mark.parametrize(
    ("line", "code", "kind"),
    [
        (["outcome", "nope", "-t", "response", "-s", "pending"], 1, "UnknownDecision"),
        ([*LOG, "--score", "101"], 1, "InvalidRecord"),
        (["log"], 2, "UsageError"),
        ([*LOG, "--context", "[1]"], 2, "UsageError"),
        (["score", "/nowhere/at/all.json"], 1, "UnreadableOpportunities"),
    ],
)
def test_with_json_an_error_is_json_on_stdout(run, line, code, kind):
    result = run(*line, "--json", code=code)
    error = json.loads(result.stdout)["error"]
    assert error["type"] == kind
    assert error["exit_code"] == code
    assert error["message"]
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("line", "option"),
    [
        (["conversions", "--as-of", "soon"], "--as-of"),
        ([*LOG, "--at", "soon"], "--at"),
        ([*LOG, "--score", "101"], "--score"),
        ([*LOG, "--cost", "-1"], "--cost"),
        ([*LOG, "--received-at", "soon"], "--received-at"),
        (["summary", "--date", "2026-02-30"], "--date"),
    ],
)
def test_messages_name_the_option_not_the_argument_of_the_library(run, line, option):
    message = run(*line, code=1).stderr
    assert message.startswith(f"Error: {option} ")
    assert "Traceback" not in message


def test_the_log_file_tells_ids_counts_and_durations_and_no_texts(run, home):
    run(*LOG, "--id", "d-1", "-c", "my secret text", "--sender", "ann@example.com")
    run("outcome", "nope", "-t", "response", "-s", "pending", code=1)
    path = home / "logs" / "decision-log.log"
    first, second = (line for line in path.read_text().splitlines() if "decision_cli" in line)
    assert re.search(r"INFO decision_cli: log decision_id=d-1 added=1 in \d+ ms$", first)
    assert re.search(r"ERROR decision_cli: outcome failed=UnknownDecision in \d+ ms$", second)
    assert "secret" not in path.read_text()
    assert "example.com" not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_log_file_is_rotated_and_three_old_ones_stay(run, home):
    run(*LOG)
    path = home / "logs" / "decision-log.log"
    for number in range(5):
        path.write_text(f"{number}" * 1_000_001)
        run("roi")
    kept = sorted(one.name for one in path.parent.iterdir())
    assert kept == ["decision-log.log", *(f"decision-log.log.{n}" for n in (1, 2, 3))]
    assert path.with_name("decision-log.log.1").read_text().startswith("4")


@pytest.mark.parametrize("name", NAMES)
def test_with_json_wrong_usage_of_every_command_is_json_and_exits_2(name):
    result = invoke(*name.split(), "--no-such-option", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["error"]["exit_code"] == 2
    assert result.stderr == ""


WRITING = [
    ["undo"], ["correct", "d", "--type", "x"], ["map", "a=won"], ["types", "merge", "a", "b"],
    ["types", "rename", "a", "b"], ["summary"], ["report"], ["evaluate"], ["export", "out"],
    ["predict", "-t", "a"],
]  # fmt: skip


@pytest.mark.parametrize("line", WRITING, ids=" ".join)
def test_a_command_that_would_write_refuses_a_missing_home(tmp_path, line):
    missing = tmp_path / "typo"
    result = invoke(*line, "--home", str(missing), "--json")
    assert result.exit_code == 2, result.output
    assert "there is no folder" in json.loads(result.stdout)["error"]["message"]
    assert not missing.exists()


@pytest.mark.parametrize(
    "line", [["list"], ["conversions"], ["today"], ["types", "list"]], ids=" ".join
)
def test_with_json_an_answer_from_a_missing_home_says_so_on_standard_error(tmp_path, line):
    result = invoke(*line, "--home", str(tmp_path / "typo"), "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) is not None
    assert f"there is no folder '{tmp_path / 'typo'}'" in result.stderr
