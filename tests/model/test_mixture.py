from __future__ import annotations

import numpy as np
import pytest

from decision_model.quantiles import NORMAL_95
from decision_model.trained.mixture import NormalMixture, upper_tail


def test_the_tail_is_scipys() -> None:
    from scipy.stats import norm

    x = np.linspace(-8, 8, 200)
    np.testing.assert_allclose(upper_tail(x), norm.sf(x), atol=1e-7)


def test_one_member_gives_the_normal_interval() -> None:
    one = NormalMixture()
    one.add(1.0, np.array([0.5, -2.0]), np.array([1.0, 4.0]))
    low, high = one.interval()
    np.testing.assert_allclose(low, [0.5 - NORMAL_95, -2 - 2 * NORMAL_95], atol=0.01)
    np.testing.assert_allclose(high, [0.5 + NORMAL_95, -2 + 2 * NORMAL_95], atol=0.01)


def test_the_interval_holds_what_members_that_disagree_say() -> None:
    rng = np.random.default_rng(0)
    weights, means, variances = [0.6, 0.3, 0.1], [-1.0, 1.5, 0.0], [0.2, 0.5, 4.0]
    both = NormalMixture()
    for weight, mean, variance in zip(weights, means, variances, strict=True):
        both.add(weight, np.array([mean]), variance)
    low, high = both.interval()
    member = rng.choice(3, 400_000, p=weights)
    drawn = rng.normal(np.array(means)[member], np.sqrt(np.array(variances))[member])
    assert low[0] == pytest.approx(np.quantile(drawn, 0.025), abs=0.03)
    assert high[0] == pytest.approx(np.quantile(drawn, 0.975), abs=0.03)


def test_one_mixture_has_the_interval_that_it_has_among_many() -> None:
    rng = np.random.default_rng(1)
    weights, means, variances = [0.5, 0.3, 0.2], rng.normal(0, 2, (3, 300)), rng.random((3, 300))
    together, few = NormalMixture(), NormalMixture()
    for weight, mean, variance in zip(weights, means, variances, strict=True):
        together.add(weight, mean, variance)
        few.add(weight, mean[:20], variance[:20])
    for many, some in zip(together.interval(), few.interval(), strict=True):
        np.testing.assert_allclose(some, many[:20], rtol=1e-12)
