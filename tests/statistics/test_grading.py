"""Grades of stored predictions: worked numbers, laws, and the calibration test's false alarms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_model.evaluation.grading import grade, last_before_decision


def test_of_27_given_70_to_80_percent_11_were_won():
    won = np.r_[np.ones(11), np.zeros(16), np.ones(3)]
    p = np.r_[np.full(27, 0.75), np.full(3, 0.2)]
    (found,) = grade(["v1"] * 30, p, won, np.ones(30, dtype=bool), draws=50)
    row = found.table.lower.tolist().index(0.7)
    assert found.table.count[row] == 27
    assert found.table.observed[row] == pytest.approx(11 / 27)
    assert found.table.low[row] < 11 / 27 < found.table.high[row] < 0.75
    assert found.expected == pytest.approx(27 * 0.75 + 0.6)
    assert found.won == 14.0


def test_each_version_is_graded_on_its_own_and_waits_for_its_own():
    version = ["b", "a", "a", "b"]
    judged = np.array([True, True, False, False])
    first, second = grade(version, np.array([0.9, 0.2, 0.5, 0.5]), np.array([1.0, 0, 0, 0]), judged)
    assert (first.version, first.graded, first.waiting) == ("a", 1, 1)
    assert (second.version, second.graded, second.waiting) == ("b", 1, 1)
    assert second.brier.value == pytest.approx(0.01)


def test_with_nothing_matured_there_are_no_figures():
    (found,) = grade(["v1"], np.array([0.4]), np.array([0.0]), np.array([False]))
    assert found.graded == 0
    assert found.table.count.size == 0
    for figure in (found.brier.value, found.log_loss.low, found.surprise, found.calibration.loss):
        assert math.isnan(figure)


def test_no_predictions_get_no_grades():
    assert grade([], np.empty(0), np.empty(0), np.empty(0, dtype=bool)) == ()


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 9)), max_size=30))
def test_one_prediction_per_version_and_decision_counts_and_none_after_the_decision(rows):
    version = [f"v{v}" for v, _, _ in rows]
    decision = [f"d{d}" for _, d, _ in rows]
    day = np.datetime64("2026-01-01", "us")
    predicted = day + np.array([t for _, _, t in rows], dtype="timedelta64[D]")
    decided = np.full(len(rows), day + np.timedelta64(5, "D"))
    kept = last_before_decision(version, decision, predicted, decided).tolist()
    pairs = [(version[i], decision[i]) for i in kept]
    assert len(set(pairs)) == len(pairs)
    for i, (v, d, t) in enumerate(rows):
        if t <= 5:
            (winner,) = [
                k for k, pair in zip(kept, pairs, strict=True) if pair == (f"v{v}", f"d{d}")
            ]
            assert predicted[winner] >= predicted[i]
    assert all(rows[i][2] <= 5 for i in kept)


def test_a_prediction_outside_zero_to_one_is_refused():
    with pytest.raises(ValueError, match="lie in"):
        grade(["v"], np.array([1.2]), np.array([1.0]), np.array([True]))
