"""A fold ends for any bytes and any record: what cannot be stored is rejected as it was found, the others are kept."""

from __future__ import annotations

import json

import orjson
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decision_store import InvalidRecord
from decision_store.database import fold as folding
from decision_store.facts import DECISIONS
from decision_store.journal import segments
from decision_store.journal.payloads import canonical_json

WHEN = "2026-01-05T09:00:00+00:00"
DECISION = {
    "decision_id": "p", "timestamp": WHEN, "opportunity_type": "lead", "opportunity_source": "mail",
    "action_taken": "reply", "recorded_at": WHEN,
}  # fmt: skip
OUTCOME = {
    "outcome_id": "q", "decision_id": "p", "outcome_type": "conversion", "outcome_status": "success",
    "occurred_at": WHEN, "recorded_at": WHEN,
}  # fmt: skip


def nested(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return value


def line(at, kind, record, **further):
    return orjson.dumps({"at": at, "kind": kind, "record": record, **further})


def unchecked(store, *rows):
    """Append a segment that no check has seen, as an older version may have written it."""
    columns = {
        f.name: pa.array(
            [row.get(f.name, f.fallback) for row in rows], DECISIONS().field(f.name).type
        )
        for f in DECISIONS.fields
    }
    table = pa.table(columns)
    written = segments.write(store.journal_folder, DECISIONS, table)
    store._journal.append(payload for _, payload in written)


def test_one_id_with_two_deeply_nested_contexts_costs_one_record(store, facts):
    store.log_decision(facts.decision("good"))
    moments = dict.fromkeys(("timestamp", "recorded_at"), facts.start.replace(tzinfo=None))
    for action in ("one", "other"):
        context = '{"a":' + "[" * 600 + "1" + "]" * 600 + "}"
        unchecked(store, {**DECISION, **moments, "action_taken": action, "context": context})
    assert facts.ids(store) == ["good", "p"]
    assert store.status(verify=True).rejects == {"id used before with other content": 1}
    store.log_decision(facts.decision("later"))
    assert facts.ids(store) == ["good", "later", "p"]


def test_rows_that_the_database_refuses_are_found_and_the_others_kept(store, facts):
    moments = dict.fromkeys(("timestamp", "recorded_at"), facts.start.replace(tzinfo=None))
    rows = [{**DECISION, **moments, "decision_id": f"d{i:03}"} for i in range(200)]
    for place in (0, 77, 78, 199):
        rows[place]["context"] = "{no JSON"
    unchecked(store, *rows)
    assert len(facts.ids(store)) == 196
    found = store.ask("rejects", limit=None).to_pylist()
    assert sorted(row["id"] for row in found) == ["d000", "d077", "d078", "d199"]
    assert all("no JSON" in row["record"] and "cannot be stored" in row["reason"] for row in found)
    assert store.fold() == folding.FoldReport()
    result = store.load(decisions=pa.Table.from_pylist([{**rows[1], "context": "{}"}]))
    assert (result.added, result.unchanged) == (0, 1)


def test_an_error_of_the_disk_rejects_nothing(store, facts, monkeypatch):
    import duckdb

    store.log_decision(facts.decision("a"))

    def full(*_):
        raise duckdb.IOException("No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(folding, "_insert_all", full)
        with pytest.raises(Exception, match="no room"):
            store.fold()
    assert facts.ids(store) == ["a"]
    assert store.status().rejects == {}


def test_a_journal_larger_than_a_chunk_is_folded_in_chunks(store, facts, monkeypatch):
    monkeypatch.setattr(folding, "CHUNK_BYTES", 2_000)
    store.log_decisions([facts.decision(f"d{i:03}") for i in range(60)])
    store.log_decision(facts.decision("long", opportunity_content="x" * 9_000))
    store.record_outcomes([facts.win(f"d{i:03}") for i in range(60)])
    moments = dict.fromkeys(("timestamp", "recorded_at"), facts.start)
    for number in range(3):
        unchecked(store, {**DECISION, **moments, "decision_id": f"s{number}"})
    taken = []
    commit = folding._commit
    monkeypatch.setattr(
        folding, "_commit", lambda *given: (taken.append(given[1]), commit(*given))[1]
    )
    assert store.fold().added == 60 + 1 + 60 + 3
    assert len(taken) > 10
    assert max(sum(b.table.num_rows for b in one.batches) for one in taken) < 30
    assert store.status(verify=True).damage == ()
    assert store.status().pending_bytes == 0


scalars = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=3)
)
names = st.text(max_size=3)
anything = st.recursive(
    scalars,
    lambda more: st.lists(more, max_size=3) | st.dictionaries(names, more, max_size=3),
    max_leaves=5,
)
moments = st.sampled_from([WHEN, "2026-01-05", "9999-99-99", "", "2026-01-05T09:00:00.123456789Z"])


