"""Many short runs leave few files; merging them loses nothing, whatever happens in between."""

from __future__ import annotations

import os
import zlib

import pytest

from decision_store import Store, fault_points
from decision_store.facts import DECISIONS
from decision_store.journal import segment_reader, segments
from decision_store.journal.append import unique_name
from decision_store.journal.payloads import encode_decision

STEPS = [
    "merge: before retiring",
    "merge: retired",
    "merge: written",
    "merge: in place",
    "merge: committed",
    "merge: removing",
]


def journal_files(store):
    return sorted(store.journal_folder.glob("*.jl"))


def add_old_files(store, facts, count, start=0):
    """Write files as short runs of format 1 left them, one line each."""
    store.journal_folder.mkdir(parents=True, exist_ok=True)
    for i in range(start, start + count):
        payload = encode_decision(facts.decision(f"old-{i}"), timestamp_given=True)
        line = b"%08x %s\n" % (zlib.crc32(payload), payload)
        (store.journal_folder / f"{unique_name()}.v1.jl").write_bytes(line)


def test_short_runs_go_on_with_one_file(path, facts):
    for i in range(20):
        with Store(path) as run:
            run.log_decision(facts.decision(f"d{i}"))
    assert len(journal_files(run)) == 1
    assert len(facts.ids(run)) == 20


def test_two_runs_at_once_write_to_two_files(path, facts):
    with Store(path) as one, Store(path) as two:
        one.log_decision(facts.decision("a"))
        two.log_decision(facts.decision("b"))
        assert len(journal_files(one)) == 2
    assert facts.ids(two) == ["a", "b"]


def test_a_file_that_ends_in_half_a_line_is_not_gone_on_with(path, facts):
    with Store(path) as first:
        first.log_decision(facts.decision("a"))
    (file,) = journal_files(first)
    with file.open("ab") as stream:
        stream.write(b"0123 {half")
    with Store(path) as second:
        second.log_decision(facts.decision("b"))
    assert len(journal_files(second)) == 2
    assert facts.ids(second) == ["a", "b"]


def test_small_files_are_merged_once_they_are_folded(store, facts):
    add_old_files(store, facts, 80)
    assert len(facts.ids(store)) == 80
    assert len(journal_files(store)) == 1
    store.log_decision(facts.decision("new"))
    assert len(facts.ids(store)) == 81
    assert store.status(verify=True).damage == ()
    store.path.unlink()
    assert len(facts.ids(store)) == 81


def test_a_file_that_somebody_writes_to_is_not_merged(path, facts):
    with Store(path) as writer, Store(path) as reader:
        writer.log_decision(facts.decision("a"))
        (own,) = journal_files(writer)
        add_old_files(reader, facts, 80)
        assert len(facts.ids(reader)) == 81
        assert own in journal_files(reader)
        assert len(journal_files(reader)) == 2


def test_a_line_written_while_its_file_is_merged_is_kept(store, facts):
    add_old_files(store, facts, 80)
    late = encode_decision(facts.decision("late"), timestamp_given=True)

    def append(step):
        if step == "merge: before retiring":
            fault_points.listen(None)
            with journal_files(store)[0].open("ab") as file:
                file.write(b"%08x %s\n" % (zlib.crc32(late), late))

    fault_points.listen(append)
    try:
        store.fold()
    finally:
        fault_points.listen(None)
    assert "late" in facts.ids(store)
    assert len(facts.ids(store)) == 81
    assert store.status(verify=True).damage == ()


class Killed(BaseException):
    """Stands for the end of the process: nothing after it runs but what lets go of files."""


@pytest.mark.parametrize("step", STEPS)
def test_a_merge_that_is_cut_short_loses_and_doubles_nothing(store, facts, step):
    add_old_files(store, facts, 70)

    def stop(reached):
        if reached == step:
            fault_points.listen(None)
            raise Killed

    fault_points.listen(stop)
    try:
        with pytest.raises(Killed):
            store.fold()
    finally:
        fault_points.listen(None)
    with Store(store.path) as after:
        assert after.status(verify=True).damage == ()
        add_old_files(after, facts, 1, start=70)
        assert len(facts.ids(after)) == 71
        assert after.status(verify=True).damage == ()
        assert after.status().counts["rejects"] == 0
        assert len(journal_files(after)) == 1


