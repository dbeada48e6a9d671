from __future__ import annotations

import numpy as np
import pytest

from decision_model.regression.posterior import Targets, sigmoid
from decision_model.trained.pool import Pool

PRIOR = np.array([0.25, 0.25, 0.25, 0.25])


@pytest.mark.parametrize("right", range(4))
def test_the_weight_goes_to_the_member_that_foretells(right: int) -> None:
    rng = np.random.default_rng(right)
    truth = rng.normal(0, 1.5, 3_000)
    told = rng.normal(0, 1.5, (3_000, 4))
    told[:, right] = truth
    won = (rng.random(3_000) < sigmoid(truth)).astype(float)
    # Even weights are the prior here, and 3,000 rows leave some of it: all others together get less than 0.3.
    assert Pool.learn(told, Targets(won, 1 - won), PRIOR).weights[right] > 0.7


def test_few_rows_leave_the_prior() -> None:
    told = np.array([[2.0, -2.0, 0.0, 0.0]] * 3)
    weights = Pool.learn(told, Targets(np.ones(3), np.zeros(3)), PRIOR).weights
    assert weights.sum() == pytest.approx(1)
    assert np.abs(weights - PRIOR).max() < 0.2


def test_without_evidence_the_base_rate_answers_alone() -> None:
    assert Pool.by_evidence(500.0, (-4.0, -2.0, -2.0)).weights[3] > 0.98
    assert Pool.by_evidence(0.0, (0.0, 0.0, 0.0)).weights[3] == 1


def test_a_member_with_evidence_gets_its_weight_and_all_of_them_sum_to_one() -> None:
    weights = Pool.by_evidence(500.0, (-4.0, 30.0, -2.0)).weights
    assert weights.sum() == pytest.approx(1)
    assert weights[1] > 0.5
    assert weights[2] < 0.01
