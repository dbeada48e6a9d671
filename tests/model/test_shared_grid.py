"""Rates of groups with many decisions: one grid for all scenarios gives what a fine grid of each gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decision_model.delays.levels import LEVELS, log_gain
from decision_model.delays.likelihood import OpenCounts, rate_posterior
from decision_model.delays.shared_grid import integrated

counts = st.floats(0.0, 6.0).map(lambda power: 10.0**power)


def made(closed, still_open, apart, seed):
    """Tabulate two groups, under six scenarios whose delays are so far apart."""
    rng = np.random.default_rng(seed)
    hours = np.geomspace(0.1, 3000, 30)
    median = 3.5 + apart * rng.standard_normal(6)
    won_by = 1 / (1 + np.exp(1.7 * (median - np.log(hours)[:, None])))
    lost_by = rng.choice([0.0, 0.7], 6) * won_by ** rng.uniform(0.5, 2.0, 6)
    count = still_open * rng.dirichlet(np.ones(30))
    table = OpenCounts.of(np.zeros(30, dtype=np.intp), count, won_by, lost_by, 1)
    return table, 0.5 + np.array([closed[0]]), 0.5 + np.array([closed[1]])


def on_a_fine_grid(table, alpha, beta, scenario):
    logit = np.linspace(-16, 13, 8_001)
    for _ in range(3):  # towards the bulk
        log_rate, log_rest = -np.logaddexp(0, -logit), -np.logaddexp(0, logit)
        rate = np.exp(log_rate)
        log_density = table.mass[0, scenario] @ log_gain(rate, np.exp(log_rest))
        log_density += alpha[0] * log_rate + beta[0] * log_rest + table.offset[0, scenario]
        bulk = logit[log_density > log_density.max() - 50]
        step = logit[1] - logit[0]
        density = np.exp(log_density - log_density.max())
        evidence = np.log(density.sum() * step) + log_density.max()
        logit = np.linspace(bulk[0] - step, bulk[-1] + step, 8_001)
    mean = (density * rate).sum() / density.sum()
    return evidence, mean, (density * (rate - mean) ** 2).sum() / density.sum()


@settings(max_examples=40)
@given(
    closed=st.tuples(counts, counts), still_open=counts, apart=st.floats(0, 1.5), seed=st.integers(0, 99)
)  # fmt: skip
def test_the_grid_of_all_scenarios_agrees_with_a_fine_grid_of_each(closed, still_open, apart, seed):
    table, alpha, beta = made(closed, still_open, apart, seed)
    rows, found = integrated(table.mass, table.offset, alpha, beta)
    for scenario in range(6 if rows.size else 0):
        evidence, mean, variance = on_a_fine_grid(table, alpha, beta, scenario)
        log_evidence, first, second = (part[0, scenario] for part in found)
        assert log_evidence == pytest.approx(evidence, abs=1e-5, rel=1e-10)
        assert first == pytest.approx(mean, abs=1e-4 * np.sqrt(variance))
        assert second - first**2 == pytest.approx(variance, rel=1e-3, abs=1e-12)


def test_half_a_million_open_decisions_and_few_closed_ones_are_integrated_at_their_rate():
    table, alpha, beta = made((60.0, 0.0), 500_000.0, 0.3, 3)
    found = rate_posterior(table, alpha, beta, np.zeros((1, 6)))
    for scenario in range(6):
        evidence, mean, variance = on_a_fine_grid(table, alpha, beta, scenario)
        assert found.log_evidence[0, scenario] == pytest.approx(evidence, abs=1e-4)
        assert found.first[0, scenario] == pytest.approx(mean, abs=1e-3 * np.sqrt(variance))


def test_levels_are_symmetric_and_reach_certainty():
    np.testing.assert_allclose(LEVELS, -LEVELS[::-1], atol=1e-12)
    assert LEVELS[-1] == pytest.approx(1.0, abs=1e-7)