def test_an_older_copy_of_the_database_heals_after_a_merge(store, facts):
    add_old_files(store, facts, 10)
    store.fold()
    old = store.path.read_bytes()
    add_old_files(store, facts, 80, start=10)
    store.fold()
    store.path.write_bytes(old)
    with Store(store.path) as after:
        assert len(facts.ids(after)) == 90
        assert after.status(verify=True).damage == ()


def test_a_file_of_format_1_whose_writer_lives_is_left_alone(store, facts):
    add_old_files(store, facts, 80)
    parent = os.getppid()
    renamed = journal_files(store)[0].with_name(f"00000000000000000001-{parent}-0a0b0c0d.v1.jl")
    journal_files(store)[0].rename(renamed)
    assert len(facts.ids(store)) == 80
    assert renamed in journal_files(store)


def log_bytes(store):
    """Return what every file of journal and database holds, but for the lock files."""
    files = [store.path, *store.journal_folder.rglob("*")]
    return {p.name: p.read_bytes() for p in files if p.is_file() and p.suffix != ".lock"}


def as_table(facts_table, records):
    import pyarrow as pa

    from decision_store.journal.comparing import as_row

    return pa.Table.from_pylist([as_row(record) for record in records], schema=facts_table())


@pytest.mark.usefixtures("load_form")
def test_loading_the_same_rows_again_writes_nothing_not_even_refused_ones(store, facts):
    from decision_store.facts import DECISIONS, OUTCOMES

    decisions = [facts.decision(f"d{i}", sender=f"pat{i}@example.com") for i in range(30)]
    rows = as_table(DECISIONS, [*decisions, facts.decision("d1", action_taken="other")])
    outcomes = as_table(OUTCOMES, [facts.win("d1"), facts.win("nowhere")])
    first = store.load(decisions=rows, outcomes=outcomes)
    assert (first.added, first.unchanged, len(first.rejected)) == (31, 0, 2)
    before = log_bytes(store)
    again = store.load(decisions=rows, outcomes=outcomes)
    assert (again.added, again.unchanged) == (0, 31)
    assert again.rejected == first.rejected
    assert log_bytes(store) == before


def test_a_load_with_one_new_row_writes_that_row_alone(store, facts):
    from decision_store.facts import DECISIONS

    many = [facts.decision(f"d{i}", opportunity_content=str(i) * 500) for i in range(400)]
    store.load(decisions=as_table(DECISIONS, many))
    (segment,) = store.journal_folder.glob("*.arrow")
    before = sum(store.journal_sizes().values())
    result = store.load(decisions=as_table(DECISIONS, [*many, facts.decision("new")]))
    assert (result.added, result.unchanged) == (1, 400)
    assert list(store.journal_folder.glob("*.arrow")) == [segment]
    assert sum(store.journal_sizes().values()) - before < 1_000


def test_small_loads_leave_no_files_and_are_rebuilt_alike(path, facts):
    from decision_store.facts import DECISIONS, OUTCOMES

    for i in range(30):
        with Store(path) as run:
            odd = facts.decision(f"d{i}", context={"n": 1.5, "text": 'a "b" \u00e9', "none": None})
            late = facts.win(f"d{i}", hours=1.25, revenue_generated=0.1 + i)
            run.load(decisions=as_table(DECISIONS, [odd]), outcomes=as_table(OUTCOMES, [late]))
    assert len(list(run.journal_folder.glob("*.jl"))) == 1
    assert not list(run.journal_folder.glob("*.arrow"))
    before = [run.query(f"FROM {table} ORDER BY ALL") for table in ("decisions", "outcomes")]
    run.rebuild()
    after = [run.query(f"FROM {table} ORDER BY ALL") for table in ("decisions", "outcomes")]
    assert after == before
    assert run.status(verify=True).damage == ()


