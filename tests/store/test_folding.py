"""Folding: exactly once, healed by itself, and everything can be made again from the journal."""

from __future__ import annotations

import shutil
import threading
from datetime import timedelta

import duckdb
import pyarrow as pa
import pytest

from decision_store import Store
from decision_store.database import fold as folding
from decision_store.journal import append as journal


def fill(store, facts, start, count):
    for i in range(start, start + count):
        store.log_decision(facts.decision(f"d{i:03}"))
        store.record_outcome(
            facts.win(f"d{i:03}", hours=i, outcome_id=f"o{i:03}", revenue_generated=i)
        )


def everything(store, facts):
    return [
        store.ask(question, as_of=facts.later).to_pylist() for question in ("cells", "delays")
    ] + [
        facts.ids(store),
        facts.outcome_ids(store),
    ]


def test_folding_twice_adds_nothing(store, facts):
    fill(store, facts, 0, 5)
    assert store.fold().added == 10
    assert store.fold() == folding.FoldReport()
    fill(store, facts, 5, 1)
    assert store.fold().added == 2
    assert len(facts.ids(store)) == 6


def test_a_database_rolled_back_by_an_old_copy_heals(store, facts, path, tmp_path):
    fill(store, facts, 0, 10)
    store.fold()
    shutil.copy(path, tmp_path / "old.duckdb")
    fill(store, facts, 10, 100)
    before = everything(store, facts)
    shutil.copy(tmp_path / "old.duckdb", path)
    assert everything(store, facts) == before
    assert store.status(verify=True).damage == ()


@pytest.mark.parametrize("bulk", [False, True])
def test_a_lost_database_is_made_again_from_the_journal_alone(store, facts, path, bulk):
    fill(store, facts, 0, 30)
    if bulk:
        at = pa.array([facts.start.replace(tzinfo=None)], pa.timestamp("us"))
        names = ("decision_id", "opportunity_type", "opportunity_source", "action_taken")
        table = pa.table({"timestamp": at, "recorded_at": at, **{n: ["bulk"] for n in names}})
        store.load(table, None, None)
    before = everything(store, facts)
    path.unlink()
    assert everything(store, facts) == before
    aside = store.rebuild()
    assert aside is not None
    assert aside.exists()
    assert everything(store, facts) == before


@pytest.mark.usefixtures("as_segments")
def test_a_changed_segment_is_noticed(store, facts):
    at = pa.array([facts.start.replace(tzinfo=None)], pa.timestamp("us"))
    names = ("decision_id", "opportunity_type", "opportunity_source", "action_taken")
    store.load(
        pa.table({"timestamp": at, "recorded_at": at, **{n: ["bulk"] for n in names}}), None, None
    )
    (segment,) = store.journal_folder.glob("*.arrow")
    segment.write_bytes(segment.read_bytes()[:-1] + b"?")
    assert any("cannot be read" in text for text in store.status(verify=True).damage)
    segment.unlink()
    assert any("is gone" in text for text in store.status().damage)


def test_of_two_racing_decisions_the_first_acknowledged_wins_and_the_other_is_kept(path, facts):
    with Store(path) as one, Store(path) as other:
        one.log_decision(facts.decision("other"))
        (store_hint := one.journal_folder / "ids").mkdir(exist_ok=True)
        other.log_decision(facts.decision("d", sender="first"))
        for file in store_hint.iterdir():
            file.unlink()  # as if both had looked before either wrote
        one.log_decision(facts.decision("d", sender="second"))
        assert facts.state(one)["sender"] == "first"
        (row,) = one.ask("rejects", limit=None).to_pylist()
        assert (row["kind"], row["id"], row["reason"]) == (
            "decision",
            "d",
            "id used before with other content",
        )
        assert '"sender":"second"' in row["record"]
        path.unlink()
        assert facts.state(one)["sender"] == "first"  # made again: the same one wins


def test_an_outcome_folded_before_its_decision_waits_in_the_rejects_and_heals(store, facts):
    from decision_store.journal.payloads import encode_outcome

    store._journal.append([encode_outcome(facts.win("late"), occurred_at_given=True)])
    assert store.fold().rejected[0].reason == "unknown decision"
    store.log_decision(facts.decision("late"))
    assert facts.state(store, "late")["state"] == "won"
    assert store.status(verify=True).counts["rejects"] == 0


def test_a_decision_acknowledged_while_the_fold_is_reading_is_found(path, facts, monkeypatch):
    with Store(path) as early, Store(path) as late:
        early.log_decision(facts.decision("a"))  # its file is listed, and read, first
        real, calls = journal.sizes, []

        def listing(folder):
            found = real(folder)
            if not calls:
                calls.append(1)
                early.log_decision(facts.decision("b"))
                late.record_outcome(facts.win("b"))
                found = {**real(folder), **found}
            return found

        monkeypatch.setattr(journal, "sizes", listing)
        assert early.fold().rejected == ()
        assert facts.state(early, "b")["state"] == "won"


def test_history_does_not_depend_on_the_order_in_which_it_is_folded(path, tmp_path, facts):
    rows = [
        facts.win(hours=1, outcome_id="a", revenue_generated=100.0),
        facts.outcome(hours=2, outcome_id="b", revenue_generated=-100.0),
        facts.win(hours=3, outcome_id="c"),
    ]
    states = []
    for number, order in enumerate([(0, 1, 2), (2, 1, 0), (1, 2, 0)]):
        with Store(tmp_path / f"{number}.duckdb") as store:
            store.log_decision(facts.decision())
            for place in order:
                store.record_outcome(rows[place])
                store.fold()
            hours = (1, 2, 3)
            states.append(
                [facts.state(store, as_of=facts.start + timedelta(hours=h))["state"] for h in hours]
            )
    assert states == [["won", "lost", "won"]] * 3


