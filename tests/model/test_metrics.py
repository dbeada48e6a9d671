"""Metrics against closed forms, scikit-learn and laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as oracle

from decision_model.evaluation.metrics import (
    WeightedAuc,
    WeightedMean,
    WeightedTopShare,
    auc,
    brier_score,
    log_loss,
    log_losses,
    top_share,
)

PROBABILITIES = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.7, 0.9, 1.0])
ROWS = st.lists(st.tuples(st.booleans(), PROBABILITIES, st.integers(0, 3)), min_size=1, max_size=30)


def columns(rows):
    won, p, weight = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    return won, p, weight


def test_always_saying_one_half_costs_the_logarithm_of_two():
    assert log_loss([1, 0, 0], [0.5] * 3) == pytest.approx(math.log(2))


def test_a_certain_wrong_answer_costs_13_8_nats_and_not_infinity():
    assert log_loss([1], [0.0]) == pytest.approx(-math.log(1e-6))


def test_the_brier_score_of_the_overall_share_is_the_variance():
    assert brier_score([1, 0, 0, 0], [0.25] * 4) == pytest.approx(0.25 * 0.75)


@pytest.mark.parametrize("seed", range(5))
def test_all_agree_with_scikit_learn_with_weights_and_ties(seed):
    rng = np.random.default_rng(seed)
    p = np.round(rng.beta(2, 3, 200), 1 if seed % 2 else 6).clip(0.01, 0.99)
    won = (rng.random(200) < p).astype(float)
    weight = rng.random(200) + 0.1
    assert log_loss(won, p, weight) == pytest.approx(oracle.log_loss(won, p, sample_weight=weight))
    assert brier_score(won, p, weight) == pytest.approx(
        oracle.brier_score_loss(won, p, sample_weight=weight)
    )
    assert auc(won, p, weight) == pytest.approx(oracle.roc_auc_score(won, p, sample_weight=weight))


@given(ROWS)
def test_a_weight_counts_like_so_many_copies(rows):
    won, p, weight = columns(rows)
    copies = weight.astype(int)
    for metric in (log_loss, brier_score, auc, top_share):
        weighted = metric(won, p, weight)
        copied = metric(np.repeat(won, copies), np.repeat(p, copies))
        assert weighted == pytest.approx(copied, abs=1e-12, nan_ok=True)


@given(ROWS)
def test_reversing_the_ranking_mirrors_the_auc(rows):
    won, p, weight = columns(rows)
    mirrored = auc(won, -p, weight)
    assert auc(won, p, weight) == pytest.approx(1.0 - mirrored, nan_ok=True)


@given(ROWS, st.permutations(range(30)))
def test_the_order_of_rows_changes_nothing(rows, order):
    won, p, weight = columns(rows)
    order = [i for i in order if i < len(rows)]
    for metric in (log_loss, brier_score, auc, top_share):
        found = metric(won[order], p[order], weight[order])
        assert found == pytest.approx(metric(won, p, weight), abs=1e-12, nan_ok=True)


def test_auc_is_undefined_without_both_classes():
    assert math.isnan(auc([1, 1], [0.2, 0.3]))
    assert math.isnan(auc([], []))


def test_a_constant_ranking_finds_a_fifth_of_the_wins_in_a_fifth_of_the_rows():
    assert top_share([1, 0, 0, 0, 0, 1, 0], [0.5] * 7) == pytest.approx(0.2)


def test_ties_at_the_border_give_the_mean_over_their_orders():
    rng = np.random.default_rng(1)
    revenue = np.round(rng.gamma(0.5, 100, 25), 2)
    ranking = rng.integers(0, 4, 25).astype(float)
    shuffled = []
    for _ in range(4000):
        tie_breaker = rng.random(25)
        best = np.lexsort((tie_breaker, -ranking))[:5]
        shuffled.append(revenue[best].sum() / revenue.sum())
    expected = top_share(revenue, ranking)
    error = np.std(shuffled) / math.sqrt(len(shuffled))
    assert expected == pytest.approx(np.mean(shuffled), abs=4 * error)


def test_top_share_of_no_revenue_or_net_refunds_is_undefined():
    assert math.isnan(top_share([0, 0], [0.1, 0.2]))
    assert math.isnan(top_share([10, -30], [0.1, 0.2]))


def test_many_weightings_at_once_equal_one_at_a_time():
    rng = np.random.default_rng(2)
    won, p = (rng.random(40) < 0.4).astype(float), np.round(rng.random(40), 1)
    weights = rng.integers(0, 3, (6, 40)).astype(float)
    pairs = (
        (WeightedMean(log_losses(won, p)), log_loss),
        (WeightedAuc(won, p), auc),
        (WeightedTopShare(won, p), top_share),
    )
    for many, one in pairs:
        expected = [one(won, p, row) for row in weights]
        assert many(weights) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("won", "p", "weight"),
    [([1], [0.5, 0.5], None), ([2], [0.5], None), ([1], [math.nan], None), ([1], [0.5], [-1.0])],
)
def test_wrong_arguments_are_refused(won, p, weight):
    with pytest.raises(ValueError, match="must"):
        log_loss(won, p, weight)
