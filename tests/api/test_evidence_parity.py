"""The counts made by SQL and those made from training labels are equal, recording lags included."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from decision_log.evidence import learn_evidence
from decision_log.models.dataset import read_history
from decision_model.delays.follow_up import delay_bins, settled_decisions
from decision_model.inputs.evidence import Evidence
from decision_model.rates.cells import evidence_of
from decision_store import Decision, Outcome, Store

START = datetime(2026, 1, 5, 9, tzinfo=UTC)

rows = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["lead", "partnership"]),
        "source": st.sampled_from(["mail", "web"]),
        "day": st.integers(0, 80),
        "decision_lag": st.sampled_from([0, 0, 0, 400]),
        "state": st.sampled_from(["won", "lost", "open"]),
        "delay": st.sampled_from([0, 1, 30, 700]),
        "lag": st.sampled_from([0, 0, 48, 720]),
        "revenue": st.sampled_from([0.0, 19.99, 250.0]),
        "sender": st.sampled_from(["", "", "@ann", "@bob", "Bob <@bob>"]),
    }
)

LONE = {
    "type": "lead", "source": "mail", "day": 0, "decision_lag": 0, "state": "open", "delay": 1, "lag": 48,
    "revenue": 250.0, "sender": "@ann",
}  # fmt: skip


def fill(store: Store, log: list[dict]) -> None:
    decisions, outcomes = [], []
    for i, row in enumerate(log):
        made = START + timedelta(days=row["day"])
        known = made + timedelta(hours=row["decision_lag"])
        decisions.append(
            Decision(
                f"d{i}",
                made,
                row["type"],
                row["source"],
                "reply",
                known,
                sender=row.get("sender", ""),
            )
        )
        if row["state"] == "open":
            continue
        occurred = made + timedelta(hours=row["delay"])
        outcomes.append(
            Outcome(
                outcome_id=f"o{i}",
                decision_id=f"d{i}",
                outcome_type="conversion",
                outcome_status="success" if row["state"] == "won" else "failed",
                revenue_generated=row["revenue"] if row["state"] == "won" else 0.0,
                occurred_at=occurred,
                recorded_at=occurred + timedelta(hours=row["lag"]),
            )
        )
    store.log_decisions(decisions)
    store.record_outcomes(outcomes)


def counted(evidence: Evidence) -> dict:
    """Evidence as plain numbers that do not depend on the order of cells or bins."""
    cells = list(zip(evidence.types, evidence.sources, strict=True))
    columns = (
        "won", "lost", "open", "paid", "sum_log_revenue", "sum_log_revenue_squared", "paid_revenue",
        "paid_revenue_squared", "largest_revenue", "longest_hours",
    )  # fmt: skip
    found: dict = {
        (*cell, name): float(getattr(evidence, name)[i])
        for i, cell in enumerate(cells)
        for name in columns
    }
    for cell, state, hours, count in zip(
        evidence.delay_cell, evidence.delay_state, evidence.delay_hours, evidence.delay_count,
        strict=True,
    ):  # fmt: skip
        key = (*cells[cell], int(state), int(delay_bins(np.array([hours]))[0]))
        found[key] = float(count)
        found[(*key, "hours")] = float(hours)
    for name in ("senders", "squares", "wins_squared"):
        found |= {
            (*cell, name): float(getattr(evidence.senders, name)[i]) for i, cell in enumerate(cells)
        }
    slices = evidence.slices
    for cell, index, *counts in zip(
        slices.cell, slices.index, slices.decisions, slices.won, slices.lost, slices.hours,
        strict=True,
    ):  # fmt: skip
        found[(*cells[cell], "slice", int(index))] = [float(count) for count in counts]
    return found


# A database costs more than its rows: few long logs instead of many short ones.
@settings(max_examples=8, deadline=None)
@given(log=st.lists(rows, min_size=10, max_size=40), day=st.integers(1, 120))
@example(log=[LONE], day=1)
@example(log=[{**LONE, "state": "won"}], day=120)
def test_evidence_by_sql_and_from_labels_is_equal_as_of_any_moment(temporary_store, log, day):
    as_of = START + timedelta(days=day, minutes=17)
    with temporary_store() as store:
        fill(store, log)
        data = read_history(store, as_of)
        by_sql = counted(learn_evidence(store, as_of))
        from_labels = counted(evidence_of(data.frame, data.labels))
        # The exact money of SQL has six decimals of the logarithm.
        assert by_sql.keys() == from_labels.keys()
        for key, value in by_sql.items():
            assert from_labels[key] == pytest.approx(value, rel=1e-6, abs=1e-4), key


@settings(max_examples=8, deadline=None)
@given(
    log=st.lists(rows, min_size=10, max_size=60), day=st.integers(1, 120), copies=st.integers(1, 8)
)
@example(log=[LONE], day=1, copies=1)
@example(log=[{**LONE, "state": "won"}], day=120, copies=8)
def test_settled_ages_by_sql_and_by_python_are_equal(temporary_store, log, day, copies):
    as_of = START + timedelta(days=day, minutes=17)
    with temporary_store() as store:
        fill(store, log * copies)
        data = read_history(store, as_of)
        labels = data.labels
        age = (labels.as_of - labels.decided_at) / np.timedelta64(1, "h")
        found = settled_decisions(labels.state, labels.hours, age, list(data.frame.type))
        by_sql = {
            r["opportunity_type"]: r for r in store.ask("settled_ages", as_of=as_of).to_pylist()
        }
        for place, kind in enumerate(data.frame.type):
            hours = by_sql[kind]["settled_hours"]
            expected = np.inf if hours is None else hours
            assert found.from_age[place] == pytest.approx(expected), kind
            assert bool(found.ample_by_type[place]) == bool(by_sql[kind]["ample"]), kind
        matured = store.ask("matured", as_of=as_of).to_pylist()
        assert sum(r["matured"] for r in matured) == int((found.judged | ~labels.open).sum())
        assert sum(r["settled_won"] for r in matured) == int((found.judged & labels.won).sum())


def test_the_delay_is_decision_to_recorded_and_time_to_close_is_decision_to_occurred(tmp_path):
    with Store(tmp_path / "log.duckdb") as store:
        fill(store, [{"type": "lead", "source": "mail", "day": 0, "decision_lag": 0, "state": "won",
                          "delay": 24, "lag": 480, "revenue": 10.0}])  # fmt: skip
        before, after = (START + timedelta(days=d) for d in (10, 30))
        (row,) = store.ask("delays", as_of=before).to_pylist()
        assert (row["state"], row["hours"]) == ("open", 240.0)
        (row,) = store.ask("delays", as_of=after).to_pylist()
        assert (row["state"], row["hours"], row["occurred_hours"]) == ("won", 504.0, 24.0)
        (decision,) = store.ask("decision", as_of=after, decision_id="d0").to_pylist()
        assert (decision["hours"], decision["delay_hours"]) == (24.0, 504.0)


def test_an_outcome_older_than_the_record_of_its_decision_is_backfill_with_its_own_time(tmp_path):
    with Store(tmp_path / "log.duckdb") as store:
        fill(store, [{"type": "lead", "source": "mail", "day": 0, "decision_lag": 2000, "state": "won",
                          "delay": 24, "lag": 4000, "revenue": 10.0}])  # fmt: skip
        (row,) = store.ask("delays", as_of=START + timedelta(days=400)).to_pylist()
        assert (row["state"], row["hours"]) == ("won", 24.0)
        data = read_history(store, START + timedelta(days=400))
        assert data.labels.hours.tolist() == [24.0]
