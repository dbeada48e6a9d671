"""What the rates promise, over many simulated logs whose true rates are known.

Every world is seeded. The slow tests are the promises; each has a small fast version. The limits of
the fast ones are wider by two standard errors of their fewer worlds.
"""

from __future__ import annotations

import numpy as np
import pytest

from decision_model import Evidence, RateModel

RATES = np.array([0.786, 0.65, 0.481, 0.391, 0.375, 0.31, 0.333, 0.12])
TYPES = tuple(f"t{i // 2}" for i in range(8))
SOURCES = tuple(f"s{i % 2}" for i in range(8))

# Mean excess log loss (nats) of the posterior mean over the true rate, by decisions in the log.
EXCESS = {20: 0.085, 40: 0.06, 80: 0.04, 186: 0.021, 400: 0.0105, 1000: 0.0045}


def excess_log_loss(rate, mean):
    return rate * np.log(rate / mean) + (1 - rate) * np.log((1 - rate) / (1 - mean))


def closed_worlds(n_decisions, n_worlds, times=1):
    """Share of intervals that hold the true rate, and excess loss, for logs without open decisions.

    ``times`` repeats every decision in the evidence, which no honest posterior survives.
    """
    covered, excess = [], []
    for seed in range(n_worlds):
        rng = np.random.default_rng([n_decisions, seed])
        rate = rng.permutation(RATES) if seed % 2 else RATES
        n = rng.multinomial(n_decisions, np.full(8, 1 / 8))
        won = rng.binomial(n, rate)
        evidence = Evidence.from_counts(TYPES, SOURCES, won=times * won, lost=times * (n - won))
        cells = RateModel.fit(evidence).cells
        covered.append((cells.low < rate) & (rate < cells.high))
        excess.append((n * excess_log_loss(rate, cells.mean)).sum() / n_decisions)
    return np.mean(covered), np.mean(excess)


@pytest.mark.parametrize("n", [20, 186])
def test_intervals_cover_and_means_are_sharp_in_some_worlds(n):
    coverage, excess = closed_worlds(n, 50)
    assert 0.90 < coverage < 0.985
    assert excess < 1.15 * EXCESS[n]


def test_the_coverage_test_catches_evidence_counted_twice():
    assert closed_worlds(186, 50, times=2)[0] < 0.9


@pytest.mark.slow
@pytest.mark.parametrize("n", EXCESS)
def test_95_percent_intervals_cover_92_to_97_percent_and_the_excess_loss_is_small(n):
    coverage, excess = closed_worlds(n, 300)
    assert 0.92 <= coverage <= 0.97
    assert excess <= EXCESS[n]


@pytest.mark.slow
def test_intervals_are_calibrated_over_worlds_drawn_from_a_hierarchy():
    covered = []
    for seed in range(300):
        rng = np.random.default_rng([7, seed])
        logit = (
            rng.normal(-1, 1) + rng.normal(0, 0.6, 4).repeat(2) + np.tile(rng.normal(0, 0.4, 2), 4)
        )
        mu, kappa = 1 / (1 + np.exp(-logit)), np.exp(rng.normal(np.log(15), 1))
        rate = rng.beta(kappa * mu, kappa * (1 - mu))
        n = rng.poisson(12, 8)
        won = rng.binomial(n, rate)
        cells = RateModel.fit(Evidence.from_counts(TYPES, SOURCES, won=won, lost=n - won)).cells
        covered.append((cells.low < rate) & (rate < cells.high))
    assert 0.93 <= np.mean(covered) <= 0.97


def histogram(types, sources, cell, state, hours):
    """Evidence as the store gives it: eight bins per doubling of the hours."""
    bins = np.floor(8 * np.log2(np.maximum(hours, 1 / 64))).astype(int)
    key, row = np.unique(np.stack([cell, state, bins], axis=1), axis=0, return_inverse=True)
    count = np.bincount(row.ravel()).astype(float)
    opened, won, lost = (
        np.bincount(cell[state == k], minlength=len(types)).astype(float) for k in range(3)
    )
    none = np.zeros(len(types))
    return Evidence(
        types, sources, won, lost, opened, none, none, none, none,
        key[:, 0], key[:, 1], np.bincount(row.ravel(), hours) / count, count,
    )  # fmt: skip


def observed(rng, cell, rate, to_win, to_loss, days, recorded):
    """What is known today of decisions made evenly over the last ``days``."""
    age = rng.uniform(0, 24 * days, len(cell))
    wins = rng.random(len(cell)) < rate[cell]
    wait = np.where(wins, to_win, to_loss)
    known = (wins | (rng.random(len(cell)) < recorded)) & (wait < age)
    return np.where(known, np.where(wins, 1, 2), 0), np.where(known, wait, age)


