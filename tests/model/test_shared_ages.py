"""Rates of cells whose open decisions lie on shared ages are those with each decision at its own age."""

from __future__ import annotations

import numpy as np
import pytest

from decision_model.delays.open_rates import OpenAges, open_posterior
from decision_model.delays.posterior import fit_delays
from decision_model.delays.shared_ages import posterior_at_shared_ages
from decision_model.inputs.evidence import OPEN, WON, Evidence

CELLS, AGES, KINDS = 24, 60, 2


@pytest.fixture(scope="module")
def world():
    """Delays of two types, and the open decisions of their cells at ages from a minute to a year."""
    rng = np.random.default_rng(7)
    wins = np.exp(rng.normal([[3.0], [4.5]], 0.6, (KINDS, 200)))
    nothing = np.zeros(KINDS)
    log = Evidence(
        types=("a", "b"), sources=("x", "x"), won=nothing + 200, lost=nothing, open=nothing + 100,
        paid=nothing, revenue=nothing, sum_log_revenue=nothing, sum_log_revenue_squared=nothing,
        delay_cell=np.repeat([0, 1, 0, 1], [200, 200, 1, 1]),
        delay_state=np.repeat([WON, OPEN], [400, 2]), delay_hours=np.r_[wins.ravel(), 2000.0, 2000.0],
        delay_count=np.r_[np.ones(400), 100.0, 100.0],
    )  # fmt: skip
    delays = fit_delays(log, np.arange(KINDS), KINDS).resampled(16)
    group = np.repeat(np.arange(CELLS), AGES)
    hours = np.exp(rng.uniform(np.log(1 / 60), np.log(8760), CELLS * AGES))
    count = rng.integers(1, 40, CELLS * AGES).astype(float)
    return delays, OpenAges(group, group % KINDS, hours, count)


def posteriors(world, closed):
    delays, ages = world
    alpha, beta = np.full(CELLS, 0.7 + closed), np.full(CELLS, 1.6 + 2 * closed)
    rough = delays.log_weight[np.arange(CELLS) % KINDS]
    return (
        answer(delays, ages, alpha, beta, rough)
        for answer in (posterior_at_shared_ages, open_posterior)
    )


@pytest.mark.parametrize("closed", [0.0, 30.0, 3000.0])
def test_shared_ages_move_no_rate_by_a_twentieth_of_its_standard_deviation(world, closed):
    shared, exact = posteriors(world, closed)
    sd = np.sqrt(np.maximum(exact.second - exact.first**2, 1e-18))
    assert np.all(np.abs(shared.first - exact.first) < 0.05 * sd)
    assert shared.second - shared.first**2 == pytest.approx(sd**2, rel=0.05)


def test_shared_ages_keep_the_evidence_of_the_scenarios(world):
    shared, exact = posteriors(world, 30.0)
    apart = shared.log_evidence - exact.log_evidence
    apart -= apart.mean(1, keepdims=True)
    assert np.all(np.abs(apart) < 0.01 * np.ptp(exact.log_evidence, axis=1, keepdims=True))


def test_a_cell_alone_shares_no_ages(world):
    delays, ages = world
    one = ages.group == 0
    own = OpenAges(ages.group[one], ages.type[one], ages.hours[one], ages.count[one])
    two, rough = np.array([2.0]), delays.log_weight[:1]
    assert posterior_at_shared_ages(delays, own, two, two, rough) is None
