"""Decompositions and reliability tables against closed forms, oracles and laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta
from sklearn.isotonic import IsotonicRegression

from decision_model.evaluation.calibration import (
    brier_parts,
    corp,
    jeffreys_interval,
    recalibrated,
    reliability_table,
)
from decision_model.evaluation.metrics import brier_score, log_loss

PROBABILITIES = st.sampled_from([0.05, 0.1, 0.25, 0.5, 0.7, 0.9, 0.95])
ROWS = st.lists(st.tuples(st.booleans(), PROBABILITIES, st.integers(1, 3)), min_size=2, max_size=40)


def columns(rows):
    won, p, weight = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    return won, p, weight


@pytest.mark.parametrize("seed", range(4))
def test_recalibration_is_isotonic_regression_as_in_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    p = np.round(rng.random(150), 2)
    won, weight = (rng.random(150) < p**2).astype(float), rng.random(150) + 0.1
    expected = IsotonicRegression().fit_transform(p, won, sample_weight=weight)
    assert recalibrated(won, p, weight) == pytest.approx(expected, abs=1e-12)


@given(ROWS)
def test_corp_adds_up_and_none_of_its_parts_is_negative(rows):
    won, p, weight = columns(rows)
    for score, mean in (("brier", brier_score), ("log", log_loss)):
        parts = corp(won, p, weight, score=score)
        total = parts.miscalibration - parts.discrimination + parts.uncertainty
        assert parts.loss == pytest.approx(mean(won, p, weight))
        assert total == pytest.approx(parts.loss, abs=1e-9)
        assert min(parts.miscalibration, parts.discrimination, parts.uncertainty) >= -1e-9


@given(ROWS)
def test_the_binned_parts_add_up_to_the_brier_score(rows):
    won, p, weight = columns(rows)
    parts = brier_parts(won, p, weight, bins=5)
    total = parts.reliability - parts.resolution + parts.uncertainty + parts.within
    assert total == pytest.approx(brier_score(won, p, weight), abs=1e-12)


@given(ROWS)
def test_bins_that_hold_one_forecast_each_leave_nothing_within(rows):
    won, p, weight = columns(rows)
    edges_fit = brier_parts(won, p, weight, bins=10_000)
    assert edges_fit.within == pytest.approx(0.0, abs=1e-12)


def test_debiasing_removes_what_chance_adds_to_the_reliability_of_a_perfect_forecast():
    rng = np.random.default_rng(3)
    plain, debiased = [], []
    for _ in range(400):
        p = rng.choice([0.2, 0.4, 0.6, 0.8], 100)
        parts = brier_parts((rng.random(100) < p).astype(float), p, bins=10_000)
        plain.append(parts.reliability)
        debiased.append(parts.reliability_debiased)
    # Four bins of 25: the bias is mean p (1 - p) * 4 / 100 = .008.
    error = np.std(debiased) / 20
    assert np.mean(plain) == pytest.approx(0.008, abs=4 * error)
    assert np.mean(debiased) == pytest.approx(0.0, abs=4 * error)


def test_jeffreys_interval_is_that_of_its_beta_distribution():
    low, high = jeffreys_interval([7, 0, 5], [3, 4, 0])
    assert low == pytest.approx([beta(7.5, 3.5).ppf(0.025), 0.0, beta(5.5, 0.5).ppf(0.025)])
    assert high == pytest.approx([beta(7.5, 3.5).ppf(0.975), beta(0.5, 4.5).ppf(0.975), 1.0])


def test_a_forecast_on_a_bound_belongs_to_the_bin_above_and_one_to_the_last():
    table = reliability_table([1, 0, 1], [0.7, 0.69, 1.0], edges=[0.0, 0.6, 0.7, 1.0])
    assert table.lower.tolist() == [0.6, 0.7]
    assert table.count.tolist() == [1, 2]


@given(ROWS, st.integers(1, 12))
def test_every_decision_is_in_exactly_one_bin(rows, bins):
    won, p, weight = columns(rows)
    table = reliability_table(won, p, weight, bins=bins)
    assert table.count.sum() == len(rows)
    assert table.weight.sum() == pytest.approx(weight.sum())
    assert table.weight @ table.observed == pytest.approx(won @ weight)
    assert table.weight @ table.predicted == pytest.approx(p @ weight)
    assert np.all((table.low <= table.observed + 1e-12) & (table.observed <= table.high + 1e-12))
    assert len(table.count) <= bins


def test_quantile_bins_of_distinct_forecasts_are_equally_full():
    p = np.linspace(0.01, 0.99, 100)
    assert reliability_table(np.zeros(100), p, bins=10).count.tolist() == [10] * 10


def test_no_decisions_make_an_empty_table():
    assert reliability_table([], [], edges=[0.0, 1.0]).count.size == 0


def test_bounds_that_miss_a_forecast_are_refused():
    with pytest.raises(ValueError, match="span"):
        reliability_table([1], [0.9], edges=[0.0, 0.5])
