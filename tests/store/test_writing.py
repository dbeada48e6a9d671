"""Results and errors of writing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pytest

from decision_store import (
    DecisionConflict,
    InvalidRecord,
    OutcomeConflict,
    Store,
    UnknownDecision,
    acceptance,
)
from decision_store.facts import DECISIONS, OUTCOMES
from decision_store.journal.comparing import as_row


def test_logging_the_same_decision_again_changes_nothing_and_says_so(store, facts):
    first = facts.decision(context={"b": [1, 2.5], "a": {"z": None}}, cost_usd=3.0)
    again = facts.decision(context={"a": {"z": None}, "b": [1, 2.5]}, cost_usd=3)
    assert store.log_decision(first)
    assert not store.log_decision(again)
    assert facts.ids(store) == ["d"]


def test_a_decision_with_other_content_is_a_conflict_that_names_the_fields(store, facts):
    store.log_decision(facts.decision())
    with pytest.raises(DecisionConflict) as caught:
        store.log_decision(facts.decision(action_taken="wait", cost_usd=1.0))
    assert caught.value.differing == ["action_taken", "cost_usd"]
    assert facts.state(store)["action_taken"] == "reply"


def test_a_time_taken_from_the_clock_is_not_content(store, facts):
    store.log_decision(facts.decision(), timestamp_given=False)
    later = facts.start + timedelta(hours=1)
    assert not store.log_decision(facts.decision(timestamp=later), timestamp_given=False)
    with pytest.raises(DecisionConflict, match="timestamp"):
        store.log_decision(facts.decision(timestamp=later))


def test_an_outcome_of_an_unknown_decision_is_refused_at_the_call(store, facts):
    with pytest.raises(UnknownDecision, match="'nowhere'"):
        store.record_outcome(facts.outcome("nowhere"))
    store.log_decision(facts.decision())
    with pytest.raises(UnknownDecision, match="'nowhere'"):
        store.record_outcome(facts.outcome("nowhere"))
    assert store.status().rejects == {}


def test_an_outcome_id_given_again_is_settled_by_its_content(store, facts):
    store.log_decision(facts.decision())
    assert store.record_outcome(facts.win(outcome_id="o"), id_given=True)
    assert not store.record_outcome(facts.win(outcome_id="o"), id_given=True)
    moved = facts.win(outcome_id="o", hours=2)
    assert not store.record_outcome(moved, id_given=True, occurred_at_given=False)
    for other in ({"notes": "!"}, {"time_to_outcome_hours": 1.0}, {"revenue_generated": 1.0}):
        with pytest.raises(OutcomeConflict, match="'o'"):
            store.record_outcome(facts.win(outcome_id="o", **other), id_given=True)


def test_bulk_writing_takes_the_good_and_names_the_others(store, facts):
    store.log_decision(facts.decision("old"))
    result = store.log_decisions(
        [facts.decision("old"), facts.decision("new"), facts.decision("new"),
         facts.decision("old", sender="x"), facts.decision("new", sender="x")]
    )  # fmt: skip
    assert (result.added, result.unchanged) == (1, 2)
    assert [(r.kind, r.id) for r in result.rejected] == [("decision", "old"), ("decision", "new")]
    result = store.record_outcomes(
        [facts.win("new", outcome_id="o"), facts.win("none", outcome_id="p")]
    )
    assert (result.added, [(r.id, r.reason) for r in result.rejected]) == (
        1,
        [("p", "unknown decision")],
    )
    result = store.record_outcomes(
        [facts.win("new", outcome_id="o"), facts.win("old", outcome_id="o")], ids_given=True
    )
    assert (result.added, result.unchanged, len(result.rejected)) == (0, 1, 1)


@pytest.mark.parametrize("value", [{1: 2}, {"a": {1, 2}}, {"a": 2**70}, {"a": "\ud800"}])
def test_context_that_is_not_json_is_refused_by_name(store, facts, value):
    with pytest.raises(InvalidRecord, match="context"):
        store.log_decision(facts.decision(context=value))
    assert not store.journal_folder.exists()


def test_a_flag_that_is_neither_true_nor_false_is_refused_by_name(store, facts):
    store.log_decision(facts.decision())
    with pytest.raises(InvalidRecord, match="deal_closed"):
        store.record_outcome(facts.outcome(deal_closed="yes"))


def test_texts_come_back_as_they_were(store, facts):
    content = 'Grüße, "world"\n\t\\ 🙂 ' + "x" * 100_000
    store.log_decision(
        facts.decision("ö'\"\n", opportunity_content=content, context={"k": "\u0000 \u2028"})
    )
    row = facts.state(store, "ö'\"\n")
    assert row["opportunity_content"] == content
    assert row["context"] == '{"k":"\\u0000 \u2028"}'


def tables(facts, count=50):
    stamp = pa.timestamp("us")
    at = facts.start.replace(tzinfo=None)
    decisions = pa.table(
        {
            "decision_id": [f"d{i}" for i in range(count)],
            "timestamp": pa.array([at + timedelta(hours=i) for i in range(count)], stamp),
            "opportunity_type": ["lead"] * count,
            "opportunity_source": ["mail"] * count,
            "action_taken": ["reply"] * count,
            "context": ['{"b": 1, "a": 2}'] * count,
            "recorded_at": pa.array([at] * count, stamp),
        }
    )
    outcomes = pa.table(
        {
            "outcome_id": [f"o{i}" for i in range(count)],
            "decision_id": [f"d{i}" for i in range(count)],
            "outcome_type": ["conversion"] * count,
            "outcome_status": ["success"] * count,
            "revenue_generated": [float(i) for i in range(count)],
            "occurred_at": pa.array([at + timedelta(days=9)] * count, stamp),
            "recorded_at": pa.array([at + timedelta(days=9)] * count, stamp),
        }
    )
    return decisions, outcomes


def test_loading_twice_changes_nothing(store, facts):
    decisions, outcomes = tables(facts)
    assert store.load(decisions, outcomes, None).added == 100
    before = [store.ask(q, as_of=facts.later).to_pylist() for q in ("cells", "delays")]
    again = store.load(decisions, outcomes, None)
    assert (again.added, again.unchanged, again.rejected) == (0, 100, ())
    assert [store.ask(q, as_of=facts.later).to_pylist() for q in ("cells", "delays")] == before
    assert not store.log_decision(facts.decision("d0", context={"a": 2, "b": 1}))


def test_of_rows_with_one_id_in_one_load_the_first_wins(store, facts):
    decisions, _ = tables(facts, 3)
    other = decisions.set_column(4, "action_taken", pa.array(["wait"] * 3))
    result = store.load(pa.concat_tables([decisions, decisions, other]), None, None)
    assert (result.added, result.unchanged, len(result.rejected)) == (3, 3, 3)
    assert facts.state(store, "d0")["action_taken"] == "reply"
    assert store.status().rejects == {"id used before with other content": 3}


def test_outcomes_loaded_before_their_decisions_count_once_these_come(store, facts):
    decisions, outcomes = tables(facts)
    assert len(store.load(None, outcomes, None).rejected) == 50
    assert store.status().rejects == {"unknown decision": 50}
    assert store.load(decisions, None, None).added == 50
    assert store.status(verify=True).rejects == {}
    (cell,) = store.ask("cells", as_of=facts.later).to_pylist()
    assert (cell["won"], cell["revenue"]) == (50, sum(range(50)))


def test_a_load_that_cannot_be_accepted_records_nothing(store, facts):
    decisions, _ = tables(facts, 3)
    for column, values in {
        "decision_id": pa.array(["a", None, "c"]),
        "context": pa.array(["{}", "{", "{}"]),
        "opportunity_score": pa.array([1.0, float("inf"), 2.0]),
        "action_probability": pa.array([1.0, 0.5, 1.5]),
        "timestamp": pa.array(["soon", "later", "now"]),
    }.items():
        kept = decisions.drop_columns([column]) if column in decisions.column_names else decisions
        with pytest.raises(InvalidRecord, match=column):
            store.load(kept.append_column(column, values), None, None)
    assert not store.path.exists()


def test_predictions_are_facts_too(store, facts):
    from decision_store import Prediction

    said = Prediction("p", "opp", facts.start, facts.start, "v1", "lead", "mail", 0.25, 0.1, 0.5, 80.0, 0.7, "hash",
                      adjusted_score=61.0, score_parts={"base": 30.0})  # fmt: skip
    store.log_predictions([said, said])
    (row,) = store.ask("predictions", as_of=facts.later, since=None, until=None).to_pylist()
    assert (row["probability"], row["predicted_conversion_probability"]) == (0.25, 25.0)
    assert row["predicted_outcome"] == "no_conversion"
    assert json.loads(row["score_parts"])["base"] == 30.0


def test_what_was_predicted_in_shadow_mode_is_distinguished_and_counted_apart(store, facts):
    from decision_store import Prediction

    def said(name, *, shadow):
        return Prediction(name, "opp", facts.start, facts.start, "v1", "lead", "mail", 0.25, 0.1, 0.5, 80.0, 0.7, "",
                          shadow=shadow)  # fmt: skip

    store.log_predictions([said("p", shadow=False), said("q", shadow=True), said("r", shadow=True)])
    rows = store.ask("predictions", as_of=facts.later, since=None, until=None).to_pylist()
    assert {row["prediction_id"]: row["shadow"] for row in rows} == {
        "p": False,
        "q": True,
        "r": True,
    }
    for shadow, count in ((False, 1), (True, 2)):
        (row,) = store.ask(
            "prediction_counts", as_of=facts.later, shadow=shadow, by_predictor=False
        ).to_pylist()
        assert row["predictions"] == count


def test_a_pair_has_the_same_inputs_and_facts_and_neither_came_after_the_decision(store, facts):
    from datetime import timedelta

    from decision_store import Prediction

    def said(name, probability, hours, *, shadow=False, facts_until=0, inputs="i", version="m1"):
        return Prediction(
            name, "opp", facts.start + timedelta(hours=hours), facts.start + timedelta(hours=facts_until),
            version, "lead", "mail", probability, 0.0, 1.0, 1.0, 0.5, inputs, shadow=shadow,
            recorded_at=facts.start + timedelta(hours=hours),
        )  # fmt: skip

    store.log_predictions([
        said("a", 0.1, 1), said("b", 0.2, 1, shadow=True, version="m2"),
        # Neither partner is there: other facts, other inputs, another version, shown to people, too late.
        said("c", 0.3, 3, facts_until=2), said("d", 0.4, 3, shadow=True, version="m2", facts_until=1),
        said("e", 0.5, 3, inputs="j"), said("f", 0.6, 3, shadow=True, version="m3", inputs="j"),
        said("g", 0.7, 3, version="m2", inputs="j"),
        said("h", 0.8, 3, inputs="k"), said("i", 0.9, 11, shadow=True, version="m2", inputs="k"),
    ])  # fmt: skip
    decided = facts.start + timedelta(hours=10)
    store.log_decision(facts.decision("d", timestamp=decided, opportunity_id="opp"))
    store.record_outcome(facts.win("d", hours=20))

    def pairs(as_of):
        return store.ask("shadow_pairs", as_of=as_of, tried="m2").to_pylist()

    (row,) = pairs(facts.later)
    assert (row["served"], row["tried"], row["state"]) == (0.1, 0.2, "won")
    assert pairs(decided)[0]["state"] == "open"
    assert pairs(facts.start) == []
    store.log_predictions([
        said("x", 0.15, 5, facts_until=4), said("y", 0.25, 6, shadow=True, version="m2", facts_until=4),
    ])  # fmt: skip
    (row,) = pairs(facts.later)
    assert (row["served"], row["tried"]) == (0.15, 0.25)


def test_the_hint_of_known_ids_may_be_lost(store, facts):
    store.log_decisions([facts.decision("a"), facts.decision("b")])
    store.fold()
    for file in (store.journal_folder / "ids").iterdir():
        file.unlink()
    assert store.record_outcome(facts.win("a"))
    (store.journal_folder / "ids" / "00").write_bytes(b"torn")
    for file in (store.journal_folder / "ids").iterdir():
        file.unlink()
    (store.journal_folder / "ids").rmdir()
    assert not store.log_decision(facts.decision("b"))
    with pytest.raises(DecisionConflict):
        store.log_decision(facts.decision("a", sender="x"))


def test_the_token_changes_with_every_fact_of_any_store(path, facts):
    with Store(path) as one, Store(path) as other:
        seen = {one.token()}
        for i in range(50):
            (one if i % 2 else other).log_decision(facts.decision(f"d{i}"))
            seen.add(one.token())
        other.fold()
        seen.add(one.token())
        assert len(seen) == 52
        one.ask("cells", as_of=facts.later)
        assert one.token() in seen


def test_writing_imports_neither_numpy_nor_arrow_nor_duckdb(path):
    program = f"""
