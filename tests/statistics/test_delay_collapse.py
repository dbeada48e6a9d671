"""However many decisions there are, what the timing leaves open stays open: weights do not fall on one scenario."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import beta as beta_distribution

from decision_model import Evidence, RateModel
from decision_model.delays.counts import coarsening
from decision_model.delays.likelihood import OpenCounts, rate_posterior
from decision_model.delays.posterior import tempering_power, weights_of


def log_of(wins: np.ndarray, times: float, still: np.ndarray, times_open: float) -> Evidence:
    """One cell: delays of wins and ages of open decisions, each so many times."""
    hours = np.r_[wins, still]
    count = np.r_[np.full(len(wins), times), np.full(len(still), times_open)]
    state = np.r_[np.ones(len(wins)), np.zeros(len(still))].astype(np.int8)
    evidence = Evidence.from_counts(("a",), ("x",), won=[len(wins) * times], lost=[0])
    return replace(
        evidence, open=np.array([len(still) * times_open]), delay_cell=np.zeros(len(hours), dtype=int),
        delay_state=state, delay_hours=hours, delay_count=count,
    )  # fmt: skip


def test_58607_wins_after_one_constant_delay_leave_the_rate_of_young_open_ones_open():
    log = log_of(np.array([24.0]), 58_607.0, np.array([20.0, 30.0]), 10_000.0)
    cells = RateModel.fit(log).cells
    assert cells.high[0] - cells.low[0] > 0.05  # it was .001
    assert 0.7 < cells.mean[0] < 0.98
    assert cells.immature[0]
    assert cells.confidence[0] < 0.7


@pytest.mark.parametrize("times", [1.0, 100.0])
def test_a_hundred_times_as_many_decisions_do_not_make_an_unidentified_rate_certain(times):
    rng = np.random.default_rng(1)
    wins, still = 24 * np.exp(rng.normal(size=200)), rng.uniform(0, 500, 200)
    cells = RateModel.fit(log_of(wins, times, still, times)).cells
    # Half are won, or all will be, some of them after months: the log is too young to tell.
    assert cells.low[0] < 0.6
    assert cells.high[0] > 0.85


def test_each_scenario_of_a_large_group_is_integrated_about_its_own_rate():
    won_by = np.array([[0.999, 0.5, 0.05]])
    table = OpenCounts.of(np.zeros(1, dtype=int), np.array([50_000.0]), won_by, np.zeros((1, 3)), 1)
    found = rate_posterior(table, np.array([50_001.0]), np.array([1.0]), np.zeros((1, 3)))
    # p (1 - F) + 1 - p with F near one: all open ones are lost; with F near zero nothing is known of them.
    lost = beta_distribution(50_001, 50_001)
    assert found.first[0, 0] == pytest.approx(lost.mean(), abs=0.002)
    assert found.first[0, 2] > 0.99
    p = np.linspace(1e-6, 1 - 1e-6, 200_001)
    for j in range(3):
        log_density = 50_000 * np.log(p) + 50_000 * np.log1p(-p * won_by[0, j])
        density = np.exp(log_density - log_density.max())
        assert found.first[0, j] == pytest.approx((p * density).sum() / density.sum(), abs=2e-3)


@pytest.mark.parametrize(("won", "still"), [(60, 500_000.0), (20, 100_000.0)])
def test_few_wins_among_very_many_open_decisions_have_a_rate_near_their_share(won, still):
    rng = np.random.default_rng(1)
    wins, ages = np.exp(3.5 + rng.normal(size=won)), rng.uniform(0, 26_000, 400)
    cells = RateModel.fit(log_of(wins, 1.0, ages, still / 400)).cells
    assert cells.low[0] < 1.15 * won / still < cells.high[0]
    assert cells.mean[0] < 1.5 * won / still  # it was 56 and 18 times that


def test_weights_are_flattened_only_where_they_collapse():
    log_weight = np.array([np.arange(64) * 1000.0, np.arange(64) * 0.01])
    power = tempering_power(log_weight, 1 / 16)
    assert power[1] == 1.0
    effective = 1 / (weights_of(power[:, None] * log_weight) ** 2).sum(1)
    assert effective[0] == pytest.approx(4.0, abs=0.1)


def test_few_decisions_count_fully_and_many_as_a_thousand():
    n = np.array([1.0, 10.0, 1e6])
    assert (n * coarsening(n)).round(1).tolist() == [1.0, 9.9, 999.0]
