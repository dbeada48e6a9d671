"""Amendments: voids, corrections and mappings are facts, and answers as of earlier moments keep theirs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from decision_store import OutcomeConflict, Store
from decision_store.database import migrations
from decision_store.errors import VoidDecision, VoidRecord
from decision_store.facts import Amendment
from decision_store.journal.payloads import encode_outcome
from decision_store.vocabulary import Vocabulary

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


def hour(number: float) -> datetime:
    return START + timedelta(hours=number)


def amendment(name: str, action: str, at: float, **given: str) -> Amendment:
    return Amendment(amendment_id=name, action=action, recorded_at=hour(at), **given)


def everything(store: Store, as_of: datetime) -> list[list[dict]]:
    return [
        store.ask("cells", as_of=as_of).to_pylist(),
        store.ask("decisions", as_of=as_of, since=None, until=None, limit=None).to_pylist(),
        store.ask("outcomes", as_of=as_of, since=None, until=None).to_pylist(),
        store.ask("delays", as_of=as_of).to_pylist(),
        store.ask("matured", as_of=as_of).to_pylist(),
        store.ask("training", as_of=as_of).to_pylist(),
        store.ask("fact_moments", as_of=as_of, hour=as_of).select(["newest"]).to_pylist(),
    ]


def story(store: Store, facts) -> list[tuple[int, Callable[[], object]]]:
    """List what becomes known, hour by hour, and how to write it."""
    return [
        (0, lambda: store.log_decisions([facts.decision("a"), facts.decision("b"), facts.decision("c")])),
        (1, lambda: store.record_outcome(facts.win("a", 1, outcome_id="a1", revenue_generated=100.0), id_given=True)),
        (2, lambda: store.record_outcome(facts.win("b", 2, outcome_id="b1", revenue_generated=70.0), id_given=True)),
        (3, lambda: store.record_outcome(
            facts.win("c", 3, outcome_id="c1", outcome_status="handshake"), id_given=True)),
        (4, lambda: store.amend([amendment("m4", "void", 4, decision_id="a", outcome_id="a1")])),
        (5, lambda: store.amend([amendment(
            "m5", "correct", 5, decision_id="b", field="opportunity_type", value="coaching")])),
        (6, lambda: store.amend([amendment("m6", "map", 6, field="outcome_status", word="Hand-Shake", value="won")])),
        (7, lambda: store.amend([amendment("m7", "restore", 7, decision_id="a", outcome_id="a1")])),
        (8, lambda: store.amend([amendment("m8", "void", 8, decision_id="b")])),
        (9, lambda: store.amend([amendment("m9", "map", 9, field="outcome_status", word="handshake", value="")])),
        (10, lambda: store.amend([amendment("m10", "restore", 10, decision_id="b")])),
        (11, lambda: store.amend([amendment(
            "m11", "correct", 11, decision_id="b", field="sender", value="pat@example.com")])),
    ]  # fmt: skip


def write(store: Store, facts, until: float) -> None:
    """Write the story as far as it was known at an hour."""
    for at, step in story(store, facts):
        if at <= until:
            step()


STATES = {
    0: {"a": "open", "b": "open", "c": "open"},
    1: {"a": "won", "b": "open", "c": "open"},
    3: {"a": "won", "b": "won", "c": "open"},
    4: {"a": "open", "b": "won", "c": "open"},
    6: {"a": "open", "b": "won", "c": "won"},
    7: {"a": "won", "b": "won", "c": "won"},
    8: {"a": "won", "c": "won"},
    9: {"a": "won", "c": "open"},
    10: {"a": "won", "b": "won", "c": "open"},
}


def test_each_moment_has_the_states_that_were_known_then(store, facts):
    write(store, facts, 11)
    for at, states in STATES.items():
        rows = store.ask("decisions", as_of=hour(at + 0.5), since=None, until=None, limit=None)
        assert {r["decision_id"]: r["state"] for r in rows.to_pylist()} == states, at


def test_a_log_as_of_a_moment_is_the_log_that_ended_then(store, facts, tmp_path):
    write(store, facts, 11)
    with Store(tmp_path / "growing.duckdb") as growing:
        for at, step in story(growing, type(facts)()):
            step()
            for answer, known in zip(
                everything(store, hour(at + 0.5)), everything(growing, hour(at + 0.5)), strict=True
            ):
                assert [without_recent(r) for r in answer] == [without_recent(r) for r in known], at


def without_recent(row: dict) -> dict:
    """Leave out the copies of what was recorded later: a correction changes no earlier row."""
    return {name: value for name, value in row.items() if name != "corrected_at"}


def test_a_rebuild_from_the_journal_gives_the_same_answers(store, facts):
    write(store, facts, 11)
    moments = [hour(at + 0.5) for at in (2, 5, 8, 11)]
    before = [everything(store, moment) for moment in moments]
    store.rebuild()
    assert [everything(store, moment) for moment in moments] == before
    assert store.status(verify=True).damage == ()


def test_facts_that_arrive_after_their_amendment_are_amended_too(store, facts):
    store.amend([amendment("x", "correct", 5, decision_id="d", field="sender", value="Pat")])
    store.amend([amendment("y", "void", 6, decision_id="d", outcome_id="o")])
    store.amend([amendment("z", "map", 7, field="outcome_status", word="yep", value="won")])
    store.log_decision(facts.decision())
    store.record_outcome(facts.win(outcome_id="o"), id_given=True)
    store.record_outcome(facts.win(hours=2, outcome_status="yep"))
    assert facts.state(store, as_of=hour(3))["state"] == "won"
    assert (facts.state(store, as_of=hour(6))["state"], facts.state(store)["sender"]) == (
        "open", "Pat",
    )  # fmt: skip
    assert facts.state(store, as_of=hour(7))["state"] == "won"


def test_writers_know_the_words_that_the_log_was_taught(store, facts):
    store.log_decision(facts.decision())
    assert store.vocabulary(Vocabulary()).status("yep") is None
    store.amend([amendment("z", "map", 1, field="outcome_status", word="yep", value="won")])
    store.amend([amendment("t", "map", 2, field="outcome_type", word="kickoff", value="closing")])
    words = store.vocabulary(Vocabulary({"nope": "lost"}))
    assert (words.status("Yep!"), words.status("nope"), words.kind("Kick-off")) == (
        "won", "lost", "closing",
    )  # fmt: skip


def test_an_id_that_was_taken_back_is_not_used_again_silently(store, facts):
    store.log_decisions([facts.decision("a"), facts.decision("b")])
    store.record_outcome(facts.win("a", outcome_id="o"), id_given=True)
    store.amend([amendment("x", "void", 5, decision_id="a", outcome_id="o")])
    store.amend([amendment("y", "void", 5, decision_id="b")])
    with pytest.raises(VoidRecord, match="outcome 'o' was taken back"):
        store.record_outcome(facts.win("a", outcome_id="o"), id_given=True)
    with pytest.raises(VoidRecord, match="decision 'b' was taken back"):
        store.log_decision(facts.decision("b"))
    store.record_outcome(facts.win("a", outcome_id="p"), id_given=True)
    with pytest.raises(OutcomeConflict):
        store.record_outcome(facts.win("a", outcome_id="p", notes="x"), id_given=True)


def test_an_outcome_of_a_void_decision_counts_once_it_is_restored(store, facts):
    store.log_decision(facts.decision())
    store.amend([amendment("x", "void", 1, decision_id="d")])
    store.fold()
    with pytest.raises(VoidDecision, match="decision-log undo x"):
        store.record_outcome(facts.win(hours=2))
    # Another process may have written it in the same moment.
    store._journal.append([encode_outcome(facts.win(hours=2), occurred_at_given=True)])
    assert store.ask("cells", as_of=facts.later).num_rows == 0
    store.amend([amendment("y", "restore", 3, decision_id="d")])
    assert facts.state(store)["state"] == "won"
    assert store.status().rejects == {}


def test_an_older_log_gets_the_right_states_with_a_note_of_what_changed(path, facts):
    number = next(m.version for m in migrations.known() if "meanings" in m.name)
    rows = {"w": "won", "l": "Closed Lost", "g": "gagné", "s": "success", "u": "xyzzy"}
    facts.make_old_log(
        path,
        number - 1,
        [facts.decision(i) for i in rows],
        [facts.win(i, outcome_status=status) for i, status in rows.items()],
    )
    with Store(path) as store:
        asked = store.ask("decisions", as_of=facts.later, since=None, until=None, limit=None)
        states = {r["decision_id"]: r["state"] for r in asked.to_pylist()}
        assert states == {"w": "won", "l": "lost", "g": "won", "s": "won", "u": "open"}
        (note,) = store.ask("schema_notes").to_pylist()
        assert note["note"] == (
            "3 decisions changed their state: 1 from open to lost, 2 from open to won"
        )
        (unknown,) = store.ask("unknown_words", as_of=facts.later).to_pylist()
        assert (unknown["outcome_status"], unknown["outcomes"]) == ("xyzzy", 1)
