"""Dry runs say what a write would do and leave every file as it was; the revision tells whether one did."""

from __future__ import annotations

import pytest

from decision_log import DecisionLog
from decision_store.errors import DecisionConflict, InvalidRecord, UnknownDecision, UnknownWord

CELL = ("coaching", "email", "Offered")


def contents(home):
    return {
        path.relative_to(home): path.read_bytes()
        for path in sorted(home.rglob("*"))
        if path.is_file()
    }


def test_a_dry_run_says_what_would_be_new_and_changes_no_file(tmp_path):
    with DecisionLog(home=tmp_path) as log:
        log.log_decision("a", *CELL)
        won = log.record_outcome("a", "sale", "won", 250)
        log.get_conversion_rates()
        before = contents(tmp_path)
        answers = {
            "new decision": log.log_decision("b", *CELL, dry_run=True),
            "same decision": log.log_decision("a", *CELL, dry_run=True),
            "new outcome": log.record_outcome("a", "sale", "won", 99, dry_run=True),
            "same outcome": log.record_outcome("a", "sale", "won", 250, dry_run=True),
        }
        undone = log.undo(won.id, dry_run=True)
        assert contents(tmp_path) == before
        assert {name: one.new for name, one in answers.items()} == {
            "new decision": True,
            "same decision": False,
            "new outcome": True,
            "same outcome": False,
        }
        assert answers["same outcome"].id == won.id
        assert answers["new outcome"].state == "won"
        assert answers["new decision"].state is None
        assert (undone["kind"], undone["new"], undone["amendment_id"]) == ("outcome", True, None)
        assert log.state_of("a") == "won"
        assert log.undo(won.id)["new"]


def test_a_dry_run_in_an_empty_home_makes_nothing(tmp_path):
    home = tmp_path / "new"
    with DecisionLog(home=home) as log:
        assert log.log_decision(None, *CELL, "text", dry_run=True).new
        with pytest.raises(UnknownDecision):
            log.record_outcome("a", "sale", "won", dry_run=True)
    assert not home.exists()


def test_a_dry_run_refuses_what_the_write_refuses(tmp_path):
    with DecisionLog(home=tmp_path) as log:
        log.log_decision("a", *CELL)
        with pytest.raises(DecisionConflict):
            log.log_decision("a", "coaching", "email", "Declined", dry_run=True)
        with pytest.raises(InvalidRecord):
            log.log_decision("b", *CELL, opportunity_score=101, dry_run=True)
        with pytest.raises(UnknownWord):
            log.record_outcome("a", "sale", "wonn", dry_run=True)


def test_the_revision_grows_with_every_fact_of_any_process_and_not_with_predictions(tmp_path):
    with DecisionLog(home=tmp_path) as log, DecisionLog(home=tmp_path) as other:
        seen = [log.revision()]
        for write in (
            lambda: other.log_decision("a", *CELL),
            lambda: other.record_outcome("a", "sale", "won", 250),
            log.undo,
        ):
            write()
            seen.append(log.revision())
        assert seen == sorted(set(seen))
        log.find_decisions()  # folds what was written
        settled = log.revision()
        other.record_prediction("o-1", 0.5, predictor="ann")
        assert log.revision() == log.revision() == settled


def test_insights_can_be_written_with_other_names_and_are_not_kept_then(tmp_path):
    with DecisionLog(home=tmp_path) as log:
        log.log_decisions(
            {
                "decision_id": f"{kind}-{n}",
                "opportunity_type": kind,
                "opportunity_source": "email",
                "action_taken": "Replied",
            }
            for kind in ("coaching", "feedback")
            for n in range(20)
        )
        log.record_outcomes(
            {
                "decision_id": f"{kind}-{n}",
                "outcome_type": "sale",
                "outcome_status": "won" if kind == "coaching" else "lost",
                "revenue_generated": 100.0 if kind == "coaching" else 0.0,
            }
            for kind in ("coaching", "feedback")
            for n in range(20)
        )
        named = log.generate_insights(name=str.upper)
        plain = log.generate_insights()
    assert [one["title"].upper() for one in plain] == [one["title"].upper() for one in named]
    assert any("COACHING from EMAIL" in one["title"] for one in named)
    assert not any("coaching" in str(one) for one in named)