def test_a_failed_statement_inside_a_fold_leaves_nothing_behind(store, facts, monkeypatch):
    fill(store, facts, 0, 3)
    store.fold()
    fill(store, facts, 3, 3)

    def broken(connection, reached):
        connection.execute("INSERT INTO journal_positions VALUES ('x', 'no number', 0)")

    with monkeypatch.context() as patch:
        patch.setattr(folding.journal_positions, "store", broken)
        with pytest.raises(duckdb.Error):
            store.fold()
    with store._database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM decisions").fetchall() == [(3,)]
    assert len(facts.ids(store)) == 6


def test_a_commit_that_kept_nothing_is_noticed(store, facts, monkeypatch):
    from decision_store import StoreDamaged

    fill(store, facts, 0, 1)
    real = folding.journal_positions.store

    def swallowed(connection, reached):
        real(connection, reached)
        with pytest.raises(duckdb.Error):
            connection.execute("INSERT INTO journal_positions VALUES ('x', 'no number', 0)")

    with monkeypatch.context() as patch:
        patch.setattr(folding.journal_positions, "store", swallowed)
        with pytest.raises(StoreDamaged, match="did not keep"):
            store.fold()
    assert len(facts.ids(store)) == 1


def test_eight_threads_share_one_store(store, facts):
    failures = []

    def work(number):
        try:
            for i in range(25):
                name = f"{number}-{i}"
                store.log_decision(facts.decision(name))
                store.record_outcome(facts.win(name, outcome_id=f"o{name}"))
                if i % 10 == 0:
                    assert facts.state(store, name)["state"] == "won"
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(facts.ids(store)) == len(facts.outcome_ids(store)) == 200
    assert store.status(verify=True).damage == ()


def before_shadows():
    """Give the table of predictions as it was when it had neither `shadow` nor a moment of recording."""
    from dataclasses import replace

    from decision_store import facts as schema

    new = ("shadow", "recorded_at")
    fields = tuple(one for one in schema.PREDICTIONS.fields if one.name not in new)
    old = replace(schema.PREDICTIONS, fields=fields)
    assert not set(new) & set(old().names)
    return old


PREDICTION = {
    "prediction_id": "p", "opportunity_id": "opp", "model_version": "v1", "opportunity_type": "lead",
    "opportunity_source": "mail", "probability": 0.25,
}  # fmt: skip


def test_a_segment_written_before_a_column_was_added_is_still_read(store, facts):
    import pyarrow as pa

    from decision_store.journal import segments

    old = before_shadows()
    moments = dict.fromkeys(("predicted_at", "as_of"), facts.start.replace(tzinfo=None))
    table = segments.checked(old, pa.Table.from_pylist([{**PREDICTION, **moments}]))
    written = segments.write(store.journal_folder, old, table)
    store._journal.append(payload for _, payload in written)
    (row,) = store.ask("predictions", as_of=facts.later, since=None, until=None).to_pylist()
    assert (row["prediction_id"], row["shadow"]) == ("p", False)
    assert store.status().rejects == {}


def test_a_journal_line_written_before_a_column_was_added_is_still_read(store, facts):
    from decision_store.journal.payloads import encode

    moments = dict.fromkeys(("predicted_at", "as_of"), facts.start)
    store._journal.append([encode("prediction", {**PREDICTION, **moments})])
    (row,) = store.ask("predictions", as_of=facts.later, since=None, until=None).to_pylist()
    assert (row["prediction_id"], row["shadow"]) == ("p", False)


def test_predictions_of_an_older_schema_had_all_been_shown(tmp_path):
    import duckdb

    from decision_store.database import migrations

    with duckdb.connect() as connection:
        migrations.migrate(connection, tmp_path, migrations.known()[:2])
        connection.execute(
            "INSERT INTO predictions (prediction_id, opportunity_id, predicted_at, as_of, model_version, "
            "opportunity_type, opportunity_source, inputs_hash, score_parts, probability) "
            "VALUES ('p', 'o', now(), now(), 'v1', 'lead', 'mail', '', '{}', 0.75)"
        )
        migrations.migrate(connection, tmp_path)
        found = connection.execute("SELECT shadow, predicted_outcome FROM predictions").fetchall()
    assert found == [(False, "conversion")]


def test_rejected_rows_are_reported_in_the_order_in_which_they_came(store, facts):
    import pyarrow as pa

    rows = 6000
    known = [facts.decision(f"d{i}") for i in range(rows)]
    store.log_decisions(known)
    shuffled = [f"d{i * 7919 % rows}" for i in range(rows)]
    times = dict.fromkeys(("timestamp", "recorded_at"), facts.start)
    cell = {"opportunity_type": "lead", "opportunity_source": "mail", "action_taken": "another"}
    decisions = [{"decision_id": name, **times, **cell} for name in shuffled]
    result = store.load(decisions=pa.Table.from_pylist(decisions))
    assert [reject.id for reject in result.rejected] == shuffled
    times = dict.fromkeys(("occurred_at", "recorded_at"), facts.start)
    kind = {"outcome_type": "response", "outcome_status": "pending"}
    outcomes = [{"outcome_id": f"o-{n}", "decision_id": f"x{n}", **times, **kind} for n in shuffled]
    result = store.load(outcomes=pa.Table.from_pylist(outcomes))
    assert [reject.id for reject in result.rejected] == [f"o-{name}" for name in shuffled]
