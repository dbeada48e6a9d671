"""Solving for an intercept and the effects of two axes."""

from __future__ import annotations

import numpy as np
import pytest

from decision_model.rates import additive
from decision_model.rates.additive import Effects, Layout


def crossing(n_types, n_sources):
    types = tuple(f"t{i}" for i in range(n_types) for _ in range(n_sources))
    sources = tuple(f"s{j}" for _ in range(n_types) for j in range(n_sources))
    return Layout.of(types, sources, np.ones(len(types)))


def dense(layout, information, long_precision, short_precision, intercept):
    """Write the same system out as one matrix: intercept, long effects, short effects."""
    size = 1 + layout.n_long + layout.n_short
    design = np.zeros((len(information), size))
    cell = np.arange(len(information))
    design[:, 0] = design[cell, 1 + layout.long] = 1
    design[cell, 1 + layout.n_long + layout.short] = 1
    prior = np.concatenate(
        [[intercept], *(np.full(n, p) for n, p in (
            (layout.n_long, long_precision), (layout.n_short, short_precision)
        ))]
    )  # fmt: skip
    return design, design.T @ (information[:, None] * design) + np.diag(prior)


@pytest.mark.parametrize("shape", [(1, 1), (4, 2), (2, 5), (3, 3)])
def test_the_schur_complement_solves_the_full_system(shape):
    layout = crossing(*shape)
    rng = np.random.default_rng(2)
    information = rng.gamma(1, 3, len(layout.long))
    score = rng.normal(size=len(layout.long))
    design, matrix = dense(layout, information, 2.5, 0.7, 0.4)
    factor = layout.factor(information[None], np.array([2.5]), np.array([0.7]), 0.4)
    effects = factor.solve(layout.transpose(score[None]))
    expected = np.linalg.solve(matrix, design.T @ score)
    found = np.concatenate([effects.short[0, :1], effects.long[0], effects.short[0, 1:]])
    assert found == pytest.approx(expected)
    assert factor.log_determinant()[0] == pytest.approx(np.linalg.slogdet(matrix)[1])
    variance = np.einsum("ci,ij,cj->c", design, np.linalg.inv(matrix), design)
    assert factor.variance(layout.long, layout.short)[0] == pytest.approx(variance)


def test_a_new_type_and_source_have_the_variance_of_the_prior_on_top():
    layout = crossing(3, 2)
    factor = layout.factor(np.full((1, 6), 50.0), np.array([4.0]), np.array([2.0]), 0.3)
    new = layout.levels([None, "t0"], [None, None])
    variance = factor.variance(*new)[0]
    assert variance[0] > 1 / 4 + 1 / 2
    assert variance[1] > 1 / 2


def test_levels_on_either_axis_are_found_by_name_whichever_is_longer():
    for shape in ((5, 2), (2, 5)):
        layout = crossing(*shape)
        long, short = layout.levels(["t1"], ["s1"])
        assert (long[0], short[0]) == (1, 1)


def test_rare_levels_of_the_shorter_axis_share_one_effect_when_there_are_too_many(monkeypatch):
    monkeypatch.setattr(additive, "MAX_SMALL_LEVELS", 3)
    names = tuple(f"n{i}" for i in range(6))
    layout = Layout.of(names, names, np.array([1.0, 9, 8, 1, 1, 1]))
    assert layout.n_long == 7
    assert layout.n_short == 4
    rare = layout.short[[0, 3, 4, 5]]
    assert len(set(rare)) == 1
    assert len({*layout.short[[1, 2]], rare[0]}) == 3
    table = layout.collect(np.ones((2, 6)))
    assert table.sum() == 12
    assert layout.linear(Effects(np.ones((1, 7)), np.ones((1, 5)))).shape == (1, 6)
