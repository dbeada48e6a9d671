"""The doctor proves that journal and database hold the same facts, and a rebuild never loses any silently."""

from __future__ import annotations

import os
import shutil

import duckdb
import pyarrow as pa
import pytest

from decision_store import Store
from decision_store.errors import NotInJournal, StoreDamaged


@pytest.fixture
def filled(store, facts, as_segments):
    """A log with single facts, a bulk load and a reject, all folded."""
    store.log_decisions([facts.decision(f"d{i}") for i in range(5)])
    store.record_outcome(facts.win("d1"))
    moments = dict.fromkeys(("timestamp", "recorded_at"), facts.start.replace(tzinfo=None))
    cell = {"opportunity_type": "lead", "opportunity_source": "mail", "action_taken": "reply"}
    rows = [{"decision_id": f"b{i}", **moments, **cell} for i in range(3)]
    store.load(decisions=pa.Table.from_pylist([*rows, {**rows[0], "action_taken": "other"}]))
    store.record_outcomes([facts.win("d2")])
    store.fold()
    return store


def problems(store):
    status = store.status()
    assert status.proved
    return " | ".join(status.damage)


def test_a_whole_log_is_proved_to_be_whole(filled):
    assert problems(filled) == ""


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("DELETE FROM decisions WHERE decision_id = 'd3'", "1 decisions of the journal are not in"),
        ("DELETE FROM decisions WHERE decision_id LIKE 'b%'", "3 decisions of the journal are not in"),
        ("DELETE FROM outcomes", "2 outcomes of the journal are not in"),
        ("UPDATE decisions SET decision_id = 'x' WHERE decision_id = 'd3'", "1 decisions of the database are"),
    ],
)  # fmt: skip
def test_rows_that_a_foreign_program_changed_are_found_and_repaired(
    filled, facts, path, statement, found
):
    with duckdb.connect(str(path)) as foreign:
        foreign.execute(statement)
    assert found in problems(filled)
    filled.rebuild(force=True)
    assert problems(filled) == ""
    assert facts.ids(filled) == ["b0", "b1", "b2", "d0", "d1", "d2", "d3", "d4"]


@pytest.mark.parametrize(
    "statement",
    ["DROP TABLE rejects", "ALTER TABLE outcomes DROP COLUMN recorded_at", "DROP TABLE outcomes"],
)
def test_tables_that_a_foreign_program_removed_are_named_and_repaired(
    filled, facts, path, statement
):
    with duckdb.connect(str(path)) as foreign:
        foreign.execute(statement)
    assert "another program removed" in " ".join(filled.status().damage)
    filled.rebuild(force=True)
    assert problems(filled) == ""
    assert len(facts.ids(filled)) == 8


def test_journal_files_that_are_gone_are_named_and_a_rebuild_is_refused(filled, facts):
    for file in filled.journal_folder.glob("*.jl"):
        file.rename(file.with_suffix(".away"))
    answer = problems(filled)
    assert "journal files are gone" in answer
    assert "8 decisions of the database are in no file of the journal" in answer
    with pytest.raises(NotInJournal, match="would lose them"):
        filled.rebuild()
    assert len(facts.ids(filled)) == 8


def test_a_segment_that_is_gone_keeps_its_rows_from_being_rebuilt_away(filled):
    next(filled.journal_folder.glob("*.arrow")).unlink()
    assert "3 decisions of the database are in no file" in problems(filled)
    with pytest.raises(NotInJournal):
        filled.rebuild()


def test_another_logs_database_is_noticed(filled, facts, path, tmp_path):
    with Store(tmp_path / "other" / "log.duckdb") as other:
        other.log_decision(facts.decision("foreign"))
        other.fold()
    shutil.copy(tmp_path / "other" / "log.duckdb", path)
    answer = problems(filled)
    assert "journal files are gone that the database was made from" in answer
    assert "(e.g. 'foreign')" in answer


@pytest.mark.parametrize("harm", ["cut at a line", "emptied", "zeroed", "removed"])
def test_pending_files_that_were_cut_emptied_or_zeroed_are_noticed(store, facts, harm):
    for number in range(3):
        store.log_decision(facts.decision(f"d{number}"))
    (file,) = store.journal_folder.glob("*.jl")
    data = file.read_bytes()
    if harm == "removed":
        file.unlink()
    else:
        kept = {
            "cut at a line": data[: data.index(b"\n") + 1],
            "emptied": b"",
            "zeroed": bytes(len(data)),
        }
        file.write_bytes(kept[harm])
    store._journal.announce()
    store.fold()
    answer = problems(store)
    assert "decisions were acknowledged that are in neither" in answer
    if harm == "zeroed":
        assert "holds zeros" in answer


def test_an_entry_that_is_no_file_hides_none_of_the_others(store, facts):
    store.log_decision(facts.decision("a"))
    (store.journal_folder / "0-dangling.jl").symlink_to("nowhere")
    (store.journal_folder / "1-folder.jl").mkdir()
    os.mkfifo(store.journal_folder / "2-pipe.jl")
    assert facts.ids(store) == ["a"]
    answer = problems(store)
    for name in ("0-dangling.jl", "1-folder.jl", "2-pipe.jl"):
        assert f"{name} in the journal cannot be read" in answer
    store.log_decision(facts.decision("b"))
    assert facts.ids(store) == ["a", "b"]


def test_a_damaged_database_names_a_remedy_that_exists(filled, facts, path):
    path.write_bytes(b"not a database" * 1000)
    shutil.rmtree(filled.journal_folder / "ids")
    with pytest.raises(StoreDamaged, match="'decision-log repair' rebuilds it"):
        facts.ids(filled)
    assert filled.rebuild().read_bytes().startswith(b"not a database")
    assert len(facts.ids(filled)) == 8
    assert problems(filled) == ""
