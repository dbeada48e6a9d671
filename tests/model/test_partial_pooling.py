"""The hierarchical beta-binomial."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import betaln, expit

from decision_model.hyperparameters import INTERCEPT_MEAN, INTERCEPT_SD
from decision_model.rates.additive import Layout
from decision_model.rates.nodes import Nodes
from decision_model.rates.partial_pooling import PooledRates, empty_log

ONE = np.zeros(1)


def node(sigma_type, sigma_source, kappa):
    return Nodes(*(np.array([float(v)]) for v in (sigma_type, sigma_source, kappa, 0)))


def fitted(won, lost, nodes):
    types = tuple(f"t{i}" for i in range(len(won)))
    layout = Layout.of(types, ("s",) * len(won), np.ones(len(won)))
    pooled = PooledRates.fit(layout, np.array(won, float), np.array(lost, float), nodes)
    return pooled, pooled.posteriors(layout.long, layout.short, np.arange(len(won)))


def by_quadrature(won, lost, sigma_type, sigma_source, kappa):
    """Evidence, and mean and variance of the first cell's rate, summed over a grid of effects."""
    z = np.linspace(-4.5, 4.5, 25)
    weight = np.exp(-0.5 * z**2)
    weight /= weight.sum()
    # Types differ, the one source and the intercept are common: integrate each type on its own.
    common_sd = np.hypot(INTERCEPT_SD, sigma_source)
    common = INTERCEPT_MEAN + common_sd * z
    mu = expit(common[:, None] + sigma_type * z[None, :])
    like = [
        np.exp(betaln(w + kappa * mu, n + kappa * (1 - mu)) - betaln(kappa * mu, kappa * (1 - mu)))
        for w, n in zip(won, lost, strict=True)
    ]
    each = np.array([(values * weight).sum(1) for values in like])
    evidence = (weight * each.prod(0)).sum()
    others = weight * each[1:].prod(0)
    size = kappa + won[0] + lost[0]
    p = (kappa * mu + won[0]) / size
    joint = others[:, None] * like[0] * weight
    first = (joint * p).sum() / joint.sum()
    second = (joint * p * (p * size + 1) / (size + 1)).sum() / joint.sum()
    return np.log(evidence), first, second - first**2


CASES = [([3, 10], [7, 2]), ([0, 5], [4, 5]), ([20, 1], [40, 30]), ([1, 0, 2], [0, 1, 2])]


@pytest.mark.parametrize(("won", "lost"), CASES)
@pytest.mark.parametrize("setting", [(0.3, 0.3, 30.0), (1.0, 0.6, 10.0)])
def test_posterior_agrees_with_quadrature_of_the_same_hierarchy(won, lost, setting):
    _, mean, variance = by_quadrature(won, lost, *setting)
    _, posterior = fitted(won, lost, node(*setting))
    found_mean, found_variance = (values[0] for values in posterior.moments())
    assert found_mean == pytest.approx(mean, abs=0.02)
    assert np.sqrt(found_variance) == pytest.approx(np.sqrt(variance), rel=0.1)


@pytest.mark.parametrize(("won", "lost"), CASES)
def test_evidence_prefers_the_settings_that_quadrature_prefers(won, lost):
    settings = [(0.3, 0.3, 30.0), (1.0, 0.6, 10.0), (1.6, 0.3, 5.0)]
    rows = np.array([(*s, 0.0) for s in settings]).T
    pooled, _ = fitted(won, lost, Nodes(*rows))
    exact = np.array([by_quadrature(won, lost, *s)[0] for s in settings])
    exact = np.exp(exact - exact.max())
    assert pooled.weight == pytest.approx(exact / exact.sum(), abs=0.03)