def many_small_segments(path, facts, monkeypatch, count=12):
    """Load a few rows each as an earlier version did: every one left a file of its own."""
    from decision_store.facts import DECISIONS, OUTCOMES

    with monkeypatch.context() as patched:
        patched.setattr(segment_reader, "LINES_AT_MOST", 0)
        for i in range(count):
            with Store(path) as run:
                pair = [facts.decision(f"a{i}", sender=f"s{i}@x.org"), facts.decision(f"b{i}")]
                won = [facts.win(f"a{i}", revenue_generated=0.1 + i)]
                run.load(decisions=as_table(DECISIONS, pair), outcomes=as_table(OUTCOMES, won))
                run.log_decision(facts.decision(f"a{i}x", sender="one by one"))


def rows_of(store):
    return [store.query(f"FROM {table} ORDER BY ALL") for table in ("decisions", "outcomes")]


def test_compacting_turns_small_segments_into_lines_and_a_rebuild_gives_the_same_log(
    path, facts, monkeypatch
):
    many_small_segments(path, facts, monkeypatch)
    with Store(path) as store:
        before, calls = rows_of(store), [c.facts for c in store.latest_calls()]
        assert len(list(store.journal_folder.glob("*.arrow"))) == 24
        store.compact()
        assert not list(store.journal_folder.glob("*.arrow"))
        assert rows_of(store) == before
        assert [c.facts for c in store.latest_calls()] == calls
        store.rebuild()
        assert rows_of(store) == before
        assert store.status(verify=True).damage == ()


@pytest.mark.parametrize("step", [*STEPS, "merge: segment removed"])
def test_compacting_that_is_cut_short_loses_no_row_of_a_segment(path, facts, monkeypatch, step):
    many_small_segments(path, facts, monkeypatch, count=3)

    def stop(reached):
        if reached == step:
            fault_points.listen(None)
            raise Killed

    with Store(path) as store:
        before = rows_of(store)
        fault_points.listen(stop)
        try:
            with pytest.raises(Killed):
                store.compact()
        finally:
            fault_points.listen(None)
    with Store(path) as after:
        assert rows_of(after) == before
        assert after.status(verify=True).damage == ()
        after.compact()
        assert rows_of(after) == before
        after.rebuild()
        assert rows_of(after) == before
        assert after.status().counts["rejects"] == 0
        assert after.status(verify=True).damage == ()


@pytest.mark.usefixtures("load_form")
def test_a_load_tells_what_was_added_unchanged_and_rejected_whatever_else_is_pending(store, facts):
    from decision_store.facts import DECISIONS, OUTCOMES

    rows = [facts.decision("a"), facts.decision("a"), facts.decision("a", action_taken="other")]
    outcomes = [facts.win("a"), facts.win("nowhere")]
    store.log_decision(facts.decision("single"))
    result = store.load(
        decisions=as_table(DECISIONS, [*rows, facts.decision("single")]),
        outcomes=as_table(OUTCOMES, outcomes),
    )
    assert (result.added, result.unchanged) == (2, 2)
    assert [(r.kind, r.id) for r in result.rejected] == [
        ("decision", "a"),
        ("outcome", outcomes[1].outcome_id),
    ]


@pytest.mark.usefixtures("load_form")
def test_an_outcome_that_waited_is_taken_once_its_decision_is_loaded_with_it(store, facts):
    from decision_store.facts import DECISIONS, OUTCOMES

    outcomes = as_table(OUTCOMES, [facts.win("late")])
    assert len(store.load(outcomes=outcomes).rejected) == 1
    result = store.load(decisions=as_table(DECISIONS, [facts.decision("late")]), outcomes=outcomes)
    assert result.rejected == ()
    assert facts.state(store, "late")["state"] == "won"


@pytest.mark.parametrize("rows", [300, 301, 350, 601])
def test_a_load_of_a_little_more_than_its_files_hold_is_counted_whole(
    store, facts, monkeypatch, rows
):
    monkeypatch.setattr(segments, "SEGMENT_ROWS", 300)
    decisions = as_table(DECISIONS, [facts.decision(f"d{i}") for i in range(rows)])
    result = store.load(decisions=decisions)
    assert (result.added, result.unchanged, result.rejected) == (rows, 0, ())
    assert len(facts.ids(store)) == rows
