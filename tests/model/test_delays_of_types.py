"""Delays of types that were learnt a little earlier."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from decision_model.delays.of_types import TypeDelays
from decision_model.delays.posterior import fit_delays
from decision_model.inputs.evidence import OPEN, WON, Evidence
from decision_model.rates.model import RateModel

N_WINS, N_OPEN = 300, 60


def log_of(medians, extra=0):
    """Make one cell per type, of `N_WINS` wins and open decisions; the first has some wins more."""
    rng = np.random.default_rng(11)
    n = len(medians)
    wins = np.exp(np.log(medians)[:, None] + 0.8 * rng.standard_normal((n, N_WINS)))
    ages = np.exp(rng.uniform(0, 7, (n, N_OPEN)))
    count = np.ones(wins.size + ages.size)
    count[0] += extra
    more = np.zeros(n)
    more[0] = extra
    return replace(
        Evidence.from_counts(tuple("abcd"[:n]), ("x",) * n, won=more + N_WINS),
        open=np.full(n, float(N_OPEN)),
        delay_cell=np.r_[np.repeat(np.arange(n), N_WINS), np.repeat(np.arange(n), N_OPEN)],
        delay_state=np.repeat([WON, OPEN], [wins.size, ages.size]).astype(np.int8),
        delay_hours=np.r_[wins.ravel(), ages.ravel()],
        delay_count=count,
    )


def later(kept, log):
    group = np.arange(len(log.types))
    return kept.later(log.types, log, group)


def parts(delays):
    return [getattr(delays, field.name) for field in fields(delays)]


def test_delays_of_the_same_facts_are_those_of_a_fit_to_them():
    log = log_of([20.0, 90.0, 300.0])
    found = later(TypeDelays.fit(log), log)
    for one, other in zip(parts(found), parts(fit_delays(log, np.arange(3), 3)), strict=True):
        np.testing.assert_array_equal(one, other)


def test_one_fact_more_leaves_delays_as_they_were():
    kept = TypeDelays.fit(log_of([20.0, 90.0, 300.0]))
    found = later(kept, log_of([20.0, 90.0, 300.0], extra=1))
    np.testing.assert_array_equal(found.theta, kept.posterior.theta)


def test_only_a_type_with_many_new_facts_and_a_new_one_are_fitted_again():
    kept = TypeDelays.fit(log_of([20.0, 90.0, 300.0]))
    found = later(kept, log_of([20.0, 90.0, 300.0, 1000.0], extra=50))
    same = [np.array_equal(found.theta[i], kept.posterior.theta[i]) for i in range(3)]
    assert same == [False, True, True]
    weight = np.exp(found.log_weight[3] - found.log_weight[3].max())
    median = np.exp((weight * found.theta[3, :, 0]).sum() / weight.sum())
    assert median > 500  # its own wins count; those of the others lie at 20 to 300 hours


def test_rates_with_delays_of_a_fact_ago_are_nearly_those_of_a_fit_to_everything():
    before, after = log_of([20.0, 90.0, 300.0]), log_of([20.0, 90.0, 300.0], extra=1)
    kept = RateModel.fit(after, delays=TypeDelays.fit(before)).cells
    anew = RateModel.fit(after).cells
    assert np.all(np.abs(kept.mean - anew.mean) < 0.02 * (anew.high - anew.low))
    assert kept.hours == pytest.approx(anew.hours, rel=0.02)