def world(seed, n, days, recorded, ratio):
    """Four types of very different speed; losses take ``ratio`` times as long as wins."""
    rng = np.random.default_rng([n, days, seed])
    cell = rng.integers(0, 8, n)
    wait = np.array([12.0, 48.0, 120.0, 300.0])[cell // 2] * np.exp(0.8 * rng.normal(size=(2, n)))
    state, hours = observed(rng, cell, RATES, wait[0], ratio * wait[1], days, recorded)
    return histogram(TYPES, SOURCES, cell, state, hours)


def partnerships(seed, n, recorded):
    """Thirty days of partnerships, which close after 15 to 30, beside three faster types."""
    rng = np.random.default_rng([n, seed])
    cell = np.arange(4).repeat(n)
    fast = np.array([1.0, 24.0, 48.0, 72.0])[cell] * np.exp(0.6 * rng.normal(size=(2, 4 * n)))
    slow = rng.uniform(15 * 24, 30 * 24, (2, 4 * n))
    wait = np.where(cell == 0, slow, fast)
    rate = np.array([0.45, 0.3, 0.2, 0.5])
    state, hours = observed(rng, cell, rate, *wait, 30, recorded)
    return histogram(("partnership", "job", "gig", "note"), ("mail",) * 4, cell, state, hours)


def partnership_answers(n, recorded, n_worlds):
    cells = [RateModel.fit(partnerships(seed, n, recorded)).cells for seed in range(n_worlds)]
    holds = np.mean([c.low[0] < 0.45 < c.high[0] for c in cells])
    return holds, np.mean([c.immature[0] for c in cells])


@pytest.mark.parametrize("recorded", [0, 1])
def test_a_slow_type_is_not_written_off_after_thirty_days(recorded):
    holds, immature = partnership_answers(40, recorded, 12)
    assert holds >= 11 / 12
    assert immature >= 11 / 12


@pytest.mark.slow
@pytest.mark.parametrize("recorded", [0, 1], ids=["only wins", "losses too"])
@pytest.mark.parametrize("n", [10, 40, 100, 400])
def test_the_interval_of_a_slow_type_holds_its_true_rate_while_most_of_it_is_open(n, recorded):
    holds, immature = partnership_answers(n, recorded, 60)
    assert holds >= 0.89  # 0.95 less two standard errors of 60 worlds
    assert immature >= 0.93


WORLDS = {
    "only wins are recorded": (0.0, 1.0),
    "losses as fast as wins": (1.0, 1.0),
    "losses five times faster": (1.0, 0.2),
    "losses five times slower": (1.0, 5.0),
    "some losses are recorded": (0.6, 1.0),
}


def answers(name, n, days, n_worlds):
    """Coverage over all cells, and the mean error of the posterior mean of each."""
    recorded, ratio = WORLDS[name]
    cells = [RateModel.fit(world(s, n, days, recorded, ratio)).cells for s in range(n_worlds)]
    coverage = np.mean([(c.low < RATES) & (c.high > RATES) for c in cells])
    return coverage, np.mean([c.mean for c in cells], axis=0) - RATES


@pytest.mark.parametrize("name", WORLDS)
def test_open_decisions_do_not_bias_the_rate(name):
    coverage, error = answers(name, 2000, 120, 5)
    assert coverage > 0.85
    assert np.abs(error).max() < 0.06
    assert abs(error.mean()) < 0.02


@pytest.mark.slow
@pytest.mark.parametrize("name", WORLDS)
def test_intervals_cover_whatever_is_recorded_and_however_fast(name):
    for n in (80, 400, 2000):
        coverage, _ = answers(name, n, 120, 25)
        assert 0.91 <= coverage <= 0.985


@pytest.mark.slow
@pytest.mark.parametrize("name", WORLDS)
def test_after_twenty_days_an_interval_covers_or_its_rate_is_marked_immature(name):
    """The slow component cannot be distinguished from a lower rate yet, so marked intervals cover less: 77 to 97 %."""
    recorded, ratio = WORLDS[name]
    for n in (80, 400, 2000):
        cells = [RateModel.fit(world(seed, n, 20, recorded, ratio)).cells for seed in range(25)]
        covered = np.array([(c.low < RATES) & (c.high > RATES) for c in cells])
        immature = np.array([c.immature for c in cells])
        unsure = immature & (np.array([c.confidence for c in cells]) < 0.7)
        assert np.mean(covered | unsure) >= 0.95
        assert np.mean(covered) >= 0.75
        if (~immature).sum() >= 40:
            assert np.mean(covered[~immature]) >= 0.9


def test_open_counted_as_lost_would_be_biased_in_these_worlds():
    evidence = world(0, 2000, 20, 0.0, 1.0)
    raw = evidence.won / evidence.decisions
    assert (raw - RATES).min() < -0.15


def young(seed, n=200):
    """Ten days of a log in which half the wins take twelve hours and half three weeks."""
    rng = np.random.default_rng([11, seed])
    cell = rng.integers(0, 8, n)
    fast = rng.random(n) < 0.5
    wait = np.where(fast, 12 * rng.lognormal(0, 0.5, n), 500 * rng.lognormal(0, 0.3, n))
    state, hours = observed(rng, cell, RATES, wait, wait, 10, 0.0)
    return histogram(TYPES, SOURCES, cell, state, hours)


def test_a_young_log_whose_slow_wins_are_still_to_come_is_marked_and_not_sure():
    for seed in range(4):
        cells = RateModel.fit(young(seed)).cells
        covered = (cells.low < RATES) & (cells.high > RATES)
        assert np.all(covered | (cells.immature & (cells.confidence < 0.7)))


@pytest.mark.slow
def test_the_slow_component_widens_the_intervals_of_a_young_log():
    """Without it 20 to 35 % of these intervals cover."""
    covered = [
        np.mean((c.low < RATES) & (c.high > RATES))
        for c in (RateModel.fit(young(seed)).cells for seed in range(25))
    ]
    assert np.mean(covered) > 0.55
