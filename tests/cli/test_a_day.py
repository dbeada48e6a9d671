"""A day of four users: a founder, a salesperson who looks, an agent in a loop, somebody with a CRM export."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from decision_cli.app import app

CRM = Path(__file__).resolve().parents[3] / "shared" / "data" / "crm"
runner = CliRunner()


@pytest.fixture
def run(tmp_path):
    home = tmp_path / "home"
    home.mkdir()

    def run(*arguments, code=0):
        result = runner.invoke(app, [*arguments, "--home", str(home)])
        assert result.exit_code == code, (result.output, result.exception)
        return result.stdout

    return run


def totals(run):
    rows = json.loads(run("conversions", "--json"))
    counted = {name: sum(row[name] for row in rows) for name in ("won", "lost", "open")}
    return {**counted, "revenue": round(sum(row["total_revenue"] for row in rows), 2)}


def test_a_founder_logs_wins_and_takes_a_mistake_back(run):
    for number in range(3):
        run("log", "-t", "coaching", "-s", "email", "-a", "Offered", "--id", f"d-{number}")
    assert "it is won" in run("won", "d-0", "400")
    assert "it is won" in run("won", "d-1", "2500")  # the wrong one
    assert "d-1 is open" in run("undo")
    waiting = json.loads(run("today", "--json"))["waiting"]
    assert {row["decision_id"] for row in waiting} == {"d-1", "d-2"}
    assert "it is won" in run("won", "d-2", "2500")
    assert "it is lost" in run("lost", "d-1", "--reason", "too expensive")
    assert totals(run) == {"won": 2, "lost": 1, "open": 0, "revenue": 2900.0}
    assert "it is lost" in run("outcome", "d-2", "-t", "deal", "-s", "reversed")
    assert totals(run) == {"won": 1, "lost": 2, "open": 0, "revenue": 400.0}
    assert "Healthy" in run("doctor")


def test_a_salesperson_looks_decisions_up_and_sees_what_was_put_right(run):
    for number, sender in enumerate(("Pat", "Kim", "Pat")):
        run(
            "log",
            "-t",
            "coaching",
            "-s",
            "email",
            "-a",
            "Offered",
            "--id",
            f"d-{number}",
            "--sender",
            sender,
        )
    run("won", "d-0", "400")
    wrong = json.loads(run("won", "d-2", "400", "--json"))["outcome_id"]
    run("outcome", "--void", wrong)
    run("correct", "d-2", "--type", "partnership")
    found = json.loads(run("list", "--open", "--json"))
    assert {(row["decision_id"], row["opportunity_type"]) for row in found} == {
        ("d-1", "coaching"), ("d-2", "partnership"),
    }  # fmt: skip
    assert [r["decision_id"] for r in json.loads(run("list", "--sender", "Kim", "--json"))] == [
        "d-1"
    ]
    shown = json.loads(run("show", "d-2", "--json"))
    assert (shown["decision"]["state"], len(shown["corrections"])) == ("open", 2)
    assert [(o["outcome_id"], o["voided"]) for o in shown["outcomes"]] == [(wrong, True)]


def test_an_agent_repeats_every_call_three_times_and_nothing_is_doubled(run):
    def thrice(*arguments):
        """Make a call three times; return the first answer and check that only it was new."""
        answers = [json.loads(run(*arguments, "--json")) for _ in range(3)]
        news = [a["added"] if "added" in a else a["new"] for a in answers]
        assert news == [True, False, False], arguments
        return answers[0]

    lead = ("log", "-t", "coaching", "-s", "email", "-a", "Offered", "--sender", "pat@example.com")
    first = thrice(*lead, "--content", "Do you coach juniors?")["decision_id"]
    second = thrice(*lead, "--content", "Do you coach seniors?")["decision_id"]
    thrice("log", "-t", "coaching", "-s", "web", "-a", "Declined", "--id", "own-id")
    thrice("outcome", first, "-t", "response", "-s", "replied", "--response")
    assert thrice("won", first, "250")["state"] == "won"
    thrice("outcome", first, "-t", "payment", "-s", "paid", "-r", "100", "--at", "2026-02-01")
    thrice("outcome", first, "-t", "payment", "-s", "paid", "-r", "100", "--id", "evt_1")
    wrong = thrice("won", second, "9000")
    assert thrice("outcome", "--void", wrong["outcome_id"])["state"] == "open"
    thrice("lost", second)
    thrice("map", "handshake=won")
    assert (
        thrice("outcome", "own-id", "-t", "deal", "-s", "handshake", "-r", "70")["state"] == "won"
    )
    assert totals(run) == {"won": 2, "lost": 1, "open": 0, "revenue": 520.0}
    store = json.loads(run("doctor", "--json"))["store"]
    assert (store["counts"]["decisions"], store["rejects"]) == (3, {})


@pytest.mark.skipif(not CRM.is_dir(), reason="the exports lie beside the repository")
def test_a_data_person_finds_the_truth_of_an_export(run):
    run("import", str(CRM / "hubspot.csv"), "--yes")
    run("import", str(CRM / "hubspot.csv"), "--yes")
    truth = json.loads((CRM / "truth.json").read_text(encoding="utf-8"))["hubspot"]
    found = totals(run)
    assert found.pop("revenue") == pytest.approx(truth["revenue_of_won"], abs=0.005)
    assert found == {name: truth[name] for name in ("won", "lost", "open")}
