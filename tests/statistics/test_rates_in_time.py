"""Rates follow a change, and a log without one is left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from decision_model import Evidence, RateModel
from decision_model.hyperparameters import FALSE_CHANGE_PROBABILITY
from decision_model.inputs.time_slices import TimeSlices
from decision_model.rates.breaks import break_evidence
from decision_model.rates.forgetting import learn_forgetting

TYPES = tuple(f"t{i // 2}" for i in range(8))
SOURCES = tuple(f"s{i % 2}" for i in range(8))
RATES = np.array([0.786, 0.65, 0.481, 0.391, 0.375, 0.31, 0.333, 0.12])
LOGIT = np.log(RATES / (1 - RATES))


def fitted(seed, shift, n=200, days=60):
    """All decisions are closed; half-way the log-odds of every cell moves by ``shift``."""
    rng = np.random.default_rng([21, seed])
    cell, age = rng.integers(0, 8, n), rng.uniform(0, 24 * days, n)
    p = 1 / (1 + np.exp(-(LOGIT[cell] + np.where(age > 12 * days, -shift / 2, shift / 2))))
    state = np.where(rng.random(n) < p, 1, 2)
    won, lost = (np.bincount(cell[state == k], minlength=8).astype(float) for k in (1, 2))
    evidence = Evidence.from_counts(TYPES, SOURCES, won=won, lost=lost)
    slices = TimeSlices.of(cell, age, state)
    truth = 1 / (1 + np.exp(-(LOGIT + shift / 2)))
    return RateModel.fit(replace(evidence, slices=slices)), RateModel.fit(evidence), truth


def covered(cells, truth):
    return (cells.low <= truth) & (truth <= cells.high)


def test_after_a_break_the_intervals_cover_the_current_rates():
    now, ever = [], []
    for seed in range(12):
        in_time, without, truth = fitted(seed, -1.5)
        now.append(covered(in_time.cells, truth))
        ever.append(covered(without.cells, truth))
    assert np.mean(now) >= 0.85
    assert np.mean(ever) < 0.65  # without forgetting


def test_a_large_change_is_reported():
    assert np.mean([fitted(seed, -2.0, n=400)[0].changed for seed in range(10)]) >= 0.7


def test_a_stationary_log_is_hardly_ever_said_to_change_and_loses_little_width():
    pairs = [fitted(seed, 0.0)[:2] for seed in range(40)]
    assert np.mean([model.changed for model, _ in pairs]) <= 0.1
    width = [np.mean(m.cells.high - m.cells.low) for m, _ in pairs]
    plain = [np.mean(m.cells.high - m.cells.low) for _, m in pairs]
    assert np.mean(width) <= 1.15 * np.mean(plain)


def slices_of(seed, n, shift=0.0, burst=1, days=60):
    """All decisions are closed; ``burst``: so many in a row are of one cell and end the same."""
    rng = np.random.default_rng([22, seed, n, burst])
    made = np.sort(rng.uniform(0, 24 * days, n))
    first = np.arange(n) // burst * burst
    cell, luck = rng.integers(0, 8, n)[first], rng.random(n)[first]
    p = 1 / (1 + np.exp(-(LOGIT[cell] + shift * (made > 12 * days))))
    state = np.where(luck < p, 1, 2)

    def until(day):
        seen = made < 24 * day
        return TimeSlices.of(cell[seen], 24 * day - made[seen], state[seen])

    return until


def ever_reported(until):
    for day in range(4, 61, 2):
        slices = until(day)
        recorded = np.ones(len(slices.cell))
        if break_evidence(slices, recorded, recorded) > -np.log(FALSE_CHANGE_PROBABILITY):
            return True
    return False


def weight_of_no_forgetting(seed, n, shift=0.0):
    slices = slices_of(seed, n, shift)(60)
    recorded = np.ones(len(slices.cell))
    found = learn_forgetting(slices, recorded, recorded)
    return found.weight[0] if np.isinf(found.half_lives[0]) else 0.0


def test_a_stationary_log_keeps_its_decisions():
    weight = [weight_of_no_forgetting(seed, 300) for seed in range(30)]
    assert np.mean(weight) > 0.8
    assert np.mean(np.array(weight) < 0.5) <= 0.1  # a choice of the best half-life forgot in 35 %


def test_a_changed_log_forgets():
    assert np.mean([weight_of_no_forgetting(seed, 300, -1.5) for seed in range(20)]) < 0.3


def test_no_rate_jumps_from_one_look_to_the_next():
    """Averaged over half-lives, rates move with the decisions that arrive, also where two half-lives tie."""
    jumps = []
    for seed in range(6):
        until, before = slices_of(seed, 300), None
        for look in range(8):
            slices = until(50 + look / 24)
            won, lost = (np.bincount(slices.cell, one, 8) for one in (slices.won, slices.lost))
            log = replace(Evidence.from_counts(TYPES, SOURCES, won=won, lost=lost), slices=slices)
            mean = RateModel.fit(log).cells.mean
            if before is not None:
                jumps.append(np.abs(mean - before).max())
            before = mean
    assert np.max(jumps) < 0.02


@pytest.mark.slow
@pytest.mark.parametrize("burst", [1, 10])
def test_a_log_without_a_change_is_ever_reported_to_change_in_at_most_5_percent_of_60_days(burst):
    reported = [ever_reported(slices_of(seed, 300, burst=burst)) for seed in range(100)]
    assert np.mean(reported) <= 0.05 + 0.04  # two standard errors


@pytest.mark.slow
def test_a_break_is_reported_in_most_logs_of_300_decisions():
    assert np.mean([ever_reported(slices_of(seed, 300, -1.5)) for seed in range(40)]) >= 0.65
