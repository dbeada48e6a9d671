"""Expected revenue of a won decision."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from decision_model import Evidence, RateModel
from decision_model.rates.additive import Layout
from decision_model.rates.revenue import RevenueModel

TYPES = tuple(f"t{i // 2}" for i in range(8))
SOURCES = tuple(f"s{i % 2}" for i in range(8))


def log_of(amounts, free=0.0):
    """Evidence of eight cells whose paying wins brought ``amounts`` (cell -> list of USD)."""
    won = np.array([len(a) for a in amounts], float) + free
    logs = [np.log(a) for a in amounts]
    return replace(
        Evidence.from_counts(TYPES[: len(won)], SOURCES[: len(won)], won=won, lost=won),
        paid=np.array([len(a) for a in amounts], float),
        revenue=np.array([np.sum(a) for a in amounts], float),
        sum_log_revenue=np.array([a.sum() for a in logs]),
        sum_log_revenue_squared=np.array([(a * a).sum() for a in logs]),
    )


def per_win(evidence):
    layout = Layout.of(evidence.types, evidence.sources, evidence.decisions)
    model = RevenueModel.fit(layout, evidence)
    return model.predict(layout.long, layout.short, np.arange(len(evidence.types)))


def drawn(seed, n, sigma=0.7):
    rng = np.random.default_rng(seed)
    means = rng.normal(5, 1, 8)
    return [np.exp(rng.normal(m, sigma, n)) for m in means], np.exp(means + sigma**2 / 2)


def test_much_data_give_the_mean_of_the_lognormal():
    amounts, truth = drawn(1, 3000)
    assert per_win(log_of(amounts))[0] == pytest.approx(truth, rel=0.08)


def test_little_data_are_pooled_and_err_less_than_each_cells_own_mean():
    own, pooled = [], []
    for seed in range(60):
        amounts, truth = drawn(seed, 2, sigma=1.2)
        found = per_win(log_of(amounts))[0]
        pooled.append(np.abs(np.log(found / truth)).mean())
        own.append(np.abs(np.log([np.mean(a) for a in amounts] / truth)).mean())
    assert np.mean(pooled) < 0.95 * np.mean(own)


def test_equal_amounts_are_expected_again():
    found, _ = per_win(log_of([[100.0] * 30] * 8))
    assert found == pytest.approx(np.full(8, 100.0), rel=0.1)


def test_one_huge_deal_does_not_multiply_what_other_cells_expect():
    amounts, _ = drawn(3, 12)
    before, _ = per_win(log_of(amounts))
    amounts[0] = np.append(amounts[0], 1000 * np.mean(amounts[0]))
    after, _ = per_win(log_of(amounts))
    assert np.all(after[1:] < 1.3 * before[1:])
    assert np.all(after[1:] > 0.7 * before[1:])
    assert after[0] > before[0]


def test_wins_that_pay_nothing_lower_the_expectation():
    amounts, _ = drawn(4, 20)
    assert np.all(per_win(log_of(amounts, free=20.0))[0] < 0.6 * per_win(log_of(amounts))[0])


def test_a_log_in_which_all_is_free_expects_nothing():
    cells = RateModel.fit(Evidence.from_counts(TYPES, SOURCES, won=[3] * 8, lost=[1] * 8)).cells
    for values in (cells.revenue, cells.revenue_low, cells.revenue_high):
        assert values.tolist() == [0] * 8


def test_a_new_cell_expects_what_its_type_earns():
    amounts = [[50.0] * 9, [60.0] * 9, [5000.0] * 9]
    model = RateModel.fit(log_of(amounts))
    found = model.predict(["t0", "t1"], ["s9", "s9"])
    assert found.revenue[1] > 5 * found.revenue[0]
    assert np.all(found.revenue_low < found.revenue)
    assert np.all(found.revenue < found.revenue_high)


def test_the_interval_of_revenue_per_decision_covers_the_truth():
    covered = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        amounts, truth = drawn(seed, 40)
        amounts = [a[:w] for a, w in zip(amounts, rng.binomial(40, 0.4, 8), strict=True)]
        evidence = log_of(amounts)
        cells = RateModel.fit(replace(evidence, lost=40 - evidence.won)).cells
        covered.append((cells.revenue_low < 0.4 * truth) & (0.4 * truth < cells.revenue_high))
    assert 0.9 < np.mean(covered) < 0.99


SHAPES = {
    "lognormal, spread 1.5": (lambda rng, n: np.exp(rng.normal(5, 1.5, n)), np.exp(5 + 1.125)),
    "many tiny amounts": (lambda rng, n: rng.gamma(0.5, 400, n), 200.0),
    "two prices": (lambda rng, n: rng.choice([100.0, 2000.0], n), 1050.0),
    "sessions and packages": (lambda rng, n: np.where(rng.random(n) < 0.9, 60.0, 3000.0), 354.0),
    "a heavy tail": (lambda rng, n: 100 * (1 + rng.pareto(2.5, n)), 100 * 2.5 / 1.5),
}


def one_cell(amounts, lost):
    amounts = np.asarray(amounts)
    logs = np.log(amounts)
    return replace(
        Evidence.from_counts(("t",), ("s",), won=[len(amounts)], lost=[lost]),
        paid=[len(amounts)], revenue=[amounts.sum()], sum_log_revenue=[logs.sum()],
        sum_log_revenue_squared=[(logs**2).sum()], paid_revenue=[amounts.sum()],
        paid_revenue_squared=[(amounts**2).sum()], largest_revenue=[amounts.max(initial=0)],
    )  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_expected_revenue_is_right_in_the_limit_for_any_shape(name):
    draw, mean = SHAPES[name]
    ratio = []
    for seed in range(12):
        cells = RateModel.fit(one_cell(draw(np.random.default_rng([5, seed]), 500), 500)).cells
        ratio.append(cells.revenue[0] / (0.5 * mean))
    assert 0.9 <= np.mean(ratio) <= 1.1


@pytest.mark.slow
@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("n", [100, 1000])
def test_intervals_of_expected_revenue_cover_for_any_shape(name, n):
    draw, mean = SHAPES[name]
    covered = []
    for seed in range(120):
        rng = np.random.default_rng([n, seed])
        won = int(rng.binomial(n, 0.5))
        cells = RateModel.fit(one_cell(draw(rng, won), n - won)).cells
        covered.append(cells.revenue_low[0] <= 0.5 * mean <= cells.revenue_high[0])
    assert np.mean(covered) >= 0.87  # 88 % or more in longer runs


def test_with_few_paid_wins_nothing_above_the_largest_seen_is_expected():
    model = RateModel.fit(one_cell([250.0], 3))
    for cells in (model.cells, model.predict(["new"], ["other"])):
        assert cells.revenue[0] <= 250.0 * cells.mean[0] * (1 + 1e-9)


@pytest.mark.slow
def test_upper_ends_know_of_the_skewness_that_the_largest_amount_shows():
    """Pareto 1.5 has no variance, and no sample tells how far its tail reaches: intervals hold the truth in 83 %.

    The same logs are judged without Johnson's correction, whose factor is taken out of the upper end. It can only win
    logs; were it of no use, it would win none of those that are decided. The share held is compared with four fifths
    by its standard error over 300 logs.
    """
    held = np.zeros((300, 2), dtype=bool)
    for seed in range(300):
        rng = np.random.default_rng([61, seed])
        model = RateModel.fit(one_cell(100 * (1 + rng.pareto(1.5, 50)), lost=50))
        cells = model.cells
        factor = model._revenue.upper_widening(np.zeros(1, dtype=int))
        of_rate = np.log(cells.high / cells.mean)
        whole = np.log(cells.revenue_high / cells.revenue)
        plain = np.hypot(of_rate, np.sqrt(whole**2 - of_rate**2) / factor)
        ends = np.r_[cells.revenue_high, cells.revenue * np.exp(plain)]
        held[seed] = (cells.revenue_low <= 150.0) & (ends >= 150.0)
    with_factor, without = held.T
    assert not (without & ~with_factor).any()
    assert (with_factor & ~without).sum() >= 7  # a sign test: by chance in less than 1 % (2^-7)
    assert with_factor.mean() >= 0.8 - 2.33 * np.sqrt(0.8 * 0.2 / 300)  # no share below .8, at 1 %
