from __future__ import annotations

import numpy as np
import pytest

from decision_model.quantiles import NORMAL_95
from decision_model.trained.mixture import mixture_interval, upper_tail


def test_the_tail_is_scipys() -> None:
    from scipy.stats import norm

    x = np.linspace(-8, 8, 200)
    np.testing.assert_allclose(upper_tail(x), norm.sf(x), atol=1e-7)


def test_one_member_gives_the_normal_interval() -> None:
    low, high = mixture_interval(np.ones(1), np.array([[0.5, -2.0]]), np.array([[1.0, 4.0]]))
    np.testing.assert_allclose(low, [0.5 - NORMAL_95, -2 - 2 * NORMAL_95], atol=0.01)
    np.testing.assert_allclose(high, [0.5 + NORMAL_95, -2 + 2 * NORMAL_95], atol=0.01)


def test_the_interval_holds_what_members_that_disagree_say() -> None:
    rng = np.random.default_rng(0)
    weights, means, variances = [0.6, 0.3, 0.1], [-1.0, 1.5, 0.0], [0.2, 0.5, 4.0]
    columns = (np.array(one)[:, None] for one in (means, variances))
    low, high = mixture_interval(np.array(weights), *columns)
    member = rng.choice(3, 400_000, p=weights)
    drawn = rng.normal(np.array(means)[member], np.sqrt(np.array(variances))[member])
    assert low[0] == pytest.approx(np.quantile(drawn, 0.025), abs=0.03)
    assert high[0] == pytest.approx(np.quantile(drawn, 0.975), abs=0.03)


def test_one_mixture_has_the_interval_that_it_has_among_many() -> None:
    rng = np.random.default_rng(1)
    weights = np.array([0.5, 0.3, 0.2])
    # Some nearly normal, some far from it: the ends of the former are looked for in another way if few are asked for.
    apart = np.where(np.arange(300) % 3, 2.0, 0.01)
    means, variances = rng.normal(0, apart, (3, 300)), 0.5 + apart * rng.random((3, 300))
    together = mixture_interval(weights, means, variances)
    for rows in (slice(20), slice(3, 4), slice(4, 5)):
        few = mixture_interval(weights, means[:, rows], variances[:, rows])
        for many, some in zip(together, few, strict=True):
            np.testing.assert_allclose(some, many[rows], rtol=1e-12)


def test_an_end_has_the_tail_that_it_should_have() -> None:
    """Within a thousandth of the range searched, whatever members far apart or of hardly any weight there are."""
    from scipy.stats import norm

    rng = np.random.default_rng(2)
    weights = np.array([0.55, 0.449999, 1e-6 / 2, 1e-6 / 2])
    means, variances = rng.normal(0, 3, (4, 200)), rng.random((4, 200)) * 2 + 0.01
    low, high = mixture_interval(weights, means, variances)
    spread = np.sqrt(variances)
    half = (high - low) / 2
    for end, sign in ((low, -1), (high, 1)):
        tails = [
            weights @ norm.cdf(-sign * (end + sign * off - means) / spread)
            for off in (-0.004 * half, 0.004 * half)
        ]
        assert (tails[0] > 0.025).all()
        assert (tails[1] < 0.025).all()
