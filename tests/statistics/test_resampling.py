"""The paired bootstrap: closed forms, laws and coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest

from decision_model.evaluation.bootstrap import bootstrap, paired_difference
from decision_model.evaluation.metrics import WeightedAuc, WeightedMean


def test_the_interval_of_a_mean_is_that_of_the_central_limit_theorem():
    values = np.random.default_rng(1).normal(3.0, 2.0, 2000)
    found = bootstrap(WeightedMean(values), np.ones(2000), draws=4000)
    half = 1.96 * values.std() / math.sqrt(2000)
    assert found.value == pytest.approx(values.mean())
    assert found.low == pytest.approx(values.mean() - half, abs=0.06 * half)
    assert found.high == pytest.approx(values.mean() + half, abs=0.06 * half)


def test_what_is_hard_for_both_methods_cancels_in_a_paired_difference():
    rng = np.random.default_rng(2)
    shared = rng.gamma(1.0, 5.0, 300)
    first, second = WeightedMean(shared), WeightedMean(shared + rng.normal(0.1, 0.2, 300))
    alone = bootstrap(first, np.ones(300))
    paired = paired_difference(first, second, np.ones(300))
    assert paired.high < 0.0
    assert paired.high - paired.low < 0.1 * (alone.high - alone.low)


def test_the_same_seed_gives_the_same_interval_and_chunks_do_not_matter():
    losses = np.random.default_rng(3).random(50)
    assert bootstrap(WeightedMean(losses), np.ones(50)) == bootstrap(
        WeightedMean(losses), np.ones(50)
    )
    assert bootstrap(WeightedMean(losses), np.ones(50), seed=1) != bootstrap(
        WeightedMean(losses), np.ones(50)
    )


def test_a_method_compared_with_itself_differs_by_nothing():
    losses = WeightedMean(np.random.default_rng(4).random(50))
    difference = paired_difference(losses, losses, np.ones(50))
    assert (difference.value, difference.low, difference.high) == (0.0, 0.0, 0.0)


def test_draws_in_which_a_class_is_missing_are_left_out():
    found = bootstrap(WeightedAuc(np.array([1.0, 0.0, 0.0]), np.array([0.9, 0.2, 0.1])), np.ones(3))
    assert found.value == found.low == found.high == 1.0


def test_nothing_gives_nothing():
    found = bootstrap(WeightedMean(np.empty(0)), np.empty(0))
    assert math.isnan(found.value)
    assert math.isnan(found.low)


def coverage(shift):
    """How often the 95 % interval of a difference of Brier losses holds its true value + shift."""
    rng = np.random.default_rng(20260208)
    held = 0
    for world in range(400):
        truth = rng.beta(2, 5, 200)
        won = (rng.random(200) < truth).astype(float)
        loss, other = (truth - won) ** 2, (0.3 - won) ** 2
        # Given the draw of the truths, the loss of forecast q is p(1-p) + (p-q)²; on average over
        # Beta(2, 5), (p - .3)² is its variance 10/392 plus (2/7 - .3)².
        expected = -(10 / 392 + (2 / 7 - 0.3) ** 2) + shift
        found = paired_difference(
            WeightedMean(loss), WeightedMean(other), np.ones(200), draws=300, seed=world
        )
        held += found.low <= expected <= found.high
    return held / 400


def test_95_percent_intervals_of_a_paired_difference_hold_the_truth():
    assert 0.92 <= coverage(0.0) <= 0.975


def test_the_coverage_test_catches_a_wrong_truth():
    assert coverage(0.02) < 0.85
