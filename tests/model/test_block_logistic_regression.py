from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.utils.estimator_checks import parametrize_with_checks

from decision_model.hyperparameters import INTERCEPT_PRIOR
from decision_model.regression import classifier, gram
from decision_model.regression.classifier import BlockLogisticRegression
from decision_model.regression.gram import Gram
from decision_model.regression.posterior import LogisticPosterior, Targets, moderated, sigmoid


def world(n: int, widths: list[int], scales: list[float], seed: int = 0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, sum(widths)))
    w = np.concatenate(
        [rng.normal(0, s, k) if s else np.zeros(k) for s, k in zip(scales, widths, strict=True)]
    )
    won = (rng.random(n) < sigmoid(X @ w - 0.5)).astype(float)
    return csr_array(X), w, Targets(won, 1 - won)


def fit(X, targets: Targets, widths, sparse=None) -> LogisticPosterior:
    rows, won, weight = targets.as_rows()
    regression = BlockLogisticRegression(np.array(widths), sparse)
    return regression.fit(X[rows], won, weight, classes=(False, True)).posterior


@parametrize_with_checks([BlockLogisticRegression()])
def test_it_is_a_scikit_learn_classifier(estimator, check) -> None:
    check(estimator)


def test_it_predicts_in_a_pipeline() -> None:
    rng = np.random.default_rng(0)
    rows = [
        [a, b]
        for a, b in zip(rng.choice(list("xyz"), 400), rng.choice(["p", "q"], 400), strict=True)
    ]
    y = np.where(
        rng.random(400) < np.where([row[0] == "x" for row in rows], 0.8, 0.2), "won", "lost"
    )
    model = make_pipeline(OneHotEncoder(), BlockLogisticRegression(blocks=[3, 2])).fit(rows, y)
    assert model.predict([["x", "p"], ["z", "p"]]).tolist() == ["won", "lost"]
    assert model.predict_proba([["x", "p"]])[0, 1] == pytest.approx(0.8, abs=0.1)
    clone(model).fit(rows, y)


def test_the_weights_maximise_the_posterior() -> None:
    X, _, targets = world(500, [3, 4], [1.0, 0.2], seed=4)
    model = fit(X, targets, [3, 4])
    won, lost = INTERCEPT_PRIOR
    p = sigmoid(model.intercept + X @ model.weights)
    prior = won - (won + lost) * sigmoid(np.array(model.intercept))
    assert (targets.won - p).sum() + prior == pytest.approx(0, abs=1e-4)
    slope = X.T @ (targets.won - p) - model.precision * model.weights
    np.testing.assert_allclose(slope, 0, atol=1e-4)


def test_more_rounds_change_hardly_anything() -> None:
    X, _, targets = world(800, [5, 60, 10], [1.0, 0.05, 0.3], seed=8)
    fitted = [
        BlockLogisticRegression([5, 60, 10], **rounds).fit(X, targets.won > 0)
        for rounds in ({}, {"rounds": 80})
    ]
    p = [one.predict_proba(X)[:, 1] for one in fitted]
    assert np.abs(p[0] - p[1]).max() < 0.002


@pytest.mark.parametrize("kept", [0, 10**6])
def test_a_sparse_gram_matrix_is_the_dense_one(kept: int, monkeypatch) -> None:
    monkeypatch.setattr(gram, "MOST_PRODUCTS", kept)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 40)) * (rng.random((300, 40)) < np.linspace(0.01, 1, 40))
    X[:, rng.permutation(40)] = X.copy()
    weight = rng.random(300)
    np.testing.assert_allclose(Gram(csr_array(X))(weight), (X.T * weight) @ X, atol=1e-12)
    with_ones = np.column_stack([np.ones(300), X])
    upper = np.triu((with_ones.T * weight) @ with_ones)
    np.testing.assert_allclose(Gram(csr_array(X), intercept=True).upper(weight), upper, atol=1e-12)


def test_a_gram_matrix_adds_up_entries_that_are_stored_twice() -> None:
    twice = csr_array((np.array([1.0, 2.0, 5.0]), [0, 0, 1], [0, 3, 3, 3, 3, 3, 3]), shape=(6, 2))
    expected = twice.toarray().T @ twice.toarray()
    np.testing.assert_allclose(Gram(twice)(np.ones(6)), expected)


@pytest.mark.parametrize("far", [0.0, 30.0])
def test_the_shrinkage_ends_at_the_same_place_from_any_start(far: float) -> None:
    X, _, targets = world(600, [4, 30], [1.0, 0.1], seed=5)
    plain = BlockLogisticRegression([4, 30], rounds=80).fit(X, targets.won > 0)
    start = far * np.random.default_rng(2).normal(size=35)
    moved = BlockLogisticRegression([4, 30], rounds=80).fit(X, targets.won > 0, start=start)
    np.testing.assert_allclose(moved.predict_proba(X), plain.predict_proba(X), atol=0.002)


