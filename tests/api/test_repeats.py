"""Repeats: the same content changes nothing and says so, single and bulk, with ids and without."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from decision_log import DecisionLog
from decision_store.errors import InvalidRecord, OutcomeConflict, UnknownWord

CELL = ("coaching", "email", "Offered")


@pytest.fixture
def log(tmp_path):
    with DecisionLog(home=tmp_path) as opened:
        opened.log_decision("a", *CELL)
        yield opened


def revenue(log):
    return sum(row["total_revenue"] for row in log.get_conversion_rates())


def test_a_repeat_is_not_new_and_names_the_first(log):
    first = log.record_outcome("a", "sale", "won", 250)
    repeats = [log.record_outcome("a", "sale", "Won", 250.0) for _ in range(3)]
    assert (first.new, first.state, bool(first)) == (True, "won", True)
    assert {(r.new, r.id, r.recorded_at) for r in repeats} == {(False, first.id, first.recorded_at)}
    assert revenue(log) == 250


def test_other_content_another_time_or_again_is_new(log):
    now = datetime.now(UTC)
    recorded = [
        log.record_outcome("a", "sale", "won", 250),
        log.record_outcome("a", "sale", "won", 251),
        log.record_outcome("a", "sale", "won", 250, notes="second invoice"),
        log.record_outcome("a", "sale", "won", 250, occurred_at=now - timedelta(hours=2)),
        log.record_outcome("a", "sale", "won", 250, occurred_at=now - timedelta(hours=3)),
        log.record_outcome("a", "sale", "won", 250, again=True),
        log.record_outcome("a", "sale", "won", 250, outcome_id="invoice-7"),
    ]
    assert all(recorded)
    assert len({r.id for r in recorded}) == 7
    assert not log.record_outcome("a", "sale", "won", 250, occurred_at=now - timedelta(hours=3))


def test_without_a_time_only_what_is_younger_than_a_day_is_a_repeat(log):
    now = datetime.now(UTC)
    at = [now - timedelta(hours=h) for h in (60, 37, 36, 0)]
    added = [log.record_outcome("a", "sale", "won", 10, recorded_at=t).new for t in at]
    assert added == [True, False, True, True]


def test_bulk_and_single_follow_one_rule(log):
    one = {
        "decision_id": "a",
        "outcome_type": "sale",
        "outcome_status": "won",
        "revenue_generated": 5,
    }
    result = log.record_outcomes([one, one, {**one, "revenue_generated": 6}])
    assert (result.added, result.unchanged) == (2, 1)
    assert log.record_outcomes([one]).unchanged == 1
    assert not log.record_outcome("a", "sale", "won", 5)
    named = {**one, "outcome_id": "x", "notes": "by id"}
    for added, unchanged in ((1, 0), (0, 1), (0, 1)):  # without a time, and so without a conflict
        result = log.record_outcomes([named])
        assert (result.added, result.unchanged, result.rejected) == (added, unchanged, ())
    (reject,) = log.record_outcomes([{**named, "revenue_generated": 9}]).rejected
    assert reject.id == "x"
    with pytest.raises(OutcomeConflict):
        log.record_outcome("a", "sale", "won", 9, outcome_id="x")
    assert log.record_outcomes([one], again=True).added == 1


def test_decisions_without_an_id_repeat_only_where_something_identifies_them(log):
    answer = {"opportunity_content": "Do you coach juniors?", "sender": "pat@example.com"}
    first = log.log_decision(None, *CELL, **answer)
    again = log.log_decision(None, *CELL, **answer)
    assert (first.new, again.new, again.id) == (True, False, first.id)
    assert log.log_decision(None, *CELL, **answer, again=True)
    assert log.log_decision(None, *CELL, "Do you coach seniors?", sender="pat@example.com")
    assert log.log_decision(None, *CELL)
    assert log.log_decision(None, *CELL)
    assert sum(r["total_decisions"] for r in log.get_conversion_rates()) == 6


def test_a_repeat_is_found_by_another_process_and_without_the_cache(log, tmp_path):
    first = log.record_outcome("a", "sale", "won", 250)
    with DecisionLog(home=tmp_path) as other:
        assert not other.record_outcome("a", "sale", "won", 250)
    folder = log.store.journal_folder / "contents"
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    with DecisionLog(home=tmp_path) as other:
        assert other.record_outcome("a", "sale", "won", 250).id == first.id


def test_what_was_taken_back_is_no_repeat(log):
    first = log.record_outcome("a", "sale", "won", 250)
    log.void_outcome(first.id)
    assert log.state_of("a") == "open"
    second = log.record_outcome("a", "sale", "won", 250)
    assert second.new
    assert second.id != first.id
    assert (second.state, revenue(log)) == ("won", 250)


def test_words_that_are_not_known_are_refused_and_nothing_is_written(log):
    with pytest.raises(UnknownWord, match="Did you mean 'won'"):
        log.record_outcome("a", "sale", "wonn")
    with pytest.raises(UnknownWord, match="whether 'done' closes the decision is not known"):
        log.record_outcome("a", "workshop", "done")
    with pytest.raises(InvalidRecord, match="contradicts the outcome type 'lost'"):
        log.record_outcome("a", "lost", "success")
    good = {"decision_id": "a", "outcome_type": "sale", "outcome_status": "won"}
    with pytest.raises(UnknownWord):
        log.record_outcomes([good, {**good, "outcome_status": "wonn"}])
    assert log.outcomes_between() == []
