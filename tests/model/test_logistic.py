from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from decision_model.regression import logistic
from decision_model.regression.logistic import BayesianLogistic, Targets, moderated, sigmoid


def world(n: int, widths: list[int], scales: list[float], seed: int = 0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, sum(widths)))
    w = np.concatenate(
        [rng.normal(0, s, k) if s else np.zeros(k) for s, k in zip(scales, widths, strict=True)]
    )
    won = (rng.random(n) < sigmoid(X @ w - 0.5)).astype(float)
    return csr_array(X), w, Targets(won, 1 - won)


def test_coefficients_are_recovered_and_useless_blocks_shrunk() -> None:
    X, w, targets = world(6_000, [5, 40, 10], [1.0, 0.0, 0.3])
    model = BayesianLogistic.fit(X, targets, np.array([5, 40, 10]))
    assert np.abs(model.weights - w).max() < 0.15
    assert abs(model.intercept + 0.5) < 0.15
    assert np.abs(model.weights[5:45]).max() < 0.08
    assert model.precision[5] > 20 * model.precision[45] > 2 * model.precision[0]


def test_three_standard_deviations_cover_the_coefficients() -> None:
    X, w, targets = world(1_500, [4, 4], [1.0, 0.2], seed=3)
    model = BayesianLogistic.fit(X, targets, np.array([4, 4]))
    z = (model.weights - w) / np.sqrt(np.diag(model.covariance)[1:])
    assert np.abs(z).max() < 3


def test_many_rows_are_fitted_as_few_are(monkeypatch: pytest.MonkeyPatch) -> None:
    X, _, targets = world(3_000, [3, 6], [1.0, 0.3], seed=1)
    widths = np.array([3, 6])
    exact = BayesianLogistic.fit(X, targets, widths)
    monkeypatch.setattr(logistic, "_some_rows", lambda n, p, seed: np.arange(0, n, 2))
    sampled = BayesianLogistic.fit(X, targets, widths)
    assert np.abs(exact.weights - sampled.weights).max() < 0.03


def test_weights_of_rows_count_like_copies() -> None:
    X, _, targets = world(400, [3], [1.0], seed=2)
    twice = BayesianLogistic.fit(
        csr_array(np.vstack([X.toarray()] * 2)),
        Targets(np.tile(targets.won, 2), np.tile(targets.lost, 2)),
        np.array([3]),
    )
    weighed = BayesianLogistic.fit(X, Targets(2 * targets.won, 2 * targets.lost), np.array([3]))
    np.testing.assert_allclose(twice.weights, weighed.weights, atol=1e-6)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_hardly_any_rows_leave_the_prior(n: int) -> None:
    X, _, targets = world(n, [2], [1.0])
    model = BayesianLogistic.fit(X, targets, np.array([2]))
    mean, variance = model.log_odds(csr_array(np.ones((1, 2))))
    assert np.isfinite(mean).all()
    assert variance[0] > 0.3


def test_no_columns_at_all_is_an_intercept() -> None:
    targets = Targets(np.r_[np.ones(30), np.zeros(70)], np.r_[np.zeros(30), np.ones(70)])
    model = BayesianLogistic.fit(csr_array((100, 0)), targets, np.zeros(0, np.intp))
    assert sigmoid(np.array(model.intercept)) == pytest.approx(0.3, abs=0.01)


def test_moderation_is_the_mean_over_the_uncertainty() -> None:
    rng = np.random.default_rng(0)
    for mean, variance in ((1.0, 2.0), (-2.0, 0.5), (3.0, 4.0)):
        truth = sigmoid(rng.normal(mean, np.sqrt(variance), 200_000)).mean()
        assert sigmoid(moderated(np.array(mean), np.array(variance))) == pytest.approx(
            truth, abs=0.02
        )


def test_the_bayes_factor_agrees_with_quadrature() -> None:
    x = np.random.default_rng(5).normal(size=40)
    won = (np.random.default_rng(6).random(40) < sigmoid(1.2 * x - 0.5)).astype(float)
    model = BayesianLogistic.fit(csr_array(x[:, None]), Targets(won, 1 - won), np.array([1]))
    a, w = np.meshgrid(np.linspace(-6, 4, 401), np.linspace(-6, 6, 481), indexing="ij")
    z = a[..., None] + w[..., None] * x
    joint = (won * z - np.logaddexp(0, z)).sum(axis=-1) - 0.5 * ((a + 1) / 1.5) ** 2
    likelihood = np.exp(joint - joint.max())
    prior = np.exp(-0.5 * model.precision[0] * w[0] ** 2)
    with_weight = (likelihood * prior / prior.sum()).sum()
    without = likelihood[:, w[0].size // 2].sum()
    assert model.log_bayes_factor == pytest.approx(np.log(with_weight / without), abs=0.1)


def test_the_bayes_factor_tells_signal_from_none() -> None:
    widths = np.array([3, 30])
    signal = [
        BayesianLogistic.fit(X, t, widths).log_bayes_factor
        for X, _, t in (world(300, [3, 30], [1.0, 0.0], seed=k) for k in range(5))
    ]
    none = [
        BayesianLogistic.fit(X, t, widths).log_bayes_factor
        for X, _, t in (world(300, [3, 30], [0.0, 0.0], seed=k) for k in range(20))
    ]
    assert min(signal) > 10
    # Evidence for nothing exceeds the discount of the pool once in twenty times at most.
    assert np.mean(np.array(none) > 3) <= 0.05


def test_a_sparse_block_finds_the_few_columns_that_matter() -> None:
    rng = np.random.default_rng(9)
    X = rng.normal(size=(1_200, 150))
    w = np.zeros(150)
    w[[3, 40, 77]] = 1.0
    won = (rng.random(1_200) < sigmoid(X @ w)).astype(float)
    told = [
        BayesianLogistic.fit(
            csr_array(X), Targets(won, 1 - won), np.array([150]), sparse=np.array([sparse])
        )
        for sparse in (False, True)
    ]
    error = [np.abs(model.weights - w) for model in told]
    assert np.delete(error[1], [3, 40, 77]).mean() < 0.6 * np.delete(error[0], [3, 40, 77]).mean()
    assert error[1][[3, 40, 77]].mean() < error[0][[3, 40, 77]].mean()
