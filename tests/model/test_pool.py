from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from decision_model.hyperparameters import POOL_NATS, POOL_NATS_WITHIN
from decision_model.regression.posterior import Targets, sigmoid
from decision_model.trained.pool import Pool

NONE = -np.inf  # without rules
PRIOR = np.array([0.2, 0.2, 0.2, 0.2, 0.2])


@pytest.mark.parametrize("right", range(5))
def test_the_weight_goes_to_the_member_that_foretells(right: int) -> None:
    rng = np.random.default_rng(right)
    truth = rng.normal(0, 1.5, 3_000)
    answer = rng.normal(0, 1.5, (3_000, 5))
    answer[:, right] = truth
    won = (rng.random(3_000) < sigmoid(truth)).astype(float)
    # Even weights are the prior here, and 3,000 rows leave some of it: all others together get less than 0.3.
    assert Pool.learn(answer, Targets(won, 1 - won), PRIOR).weights[right] > 0.7


def test_few_rows_leave_the_prior() -> None:
    answer = np.array([[2.0, -2.0, 0.0, 0.0, 0.0]] * 3)
    weights = Pool.learn(answer, Targets(np.ones(3), np.zeros(3)), PRIOR).weights
    assert weights.sum() == pytest.approx(1)
    assert np.abs(weights - PRIOR).max() < 0.2


def test_weights_are_the_mean_over_the_grid_by_the_whole_likelihood() -> None:
    """A hundred rows, and the posterior mean summed by hand: no row counts for less than one."""
    rng = np.random.default_rng(7)
    answer = rng.normal(0, 1, (100, 5))
    won = (rng.random(100) < sigmoid(answer[:, 0])).astype(float)
    prior = np.array([0.25, 0.25, 0.25, 0.25, 0.0])  # without rules
    total, mean = 0.0, np.zeros(5)
    for tenths in product(range(11), repeat=4):
        if sum(tenths) != 10:
            continue
        shares = np.array([*tenths, 0]) / 10
        p = sigmoid(answer @ shares)
        likelihood = np.prod(np.where(won == 1, p, 1 - p))
        regressions = shares[1] + shares[2]
        moved = abs(regressions - 0.5) + abs(shares[0] - 0.25) + abs(shares[3] - 0.25)
        within = np.abs(shares[1:3] - regressions / 2).sum()
        weight = likelihood * np.exp(-0.5 * (POOL_NATS * moved + POOL_NATS_WITHIN * within))
        total, mean = total + weight, mean + weight * shares
    found = Pool.learn(answer, Targets(won, 1 - won), prior).weights
    assert found == pytest.approx(mean / total, abs=1e-9)


def test_without_evidence_the_base_rate_answers_alone() -> None:
    assert Pool.by_evidence((-8.0, -8.0, -8.0, NONE)).weights[3] > 0.98


def test_an_even_bayes_factor_lets_all_members_speak() -> None:
    weights = Pool.by_evidence((0.0, 0.0, 0.0, NONE)).weights
    assert weights[:4].min() > 0.02
    assert weights[4] == 0
    assert 0.1 < weights[1:3].sum() < 0.3


def test_forward_rows_move_weight_among_the_regressions_sooner_than_away_from_them() -> None:
    prior = Pool.by_evidence((10.0, 10.0, 10.0, NONE)).weights
    won = np.array([1.0, 0.0] * 20)
    right, wrong = np.where(won > 0, 0.6, -0.6), np.where(won > 0, -0.6, 0.6)
    answer = np.column_stack([np.zeros(40), wrong, right, np.zeros(40), wrong])
    weights = Pool.learn(answer, Targets(won, 1 - won), prior).weights
    assert weights[2] > weights[1]
    answer = np.column_stack([np.zeros(40), *[wrong / 4] * 2, np.zeros(40), wrong / 4])
    weights = Pool.learn(answer, Targets(won, 1 - won), prior).weights
    assert weights[1:3].sum() > 0.8 * prior[1:3].sum()


def test_a_member_with_evidence_gets_its_weight_and_all_of_them_sum_to_one() -> None:
    weights = Pool.by_evidence((-4.0, 30.0, -8.0, NONE)).weights
    assert weights.sum() == pytest.approx(1)
    assert weights[1] > 0.5
    assert weights[2] < 0.01


def test_rules_take_part_only_where_they_were_learnt() -> None:
    gains = (10.0, 10.0, 10.0, NONE)
    assert Pool.by_evidence((10.0, -8.0, -8.0, 30.0)).weights[4] > 0.4
    answer = np.column_stack([np.zeros(50)] * 4 + [np.full(50, 2.0)])
    without = Pool.learn(
        answer, Targets(np.ones(50), np.zeros(50)), Pool.by_evidence(gains).weights
    )
    assert without.weights[4] == 0
