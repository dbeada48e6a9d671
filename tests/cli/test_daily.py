"""``daily``: what lies in the inbox is imported, every step is named, and one that fails stops no other."""

from __future__ import annotations

import json

import pytest

from decision_log import DecisionLog

SHEET = "Ref,Date,Status,Source\n1,2026-03-04,{},Web\n2,2026-03-05,lost,Web\n"


@pytest.fixture
def inbox(home):
    (home / "inbox").mkdir()
    return home / "inbox"


def test_the_inbox_is_imported_scored_summarised_and_reported(home, inbox, run, tmp_path):
    (inbox / "deals-03.csv").write_text(SHEET.format("handshake"))
    (inbox / "deals.toml").write_text('[values]\nhandshake = "won"\n')
    (home / "data").mkdir()
    (home / "data" / "opportunities.json").write_text(
        '[{"id": 1, "type": "coaching", "score": 60}]'
    )
    done = json.loads(run("daily", "--backup", str(tmp_path / "copy"), "--json").stdout)
    assert [step["name"] for step in done["steps"]] == [
        "import deals-03.csv", "refresh", "score", "summary", "report", "backup", "compact",
    ]  # fmt: skip
    assert done["failed"] == 0
    with DecisionLog(home=home) as log:
        assert sorted(row["state"] for row in log.find_decisions()) == ["lost", "won"]
    assert (inbox / "done" / "deals-03.csv").is_file()
    assert (home / "reports" / "report.html").is_file()
    assert len(list((home / "reports" / "decision-summaries").iterdir())) == 4
    again = json.loads(run("daily", "--json").stdout)
    assert [step["name"] for step in again["steps"]] == [
        "refresh",
        "score",
        "summary",
        "report",
        "compact",
    ]


def test_a_step_that_fails_is_named_stays_in_the_inbox_and_stops_no_other(home, inbox, run):
    run("log", "-t", "a", "-s", "b", "-a", "c")
    (inbox / "a.csv").write_text(SHEET.format("perhaps so"))
    (inbox / "b.csv").write_text(SHEET.format("won"))
    result = run("daily", code=1)
    assert "FAILED: " in result.stderr
    assert "import a.csv" in result.stderr
    assert "import b.csv" in result.stdout
    assert "report" in result.stdout
    assert (inbox / "a.csv").is_file()
    assert (inbox / "done" / "b.csv").is_file()
    log_file = (home / "logs" / "decision-log.log").read_text()
    assert "daily: import failed" in log_file
    assert "perhaps so" not in log_file