@st.composite
def records(draw, template):
    record = dict(template)
    for name in draw(st.lists(st.sampled_from(sorted(template)), max_size=2)):
        record[name] = draw(anything | moments)
    if draw(st.booleans()):
        record["context"] = draw(anything | st.integers(0, 400).map(nested).map(lambda v: {"a": v}))
    return record


def dump(value):
    return json.dumps(value).encode()


def of_kind(kind, template):
    return records(template).map(lambda r: dump({"at": 1, "kind": kind, "record": r}))


SEGMENT = {"file": "x.arrow", "table_kind": "decision", "sha256": "", "rows": 1}
ALIAS = {"alias_id": "a", "field": "opportunity_type", "name": "lead", "target": "Lead"}
ALIAS["recorded_at"] = WHEN
payloads = st.one_of(
    st.binary(max_size=30),
    anything.map(dump),
    st.fixed_dictionaries({"at": anything, "kind": anything, "record": anything}).map(dump),
    of_kind("decision", DECISION),
    of_kind("outcome", OUTCOME),
    of_kind("segment", SEGMENT),
    of_kind("alias", ALIAS),
)


@settings(max_examples=7)
@given(written=st.lists(payloads | st.tuples(st.binary(max_size=40)), min_size=6, max_size=16))
def test_whatever_the_journal_holds_good_facts_stay_readable_and_every_line_is_a_row_or_a_reject(
    temporary_store, written
):
    with temporary_store() as store:
        store._journal.append([line(1, "decision", {**DECISION, "decision_id": "good"})])
        for payload in written:
            if isinstance(payload, tuple):  # no valid checksum
                name = next(iter(store.journal_folder.glob("*.jl")))
                with name.open("ab") as file:
                    file.write(payload[0].replace(b"\n", b" ") + b"\n")
            elif b"\n" not in payload:
                store._journal.append([payload])
        store._journal.append([line(9, "decision", {**DECISION, "decision_id": "last"})])
        ids = store.ask("stored_decisions", ids=["good", "last"]).column("decision_id").to_pylist()
        assert sorted(ids) == ["good", "last"]
        assert store.fold() == folding.FoldReport()
        assert store.status(verify=True).pending_bytes == 0
        store.rebuild()
        ids = store.ask("stored_decisions", ids=["good", "last"]).column("decision_id").to_pylist()
        assert sorted(ids) == ["good", "last"]


@pytest.mark.parametrize(
    ("context", "reason"),
    [({"a": nested(200)}, "nested more than 100"), ({"a": [float("nan")]}, "NaN"), ({"v": float("inf")}, "infinity")],
)  # fmt: skip
def test_a_context_that_no_log_can_hold_is_refused_at_the_call(facts, context, reason):
    with pytest.raises(InvalidRecord, match=f"context .*{reason}"):
        facts.decision(context=context)


def test_a_context_too_deep_is_refused_in_bulk(facts, store):
    moments = dict.fromkeys(("timestamp", "recorded_at"), facts.start)
    row = {**DECISION, **moments, "context": canonical_json({"a": nested(200)})}
    with pytest.raises(InvalidRecord, match=r"nested more than 100 levels deep \(row 1\)"):
        store.load(decisions=pa.Table.from_pylist([row]))


def test_a_row_with_a_context_too_deep_costs_an_import_that_row_alone(tmp_path):
    from decision_log import DecisionLog

    rows = [
        {**DECISION, "decision_id": f"d{i}", "context": {"a": nested(n)}}
        for i, n in enumerate([1, 200, 2])
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with DecisionLog(home=tmp_path / "home") as log:
        report = log.import_history([tmp_path / "rows.jsonl"])
        assert report.added == 2
        (rejected,) = report.rejected
        assert rejected.row_number == 2
        assert "nested more than 100" in rejected.reason
