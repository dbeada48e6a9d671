"""Joint draws of rates, and comparisons with control of the error over all that were tried."""

from __future__ import annotations

import numpy as np
import pytest

from decision_model import Evidence, RateModel
from decision_model.rates.additive import Layout
from decision_model.rates.comparisons import adjusted_p, decisions_needed, standardised
from decision_model.rates.draws import draw_rates
from decision_model.rates.nodes import Nodes
from decision_model.rates.partial_pooling import PooledRates

TYPES, SOURCES = ("a", "a", "b", "b", "c", "c"), ("x", "y") * 3
WON, LOST = np.array([30.0, 12, 9, 4, 6, 2]), np.array([30.0, 40, 21, 26, 9, 20])


def fitted() -> PooledRates:
    return PooledRates.fit(Layout.of(TYPES, SOURCES, WON + LOST), WON, LOST)


def test_joint_draws_have_the_means_and_spreads_of_the_posteriors():
    pooled = fitted()
    layout = pooled.layout
    mean, variance = pooled.posteriors(layout.long, layout.short, np.arange(6)).moments()
    drawn = draw_rates(pooled, 20_000)
    assert drawn.mean(0) == pytest.approx(mean, abs=0.006)
    assert drawn.std(0) == pytest.approx(np.sqrt(variance), rel=0.06)


def test_cells_that_share_effects_are_drawn_together():
    correlation = np.corrcoef(draw_rates(fitted(), 20_000), rowvar=False)
    assert correlation[4, 5] > 0.02  # of one type, with few decisions of their own
    assert np.isfinite(correlation).all()


def test_draws_that_are_not_shrunk_lie_at_the_counts():
    model = RateModel.fit(Evidence.from_counts(TYPES, SOURCES, won=WON, lost=LOST))
    raw = model.comparison_draws().rates.mean(0)
    assert np.abs(raw - WON / (WON + LOST)).max() < 0.06
    assert len(model.draws()) == 4_000


def test_the_widest_nodes_have_one_setting_of_the_effects():
    nodes = Nodes.widest()
    assert len(set(nodes.sigma_type)) == len(set(nodes.sigma_source)) == 1
    assert len(nodes.kappa) > 1


def test_a_stratum_with_one_side_only_is_not_compared():
    found = standardised("xyx", "aab", np.array([10.0, 30.0, 60.0]), which="x")
    assert found.own.tolist() == [1.0, 0.0, 0.0]
    assert found.others.tolist() == [0.0, 1.0, 0.0]
    assert found.overlap == pytest.approx(10 / 70)
    assert (found.decisions, found.others_decisions) == (10, 30)


def test_levels_that_never_meet_are_not_comparable():
    found = standardised("xy", "ab", np.array([5.0, 5.0]), which="x")
    assert not found.own.any()
    assert found.overlap == 0.0


def test_without_any_effect_all_families_together_err_as_often_as_asked():
    rng = np.random.default_rng(4)
    family = ["a"] * 4 + ["b"] * 8
    weight = {"a": 0.6, "b": 0.4}
    shared = 0.7
    wrong = 0
    for _ in range(300):
        centre = shared * rng.normal() + np.sqrt(1 - shared**2) * rng.normal(size=12)
        noise = shared * rng.normal(size=(500, 1)) + np.sqrt(1 - shared**2) * rng.normal(
            size=(500, 12)
        )
        wrong += (adjusted_p(centre + noise, family, weight) <= 0.09).any()
    assert 0.02 < wrong / 300 < 0.13


def test_a_family_that_is_all_supported_passes_its_error_on():
    x = np.random.default_rng(0).normal([9.0, 2.2], 1.0, (4000, 2))
    alone = adjusted_p(x[:, 1:], ["b"], {"b": 0.5})[0]
    both = adjusted_p(x, ["a", "b"], {"a": 0.5, "b": 0.5})
    assert both[1] == pytest.approx(alone, rel=1e-9)


def test_twice_the_difference_needs_a_quarter_of_the_decisions():
    x = np.random.default_rng(1).normal(1.0, 1.0, 4000)
    ratio = decisions_needed(x, 100, 2.0) / decisions_needed(x + x.mean(), 100, 2.0)
    assert ratio == pytest.approx(4.0, rel=1e-6)
    assert decisions_needed(np.zeros(10), 100, 2.0) == np.inf
