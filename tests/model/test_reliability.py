"""The calibration part with an interval: the same figure as over bins, and fair to fine forecasts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_model.evaluation.bootstrap import bootstrap
from decision_model.evaluation.calibration import brier_parts, corp
from decision_model.evaluation.reliability import WeightedReliability

ONES = np.ones((1, 400))


def world(seed, n=400):
    rng = np.random.default_rng(seed)
    truth = rng.uniform(0.1, 0.9, n)
    return truth, (rng.random(n) < truth).astype(np.float64)


@given(st.integers(0, 10_000), st.integers(2, 60))
def test_with_equal_weights_it_is_the_debiased_reliability_over_quantile_bins(seed, levels):
    truth, won = world(seed)
    said = np.round(truth * levels) / levels
    expected = brier_parts(won, said).reliability_debiased
    assert WeightedReliability(won, said)(ONES)[0] == pytest.approx(expected, abs=1e-12)


def test_weight_is_needed():
    truth, won = world(1)
    assert np.isnan(WeightedReliability(won, truth)(np.zeros((1, 400)))[0])


def test_of_calibrated_forecasts_it_is_zero_on_average_also_over_resamples():
    values, means = [], []
    for seed in range(100):
        truth, won = world(seed)
        statistic = WeightedReliability(won, truth)
        values.append(statistic(ONES)[0])
        drawn = np.random.default_rng(seed).multinomial(400, np.full(400, 1 / 400), 50)
        means.append(statistic(drawn.astype(np.float64)).mean() - values[-1])
    assert abs(np.mean(values)) < 3 * np.std(values) / 10
    assert abs(np.mean(means)) < 0.0005


def test_one_number_for_all_is_not_favoured_over_calibrated_forecasts_of_many_values():
    fine, coarse, corp_fine, corp_coarse = [], [], [], []
    for seed in range(100):
        truth, won = world(seed)
        one = np.full(400, 0.5)
        fine.append(WeightedReliability(won, truth)(ONES)[0])
        coarse.append(WeightedReliability(won, one)(ONES)[0])
        corp_fine.append(corp(won, truth).miscalibration)
        corp_coarse.append(corp(won, one).miscalibration)
    gap = np.array(fine) - np.array(coarse)
    assert abs(gap.mean()) < 3 * gap.std() / 10
    # The part of CORP does favour it, which is why it is not what the gate compares.
    assert np.mean(corp_fine) > 3 * np.mean(corp_coarse)


def test_the_interval_of_forecasts_that_say_too_much_lies_above_zero():
    truth, won = world(3)
    extreme = np.clip(0.5 + 1.8 * (truth - 0.5), 0.01, 0.99)
    assert bootstrap(WeightedReliability(won, extreme), ONES[0], draws=300).low > 0
