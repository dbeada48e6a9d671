"""Drift: the false alarm rate while nothing moves, and alarms when something does."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_model.evaluation.drift import MISSING, OTHER, drifts, psi
from decision_model.hyperparameters import MATERIAL_DRIFT

COUNTS = st.lists(st.integers(0, 50), min_size=3, max_size=3)


def sample(rng, size, shift=0.0):
    source = rng.choice(list("abcdefgh"), size, p=np.array([30, 20, 15, 12, 10, 8, 4, 1]) / 100)
    score = rng.normal(50 + shift, 15, size)
    return {
        "type": rng.choice(["lead", "job", "press"], size, p=[0.6, 0.3, 0.1]).tolist(),
        "source": source.tolist(),
        "score": [None if rng.random() < 0.1 else float(s) for s in score],
    }


def found_in(then_rows, now_rows, shift, looks=20):
    rng = np.random.default_rng(20260208)
    found = 0
    for _ in range(looks):
        then, now = sample(rng, then_rows), sample(rng, now_rows, shift)
        found += any(d.alarm for d in drifts(then, now))
    return found / looks


def test_the_conventional_threshold_alone_would_cry_wolf_on_few_rows():
    rng = np.random.default_rng(1)
    found = 0
    for _ in range(200):
        then, now = sample(rng, 300), sample(rng, 50)
        found += any(d.psi > MATERIAL_DRIFT for d in drifts(then, now))
    assert found / 200 > 0.2  # where 1 % was asked for


def test_a_shift_of_one_standard_deviation_of_the_score_is_found_in_a_hundred_rows():
    assert found_in(2000, 100, shift=15.0) == 1.0


def test_a_tiny_shift_is_no_alarm_however_many_rows_show_it():
    rng = np.random.default_rng(2)
    then = {"source": np.where(rng.random(50_000) < 0.5, "a", "b").tolist()}
    now = {"source": np.where(rng.random(50_000) < 0.55, "a", "b").tolist()}
    (found,) = drifts(then, now)
    assert found.p_value < 1e-6
    assert not found.alarm


def test_psi_of_a_worked_example():
    then, now = np.array([9_999.5, 9_999.5]), np.array([14_999.5, 4_999.5])
    expected = 0.25 * math.log(0.75 / 0.5) - 0.25 * math.log(0.25 / 0.5)
    assert psi(then, now) == pytest.approx(expected, rel=1e-3)


@given(COUNTS, COUNTS)
def test_psi_is_symmetric_and_never_negative(then, now):
    first, second = np.array(then, dtype=float), np.array(now, dtype=float)
    forward, backward = psi(first, second), psi(second, first)
    assert forward == pytest.approx(backward, nan_ok=True)
    assert math.isnan(forward) == (not sum(then) or not sum(now))
    assert math.isnan(forward) or forward >= 0.0


def test_a_new_source_raises_an_alarm_and_rare_ones_are_merged():
    then = {"source": [f"rare{i}" for i in range(20)] + ["mail"] * 400}
    now = {"source": ["mail"] * 100 + ["fair"] * 50}
    (found,) = drifts(then, now)
    assert found.alarm
    assert set(found.levels) == {OTHER, "fair", "mail"}
    assert found.then.sum() == pytest.approx(1.0)


def test_missing_scores_are_a_level_of_their_own():
    then = {"score": [1.0, 2.0] * 100}
    now = {"score": [1.0, 2.0] * 50 + [None] * 60 + [math.nan] * 40}
    (found,) = drifts(then, now)
    assert MISSING in found.levels
    assert found.alarm


def test_without_rows_on_one_side_there_is_no_figure_and_no_alarm():
    (found,) = drifts({"type": ["a"] * 10}, {"type": []})
    assert math.isnan(found.psi)
    assert not found.alarm


def test_one_level_cannot_drift():
    (found,) = drifts({"type": ["a"] * 10}, {"type": ["a"] * 5})
    assert found.psi == 0.0


def test_both_sides_need_the_same_fields():
    with pytest.raises(ValueError, match="same fields"):
        drifts({"a": []}, {"b": []})
