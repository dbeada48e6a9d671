"""A backup holds what was acknowledged when it began, is read back, and is restored where no log is."""

from __future__ import annotations

import threading

import pytest

from decision_store import Store, fault_points
from decision_store.errors import BackupFailed, LogExists
from decision_store.maintenance import backup as backups


class Killed(BaseException):
    """Stands for the end of the process."""


def kill_at(step):
    def stop(reached):
        if reached == step:
            fault_points.listen(None)
            raise Killed

    fault_points.listen(stop)


@pytest.fixture(autouse=True)
def nobody_listens():
    yield
    fault_points.listen(None)


def restored(backup, tmp_path):
    path = tmp_path / "restored" / "data" / "decision_log.duckdb"
    backups.restore(backup, path)
    return Store(path)


def test_a_restored_backup_is_the_log(store, facts, tmp_path):
    store.log_decisions([facts.decision(f"d{i}") for i in range(20)])
    store.record_outcomes([facts.win("d1", revenue_generated=5.0)])
    report = store.backup(tmp_path / "copy")
    assert report.records == 21
    with restored(tmp_path / "copy", tmp_path) as copy:
        assert facts.ids(copy) == facts.ids(store)
        assert facts.state(copy, "d1") == facts.state(store, "d1")
        assert copy.status(verify=True).damage == ()


def test_a_second_backup_copies_only_what_is_new(store, facts, tmp_path):
    store.log_decisions(
        [facts.decision(f"d{i}", opportunity_content="x" * 300) for i in range(200)]
    )
    first = store.backup(tmp_path / "copy")
    store.log_decision(facts.decision("new"))
    second = store.backup(tmp_path / "copy")
    assert second.copied < first.copied / 20
    assert store.backup(tmp_path / "copy").copied == 0
    with restored(tmp_path / "copy", tmp_path) as copy:
        assert "new" in facts.ids(copy)


def test_bulk_loads_settings_and_currency_come_along(store, facts, tmp_path):
    import pyarrow as pa

    from decision_store.facts import DECISIONS
    from decision_store.journal.comparing import as_row

    rows = [as_row(facts.decision(f"b{i}")) for i in range(5)]
    store.load(decisions=pa.Table.from_pylist(rows, schema=DECISIONS()))
    store.keep_currency("EUR")
    settings = tmp_path / "decision-log.toml"
    settings.write_text("[x]\n")
    store.backup(tmp_path / "copy", [settings])
    settings.write_text("[changed]\n")
    store.backup(tmp_path / "copy", [settings])
    with restored(tmp_path / "copy", tmp_path) as copy:
        assert len(facts.ids(copy)) == 5
        assert copy.currency == "EUR"
    assert (tmp_path / "restored" / "decision-log.toml").read_text() == "[changed]\n"


def test_no_outcome_comes_without_its_decision_while_others_write(path, facts, tmp_path):
    stop = threading.Event()

    def write(name):
        with Store(path) as writer, Store(path) as other:
            for i in range(400):
                if stop.is_set():
                    return
                writer.log_decision(facts.decision(f"{name}-{i}"))
                other.record_outcome(facts.win(f"{name}-{i}", outcome_id=f"o-{name}-{i}"))

    threads = [threading.Thread(target=write, args=(str(n),)) for n in range(2)]
    with Store(path) as store:
        store.log_decision(facts.decision("first"))
        for thread in threads:
            thread.start()
        try:
            for number in range(3):
                store.backup(tmp_path / "copy")
                with restored(tmp_path / "copy", tmp_path / str(number)) as copy:
                    assert "first" in facts.ids(copy)
                    assert copy.status().counts["rejects"] == 0
        finally:
            stop.set()
            for thread in threads:
                thread.join()


