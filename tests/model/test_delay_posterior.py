"""How long wins take."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from decision_model.delays.effective import effective_counts
from decision_model.delays.posterior import (
    BETWEEN_SD,
    PRIOR_MEAN,
    PRIOR_SD,
    fit_delays,
    weights_of,
)
from decision_model.delays.recorded import recorded_by
from decision_model.inputs.evidence import LOST, OPEN, WON, Evidence


def rows(evidence, cell, state, hours, count):
    """Add a histogram, and count its rows among the states."""
    cell, state = np.asarray(cell), np.asarray(state)
    count = np.asarray(count, float)
    n = len(evidence.types)
    totals = [np.bincount(cell[state == k], count[state == k], n) for k in range(3)]
    return replace(
        evidence, open=totals[0], won=totals[1], lost=totals[2],
        delay_cell=cell, delay_state=state, delay_hours=hours, delay_count=count,
    )  # fmt: skip


def types(n):
    return Evidence.from_counts(tuple(f"t{i}" for i in range(n)), ("s",) * n)


def hours(evidence, level=0.5):
    n = len(evidence.types)
    scenarios = fit_delays(evidence, np.arange(n), n)
    return scenarios.quantile(level, weights_of(scenarios.log_weight))


def lognormal(seed, n, median, sigma):
    return median * np.exp(sigma * np.random.default_rng(seed).normal(size=n))


def test_many_closed_wins_give_their_own_quantiles():
    delays = lognormal(1, 2000, 30, 0.5)
    log = rows(types(1), np.zeros(2000, int), np.ones(2000, int), delays, np.ones(2000))
    for level in (0.1, 0.5, 0.9):
        assert hours(log, level)[0] == pytest.approx(np.quantile(delays, level), rel=0.1)


def test_waiting_decisions_are_censored_and_not_ignored():
    rng = np.random.default_rng(3)
    delays = lognormal(4, 1500, 200, 0.7)
    ages = rng.uniform(0, 300, 1500)
    won = delays < ages
    seen = np.where(won, delays, ages)
    log = rows(types(1), np.zeros(1500, int), won.astype(int), seen, np.ones(1500))
    assert np.median(delays[won]) < 120
    assert hours(log)[0] == pytest.approx(200, rel=0.4)


def test_a_type_with_few_wins_is_pooled_towards_the_others_and_a_new_one_too():
    delays = np.append(lognormal(5, 300, 10, 0.5), 12.0)
    cell = np.append(np.zeros(300, int), 1)
    log = rows(types(2), cell, np.ones(301, int), delays, np.ones(301))
    typical, few, new = hours(log)
    assert typical == pytest.approx(10, rel=0.15)
    assert 6 < few < 20
    assert 5 < new < 25
    assert hours(log, 0.9)[2] / hours(log, 0.1)[2] > 2 * hours(log, 0.9)[0] / hours(log, 0.1)[0]


def test_wins_that_come_at_once_are_a_share_and_not_a_tiny_median():
    delays = np.append(np.zeros(30), lognormal(6, 300, 100, 0.5))
    log = rows(types(1), np.zeros(330, int), np.ones(330, int), delays, np.ones(330))
    assert hours(log)[0] == pytest.approx(95, rel=0.15)
    assert hours(log, 0.05)[0] == 0


@pytest.mark.parametrize("delay", [0.0, 1e-9, 1e6])
@pytest.mark.parametrize("state", [0, 1, 2])
def test_extreme_delays_and_lone_states_give_finite_numbers(state, delay):
    log = rows(types(2), [0, 1], [state, state], [delay, delay], [50, 1])
    assert np.all(np.isfinite(hours(log)))


@pytest.mark.parametrize("losses", [0, 3, 40])
def test_each_recorded_loss_makes_it_likelier_that_losses_are_recorded(losses):
    """By quadrature over a normal prior of the log-odds of rho, with likelihood rho to the losses."""
    state, delays = [1] * 40 + [2] * losses, [30.0] * (40 + losses)
    log = rows(types(1), np.zeros(len(state), int), np.array(state), delays, np.ones(len(state)))
    scenarios = fit_delays(log, np.zeros(1, int), 1)
    weight = weights_of(scenarios.log_weight)[0]
    found = (weight / (1 + np.exp(-scenarios.theta[0, :, 4]))).sum()
    z = np.linspace(-6, 6, 2_001)
    rho = 1 / (1 + np.exp(-(PRIOR_MEAN[4] + np.hypot(PRIOR_SD[4], BETWEEN_SD[4]) * z)))
    density = np.exp(-0.5 * z**2) * rho**losses
    assert found == pytest.approx((density * rho).sum() / density.sum(), abs=0.1)


def test_nothing_known_means_days_to_weeks():
    median = hours(types(0))
    assert 24 < median[0] < 24 * 21


@pytest.mark.parametrize("level", [0.1, 0.5, 0.9])
def test_a_quantile_is_where_the_distribution_reaches_its_level(level):
    log = rows(types(3), [0, 0, 1, 2], [1, 0, 1, 1], [40.0, 300.0, 5.0, 0.0], [9, 4, 3, 2])
    scenarios = fit_delays(log, np.arange(3), 3)
    weight = weights_of(scenarios.log_weight)
    found = scenarios.quantile(level, weight)
    reached = (weight * scenarios.won_by(np.arange(4), found)).sum(1)
    at_once = found == 0.0
    assert reached[~at_once] == pytest.approx(level, abs=5e-4)
    assert (reached[at_once] >= level).all()


@pytest.mark.parametrize("prior", [(0.7, 1.6), (8.0, 1.0), (1.0, 8.0)])
@pytest.mark.parametrize(
    ("won", "open_", "age", "delay"), [(58607, 1500, 155.0, 37.3), (10595, 117292, 1276.0, 4.3)]
)
def test_a_cell_never_counts_as_more_decisions_than_it_has(prior, won, open_, age, delay):
    log = rows(types(1), [0, 0], [1, 0], [delay, age], [won, open_])
    scenarios = fit_delays(log, np.zeros(1, int), 1)
    counts = effective_counts(log, scenarios, np.zeros(1, int), *np.array(prior)[:, None])
    assert counts.won[0] + counts.lost[0] <= (won + open_) * (1 + 1e-9)


def test_shares_recorded_by_many_ages_are_those_of_each_age_within_a_few_ten_thousandths():
    states, hours = [WON, LOST, OPEN, WON], [30.0, 90.0, 400.0, 5.0]
    evidence = rows(types(3), [0, 0, 0, 1], states, hours, [40, 60, 20, 9])
    delays = fit_delays(evidence, np.arange(3), 3)
    rng = np.random.default_rng(7)
    ages = np.concatenate([[0.0, 1 / 60], np.exp(rng.uniform(-4, 11, 400))])
    group = rng.integers(0, 4, len(ages))
    weight = weights_of(delays.log_weight)[group]
    won_by, lost_by = recorded_by(delays, group, ages)
    exact = np.maximum(ages, 1 / 60)
    np.testing.assert_allclose(won_by, (weight * delays.won_by(group, exact)).sum(1), atol=3e-4)
    np.testing.assert_allclose(lost_by, (weight * delays.lost_by(group, exact)).sum(1), atol=3e-4)
    alone = [recorded_by(delays, group[i : i + 1], ages[i : i + 1])[0][0] for i in range(5)]
    np.testing.assert_allclose(alone, won_by[:5], rtol=1e-12)
