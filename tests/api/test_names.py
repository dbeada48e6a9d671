"""What a user sees of names: one cell, one person, suggestions, merges."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from decision_cli.app import app
from decision_features import OpportunityFrame
from decision_log import DecisionLog, OpportunityScorer
from decision_log.doctor import diagnose
from decision_store.errors import InvalidRecord

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def log(tmp_path):
    with DecisionLog(home=tmp_path) as opened:
        for number in range(12):
            moment = START + timedelta(days=number)
            opened.log_decision(
                f"d{number}", "golf_coaching", "email", "replied", decision_maker="Ann", timestamp=moment
            )  # fmt: skip
            opened.record_outcome(f"d{number}", "conversion", "success", 300.0, occurred_at=moment)
        yield opened


def test_an_opportunity_is_scored_by_its_cell_however_it_is_spelt(log, tmp_path):
    with OpportunityScorer(log=log) as scorer:
        one = scorer.score_opportunity({"type": "golf_coaching", "source": "email", "score": 80})
        other = scorer.score_opportunity(
            {"type": "Golf\u00a0Coaching", "source": "E\u200bmail", "score": 80}
        )
        batch = scorer.score_opportunities_batch(
            [{"type": "GOLF-COACHING", "source": " Email", "score": 80}]
        )
        (tmp_path / "in.json").write_text(
            json.dumps([{"type": "golf  coaching", "source": "EMAIL", "score": 80}])
        )
        scorer.score_file(tmp_path / "in.json", tmp_path / "out.json")
    written = json.loads((tmp_path / "out.json").read_text())["opportunities"]
    for found in (other, *batch, *written):
        assert found["adjusted_score"] == one["adjusted_score"]
        assert found["historical_data"]["sample_size"] == 12
    assert other["type"] == "Golf\u00a0Coaching"  # its own keys stay as they came
    predicted = log.predict_outcome({"type": "Golf Coaching", "source": "EMAIL"})
    assert len(predicted["similar_decisions"]) > 0


def test_a_type_never_seen_is_answered_with_a_suggestion(log):
    answer = log.predict_outcome({"type": "golf_coachin", "source": "email"})["reasoning"]
    assert "'golf_coachin' is new: did you mean golf_coaching?" in answer
    for known in ("Golf Coaching", "plumbing"):
        answer = log.predict_outcome({"type": known, "source": "email"})["reasoning"]
        assert "did you mean" not in answer


def test_types_are_listed_merged_and_renamed(log):
    log.log_decision("e1", "golf lessons", "e-mail", "replied", decision_maker="ANN")
    log.log_decision("e2", "Golf-Coaching", "email", "replied")
    rows = log.types()
    assert [(row["name"], row["decisions"]) for row in rows] == [
        ("golf_coaching", 13),
        ("golf lessons", 1),
    ]
    assert rows[0]["spellings"] == ["golf_coaching", "Golf-Coaching"]
    assert [row["name"] for row in log.types(of="maker")] == ["Ann", "jarvis"]
    assert log.merge_types("Golf Lessons", "golf coaching")["target"] == "golf_coaching"
    log.rename_type("golf_coaching", "Golf Coaching")
    assert [(row["name"], row["decisions"]) for row in log.types()] == [("Golf Coaching", 14)]
    log.merge_types("e-mail", "email", of="source")
    assert [row["total_decisions"] for row in log.get_conversion_rates()] == [14]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda log: log.merge_types("golf coachin", "email"), "did you mean golf_coaching"),
        (lambda log: log.merge_types("golf coaching", "plumbing"), "use 'types rename'"),
        (
            lambda log: log.merge_types("golf coaching", "GOLF_COACHING"),
            "'golf coaching' and 'GOLF_COACHING' are one type already",
        ),
        (lambda log: log.rename_type("plumbing", "x"), "There is no type 'plumbing' in the log"),
        (
            lambda log: log.merge_types("email", "golf coaching"),
            r"it is a source \(--of source\)\.$",
        ),
        (lambda log: log.rename_type("golf coaching", " "), "must not be empty"),
        (lambda log: log.types(of="colour"), "must be one of type, source, maker"),
    ],
)
def test_a_change_that_cannot_be_made_says_why(log, change, reason):
    with pytest.raises(InvalidRecord, match=reason):
        change(log)


def test_look_alikes_are_remarked_by_the_doctor(log):
    log.log_decision("e1", "golf_co\u0430ching", "email", "replied")
    assert len(log.types()) == 2
    (remark,) = [text for text in diagnose(log)["remarks"] if "look alike" in text]
    assert "\\u0430" in remark


def test_a_sender_is_one_person_to_the_model():
    senders = [
        "pat@example.com",
        "Pat@Example.com",
        "Pat Three <PAT@example.com>",
        "pat@example.org",
    ]
    frame = OpportunityFrame.from_opportunities(
        [{"type": "t", "sender": sender} for sender in senders]
    )
    assert frame.sender.tolist() == ["pat@example.com"] * 3 + ["pat@example.org"]


def test_the_commands_list_merge_and_rename(log, tmp_path):
    log.log_decision("e1", "lessons", "email", "replied")
    for line in (["merge", "lessons", "Golf Coaching"], ["rename", "golf coaching", "Golf"]):
        result = CliRunner().invoke(app, ["types", *line, "--home", str(tmp_path)])
        assert result.exit_code == 0, result.output
    result = CliRunner().invoke(app, ["types", "list", "--json", "--home", str(tmp_path)])
    (found,) = json.loads(result.stdout)
    assert (found["name"], found["decisions"]) == ("Golf", 13)
    result = CliRunner().invoke(app, ["types", "merge", "nothing", "golf", "--home", str(tmp_path)])
    assert result.exit_code == 1
    assert "There is no type 'nothing' in the log" in result.stderr
