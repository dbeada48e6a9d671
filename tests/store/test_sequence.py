"""Facts count in the order in which they were acknowledged, whatever the clocks said."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from decision_store import Store
from decision_store.journal.payloads import encode_amendment, encode_decision, encode_outcome
from decision_store.journal.sequence import Sequence


def append(store, payload, at):
    """Append a payload as a process does whose clock stands at that time."""
    head, _, rest = payload.partition(b',"kind"')
    assert head.startswith(b'{"at":')
    stamp = b'{"at":%d,"kind"' % int(at.timestamp() * 1e9)
    store._journal.append([stamp + rest])


def outcome(store, record):
    append(store, encode_outcome(record, occurred_at_given=False), record.recorded_at)


def test_a_refund_counts_after_its_sale_though_the_clock_was_set_back(store, facts):
    store.log_decision(facts.decision("d"))
    outcome(store, facts.win("d", 5, revenue_generated=100.0))
    outcome(
        store,
        facts.outcome(
            "d", 2, outcome_type="refund", outcome_meaning="refund", revenue_generated=-100.0
        ),
    )
    row = facts.state(store)
    assert (row["state"], row["revenue"]) == ("lost", 0.0)
    store.path.unlink()  # and after a rebuild from the journal
    assert facts.state(store)["state"] == "lost"


def test_an_earlier_moment_does_not_know_the_refund_before_its_sale(store, facts):
    store.log_decision(facts.decision("d"))
    outcome(store, facts.win("d", 5, revenue_generated=100.0))
    outcome(
        store,
        facts.outcome(
            "d", 2, outcome_type="refund", outcome_meaning="refund", revenue_generated=-100.0
        ),
    )
    assert facts.state(store, as_of=facts.start + timedelta(hours=3))["state"] == "open"


def test_history_that_is_brought_in_later_is_ordered_by_its_own_times(store, facts):
    store.log_decision(facts.decision("d"))
    now = facts.start + timedelta(days=30)
    refund = facts.outcome(
        "d", 5, outcome_type="refund", outcome_meaning="refund", revenue_generated=-100.0
    )
    append(store, encode_outcome(refund, occurred_at_given=True), now)
    append(
        store,
        encode_outcome(facts.win("d", 2, revenue_generated=100.0), occurred_at_given=True),
        now,
    )
    assert facts.state(store)["state"] == "lost"


def test_a_restored_outcome_stands_though_the_clock_was_set_back(store, facts):
    from decision_store.facts import Amendment

    store.log_decision(facts.decision("d"))
    win = facts.win("d", 1, revenue_generated=100.0)
    outcome(store, win)
    for number, (action, hours) in enumerate([("void", 5), ("restore", 2)]):
        at = facts.start + timedelta(hours=hours)
        record = Amendment(f"a{number}", action, at, "d", win.outcome_id)
        append(store, encode_amendment(record), at)
    assert facts.state(store)["state"] == "won"


def test_what_was_recorded_last_is_undone_though_the_clock_was_set_back(store, facts):
    for name, hours in (("first", 5), ("second", 2)):
        at = facts.start + timedelta(hours=hours)
        record = facts.decision(name, timestamp=at)
        append(store, encode_decision(record, timestamp_given=False), at)
    ((fact,), (before,)) = (call.facts for call in store.latest_calls())
    assert (fact.id, before.id) == ("second", "first")


def test_numbers_grow_across_processes_and_after_the_file_is_lost(tmp_path: Path):
    one, two = Sequence(tmp_path), Sequence(tmp_path)
    taken = [one.take(1), two.take(3), one.take(1)]
    assert taken == [taken[0], taken[0] + 1, taken[0] + 4]
    (tmp_path / "sequence").unlink()
    assert two.take(1) > taken[-1]
    (tmp_path / "sequence").write_bytes(b"\0" * 40)
    assert one.take(1) > taken[-1]


def test_an_older_program_does_not_read_lines_of_this_format(store, facts, monkeypatch):
    from decision_store.journal import append as journal

    store.log_decision(facts.decision("d"))
    store.close()
    monkeypatch.setattr(journal, "FORMAT", 1)
    assert journal.newer(store.journal_folder)
    with Store(store.path) as older:
        assert any("newer version" in problem for problem in older.status().damage)