def test_one_class_alone_is_refused_unless_both_are_named() -> None:
    X = np.ones((5, 1))
    with pytest.raises(ValueError, match="one class only"):
        BlockLogisticRegression().fit(X, np.ones(5))
    model = BlockLogisticRegression().fit(X, np.ones(5), classes=[0, 1])
    assert 0.6 < model.predict_proba(X)[0, 1] < 0.95


def test_blocks_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match="blocks have 3 columns, X has 2"):
        BlockLogisticRegression([3]).fit(np.eye(2), [0, 1])
    with pytest.raises(ValueError, match="sparse_blocks has 2 entries"):
        BlockLogisticRegression([2], [True, False]).fit(np.eye(2), [0, 1])


def test_training_loads_scikit_learn_and_scoring_does_not() -> None:
    """A log of 300 decisions is trained by LogisticRegression itself."""
    program = (
        "import sys, numpy as np\n"
        "from decision_features import Labels, OpportunityFrame\n"
        "from decision_model.trained.model import TrainedModel\n"
        "rng = np.random.default_rng(0)\n"
        "kind = rng.integers(0, 3, 300)\n"
        "made = np.datetime64('2025-01-01', 'us') + np.arange(300) * np.timedelta64(1, 'h')\n"
        "frame = OpportunityFrame.from_columns(type=[f't{k}' for k in kind], source=['mail'] * 300, timestamp=made)\n"
        "won = rng.random(300) < kind / 3\n"
        "labels = Labels.from_columns(state=np.where(won, 1, 2), decided_at=made, closed_at=made)\n"
        "assert 'sklearn' not in sys.modules\n"
        "TrainedModel.fit(frame, labels)\n"
        "assert 'sklearn.linear_model' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_coefficients_are_recovered_and_useless_blocks_shrunk() -> None:
    X, w, targets = world(6_000, [5, 40, 10], [1.0, 0.0, 0.3])
    model = fit(X, targets, ([5, 40, 10]))
    assert np.abs(model.weights - w).max() < 0.15
    assert abs(model.intercept + 0.5) < 0.15
    assert np.abs(model.weights[5:45]).max() < 0.08
    assert model.precision[5] > 20 * model.precision[45] > 2 * model.precision[0]


def test_three_standard_deviations_cover_the_coefficients() -> None:
    X, w, targets = world(1_500, [4, 4], [1.0, 0.2], seed=3)
    model = fit(X, targets, ([4, 4]))
    z = (model.weights - w) / np.sqrt(np.diag(model.covariance)[1:])
    assert np.abs(z).max() < 3


def test_many_rows_are_fitted_as_few_are(monkeypatch: pytest.MonkeyPatch) -> None:
    X, _, targets = world(3_000, [3, 6], [1.0, 0.3], seed=1)
    widths = np.array([3, 6])
    exact = fit(X, targets, widths)
    monkeypatch.setattr(classifier, "_some_rows", lambda n, p, seed: np.arange(0, n, 2))
    sampled = fit(X, targets, widths)
    assert np.abs(exact.weights - sampled.weights).max() < 0.03


def test_weights_of_rows_count_like_copies() -> None:
    X, _, targets = world(400, [3], [1.0], seed=2)
    twice = fit(
        csr_array(np.vstack([X.toarray()] * 2)),
        Targets(np.tile(targets.won, 2), np.tile(targets.lost, 2)),
        np.array([3]),
    )
    weighed = fit(X, Targets(2 * targets.won, 2 * targets.lost), np.array([3]))
    np.testing.assert_allclose(twice.weights, weighed.weights, atol=1e-6)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_hardly_any_rows_leave_the_prior(n: int) -> None:
    X, _, targets = world(n, [2], [1.0])
    model = fit(X, targets, ([2]))
    mean, variance = model.log_odds(csr_array(np.ones((1, 2))))
    assert np.isfinite(mean).all()
    assert variance[0] > 0.3


def test_no_columns_at_all_is_an_intercept() -> None:
    targets = Targets(np.r_[np.ones(30), np.zeros(70)], np.r_[np.zeros(30), np.ones(70)])
    model = fit(csr_array((100, 0)), targets, np.zeros(0, np.intp))
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
    model = fit(csr_array(x[:, None]), Targets(won, 1 - won), np.array([1]))
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
        fit(X, t, widths).log_bayes_factor
        for X, _, t in (world(300, [3, 30], [1.0, 0.0], seed=k) for k in range(5))
    ]
    none = [
        fit(X, t, widths).log_bayes_factor
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
    answer = [
        fit(csr_array(X), Targets(won, 1 - won), np.array([150]), np.array([sparse]))
        for sparse in (False, True)
    ]
    error = [np.abs(model.weights - w) for model in answer]
    assert np.delete(error[1], [3, 40, 77]).mean() < 0.6 * np.delete(error[0], [3, 40, 77]).mean()
    assert error[1][[3, 40, 77]].mean() < error[0][[3, 40, 77]].mean()
