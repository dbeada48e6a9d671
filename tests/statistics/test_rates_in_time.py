"""Rates follow a change, and a log without one is left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from decision_model import Evidence, RateModel
from decision_model.inputs.time_slices import TimeSlices
from decision_model.rates.forgetting import choose_half_life

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


@pytest.mark.slow
def test_a_stationary_log_is_said_to_change_in_at_most_5_percent_over_looks_in_60_days():
    alarms = 0
    for seed in range(40):
        rng = np.random.default_rng([22, seed])
        n, days = 360, 120
        cell, made = rng.integers(0, 8, n), np.sort(rng.uniform(0, 24 * days, n))
        state = np.where(rng.random(n) < RATES[cell], 1, 2)
        for day in range(60, 120, 6):
            seen = made < 24 * day
            slices = TimeSlices.of(cell[seen], 24 * day - made[seen], state[seen])
            recorded = np.ones(len(slices.cell))
            if choose_half_life(slices, recorded, recorded)[1]:
                alarms += 1
                break
    assert alarms / 40 <= 0.08