@pytest.mark.parametrize("damage", ["cut", "flip", "gone", "manifest", "outside"])
def test_a_damaged_backup_is_refused_with_one_message(store, facts, tmp_path, damage):
    store.log_decisions([facts.decision(f"d{i}") for i in range(20)])
    copy = tmp_path / "copy"
    store.backup(copy)
    (file,) = (copy / "journal").glob("*.jl")
    data = file.read_bytes()
    if damage == "cut":
        file.write_bytes(data[:-10])
    elif damage == "flip":
        file.write_bytes(data[:50] + bytes([data[50] ^ 1]) + data[51:])
    elif damage == "gone":
        file.unlink()
    elif damage == "manifest":
        (copy / "manifest.json").write_text('{"format": 1, "files": [1, 2]}')
    else:
        manifest = (copy / "manifest.json").read_text()
        (copy / "manifest.json").write_text(manifest.replace(f"journal/{file.name}", "../../x"))
    with pytest.raises(BackupFailed):
        restored(copy, tmp_path)
    assert not (tmp_path / "restored" / "data" / "decision_log.journal").exists()


def test_a_log_is_never_overwritten(store, facts, tmp_path):
    store.log_decision(facts.decision("d"))
    store.backup(tmp_path / "copy")
    with pytest.raises(LogExists):
        backups.restore(tmp_path / "copy", store.path)
    with pytest.raises(BackupFailed, match="other things"):
        store.backup(store.path.parent)
    assert facts.ids(store) == ["d"]


def test_a_running_writer_goes_on_in_the_restored_log(store, facts, tmp_path):
    store.log_decision(facts.decision("before"))
    store.backup(tmp_path / "copy")
    store.path.parent.rename(tmp_path / "moved")
    backups.restore(tmp_path / "copy", store.path)
    store.log_decision(facts.decision("after"))
    assert facts.ids(store) == ["after", "before"]


@pytest.mark.parametrize(
    "step", ["backup: file copied", "backup: before manifest", "backup: manifest written"]
)
def test_a_backup_that_is_cut_short_leaves_the_earlier_one(store, facts, tmp_path, step):
    store.log_decision(facts.decision("d1"))
    store.backup(tmp_path / "copy")
    store.log_decision(facts.decision("d2"))
    kill_at(step)
    with pytest.raises(Killed):
        store.backup(tmp_path / "copy")
    with restored(tmp_path / "copy", tmp_path) as copy:
        assert "d1" in facts.ids(copy)
    store.backup(tmp_path / "copy")
    with restored(tmp_path / "copy", tmp_path / "again") as copy:
        assert facts.ids(copy) == ["d1", "d2"]


@pytest.mark.parametrize("step", ["backup: file copied", "backup: before manifest"])
def test_a_first_backup_that_is_cut_short_can_be_repeated(store, facts, tmp_path, step):
    store.log_decision(facts.decision("d1"))
    kill_at(step)
    with pytest.raises(Killed):
        store.backup(tmp_path / "copy")
    with pytest.raises(BackupFailed):
        restored(tmp_path / "copy", tmp_path)
    store.backup(tmp_path / "copy")
    with restored(tmp_path / "copy", tmp_path) as copy:
        assert facts.ids(copy) == ["d1"]


@pytest.mark.parametrize("step", ["restore: file copied", "restore: before rename"])
def test_a_restoration_that_is_cut_short_can_be_repeated(store, facts, tmp_path, step):
    store.log_decision(facts.decision("d1"))
    store.backup(tmp_path / "copy")
    kill_at(step)
    with pytest.raises(Killed):
        restored(tmp_path / "copy", tmp_path)
    with restored(tmp_path / "copy", tmp_path) as copy:
        assert facts.ids(copy) == ["d1"]


def test_an_empty_file_such_as_a_lock_comes_along(store, facts, tmp_path):
    store.log_decision(facts.decision("d"))
    models = store.path.parent.parent / "models"
    models.mkdir()
    (models / ".lock").touch()
    for _ in range(2):
        assert store.backup(tmp_path / "copy", [models]).files == len(
            backups.verify(tmp_path / "copy")
        )
    with restored(tmp_path / "copy", tmp_path):
        assert (tmp_path / "restored" / "models" / ".lock").read_bytes() == b""
