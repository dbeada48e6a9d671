"""``get_history``, unknown ids, misspelt names and taught words."""

from __future__ import annotations

import pytest

from decision_log import DecisionLog
from decision_store.errors import UnknownDecision


@pytest.fixture
def log(tmp_path):
    with DecisionLog(home=tmp_path) as made:
        made.log_decision("d-17", "coaching", "email", "Replied", opportunity_id="opp-3")
        yield made


def test_the_history_has_every_fact_in_the_order_of_recording(log):
    log.record_prediction("opp-3", 0.7, predictor="ann")
    won = log.won("d-17", 400, occurred_at="2026-02-08")
    undone = log.undo()
    log.undo(undone["amendment_id"])
    log.correct_decision("d-17", opportunity_type="golf", reason="typing error")
    facts = log.get_history("d-17")
    assert [fact["kind"] for fact in facts] == [
        "decision", "prediction", "outcome", "void", "restore", "correction",
    ]  # fmt: skip
    assert [fact["recorded_at"] for fact in facts] == sorted(fact["recorded_at"] for fact in facts)
    outcome = facts[2]
    assert (outcome["id"], outcome["amount"], outcome["voided"]) == (won.id, 400, False)
    assert outcome["occurred_at"].startswith("2026-02-08")
    assert "golf" in facts[-1]["what"]
    assert "typing error" in facts[-1]["what"]


def test_a_decision_that_was_taken_back_has_its_history(log):
    log.undo("d-17")
    assert [fact["kind"] for fact in log.get_history("d-17")] == ["decision", "void"]
    with pytest.raises(UnknownDecision, match="taken back; 'decision-log history d-17'"):
        log.get_decision("d-17")


def test_the_history_as_of_a_moment_has_what_was_known_then(log):
    before = log.get_history("d-17")[0]["recorded_at"]
    log.won("d-17", 5)
    assert [fact["kind"] for fact in log.get_history("d-17", as_of=before)] == ["decision"]
    with pytest.raises(UnknownDecision, match="not known yet"):
        log.get_history("d-17", as_of="2020-01-01")


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("D-17", "Did you mean 'd-17'"),
        ("d-71", "Did you mean 'd-17'"),
        ("opp-3", "id of an opportunity of 'd-17'"),
        ("something else", "decision-log list"),
    ],
)
def test_an_unknown_id_is_one_message_with_the_home_and_near_ids(log, given, hint):
    for call in (
        log.get_decision,
        log.get_history,
        log.won,
        log.lost,
        lambda one: log.correct_decision(one, sender="x"),
    ):
        with pytest.raises(UnknownDecision) as error:
            call(given)
        assert hint in str(error.value)
        assert str(log.settings.home.folder) in str(error.value)


def test_the_id_of_an_outcome_names_its_decision(log):
    outcome = log.won("d-17", 5)
    with pytest.raises(UnknownDecision, match="id of an outcome of 'd-17'"):
        log.get_decision(outcome.id)


def test_a_type_or_source_never_seen_that_resembles_a_known_one_is_hinted_at(log):
    assert log.log_decision("d-2", "Coaching", "E-Mail", "x").hints == [
        "The source 'E-Mail' is new: did you mean email? If so: decision-log correct d-2 --source email"
    ]
    (hint,) = log.log_decision("d-3", "coachin", "email", "x").hints
    assert "did you mean coaching" in hint
    assert log.log_decision("d-4", "partnership", "email", "x").hints == []
    assert log.log_decision("d-5", "coachin", "email", "x").hints == [], "it is known by now"


def test_hints_need_no_database_and_survive_without_their_cache(log):
    (log.store.name_cache._path).unlink()
    assert log.log_decision("d-2", "coachin", "email", "x").hints == []
    log.find_decisions()  # the fold writes the cache again
    assert log.log_decision("d-3", "partnershp", "email", "x").hints == []
    assert "coaching" in log.log_decision("d-4", "coachng", "email", "x").hints[0]


def test_taught_words_are_listed_with_those_of_the_settings_and_can_be_undone(tmp_path):
    (tmp_path / "decision-log.toml").write_text('[vocabulary.statuses]\nHandshake = "won"')
    with DecisionLog(home=tmp_path) as log:
        log.log_decision("d-1", "coaching", "email", "Replied")
        assert log.record_outcome("d-1", "conversion", "hand shake").state == "won"
        log.map_word("Abgenickt=won")
        log.map_word("workshop=activity", is_type=True)
        listed = [
            (row["word"], row["is_type"], row["meaning"], row["source"]) for row in log.mappings()
        ]
        assert listed == [
            ("Abgenickt", False, "won", "log"),
            ("workshop", True, "activity", "log"),
            ("Handshake", False, "won", "decision-log.toml"),
        ]
        log.undo(log.mappings()[0]["amendment_id"])
        assert [row["word"] for row in log.mappings()] == ["workshop", "Handshake"]
        assert log.mappings()[1]["outcomes"] == 1
