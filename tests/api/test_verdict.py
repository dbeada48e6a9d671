"""The one rule for "is A better than B?"."""

from __future__ import annotations

import numpy as np
import pytest

from decision_log.models.verdict import Ruling, verdict
from decision_model.hyperparameters import MATERIAL_CALIBRATION


def world(n, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.choice([0.2, 0.35, 0.5, 0.65, 0.8], n)
    return truth, (rng.random(n) < truth).astype(float)


def test_the_truth_is_better_than_one_number_for_all():
    for seed in range(10):
        truth, won = world(300, seed)
        noisy = truth + np.random.default_rng(seed).normal(0, 0.01, 300)
        found = verdict(noisy, np.full(300, won.mean()), won)
        assert found.better
        assert "300 decisions its log loss is 0." in found.numbers("the base rate")


def test_the_opposite_of_the_truth_is_worse():
    truth, won = world(400)
    found = verdict(1.0 - truth, truth, won)
    assert found.ruling is Ruling.WORSE
    assert found.worse


def test_better_but_exaggerated_is_miscalibrated():
    truth, won = world(4000)
    found = verdict(0.5 + 1.4 * (truth - 0.5), np.full(4000, won.mean()), won)
    assert found.comparison.log_loss.high < 0
    assert found.comparison.calibration.low > MATERIAL_CALIBRATION
    assert found.ruling is Ruling.MISCALIBRATED
    assert "calibration part of its Brier score" in found.numbers("the base rate")


def test_noise_is_undecided():
    truth, won = world(400)
    noisy = np.clip(truth + np.random.default_rng(1).normal(0, 0.005, 400), 0.01, 0.99)
    assert verdict(noisy, truth, won).ruling is Ruling.UNDECIDED


@pytest.mark.parametrize(("n", "won_first"), [(0, 0), (49, 25), (60, 4)])
def test_too_few_decide_nothing_and_say_what_is_missing(n, won_first):
    won = np.arange(n) < won_first
    found = verdict(np.where(won, 0.99, 0.01), np.full(n, 0.5), won.astype(float))
    assert found.ruling is Ruling.TOO_FEW
    assert "needed" in found.numbers("the champion")


def test_decisions_of_one_sender_count_as_one_cluster():
    truth, won = world(300, 3)
    senders = [f"s{n // 30}" for n in range(300)]
    alone = verdict(truth, np.full(300, 0.5), won).comparison.log_loss
    together = verdict(
        np.repeat(truth[:10], 30), np.full(300, 0.5), np.repeat(won[:10], 30), clusters=senders
    ).comparison.log_loss
    single = verdict(np.repeat(truth[:10], 30), np.full(300, 0.5), np.repeat(won[:10], 30))
    assert together.high - together.low > 3 * (
        single.comparison.log_loss.high - single.comparison.log_loss.low
    )
    assert alone.high < 0
