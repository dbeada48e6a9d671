"""won, lost, outcome, undo, correct and map: one call each, repeated without effect, and taken back."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from decision_cli.app import app

runner = CliRunner()


@pytest.fixture
def run(tmp_path):
    home = tmp_path / "home"
    home.mkdir()

    def run(*arguments, code=0):
        result = runner.invoke(app, [*arguments, "--home", str(home)])
        assert result.exit_code == code, (result.output, result.exception)
        return result

    return run


@pytest.fixture
def answer(run):
    def answer(*arguments, code=0):
        return json.loads(run(*arguments, "--json", code=code).stdout)

    return answer


def log(run, *ids):
    for decision_id in ids:
        run("log", "-t", "coaching", "-s", "email", "-a", "Offered", "--id", decision_id)


def money(answer):
    won = [row["revenue"] for row in answer("list", "--state", "won")]
    return len(won), sum(won)


def test_won_and_lost_say_the_state_and_repeating_them_changes_nothing(run, answer):
    log(run, "a", "b")
    first = answer("won", "a", "250")
    assert (first["state"], first["added"]) == ("won", True)
    again = answer("won", "a", "250")
    assert (again["added"], again["outcome_id"]) == (False, first["outcome_id"])
    assert "Already recorded" in run("won", "a", "250").stdout
    assert answer("won", "a", "250", "--again")["added"] is True
    assert answer("lost", "b")["state"] == "lost"
    assert money(answer) == (1, 500.0)


def test_an_outcome_takes_the_words_of_a_crm_and_refuses_others(run, answer):
    log(run, "a")
    text = run("outcome", "a", "-t", "deal", "-s", "clsoed won", code=1).stderr
    assert "'closed won'" in text
    assert "decision-log map 'clsoed won=won'" in text
    assert answer("outcome", "a", "-t", "vente", "-s", "Gagnée", "-r", "99")["state"] == "won"
    assert answer("outcome", "a", "-t", "call", "-s", "lost")["state"] == "won"
    refund = run("outcome", "a", "-t", "refund", "-s", "refunded", "-r", "99", code=1)
    assert "a refund is negative" in refund.stderr


def test_undo_takes_back_the_last_thing_once(run, answer):
    log(run, "a", "b")
    run("won", "a", "100")
    run("won", "b", "70")
    first = answer("undo")
    assert (first["kind"], first["decision_id"], first["state"]) == ("outcome", "b", "open")
    assert answer("undo")["new"] is False
    assert money(answer) == (1, 100.0)
    assert answer("undo", first["amendment_id"])["state"] == "won"
    assert money(answer) == (2, 170.0)
    assert answer("undo", "b")["kind"] == "decision"
    assert money(answer) == (1, 100.0)
    assert "was taken back" in run(
        "log", "-t", "x", "-s", "y", "-a", "z", "--id", "b", code=1
    ).stderr  # fmt: skip
    assert "is in the log" in run("undo", "nonsense", code=1).stderr


def test_a_void_takes_one_outcome_with_its_revenue(run, answer):
    log(run, "a")
    run("won", "a", "100")
    second = answer("won", "a", "40", "--again")
    for new in (True, False, False):
        taken = answer("outcome", "--void", second["outcome_id"])
        assert (taken["new"], taken["state"]) == (new, "won")
    assert money(answer) == (1, 100.0)
    assert answer("won", "a", "40")["added"] is True  # what was taken back is no repeat


def test_a_correction_counts_from_now_on_and_can_be_undone(run, answer):
    log(run, "a")
    run("won", "a", "100")
    changed = answer("correct", "a", "--type", "Partnership", "--sender", "pat@example.com")
    assert [c["before"] for c in changed["changes"]] == ["coaching", ""]
    assert answer("correct", "a", "--type", "Partnership")["changes"] == []
    assert [row["opportunity_type"] for row in answer("conversions")] == ["Partnership"]
    assert answer("undo", changed["changes"][0]["amendment_id"])["new"] is True
    assert [row["opportunity_type"] for row in answer("conversions")] == ["coaching"]
    assert "--type" in run("correct", "a", code=2).stderr


def test_a_word_is_taught_once_and_forgotten_again(run, answer):
    log(run, "a")
    run("outcome", "a", "-t", "deal", "-s", "handshake", code=1)
    assert answer("map", "Hand-Shake=won")["new"] is True
    assert answer("map", "handshake=won")["new"] is False
    assert answer("outcome", "a", "-t", "deal", "-s", "handshake", "-r", "10")["state"] == "won"
    assert "won, lost, open, reversed, refund" in run("map", "x=maybe", code=1).stderr
    run("map", "--type", "workshop=activity")
    assert answer("outcome", "a", "-t", "workshop", "-s", "lost")["state"] == "won"


def test_an_amount_far_outside_what_was_seen_is_flagged(run, answer):
    ids = [f"d{i}" for i in range(7)]
    log(run, *ids)
    for decision_id in ids[:5]:
        assert answer("won", decision_id, "100")["warnings"] == []
    (warning,) = answer("won", "d5", "50000")["warnings"]
    assert "500 times the largest amount" in warning
    assert "far below" in run("won", "d6", "0.5").stderr
    assert "only 100.00 was received" in run(
        "outcome", "d0", "-t", "refund", "-s", "refunded", "-r", "-500"
    ).stderr  # fmt: skip


def test_history_lists_the_facts_in_order_as_table_json_and_csv(run, answer):
    log(run, "d-1")
    run("won", "d-1", "100")
    run("undo")
    assert [fact["kind"] for fact in answer("history", "d-1")] == ["decision", "outcome", "void"]
    assert "outcome, void" in run("history", "d-1").stdout
    assert run("history", "d-1", "--csv").stdout.startswith("recorded_at,occurred_at,kind,what,")


def test_an_amount_in_another_currency_names_the_option(run, answer):
    log(run, "d-1")
    assert "for €1,200.50" in run("won", "d-1", "1.200,50 €").stdout
    assert "Error: AMOUNT must be in EUR" in run("won", "d-1", "$5", code=1).stderr
    refused = run(
        "outcome", "d-1", "-t", "sale", "-s", "won", "-r", "5", "--currency", "USD", code=1
    )
    assert "Error: --revenue must be in EUR" in refused.stderr
    assert "€1,200.50" in run("show", "d-1").stdout
    assert "Amounts in EUR." in " ".join(run("conversions").stdout.split())


def test_log_hints_at_a_misspelt_type_on_standard_error_and_in_json(run, answer):
    log(run, "d-1")
    logged = ("log", "-t", "coachin", "-s", "email", "-a", "x")
    noted = run(*logged, "--id", "d-2")
    assert noted.stdout == "Logged d-2.\n"
    assert "did you mean coaching? If so: decision-log correct d-2 --type coaching" in noted.stderr
    run("correct", "d-2", "--type", "coaching")
    assert answer("log", "-t", "coachng", "-s", "email", "-a", "x")["warnings"]


def test_taught_words_are_listed_and_undone(run, answer):
    run("map", "abgenickt=won")
    (row,) = answer("map")
    assert (row["word"], row["meaning"]) == ("abgenickt", "won")
    run("undo", row["amendment_id"])
    assert "was taught no words" in " ".join(run("map").stdout.split())


def test_undo_takes_back_a_correction_of_several_fields_as_one(run, answer):
    log(run, "a")
    text = run("correct", "a", "--type", "Partnership", "--sender", "pat@example.com").stdout
    taken = answer("undo")
    assert (taken["kind"], taken["records"], taken["decision_id"]) == ("correct", 2, "a")
    assert f"To take back all: decision-log undo {taken['id']}" in text
    shown = answer("show", "a")["decision"]
    assert (shown["opportunity_type"], shown["sender"]) == ("coaching", "")
    assert answer("undo")["new"] is False
    assert answer("undo", taken["amendment_id"])["records"] == 2
    shown = answer("show", "a")["decision"]
    assert (shown["opportunity_type"], shown["sender"]) == ("Partnership", "pat@example.com")


def test_undo_after_a_void_a_word_and_an_older_time_takes_back_that(run, answer):
    log(run, "a", "b")
    run("outcome", "--void", answer("won", "a", "100")["outcome_id"])
    assert (answer("undo")["kind"], answer("show", "a")["decision"]["state"]) == ("void", "won")
    run("map", "handshake=won")
    assert (answer("undo")["kind"], answer("map")) == ("map", [])
    old = ("--at", "2020-01-05", "--recorded-at", "2020-01-06")
    run("log", "-t", "coaching", "-s", "email", "-a", "Sent", "--id", "old", *old)
    assert answer("undo")["id"] == "old"


def test_undo_separates_merged_types_again(run, answer):
    log(run, "a")
    run("log", "-t", "coachin", "-s", "web", "-a", "Sent", "--id", "b")
    merged = answer("types", "merge", "coachin", "coaching")
    run("log", "-t", "coachin", "-s", "web", "-a", "Sent", "--id", "c")
    assert [row["name"] for row in answer("types", "list")] == ["coaching"]
    taken = answer("undo")
    assert (taken["kind"], taken["id"]) == ("decision", "c")
    taken = answer("undo", merged["alias_id"])
    assert {row["name"]: row["decisions"] for row in answer("types", "list")} == {
        "coaching": 1,
        "coachin": 1,
    }
    assert answer("undo")["new"] is False
    assert answer("undo", merged["alias_id"])["new"] is False
    assert answer("undo", taken["amendment_id"])["new"] is True
    assert [row["name"] for row in answer("types", "list")] == ["coaching"]
    run("types", "rename", "coaching", "Golf")
    assert answer("undo")["kind"] == "alias"
    assert [row["name"] for row in answer("types", "list")] == ["coaching"]


def test_undo_takes_back_a_whole_import_and_restores_it(run, answer, tmp_path):
    log(run, "a")
    run("won", "a", "70")
    rows = ["d1,2026-01-05,coaching,email,won,100", "d2,2026-01-06,coaching,web,open,"]
    file = tmp_path / "deals.csv"
    file.write_text("\n".join(["id,date,type,source,status,amount", *rows]))
    run("import", str(file), "--yes")
    assert money(answer) == (2, 170.0)
    taken = answer("undo")
    assert (taken["kind"], taken["records"]) == ("import", 3)
    assert money(answer) == (1, 70.0)
    refused = run("won", "d2", "5", code=1).stderr
    assert f"restore it first: decision-log undo {taken['amendment_id']}" in " ".join(
        refused.split()
    )
    again = run("import", str(file), "--yes")
    assert "taken back" in again.output
    assert money(answer) == (1, 70.0)
    run("undo", taken["amendment_id"])
    assert money(answer) == (2, 170.0)


@pytest.mark.parametrize(
    "command", [["won", "a", "5"], ["lost", "a"], ["outcome", "a", "-t", "call", "-s", "done"]]
)
def test_no_outcome_is_recorded_for_a_decision_that_was_taken_back(run, answer, command):
    log(run, "a")
    taken = answer("undo")
    refused = run(*command, code=1).stderr
    assert "Decision 'a' was taken back" in refused
    run("undo", taken["amendment_id"])
    assert answer(*command)["added"] is True


def test_a_correction_taken_back_leaves_what_the_others_say(run, answer):
    run("log", "-t", "coaching", "-s", "email", "-a", "Sent", "-c", "asked", "--id", "a")

    def correct(option, value):
        return answer("correct", "a", option, value)["changes"][0]["amendment_id"]

    def shown(field):
        return answer("show", "a")["decision"][field]

    correct("--content", "")
    run("undo", correct("--content", "other"))
    assert shown("opportunity_content") == ""
    first, second = correct("--type", "speaking"), correct("--type", "advice")
    back = answer("undo", first)["amendment_id"]
    assert shown("opportunity_type") == "advice"
    run("undo", second)
    assert shown("opportunity_type") == "coaching"
    run("undo", back)
    assert shown("opportunity_type") == "speaking"


def test_a_word_taught_in_another_spelling_and_taken_back_means_what_it_meant(run, answer):
    run("map", "Abgenickt=won")
    run("map", "ABGENICKT=lost")
    run("undo")
    assert [row["meaning"] for row in answer("map")] == ["won"]
