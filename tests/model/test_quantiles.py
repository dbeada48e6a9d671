"""Mixtures of Beta distributions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from decision_model.quantiles import beta_of_moments, mixture_moments, mixture_quantile

sizes = st.floats(0.05, 5000)


@given(alpha=sizes, beta=sizes)
def test_moments_and_parameters_of_a_beta_are_inverse(alpha, beta):
    moments = stats.beta(alpha, beta).stats()
    found = beta_of_moments(*(np.array([float(m)]) for m in moments))
    assert np.ravel(found) == pytest.approx((alpha, beta), rel=1e-6)


@given(st.lists(st.tuples(st.floats(0.1, 1), sizes, sizes), min_size=1, max_size=4))
def test_a_quantile_of_a_mixture_has_its_probability_below_it(parts):
    weight, alpha, beta = (np.array(column)[:, None] for column in zip(*parts, strict=True))
    weight = weight / weight.sum()
    for level in (0.025, 0.5, 0.975):
        at = mixture_quantile(level, weight, alpha, beta)
        below = (weight * stats.beta(alpha, beta).cdf(at)).sum()
        # At the ends of [0, 1] a distribution with a tiny parameter rises by more than this.
        assert below == pytest.approx(level, abs=2e-6) or min(at[0], 1 - at[0]) < 1e-9


def test_moments_of_a_mixture_are_those_of_its_density():
    weight = np.array([[0.3], [0.7]])
    alpha, beta = np.array([[2.0], [9.0]]), np.array([[5.0], [1.5]])
    grid = (np.arange(200_000) + 0.5) / 200_000
    density = (weight * stats.beta(alpha, beta).pdf(grid)).sum(0) / grid.size
    mean = (density * grid).sum()
    variance = (density * (grid - mean) ** 2).sum()
    found = mixture_moments(weight, alpha, beta)
    assert np.ravel(found) == pytest.approx((mean, variance), rel=1e-5)


def test_the_answer_for_one_mixture_does_not_depend_on_its_neighbours():
    rng = np.random.default_rng(1)
    weight = rng.dirichlet([1, 1, 1], 40).T
    alpha, beta = rng.gamma(1, 20, (2, 3, 40))
    together = mixture_quantile(0.975, weight, alpha, beta)
    alone = [
        mixture_quantile(0.975, *(a[:, [i]] for a in (weight, alpha, beta)))[0] for i in range(40)
    ]
    assert together.tolist() == alone
