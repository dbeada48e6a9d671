"""A confidence sequence holds at every look, and narrows."""

from __future__ import annotations

import numpy as np
import pytest

from decision_model.evaluation.confidence_sequence import sequential_difference, sequential_mean


def null_log(seed, days, per_day):
    """Two methods, equally far from the truth."""
    rng = np.random.default_rng([seed, 11])
    n = days * per_day
    odds = rng.normal(-0.6, 0.7, n)
    won = rng.random(n) < 1 / (1 + np.exp(-odds))
    one, other = (1 / (1 + np.exp(-(odds + rng.normal(0, 0.35, n)))) for _ in range(2))
    return one, other, won.astype(float)


@pytest.mark.slow
@pytest.mark.parametrize("per_day", [2, 10])
def test_over_sixty_daily_looks_at_most_five_percent_of_null_logs_ever_show_a_difference(per_day):
    logs, ever = 200, 0
    for seed in range(logs):
        one, other, won = null_log(seed, 60, per_day)
        ever += any(
            not found.low <= 0.0 <= found.high
            for day in range(5, 61)
            for found in [
                sequential_difference(
                    one[: day * per_day], other[: day * per_day], won[: day * per_day]
                )
            ]
        )
    # With a true chance of 5 %, more than 18 of 200 have a probability of 1 %.
    assert ever <= 0.05 * logs + 8


def test_without_a_bound_on_looks_a_biased_coin_is_found_out_and_a_fair_one_is_not():
    rng = np.random.default_rng(1)
    fair = rng.choice([-1.0, 1.0], 2000)
    biased = rng.choice([-1.0, 1.0], 2000, p=[0.4, 0.6])
    assert sequential_mean(fair, bound=1.0).low <= 0.0 <= sequential_mean(fair, bound=1.0).high
    found = sequential_mean(biased, bound=1.0)
    assert 0.0 < found.low < 0.2 < found.high


def test_more_decisions_never_widen_it():
    rng = np.random.default_rng(5)
    values = np.clip(rng.normal(0.1, 0.3, 1500), -1.0, 1.0)
    widths = [
        found.high - found.low
        for n in (50, 200, 800, 1500)
        for found in [sequential_mean(values[:n], bound=1.0)]
    ]
    assert widths == sorted(widths, reverse=True)


def test_a_clear_difference_is_shown_after_some_hundred_decisions():
    rng = np.random.default_rng(6)
    truth = rng.choice([0.1, 0.3, 0.5, 0.7, 0.9], 600)
    won = (rng.random(600) < truth).astype(float)
    found = sequential_difference(truth, np.full(600, 0.5), won)
    assert found.high < 0.0


def test_nothing_known_is_the_widest_interval_and_values_beyond_the_bound_are_refused():
    empty = sequential_mean([], bound=2.0)
    assert (empty.low, empty.high) == (-2.0, 2.0)
    with pytest.raises(ValueError, match="within 1 of zero"):
        sequential_mean([1.5], bound=1.0)


def test_a_sender_that_comes_back_is_one_bet():
    rng = np.random.default_rng(5)
    won, first = (rng.random(20) < 0.5).astype(float), np.full(20, 0.6)
    once = sequential_difference(first, np.full(20, 0.5), won)
    sender = np.repeat(np.arange(20), 30)
    often = sequential_difference(
        np.repeat(first, 30), np.full(600, 0.5), np.repeat(won, 30), clusters=sender
    )
    alone = sequential_difference(np.repeat(first, 30), np.full(600, 0.5), np.repeat(won, 30))
    assert (often.low, often.high) == pytest.approx((once.low, once.high))
    assert alone.high - alone.low < 0.5 * (often.high - often.low)