def test_with_a_known_mean_the_posterior_is_the_beta_of_the_counts():
    pooled, _ = fitted([3], [1], node(1e-4, 1e-4, 10))
    # All other cells say 40 %, very surely: the cell's prior is Beta(4, 6).
    pooled.effects.short[:], pooled.effects.long[:] = 0, 0
    pooled.effects.short[:, 0] = np.log(0.4 / 0.6)
    pooled.information[:] = 1e9
    posterior = pooled.posteriors(pooled.layout.long, pooled.layout.short, np.zeros(1, int))
    assert posterior.alpha[0, 0] == pytest.approx(7, rel=1e-4)
    assert posterior.beta[0, 0] == pytest.approx(7, rel=1e-4)


def test_an_empty_log_has_a_wide_prior_with_a_mean_of_about_a_third():
    prior = empty_log()
    assert prior.weight.sum() == pytest.approx(1)
    assert 0.2 < prior.moments()[0][0] < 0.4
    assert prior.size()[0] < 3


def test_large_logs_search_the_grid_and_find_what_the_whole_grid_finds(monkeypatch):
    rng = np.random.default_rng(5)
    types = tuple(f"t{i}" for i in range(15) for _ in range(3))
    sources = tuple(f"s{j}" for _ in range(15) for j in range(3))
    layout = Layout.of(types, sources, np.ones(45))
    n = rng.poisson(30, 45).astype(float)
    won = rng.binomial(n.astype(int), expit(rng.normal(-1, 0.8, 45))).astype(float)
    whole = PooledRates.fit(layout, won, n - won)
    monkeypatch.setattr("decision_model.rates.partial_pooling.NODES_AT_ONCE", 500)
    searched = PooledRates.fit(layout, won, n - won)
    every = (layout.long, layout.short, np.arange(45))
    assert searched.posteriors(*every).moments()[0] == pytest.approx(
        whole.posteriors(*every).moments()[0], abs=2e-3
    )


@pytest.mark.parametrize(
    ("won", "lost"),
    [([8, 1, 5], [4, 9, 5]), ([40, 2, 20], [10, 60, 20]), ([5, 5, 5], [15, 15, 15])],
)
def test_the_bayes_factor_against_one_rate_agrees_with_quadrature(won, lost):
    pooled, _ = fitted(won, lost, node(0.6, 0.3, 20))
    logit = np.linspace(-9, 7, 4_001)
    like = -np.sum(won) * np.logaddexp(0, -logit) - np.sum(lost) * np.logaddexp(0, logit)
    prior = np.exp(-0.5 * ((logit - INTERCEPT_MEAN) / INTERCEPT_SD) ** 2)
    one_rate = np.log((np.exp(like - like.max()) * prior).sum() / prior.sum()) + like.max()
    differing = by_quadrature(won, lost, 0.6, 0.3, 20)[0]
    assert pooled.log_bayes_factor == pytest.approx(differing - one_rate, abs=0.3)


def test_only_cells_that_differ_have_a_bayes_factor_above_zero():
    alike, _ = fitted([20] * 10, [60] * 10, None)
    apart, _ = fitted([20, 50, 5, 70, 10] * 2, [60, 30, 75, 10, 70] * 2, None)
    assert alike.log_bayes_factor < -3
    assert apart.log_bayes_factor > 30


def test_a_fit_that_starts_near_another_finds_the_same(monkeypatch):
    monkeypatch.setattr("decision_model.rates.partial_pooling.NODES_AT_ONCE", 1_000)
    rng = np.random.default_rng(3)
    names = tuple(f"t{i % 12}" for i in range(60)), tuple(f"s{i // 12}" for i in range(60))
    layout = Layout.of(*names, np.ones(60))
    n, won = rng.integers(2, 20, 60).astype(float), rng.integers(0, 3, 60).astype(float)
    before = PooledRates.fit(layout, won, n)
    fresh = PooledRates.fit(layout, 2 * won, n)
    near = PooledRates.fit(layout, 2 * won, n, near=before)
    places = layout.long, layout.short, np.arange(60)
    for one, other in zip(
        fresh.posteriors(*places).moments(), near.posteriors(*places).moments(), strict=True
    ):
        assert other == pytest.approx(one, rel=2e-3)
