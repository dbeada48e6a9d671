"""Files are replaced whole, and what is acknowledged has been synced."""

from __future__ import annotations

import os

import pytest

from decision_store.durable_files import atomic_write, atomic_write_text
from decision_store.errors import CannotWrite
from decision_store.journal import append


@pytest.fixture
def calls(monkeypatch):
    """Names of the system calls that make bytes durable, in their order."""
    made = []
    for name in ("fdatasync", "fsync", "write"):
        monkeypatch.setattr(os, name, recorded(made, name, getattr(os, name)))
    return made


def recorded(made, name, call):
    def wrapped(*arguments):
        made.append(name)
        return call(*arguments)

    return wrapped


def test_a_file_is_synced_before_its_rename_and_its_folder_after(tmp_path, monkeypatch, calls):
    target = tmp_path / "report.md"
    replace = type(target).replace
    monkeypatch.setattr(
        type(target), "replace", lambda self, to: (calls.append("replace"), replace(self, to))[1]
    )
    atomic_write_text(target, "new")
    assert calls == ["fdatasync", "replace", "fsync"]


def test_a_replaced_file_keeps_its_permissions(tmp_path):
    target = tmp_path / "report.md"
    target.write_text("old")
    target.chmod(0o640)
    atomic_write_text(target, "new")
    assert target.stat().st_mode & 0o777 == 0o640
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_an_error_of_the_system_is_the_cause_of_what_is_raised(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CannotWrite) as caught, atomic_write(tmp_path / "file" / "out"):
        pass
    assert isinstance(caught.value.__cause__, OSError)


def test_a_fact_is_synced_before_it_is_acknowledged(store, facts, calls):
    store.log_decision(facts.decision("first"))  # starts the file
    calls.clear()
    for write in (
        lambda: store.log_decision(facts.decision("d")),
        lambda: store.record_outcome(facts.win("d")),
        lambda: store.record_outcomes([facts.win("d", notes="another")]),
    ):
        write()
        # A look at the database may write caches first; the last sync is that of the journal, right after its write.
        last = len(calls) - 1 - calls[::-1].index("fdatasync")
        assert calls[last - 1] == "write"
        calls.clear()


def test_a_new_journal_file_stays_in_its_folder_before_a_fact_is_acknowledged(
    store, facts, monkeypatch
):
    store.log_decision(facts.decision("first"))
    (old,) = store.journal_folder.glob("*.jl")
    sync, held = os.fsync, set()

    def fsync(file):
        if os.fstat(file).st_ino == store.journal_folder.stat().st_ino:
            held.update(store.journal_folder.glob("*.jl"))
        sync(file)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(append, "ROTATE_BYTES", 1)
    store.log_decision(facts.decision("second"))
    assert held - {old}
