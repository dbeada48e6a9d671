"""Acknowledged means reachable; an error means that nothing was recorded, or that it is not certain."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys

import pytest

from decision_store import Store, StoreUnavailable, WriteUncertain
from decision_store.journal import append as journal


def failing(code, calls=None):
    """Make a system call that fails; `calls` counts down to the failure."""
    left = [calls or 0]

    def call(*_):
        if left[0] > 0:
            left[0] -= 1
            return
        raise OSError(code, os.strerror(code))

    return call


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EIO])
def test_a_change_that_cannot_be_announced_does_not_fail_the_call(store, facts, monkeypatch, code):
    store.log_decision(facts.decision("first"))
    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", failing(code))
        assert store.log_decision(facts.decision("d"))
        assert store.record_outcome(facts.win("d"))
    assert facts.ids(store) == ["d", "first"]
    assert len(facts.outcome_ids(store)) == 1


def test_a_change_that_cannot_be_announced_is_still_noticed_by_warm_readers(
    store, facts, path, monkeypatch
):
    store.log_decision(facts.decision("first"))
    with Store(path) as reader:
        assert facts.ids(reader) == ["first"]
        token = reader.token()
        monkeypatch.setattr(os, "pwrite", failing(errno.EACCES))
        store.log_decision(facts.decision("d"))
        assert reader.token() != token
        assert facts.ids(reader) == ["d", "first"]


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
def test_a_sync_that_fails_leaves_it_uncertain_and_a_repeat_changes_nothing(
    store, facts, monkeypatch, code
):
    store.log_decision(facts.decision("d"))
    outcome = facts.win("d", outcome_id="o", revenue_generated=250.0)
    for cut_back in (True, False):
        with monkeypatch.context() as patched:
            patched.setattr(journal, "sync", failing(code))
            if not cut_back:
                patched.setattr(os, "ftruncate", failing(code))
            with pytest.raises(WriteUncertain, match=r"not certain .* Repeat the same call"):
                store.record_outcome(outcome, id_given=True)
    for _ in range(3):
        store.record_outcome(outcome, id_given=True)
    assert facts.state(store, "d")["revenue"] == 250.0


def test_a_write_that_fails_before_a_line_is_whole_recorded_nothing(store, facts, monkeypatch):
    store.log_decision(facts.decision("d"))
    write = os.write
    halves = iter([40])

    def full(descriptor, data):
        for size in halves:
            return write(descriptor, bytes(data)[:size])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(StoreUnavailable, match="nothing was recorded") as caught:
            store.log_decision(facts.decision("lost"))
    assert not isinstance(caught.value, WriteUncertain)
    assert facts.ids(store) == ["d"]
    assert store.status().torn == ()


def restored(path, backup):
    shutil.rmtree(path.parent)
    shutil.copytree(backup, path.parent)


def test_a_writer_notices_that_its_home_was_replaced_by_a_backup(store, facts, path, tmp_path):
    store.log_decision(facts.decision("old"))
    store.fold()
    backup = shutil.copytree(path.parent, tmp_path / "backup")
    store.log_decision(facts.decision("later"))
    restored(path, backup)
    for number in range(5):
        assert store.log_decision(facts.decision(f"d{number}"))
    store.record_outcome(facts.win("d0"))
    with Store(path) as other:
        assert facts.ids(other) == ["d0", "d1", "d2", "d3", "d4", "old"]
        assert len(facts.outcome_ids(other)) == 1


def test_a_writer_notices_that_its_file_was_deleted_or_replaced(store, facts, path):
    for number, harm in enumerate([os.unlink, replace_by_copy, move_away]):
        store.log_decision(facts.decision(f"before{number}"))
        store.fold()
        harm(store._journal._path)
        store.log_decision(facts.decision(f"after{number}"))
        with Store(path) as other:
            assert f"after{number}" in facts.ids(other)


def replace_by_copy(file):
    copy = file.with_suffix(".copy")
    shutil.copy(file, copy)
    copy.replace(file)


def move_away(file):
    file.rename(file.parent.parent / "elsewhere")


def test_files_that_vanish_as_fast_as_they_are_written_end_in_an_error(store, facts, monkeypatch):
    store.log_decision(facts.decision("first"))
    monkeypatch.setattr(journal.Journal, "_is_reachable", lambda _: False)
    with pytest.raises(WriteUncertain, match="replaced"):
        store.log_decision(facts.decision("d"))


def test_logs_that_nobody_closes_give_their_descriptors_back(path, facts):
    program = f"""
import gc, resource
from datetime import UTC, datetime
from pathlib import Path
from decision_store import Decision, Store
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
now = datetime(2026, 1, 5, tzinfo=UTC)
for number in range(200):
    Store(Path({str(path)!r})).log_decision(Decision(f"d{{number}}", now, "lead", "mail", "reply", now))
    if number % 20 == 0:
        gc.collect()
"""
    subprocess.run([sys.executable, "-c", program], check=True)
    with Store(path) as store:
        assert len(facts.ids(store)) == 200


def test_a_file_of_a_newer_format_is_left_alone_and_named(store, facts):
    store.log_decision(facts.decision("a"))
    (ours,) = store.journal_folder.glob("*.jl")
    assert ours.name.endswith(f".v{journal.FORMAT}.jl")
    theirs = store.journal_folder / f"00000000000000000001-1-aa.v{journal.FORMAT + 1}.jl"
    theirs.write_bytes(ours.read_bytes().replace(b'"a"', b'"z"'))
    old = store.journal_folder / "00000000000000000002-1-aa.jl"  # before files named their format
    with Store(store.path.with_name("other.duckdb")) as other:
        other.log_decision(facts.decision("b"))
        (file,) = other.journal_folder.glob("*.jl")
        old.write_bytes(file.read_bytes())
    assert facts.ids(store) == ["a", "b"]
    assert store.status().rejects == {}
    (problem,) = [text for text in store.status().damage if theirs.name in text]
    assert "newer version" in problem
