"""Rates of a large log: only the cells about which something became known since the hour are read as of now."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from decision_log import DecisionLog
from decision_log.evidence import asked, learn_evidence
from decision_model.rates.stored import pack

TYPES, SOURCES, N = ("golf", "tennis"), ("email", "web"), 400
SUMS = (
    "won",
    "lost",
    "open",
    "paid",
    "revenue",
    "paid_revenue",
    "largest_revenue",
    "longest_hours",
)


@pytest.fixture
def now(monkeypatch):
    moment = datetime.now(UTC) + timedelta(minutes=1)  # no fact of a test is recorded later
    monkeypatch.setattr("decision_log.rate_fits.utc_now", lambda: moment)
    monkeypatch.setattr("decision_log.hour_knowledge.FEWEST_FACTS", 0)
    return moment


@pytest.fixture
def log(tmp_path, now):
    start = now - timedelta(days=60)
    with DecisionLog(home=tmp_path) as log:
        log.log_decisions(
            {
                "decision_id": f"d-{n}",
                "opportunity_type": TYPES[n % 2],
                "opportunity_source": SOURCES[n // 2 % 2],
                "action_taken": "Replied",
                "sender": f"s-{n % 90}",
                "timestamp": start + timedelta(hours=3 * n),
                "recorded_at": start + timedelta(hours=3 * n),
            }
            for n in range(N)
        )
        log.record_outcomes(
            {
                "outcome_id": f"o-{n}",
                "decision_id": f"d-{n}",
                "outcome_type": "conversion",
                "outcome_status": "success" if n % 3 else "failed",
                "revenue_generated": 50.0 + n if n % 3 else 0.0,
                "occurred_at": start + timedelta(hours=3 * n + 20),
                "recorded_at": start + timedelta(hours=3 * n + 20),
            }
            for n in range(0, 300, 2)
        )
        yield log


def new_decision(log, now):
    log.log_decision("new", "rowing", "fax", "Replied")


def win(log, now):
    log.won("d-1", 700.0)


def correct(log, now):
    log.correct_decision("d-5", opportunity_type="tennis")


def void(log, now):
    log.void_outcome("o-2")


def win_before_the_hour(log, now):
    at = now - timedelta(days=2)
    log.record_outcome("d-3", "conversion", "success", 9.0, occurred_at=at, recorded_at=at)


def merge(log, now):
    log.merge_types("rowing", "golf")


EVENTS = (new_decision, win, correct, void, win_before_the_hour, merge)


def assert_same(log, home):
    (home / "data" / "decision_log.rates-cache").unlink(missing_ok=True)
    with DecisionLog(home=home) as fresh:
        expected = fresh.rate_fits.at()
        found = log.rate_fits.at()
        assert found.as_of == expected.as_of
        assert pack(found.model) == pack(expected.model)
        exact = learn_evidence(fresh.store, found.as_of)
    evidence = found.model.evidence
    assert (evidence.types, evidence.sources) == (exact.types, exact.sources)
    for name in SUMS:
        np.testing.assert_array_equal(getattr(evidence, name), getattr(exact, name), name)
    for name in ("senders", "squares", "wins_squared"):
        np.testing.assert_array_equal(
            getattr(evidence.senders, name), getattr(exact.senders, name), name
        )


@pytest.mark.parametrize("share", [0.0, 1.0], ids=["all cells read", "touched cells read"])
def test_after_each_fact_rates_are_those_of_a_new_process_and_counts_those_of_now(
    log, now, tmp_path, monkeypatch, share
):
    monkeypatch.setattr("decision_log.hour_knowledge.MOST_TOUCHED", share)
    assert_same(log, tmp_path)
    for event in EVENTS:
        event(log, now)
        assert_same(log, tmp_path)


def test_open_decisions_of_touched_cells_are_as_old_as_now_and_others_as_at_the_hour(log, now):
    hour = now.replace(minute=0, second=0, microsecond=0)
    base = learn_evidence(log.store, hour)
    win(log, now)
    fit = log.rate_fits.at()
    exact = learn_evidence(log.store, fit.as_of)
    if fit.as_of == hour:
        pytest.skip("the hour turns just now")
    for cell, pair in enumerate(
        zip(fit.model.evidence.types, fit.model.evidence.sources, strict=True)
    ):
        expected = exact if pair == ("tennis", "email") else base
        for name in ("delay_hours", "delay_count"):
            found, wanted = (
                getattr(one, name)[one.delay_cell == cell] for one in (fit.model.evidence, expected)
            )
            np.testing.assert_array_equal(found, wanted)


def test_answers_about_some_cells_are_those_rows_of_the_answers_about_all(log, now):
    hour = now - timedelta(hours=1)
    every = asked(log.store, now, aged_at=hour)
    cells = every[0].slice(1, 2)
    some = asked(log.store, now, aged_at=hour, cells=cells)
    pairs = {(row["opportunity_source"], row["opportunity_type"]) for row in cells.to_pylist()}
    for all_rows, rows in zip(every, some, strict=True):
        wanted = [
            row
            for row in all_rows.to_pylist()
            if (row["opportunity_source"], row["opportunity_type"]) in pairs
        ]
        assert rows.to_pylist() == wanted
    assert [one.to_pylist() for one in asked(log.store, now, aged_at=hour)] == [
        one.to_pylist() for one in every
    ]
