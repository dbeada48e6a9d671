"""The field table is the only list of fields, and its check the only validator."""

from __future__ import annotations

import functools
import inspect
import math
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_log import DecisionLog
from decision_log.records import Intake
from decision_store import Decision, InvalidRecord, Outcome
from decision_store.data_dictionary import markdown
from decision_store.database import migrations
from decision_store.facts import DECISIONS, FACT_TABLES, OUTCOMES, PREDICTIONS
from decision_store.fields import FieldType
from decision_store.journal import segments

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
COMPLETE = {
    "decision": {
        "decision_id": "d", "timestamp": NOW, "opportunity_type": "lead", "opportunity_source": "mail",
        "action_taken": "reply", "recorded_at": NOW,
    },
    "outcome": {
        "outcome_id": "o", "decision_id": "d", "outcome_type": "conversion", "outcome_status": "success",
        "occurred_at": NOW, "recorded_at": NOW,
    },
}  # fmt: skip
RECORDS = {"decision": Decision, "outcome": Outcome}

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=4) | st.sampled_from(
    ["", " ", "\t\u00a0", "a\0b", "\x1c\u2003", "\u200b"]
)
numbers = st.floats(allow_nan=False) | st.sampled_from([0.0, -0.0, 1.0, 100.0, 1e15, -1e15, 2e15])


@pytest.mark.parametrize("facts", [DECISIONS, OUTCOMES], ids=lambda facts: facts.kind)
@given(data=st.data())
def test_a_record_and_a_bulk_load_refuse_the_same_values(facts, data):
    field = data.draw(st.sampled_from(facts.fields))
    drawn = {FieldType.TEXT: texts, FieldType.NUMBER: numbers}.get(field.type)
    if drawn is None:
        return
    value = data.draw(drawn)
    row = {**COMPLETE[facts.kind], field.name: value}
    alone = reason_of(lambda: RECORDS[facts.kind](**row))
    naive = {k: v.replace(tzinfo=None) if isinstance(v, datetime) else v for k, v in row.items()}
    table = pa.Table.from_pylist([naive, naive])
    together = reason_of(lambda: segments.checked(facts, table))
    assert together == (None if alone is None else f"{alone} (row 1)")


def reason_of(make):
    try:
        make()
    except InvalidRecord as problem:
        return problem.reason
    return None


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("decision_id", " ", "must not be empty"),
        ("decision_id", None, "must not be missing"),
        ("sender", 7, "must be text"),
        ("sender", "\ud800", "unpaired surrogate"),
        ("action_taken", "a\0", "NUL"),
        ("timestamp", datetime(2026, 1, 1), "must be a datetime in UTC"),  # noqa: DTZ001
        ("received_at", "2026-01-01", "must be a datetime in UTC"),
        ("opportunity_score", 100.5, r"must lie in \[0, 100\]"),
        ("opportunity_score", math.nan, "must be a finite number"),
        ("cost_usd", True, "must be a finite number"),
        ("cost_usd", 10**400, "must be a finite number"),
        ("effort_minutes", -1, "must be at least 0"),
        ("action_probability", 0.0, "must be above 0"),
        ("context", [1], "must be an object"),
    ],
)
def test_a_record_names_the_field_that_it_refuses(name, value, reason):
    with pytest.raises(InvalidRecord, match=f"{name} .*{reason}"):
        Decision(**{**COMPLETE["decision"], name: value})


def test_a_flag_is_true_or_false_and_nothing_else():
    for value in (1, "yes", None):
        with pytest.raises(InvalidRecord, match="deal_closed"):
            Outcome(**{**COMPLETE["outcome"], "deal_closed": value})


@pytest.mark.parametrize("facts", FACT_TABLES, ids=lambda facts: facts.kind)
def test_the_database_has_the_columns_of_the_field_table(facts, tmp_path):
    with duckdb.connect() as connection:
        migrations.migrate(connection, tmp_path)
        rows = connection.execute(
            "SELECT column_name, data_type, is_nullable FROM duckdb_columns() WHERE table_name = ?",
            [facts.name],
        ).fetchall()
    stored = {name: (kind, nullable) for name, kind, nullable in rows}
    for field in facts.fields:
        kind, nullable = stored[field.name]
        assert kind == field.type.sql
        filled_by_fold = field.name == "time_to_outcome_hours"
        rendered = field.name == "score_parts"  # a virtual column, which cannot be NOT NULL
        assert nullable == (rendered or (field.nullable and not filled_by_fold)), field.name


def test_the_api_takes_the_fields_of_the_table_and_no_others():
    for method, facts in (
        (DecisionLog.log_decision, DECISIONS),
        (DecisionLog.record_outcome, OUTCOMES),
    ):
        from_words = {"outcome_meaning"}  # what type and status mean
        assert set(facts.names) - from_words <= set(inspect.signature(method).parameters)
    intake = Intake(NOW)
    made = intake.decision({**COMPLETE["decision"], "cost_usd": "2.5", "opportunity_type": " "})
    assert (made.cost_usd, made.opportunity_type) == (2.5, "general")
    with pytest.raises(InvalidRecord, match="outcome_type is not a field"):
        intake.decision({**COMPLETE["decision"], "outcome_type": "x"})


def test_every_field_says_what_it_means():
    for facts in FACT_TABLES:
        assert facts.key == facts.fields[0].name
        assert len(set(facts.names)) == len(facts.names)
        for field in facts.fields:
            assert field.meaning.endswith(".")
            assert not field.required or field.fallback is None
    assert PREDICTIONS["shadow"].default is False


def test_the_data_dictionary_is_current():
    page = Path(__file__).parents[2] / "docs" / "reference" / "data-dictionary.md"
    assert page.read_text(encoding="utf-8") == markdown(), (
        "run python -m decision_store.data_dictionary > docs/reference/data-dictionary.md"
    )


def test_a_segment_with_its_columns_in_another_order_is_read(store, facts):
    names = list(reversed(DECISIONS.names))
    rows = pa.Table.from_pylist([{**COMPLETE["decision"], "timestamp": facts.start}])
    table = segments.checked(DECISIONS, rows)
    written = segments.write(store.journal_folder, DECISIONS, table.select(names))
    store._journal.append(payload for _, payload in written)
    assert facts.ids(store) == ["d"]
    assert store.status().rejects == {}


@pytest.mark.parametrize(
    "value", [10**5000, functools.reduce(lambda a, _: [a], range(2000), 1)], ids=["int", "list"]
)
def test_a_value_that_cannot_be_written_out_still_has_a_message(value):
    message = str(InvalidRecord("context", value, "is refused"))
    assert type(value).__name__ in message
    assert len(message) < 150
