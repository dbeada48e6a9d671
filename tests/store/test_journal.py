"""The journal: torn lines are rejected, whole ones kept."""

from __future__ import annotations

import errno
import os
import subprocess
import sys

import pytest

from decision_store import Store, StoreUnavailable
from decision_store.errors import WriteUncertain
from decision_store.journal import append as journal


def files(store):
    return [store.journal_folder / name for name in journal.sizes(store.journal_folder)]


def test_a_flipped_bit_costs_one_record_which_is_rejected_with_a_warning(store, facts, caplog):
    for i in range(3):
        store.log_decision(facts.decision(f"d{i}"))
    (file,) = files(store)
    data = bytearray(file.read_bytes())
    data[data.index(b'"d1"') + 1] ^= 1
    file.write_bytes(data)
    assert facts.ids(store) == ["d0", "d2"]
    assert "rejected" in caplog.text
    (row,) = store.ask("rejects", limit=None).to_pylist()
    assert row["kind"] == "damaged"
    assert '"e1"' in row["record"] or "d" in row["record"]
    assert any("wrong checksum" in sentence for sentence in store.status().damage)


def test_an_unfinished_line_is_left_for_later(store, facts):
    store.log_decision(facts.decision("a"))
    store.log_decision(facts.decision("b"))
    (file,) = files(store)
    whole = file.read_bytes()
    for cut in (len(whole) - 1, len(whole) - 40, whole.index(b"\n") + 2):
        file.write_bytes(whole[:cut])
        store._journal.announce()
        assert facts.ids(store) == ["a"]
        assert store.status().torn == (file.name,)
        assert store.status().pending_records == 0
    file.write_bytes(whole)
    store._journal.announce()
    assert facts.ids(store) == ["a", "b"]
    assert store.status().torn == ()


def test_empty_and_foreign_files_in_the_journal_do_no_harm(store, facts):
    store.log_decision(facts.decision("a"))
    (store.journal_folder / "0.jl").write_bytes(b"")
    (store.journal_folder / "1.jl").write_bytes(b"\n\nnonsense\n" + bytes(range(256)) + b"\n")
    (store.journal_folder / "notes.txt").write_text("hello")
    assert facts.ids(store) == ["a"]
    assert store.status().counts["rejects"] == 5


def test_records_that_are_whole_but_not_ours_are_rejected(store, facts):
    store.log_decision(facts.decision("a"))
    store._journal.append(
        [b"[]", b"{}", b'{"at":1,"kind":"novel","record":{}}', b'{"at":1,"kind":"decision","record":{"decision_id":7}}',
         b'{"at":1,"kind":"segment","record":{"file":"none.arrow","table_kind":"decision","rows":1,"sha256":""}}']
    )  # fmt: skip
    store.log_decision(facts.decision("b"))
    assert facts.ids(store) == ["a", "b"]
    reasons = " ".join(row["reason"] for row in store.ask("rejects", limit=None).to_pylist())
    for part in (
        "not a record of ours",
        "unknown kind 'novel'",
        "does not fit",
        "segment cannot be read",
    ):
        assert part in reasons


def test_a_large_journal_file_is_followed_by_a_new_one(store, facts, monkeypatch):
    monkeypatch.setattr(journal, "ROTATE_BYTES", 10_000)
    for i in range(100):
        store.log_decision(facts.decision(f"d{i:03}"))
    assert len(files(store)) > 2
    assert len(facts.ids(store)) == 100


def test_a_write_that_fails_is_not_acknowledged_and_leaves_nothing(store, facts, path):
    program = f"""
import resource, signal
from datetime import UTC, datetime
from pathlib import Path
from decision_store import Decision, Store, StoreUnavailable
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, resource.RLIM_INFINITY))
now = datetime(2026, 1, 5, tzinfo=UTC)
store = Store(Path({str(path)!r}))
acknowledged = 0
try:
    for i in range(100):
        store.log_decision(Decision(f"d{{i}}", now, "lead", "mail", "reply", now, opportunity_content="x" * 900))
        acknowledged += 1
except StoreUnavailable as error:
    assert "nothing was recorded" in str(error), error
print(acknowledged)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
store.log_decision(Decision("after", now, "lead", "mail", "reply", now))
"""
    answer = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    acknowledged = int(answer.stdout)
    assert 30 < acknowledged < 60
    assert facts.ids(store) == sorted(["after", *(f"d{i}" for i in range(acknowledged))])
    assert store.status().torn == ()


@pytest.mark.parametrize("part", [0.5, 1.0])
def test_what_follows_a_write_that_failed_is_folded_though_a_fold_has_seen_that_write(
    store, facts, monkeypatch, part
):
    """Another process folds while a part of the line, or all of it, is there, and another goes on with the journal."""
    store.log_decision(facts.decision("first"))
    write, calls = os.write, []

    def fail(*_):
        monkeypatch.undo()
        with Store(store.path) as other:
            other.fold()
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    def write_some(descriptor, data):
        if b'"kind"' not in bytes(data):
            return write(descriptor, data)
        calls.append(data)
        return write(descriptor, data[: int(len(data) * part)]) if len(calls) == 1 else fail()

    monkeypatch.setattr(os, "write", write_some)
    monkeypatch.setattr(journal, "sync", fail)
    with pytest.raises(StoreUnavailable if part < 1 else WriteUncertain):
        store.log_decision(facts.decision("failed", opportunity_content="long" * 100))
    with Store(store.path) as another:
        another.log_decision(facts.decision("next"))
    assert {"first", "next"} <= set(facts.ids(store))
    store.compact()
    assert {"first", "next"} <= set(facts.ids(store))
    with Store(store.path) as another:
        another.log_decision(facts.decision("last"))
    assert {"first", "next", "last"} <= set(facts.ids(store))


def test_a_full_disk_while_folding_loses_nothing(facts, path):
    with Store(path) as store:
        store.log_decisions(
            [
                facts.decision(f"d{i}", opportunity_content=os.urandom(400).hex())
                for i in range(2000)
            ]
        )
        program = f"""
import resource, signal
from pathlib import Path
from decision_store import Store, StoreUnavailable
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    Store(Path({str(path)!r})).fold()
except StoreUnavailable as error:
    print("told:", error)
"""  # fmt: skip
        answer = subprocess.run(
            [sys.executable, "-c", program], check=True, capture_output=True, text=True
        )
        assert "told:" in answer.stdout
        assert "no room" in answer.stdout
        assert len(facts.ids(store)) == 2000
        assert store.status(verify=True).damage == ()


def test_a_home_that_cannot_be_made_is_reported_in_one_message(tmp_path, facts):
    (tmp_path / "data").write_text("a file, not a folder")
    with (
        Store(tmp_path / "data" / "log.duckdb") as store,
        pytest.raises(StoreUnavailable, match="data"),
    ):
        store.log_decision(facts.decision())


def test_a_forked_child_writes_a_file_of_its_own(store, facts):
    store.log_decision(facts.decision("parent"))
    store.fold()
    pid = os.fork()
    if pid == 0:
        try:
            store.log_decision(facts.decision("child"))
            assert facts.ids(store) == ["child", "parent"]
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(pid, 0)[1] == 0
    store.log_decision(facts.decision("parent again"))
    assert facts.ids(store) == ["child", "parent", "parent again"]
    assert len(files(store)) == 2
