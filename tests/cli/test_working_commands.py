"""``today``, ``list``, ``show``, ``log --from``, ``predict --from`` and ``settings``."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil

import pytest
from typer.testing import CliRunner

from decision_cli.app import app
from decision_cli.options import WIDE
from decision_log import DecisionLog
from decision_log.amending.undoing import NothingToUndo
from decision_store.errors import VoidRecord

ITEMS = [
    {"id": "opp-1", "type": "coaching", "source": "email", "score": 90, "content": "Lessons?",
     "sender": "ann@example.com", "plan": "pro", "timestamp": "2026-02-01T10:00Z"},
    {"id": "opp-2", "type": "coaching", "source": "email", "score": 40, "content": "Hello"},
]  # fmt: skip


@pytest.fixture(scope="module")
def worked_once(tmp_path_factory, fill):
    """A log of 60 decisions, and two scored opportunities."""
    home = tmp_path_factory.mktemp("worked") / "home"
    with DecisionLog(home=home) as log:
        fill(log, 60)
    (home / "data" / "opportunities.json").write_text(json.dumps(ITEMS))
    result = CliRunner().invoke(app, ["score", "--home", str(home)])
    assert result.exit_code == 0, result.output
    return home


@pytest.fixture
def worked(worked_once, home):
    """A copy of it, to change at will."""
    return shutil.copytree(worked_once, home, dirs_exist_ok=True)


def test_log_from_takes_everything_from_the_scored_file_and_its_prediction_is_found(worked, run):
    logged = json.loads(
        run("log", "--from", "opp-1", "-a", "Replied", "--id", "d", "--json").stdout
    )
    assert (logged["decision_id"], logged["added"]) == ("d", True)
    found = json.loads(run("show", "d", "--json").stdout)
    decision = found["decision"]
    assert (decision["opportunity_type"], decision["opportunity_source"]) == ("coaching", "email")
    assert (decision["opportunity_content"], decision["opportunity_score"]) == ("Lessons?", 90)
    assert (decision["sender"], decision["opportunity_id"]) == ("ann@example.com", "opp-1")
    assert decision["context"] == {"plan": "pro"}
    assert decision["received_at"].startswith("2026-02-01T10:00")
    assert [row["opportunity_id"] for row in found["predictions"]] == ["opp-1"]
    run("outcome", "d", "-t", "conversion", "-s", "success", "-r", "100")
    with DecisionLog(home=worked) as log:
        graded = log.ask("graded_predictions", as_of=log.moment()).to_pylist()
    assert [(row["decision_id"], row["state"]) for row in graded] == [("d", "won")]


def test_what_is_given_wins_over_the_scored_file(worked, run):
    run("log", "--from", "opp-1", "-a", "x", "--id", "d", "-t", "partnership", "--by", "ann",
        "--context", '{"plan": "free"}')  # fmt: skip
    decision = json.loads(run("show", "d", "--json").stdout)["decision"]
    assert decision["opportunity_type"] == "partnership"
    assert decision["decision_maker"] == "ann"
    assert decision["context"] == {"plan": "free"}


def test_an_unknown_opportunity_names_the_file_and_similar_ids(worked, run):
    for line in (["log", "--from", "opp-11", "-a", "x"], ["predict", "--from", "opp-11"]):
        message = run(*line, code=1).stderr
        assert "opportunities_scored.json" in message
        assert "Did you mean 'opp-1'" in message


def test_before_anything_was_scored_log_from_says_what_to_do(run):
    assert "Run 'decision-log score' first" in run("log", "--from", "o", "-a", "x", code=1).stderr


@pytest.mark.parametrize("text", ["{", '{"opportunities": 3}', "[]"])
def test_a_scored_file_that_cannot_be_read_is_one_message(worked, run, text):
    (worked / "data" / "opportunities_scored.json").write_text(text)
    for line in (["today"], ["log", "--from", "opp-1", "-a", "x"]):
        message = run(*line, code=1).stderr
        assert message.startswith("Error: ")
        assert "decision-log score" in message


@pytest.mark.parametrize(
    ("line", "option"),
    [
        (["log", "-a", "x", "-s", "email"], "--type"),
        (["log", "-a", "x", "-t", "coaching"], "--source"),
        (["log", "-a", "x", "--from", "opp-1", "--opportunity-id", "o"], "--opportunity-id"),
        (["list", "--open", "--state", "won"], "--open"),
        (["list", "--limit", "0"], "--limit"),
        (["list", "--state", "gone"], "--state"),
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(worked, run, line, option):
    assert option in run(*line, code=2).stderr


def test_predict_from_predicts_the_scored_opportunity(worked, run):
    shown = run("predict", "--from", "opp-1").stdout
    assert "Coaching from email" in shown
    assert "decision-log log --from opp-1 --action" in shown


def test_today_lists_what_to_answer_until_it_is_logged(worked, run):
    work = json.loads(run("today", "--json").stdout)
    assert [row["opportunity_id"] for row in work["answer"]] == ["opp-1", "opp-2"]
    assert work["answer"][0]["command"] == 'decision-log log --from opp-1 --action "…"'
    run("log", "--from", "opp-1", "-a", "Replied")
    work = json.loads(run("today", "--json").stdout)
    assert [row["opportunity_id"] for row in work["answer"]] == ["opp-2"]
    assert work["new"]["decisions"] == 1
    shown = run("today").stdout
    assert re.search(r"^answer .* opp-2\b", shown, re.MULTILINE)
    assert re.search(r"^chase ", shown, re.MULTILINE)
    assert "New since yesterday: " in shown


def test_today_lists_as_many_to_answer_as_the_capacity(worked, run):
    (worked / "decision-log.toml").write_text("capacity_per_day = 1")
    work = json.loads(run("today", "--json").stdout)
    assert len(work["answer"]) == 1
    assert work["totals"]["answer"] == 2
    assert "… and 1 more to answer" in run("today").stdout


def test_every_open_decision_is_waiting_or_overdue_and_never_both(worked, run):
    totals = json.loads(run("today", "--json").stdout)["totals"]
    rows = json.loads(run("list", "--open", "--json").stdout)
    assert totals["waiting"] == sum(not row["overdue"] for row in rows)
    assert totals["overdue"] == sum(row["overdue"] for row in rows) > 0


def test_an_empty_day_names_the_home_and_the_next_step(run, home):
    shown = run("today").stdout
    assert str(home) in shown
    assert "decision-log score" in shown


def ids(run, *filters):
    return {row["decision_id"] for row in json.loads(run("list", *filters, "--json").stdout)}


def test_the_filters_of_list_agree_with_the_rows(worked, run):
    run("log", "-t", "Golf Coaching", "-s", "E-Mail", "-a", "Sent prices", "--id", "new",
        "--sender", "Ann Lee", "-c", "About MY swing")  # fmt: skip
    rows = json.loads(run("list", "--json").stdout)
    assert rows[0]["decision_id"] == "new"
    assert rows == sorted(rows, key=lambda row: row["timestamp"], reverse=True)
    for state in ("won", "lost", "open"):
        expected = {row["decision_id"] for row in rows if row["state"] == state}
        assert ids(run, "--state", state) == expected
    assert ids(run, "--overdue") == {row["decision_id"] for row in rows if row["overdue"]}
    assert ids(run, "--type", "golf-coaching") == {"new"}
    assert ids(run, "--source", "e mail") == {"new"}
    assert ids(run, "--sender", "ann l") == {"new"}
    assert ids(run, "--text", "my SWING") == {"new"}
    assert ids(run, "--text", "sent prices") == {"new"}
    assert ids(run, "--since", "yesterday") == {"new"}
    assert ids(run, "--until", "yesterday") == {row["decision_id"] for row in rows} - {"new"}
    assert ids(run, "--as-of", "2025-11-01") == {"d-0", "d-1"}
    assert len(ids(run, "--limit", "3")) == 3


def test_list_as_csv_has_all_rows_and_on_a_terminal_50(worked, run):
    table = list(csv.DictReader(io.StringIO(run("list", "--csv").stdout)))
    assert len(table) == 60
    shown = run("list").stdout
    assert "… and 10 more" in shown
    assert "Next: decision-log show " in shown


def test_nothing_found_says_so_and_names_the_home(worked, run):
    assert str(worked) in run("list", "--text", "no such text").stdout


def test_show_of_an_unknown_id_is_an_error(run):
    assert "No decision 'nope'" in run("show", "nope", code=1).stderr


def test_show_has_everything_recorded_on_one_page(worked, run):
    shown = run("show", "d-0").stdout
    for word in ("Kind", "Decided", "Action", "Outcomes", "Nothing was predicted"):
        assert word in shown


def test_show_has_corrections_and_marks_what_was_taken_back(run):
    run("log", "-t", "a", "-s", "b", "-a", "c", "--id", "d")
    run("won", "d", "10")
    run("undo")
    run("correct", "d", "--type", "coaching")
    found = json.loads(run("show", "d", "--json").stdout)
    assert (found["decision"]["state"], found["decision"]["opportunity_type"]) == (
        "open",
        "coaching",
    )
    assert [row["voided"] for row in found["outcomes"]] == [True]
    assert [row["action"] for row in found["corrections"]] == ["void", "correct"]
    assert "Corrections" in run("show", "d").stdout
    assert ids(run, "--state", "won") == set()


def test_settings_come_from_default_file_and_environment_in_this_order(home, run, monkeypatch):
    def value():
        rows = json.loads(run("settings", "--json").stdout)
        return next(
            (row["value"], row["source"]) for row in rows if row["name"] == "capacity_per_day"
        )

    assert value() == (10, "default")
    (home / "decision-log.toml").write_text("capacity_per_day = 6")
    assert value() == (6, str(home / "decision-log.toml"))
    monkeypatch.setenv("DECISION_LOG_CAPACITY_PER_DAY", "4")
    assert value() == (4, "DECISION_LOG_CAPACITY_PER_DAY")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("capacity_per_dya = 6", "did you mean"),
        ("capacity_per_day = 0", "whole number from 1"),
        ("capacity_per_day = true", "whole number from 1"),
        ("zone = 'Berlin'", "zone name"),
        ("currency = 'euro'", "three capital letters"),
        ("maker = ' '", "not empty"),
        ("[weights]\nbase = -1", "at least 0"),
        ("[weights]\nrevenue_divisor = 0", "above 0"),
        ("tiers = [{score = 10, text = 'x'}]", "ending at 0"),
        ("tiers = [{score = 0, text = 'x'}, {score = 10, text = 'y'}]", "best first"),
        ("[vocabulary.statuses]\nHandshake = 'wonn'", "meaning one of"),
        ("auto_train = 'maybe'", "true or false"),
        ("capacity_per_day = ", "TOML"),
        ("[weights]\nbase = 1\n[wieghts]\nbase = 1", "wieghts.base"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_message_naming_file_and_entry(home, run, text, said):
    (home / "decision-log.toml").write_text(text)
    message = run("conversions", code=1).stderr
    assert message.startswith("Error: ")
    assert "decision-log.toml" in message
    assert said in message


def test_settings_change_what_the_program_does(home, run):
    (home / "decision-log.toml").write_text(
        'maker = "ross"\nzone = "Asia/Tokyo"\n'
        'tiers = [{score = 0, text = "Whenever"}]\n[weights]\nbase = 1.0\n'
        "conversion = 0\nrevenue_cap = 0\nconfidence = 0\n"
    )
    run("log", "-t", "a", "-s", "b", "-a", "c", "--id", "d", "--at", "2026-02-08T09:00")
    decision = json.loads(run("show", "d", "--json").stdout)["decision"]
    assert decision["decision_maker"] == "ross"
    assert decision["timestamp"] == "2026-02-08T09:00:00+09:00"
    (home / "data" / "opportunities.json").write_text('[{"id": 1, "score": 61}]')
    top = json.loads(run("score", "--json").stdout)["top"][0]
    assert (top["adjusted_score"], top["recommendation"]) == (61.0, "Whenever")


@pytest.mark.parametrize("words", ["yesterday", "-1d", "24 hours ago", "last week", "monday"])
def test_times_in_words_are_taken_everywhere(worked, run, words):
    run("conversions", "--as-of", words)
    run("list", "--since", words)
    run("summary", "--no-save", "--date", words)
    run("log", "-t", "a", "-s", "b", "-a", "c", "--at", words)


@pytest.mark.parametrize(
    ("words", "column"),
    [
        (["insights"], "insight_type"),
        (["calibration"], "version"),
        (["evaluate", "--no-report"], "method"),
        (["types", "list"], "name"),
        (["rejects", "list"], None),
    ],
)
def test_every_table_is_also_csv(worked, run, words, column):
    answer = run(*words, "--csv").stdout
    reader = csv.DictReader(io.StringIO(answer))
    assert reader.fieldnames
    assert column is None or column in reader.fieldnames
    assert all(None not in row for row in reader), "a row is longer than its head"


def test_show_as_csv_has_one_line_per_fact(worked, run):
    run("log", "--from", "opp-1", "-a", "Replied", "--id", "d")
    run("won", "d", "100", "--yes")
    run("correct", "d", "--type", "partnership")
    rows = list(csv.DictReader(io.StringIO(run("show", "d", "--csv").stdout)))
    assert [row["kind"] for row in rows] == ["decision", "outcome", "correction", "prediction"]
    assert (rows[0]["id"], rows[0]["state"], float(rows[1]["revenue_generated"])) == (
        "d",
        "won",
        100,
    )


def test_show_names_money_of_a_decision_that_is_not_won(worked, run):
    run("log", "--from", "opp-1", "-a", "Replied", "--id", "d")
    run("outcome", "d", "-t", "conversion", "-s", "pending", "-r", "30")
    assert re.search(r"Pending +\$30", run("show", "d").stdout)
    run("lost", "d")
    assert re.search(r"Received, not won +\$30", run("show", "d").stdout)


@pytest.mark.parametrize(
    ("words", "step"),
    [
        (["models", "list"], "decision-log train"),
        (["summary", "--no-save"], "decision-log import"),
        (["calibration"], "decision-log score"),
    ],
)
def test_an_empty_answer_names_the_home_and_the_next_step(home, run, words, step):
    answer = " ".join(run(*words).stdout.split())
    assert str(home) in answer
    assert step in answer


def test_the_messages_about_what_was_taken_back_name_commands_that_exist(run):
    for error in (VoidRecord("outcome", "o-1"), NothingToUndo("o-1")):
        commands = re.findall(r"decision-log (\w+)", str(error))
        assert commands
        for command in commands:
            assert run(command, "--help").exit_code == 0, command


def test_wide_shows_every_column_and_colours_are_for_terminals_that_want_them(
    worked, run, monkeypatch
):
    monkeypatch.setenv("COLUMNS", "60")
    narrow, wide = run("conversions").stdout, run("conversions", "--wide").stdout
    assert "Revenue" not in narrow
    assert all(word in wide for word in ("Revenue", "To win", "Decisions", "●"))
    assert "\x1b" not in wide
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = run("list", "--wide").stdout
    assert "\x1b[36mwon" in coloured
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[36m" not in run("list", "--wide").stdout


def test_a_wide_ranking_shows_sender_and_text_of_each_opportunity(worked, run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    narrow, wide = run("score", "--again").stdout, run("score", "--again", "--wide").stdout
    assert "opp-1" in narrow
    assert "Lessons?" not in narrow
    row = next(line for line in wide.splitlines() if "opp-1" in line)
    assert "ann@example.com" in row
    assert "Lessons?" in row


def test_wide_holds_for_one_command_alone(run):
    run("conversions", "--wide")
    assert WIDE.get()
    run("settings")  # a command without that option
    assert not WIDE.get()


def test_a_second_amount_is_shown_with_all_that_the_decision_brought(run):
    run("log", "--id", "d-1", "-t", "coaching", "-s", "email", "-a", "Replied")
    assert run("won", "d-1", "500").stdout == "Won d-1 for $500.00: it is won.\n"
    assert "it is won, with $1,200.00 in all." in run("won", "d-1", "700").stdout
    assert json.loads(run("won", "d-1", "90", "--json").stdout)["revenue"] == 1290.0


def test_an_amount_that_no_number_holds_names_the_argument(run):
    run("log", "--id", "d-1", "-t", "coaching", "-s", "email", "-a", "Replied")
    assert run("won", "d-1", "1e400", code=1).stderr.startswith("Error: AMOUNT must be an amount")


def test_a_list_of_a_name_that_nobody_has_says_so_with_close_ones(run):
    run("log", "--id", "d-1", "-t", "coaching", "-s", "email", "-a", "Replied")
    said = " ".join(run("list", "--type", "coachin", "--source", "fax").stdout.split())
    assert "No decision has the type 'coachin'. Did you mean coaching?" in said
    assert "No decision has the source 'fax'." in said