import sys
from datetime import UTC, datetime
from pathlib import Path
from decision_store import Decision, Outcome, Store
now = datetime.now(UTC)
store = Store(Path({str(path)!r}))
store.log_decision(Decision("d", now, "lead", "mail", "reply", now))
store.record_outcome(Outcome("o", "d", "response", "pending", now, now))
store.token()
assert not {{"numpy", "pyarrow", "duckdb"}} & set(sys.modules), sorted(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("look_at", range(2))
def test_a_log_that_two_processes_begin_at_once_needs_no_database(
    path, facts, monkeypatch, look_at
):
    """The other process writes its first fact between any two looks at the folder of this one."""
    looks = []
    look = acceptance.sizes

    def look_after_the_other(folder):
        looks.append(folder)
        if len(looks) == look_at + 1:
            with Store(path) as other:
                other.log_decision(facts.decision("other"))
        return look(folder)

    with Store(path) as store:
        monkeypatch.setattr(acceptance, "sizes", look_after_the_other)
        monkeypatch.setattr(store._acceptance, "_fold", lambda: pytest.fail("a database was made"))
        for i in range(2):
            store.log_decision(facts.decision(f"d{i}"), id_given=False)
            store.record_outcome(facts.win(f"d{i}"))
        monkeypatch.undo()
        assert facts.ids(store) == ["d0", "d1", "other"]


@pytest.mark.parametrize("folded", [True, False])
def test_an_outcome_with_an_id_of_its_own_needs_the_database_only_where_it_may_be_known(
    path, facts, folded
):
    with Store(path) as store:
        store.log_decision(facts.decision("d"))
        if folded:
            store.fold()
        asked = []
        ask = store._acceptance._ask
        store._acceptance._ask = lambda *a, **k: asked.append(a) or ask(*a, **k)
        won = facts.win("d", outcome_id="mine", revenue_generated=5.0)
        assert store.record_outcome(won, id_given=True).new
        assert asked == []
        assert not store.record_outcome(won, id_given=True).new
        with pytest.raises(OutcomeConflict):
            store.record_outcome(replace(won, revenue_generated=6.0), id_given=True)
        assert asked != []


def test_ids_of_outcomes_that_an_earlier_version_or_a_load_wrote_are_known(path, facts):
    with Store(path) as store:
        won = facts.win("d", outcome_id="loaded")
        table = pa.Table.from_pylist([as_row(won)], schema=OUTCOMES())
        single = pa.Table.from_pylist([as_row(facts.decision("d"))], schema=DECISIONS())
        store.load(decisions=single, outcomes=table)
        assert not store.record_outcome(won, id_given=True).new
        shutil.rmtree(store.journal_folder / "outcomes")
        assert not store.record_outcome(won, id_given=True).new
        store.log_decision(facts.decision("other"))
        store.fold()
        assert (store.journal_folder / "outcomes").is_dir()
        assert not store.record_outcome(won, id_given=True).new
