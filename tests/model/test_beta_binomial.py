"""The likelihood of the wins and losses of cells, against SciPy's functions cell by cell."""

import numpy as np
import pytest
from scipy.special import digamma, expit, gammaln

from decision_model.rates.beta_binomial import BetaBinomial

RNG = np.random.default_rng(4)
WON = np.concatenate([[0.0, 0.0, 1.0, 8.0, 9.0, 250.0, 0.3, 2.5], RNG.integers(0, 4, 30)])
LOST = np.concatenate([[0.0, 3.0, 0.0, 1.5, 7.0, 900.0, 0.0, 0.1], RNG.integers(0, 12, 30)])
LOGIT = RNG.normal(-1, 2, (5, len(WON)))
KAPPA = np.array([2.0, 10.0, 33.0, 150.0, 1000.0])[:, None]


def test_the_likelihood_is_that_of_the_beta_binomial_distribution() -> None:
    a, b = KAPPA * expit(LOGIT), KAPPA * expit(-LOGIT)
    whole = gammaln(WON + a) - gammaln(a) + gammaln(LOST + b) - gammaln(b)
    whole += gammaln(KAPPA) - gammaln(WON + LOST + KAPPA)
    found = BetaBinomial(WON, LOST).log_likelihood(LOGIT, KAPPA)
    assert found == pytest.approx(whole.sum(1), rel=1e-12)


def test_the_score_is_the_slope_of_the_likelihood_of_each_cell() -> None:
    mu = expit(LOGIT)
    a, b = KAPPA * mu, KAPPA * (1 - mu)
    slope = digamma(WON + a) - digamma(a) - digamma(LOST + b) + digamma(b)
    found = BetaBinomial(WON, LOST).score(mu, KAPPA)
    assert found == pytest.approx(KAPPA * mu * (1 - mu) * slope, rel=1e-9, abs=1e-12)


def test_cells_without_decisions_add_nothing() -> None:
    empty = BetaBinomial(np.zeros(3), np.zeros(3))
    assert not empty.score(np.full((2, 3), 0.3), KAPPA[:2]).any()
    assert empty.log_likelihood(np.zeros((2, 3)), KAPPA[:2]).tolist() == [0.0, 0.0]
