"""Training says where the history has no times of its own, so that the past cannot be replayed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from decision_features import Labels, OpportunityFrame
from decision_log import DecisionLog
from decision_log.models.history_check import what_decisions_lack, what_history_lacks
from decision_model.inputs.history import History

DAY = np.timedelta64(86_400_000_000, "us")
MADE = np.datetime64("2026-01-01", "us") + np.arange(60) * DAY
NOW = np.datetime64("2026-11-26", "us")


def history(learnt: np.ndarray) -> History:
    labels = Labels.from_columns(state=[1, 2] * 30, decided_at=MADE, closed_at=learnt)
    frame = OpportunityFrame.from_columns(type=["a"] * 60, source=["b"] * 60, timestamp=MADE)
    moment = NOW.item().replace(tzinfo=UTC)
    return History(moment, tuple(map(str, range(60))), frame, replace(labels, as_of=NOW))


def test_outcomes_entered_at_once_are_reported_with_the_remedy() -> None:
    lacks = what_history_lacks(history(np.full(60, NOW)))
    assert lacks.startswith(
        "The log learnt of 60 of 60 endings within one hour (2026-11-26 00:00 UTC)"
    )
    assert "'occurred_at'" in lacks


def test_a_history_with_its_own_times_lacks_nothing() -> None:
    assert what_history_lacks(history(MADE + 2 * DAY)) == ""


def test_some_entered_at_once_are_no_lack() -> None:
    learnt = MADE + 2 * DAY
    learnt[40:] = NOW
    assert what_history_lacks(history(learnt)) == ""


def test_history_loaded_in_bulk_is_known_at_its_own_times(tmp_path: Path) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    decisions = [
        {"decision_id": f"d{n}", "opportunity_type": "a", "opportunity_source": "b", "action_taken": "x",
         "timestamp": start + timedelta(days=n)} for n in range(10)
    ]  # fmt: skip
    outcomes = [
        {"decision_id": f"d{n}", "outcome_type": "deal", "outcome_status": "lost",
         "occurred_at": start + timedelta(days=n + 2)} for n in range(10)
    ]  # fmt: skip
    with DecisionLog(home=tmp_path) as log:
        log.log_decisions(decisions)
        log.record_outcomes(outcomes)
        known = log.store.ask("training", as_of=start + timedelta(days=5, hours=1))
        assert known.num_rows == 6
        assert known["state"].to_pylist() == ["lost"] * 4 + ["open"] * 2


@pytest.mark.parametrize("has_own_times", [False, True])
def test_decisions_logged_one_by_one_after_they_ended_are_said(
    tmp_path: Path, *, has_own_times: bool
) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with DecisionLog(home=tmp_path) as log:
        for n in range(24):
            made, ended = start + timedelta(days=n), start + timedelta(days=n + 2)
            own = {"recorded_at": made} if has_own_times else {}
            log.log_decision(f"d{n}", "a", "b", "x", timestamp=made, **own)
            own = {"recorded_at": ended} if has_own_times else {}
            log.record_outcome(f"d{n}", "deal", "lost", occurred_at=ended, **own)
        lacks = what_decisions_lack(log, log.moment())
    if has_own_times:
        assert lacks == ""
    else:
        assert lacks.startswith("24 of 24 closed decisions were logged after they had ended")
        assert "--recorded-at" in lacks
