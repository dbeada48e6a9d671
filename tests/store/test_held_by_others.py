"""While another program holds the file, questions are answered and facts recorded."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import duckdb
import pytest

from decision_store import Store, StoreUnavailable
from decision_store.database import connection, migrations
from decision_store.journal import lock as locking

HOLDER = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "reader")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def held(path, monkeypatch):
    """Have another program open the file, as a reader or a writer; it is not waited for at length."""
    monkeypatch.setattr(connection, "_LONGEST_PAUSE", 0.01)
    started = []

    def start(kind):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(path), kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        started.append(process)
        assert process.stdout.readline() == b"held\n"

    yield start
    for process in started:
        process.communicate()


@pytest.mark.parametrize("kind", ["reader", "writer"])
def test_a_log_that_another_program_holds_answers_with_all_that_was_recorded(
    store, facts, path, held, kind, caplog
):
    store.log_decision(facts.decision("old"))
    store.fold()
    held(kind)
    store.log_decision(facts.decision("new"))
    store.record_outcome(facts.win("new", outcome_id="o"), id_given=True)
    assert facts.ids(store) == ["new", "old"]
    assert facts.state(store, "new")["state"] == "won"
    assert "Answered in memory" in caplog.text
    assert not store.record_outcome(facts.win("new", outcome_id="o"), id_given=True).new
    with Store(path) as other:
        assert facts.ids(other) == ["new", "old"]


def test_a_program_that_holds_the_file_is_waited_for_once(store, facts, held, monkeypatch):
    store.log_decision(facts.decision("a"))
    store.fold()
    held("writer")
    store.log_decision(facts.decision("b"))
    assert facts.ids(store) == ["a", "b"]
    monkeypatch.setattr(connection.time, "sleep", None)
    assert facts.ids(store) == ["a", "b"]


def test_a_writers_hold_over_an_incomplete_journal_is_one_message(store, facts, held):
    store.log_decision(facts.decision("old"))
    store.fold()
    store.close()
    next(store.journal_folder.glob("*.jl")).unlink()
    store.log_decision(facts.decision("new"))
    held("writer")
    with pytest.raises(StoreUnavailable, match="another program has it open"):
        facts.ids(store)


def test_a_stopped_process_that_holds_our_lock_does_not_keep_answers_back(
    store, facts, monkeypatch
):
    monkeypatch.setattr(locking, "WARN_AFTER", 0.05)
    monkeypatch.setattr(locking, "LONGEST_WAIT_STOPPED", 0.1)
    store.log_decision(facts.decision("a"))
    program = (
        "import sys\nfrom pathlib import Path\nfrom decision_store.journal.lock import StoreLock\n"
        "with StoreLock(Path(sys.argv[1])).held(exclusive=True):\n"
        "    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(store.journal_folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout.readline() == b"held\n"
        os.kill(process.pid, signal.SIGSTOP)
        try:
            assert facts.ids(store) == ["a"]
            store.log_decision(facts.decision("b"))
            assert facts.ids(store) == ["a", "b"]
            monkeypatch.setattr(locking, "LONGEST_WAIT_STOPPED", 1e6)  # nobody waits a second time
            assert facts.ids(store) == ["a", "b"]
        finally:
            os.kill(process.pid, signal.SIGCONT)
            process.stdin.close()
    store.fold()
    assert store.status(verify=True).damage == ()


@pytest.mark.parametrize("exists", [False, True])
@pytest.mark.parametrize("moment", ["before_header", "before_truncate"])
def test_a_write_of_the_database_that_fails_for_good_does_not_end_the_process(
    store, facts, moment, exists
):
    store.log_decision(facts.decision("a"))
    assert facts.ids(store) == ["a"] if exists else True
    connection._instance.connection().execute(f"PRAGMA debug_checkpoint_abort='{moment}'")
    store.log_decision(facts.decision("b"))
    assert facts.ids(store) == ["a", "b"]
    store.log_decision(facts.decision("c"))
    assert facts.ids(store) == ["a", "b", "c"]
    assert store.status(verify=True).damage == ()


def test_an_older_database_put_in_place_between_two_questions_is_migrated(store, facts, path):
    store.log_decision(facts.decision("d1"))
    assert store.query("SELECT decision_id FROM decisions").num_rows == 1
    bring_up_to_date = store._current._bring_up_to_date

    def replaced_meanwhile():
        bring_up_to_date()
        store._current._bring_up_to_date = bring_up_to_date
        old = path.with_name("old.duckdb")
        with duckdb.connect(str(old)) as connection:
            migrations.migrate(connection, old, migrations.known()[:3])
        old.replace(path)

    store._current._bring_up_to_date = replaced_meanwhile
    assert store.query("SELECT decision_id FROM void_periods").num_rows == 0
    assert store.query("SELECT decision_id FROM decisions").num_rows == 1
