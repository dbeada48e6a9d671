"""What open decisions say about a rate."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_model.delays.likelihood import OpenCounts, merged_ages, rate_posterior

shares = st.floats(0, 0.999)


def posterior(alpha, beta, count, won_by, lost_by):
    n = len(count)
    table = OpenCounts.of(
        np.zeros(n, dtype=np.intp), np.array(count, float),
        np.array(won_by, float)[:, None], np.array(lost_by, float)[:, None], 1,
    )  # fmt: skip
    found = rate_posterior(table, np.array([alpha]), np.array([beta]), np.zeros((1, 1)))
    return found.first[0, 0], found.second[0, 0], found.log_evidence[0, 0]


def by_quadrature(alpha, beta, count, won_by, lost_by):
    logit = np.linspace(-20, 20, 20_001)
    p = 1 / (1 + np.exp(-logit))
    log_density = alpha * np.log(p) - beta * np.logaddexp(0, logit)
    for n, f, g in zip(count, won_by, lost_by, strict=True):
        log_density += n * np.log(p * (1 - f) + (1 - p) * (1 - g))
    density = np.exp(log_density - log_density.max())
    evidence = np.log(density.sum() * (logit[1] - logit[0])) + log_density.max()
    density /= density.sum()
    return (density * p).sum(), (density * p * p).sum(), evidence


def check(closed, rows):
    count, won_by, lost_by = zip(*rows, strict=True)
    exact = by_quadrature(*closed, count, won_by, lost_by)
    found = posterior(*closed, count, won_by, lost_by)
    assert found[:2] == pytest.approx(exact[:2], abs=4e-3)
    assert found[2] == pytest.approx(exact[2], abs=0.003 * (10 + sum(count)))


@given(
    closed=st.tuples(*[st.one_of(st.just(0.5), st.floats(0.5, 400))] * 2),
    rows=st.lists(st.tuples(st.integers(1, 60), shares, shares), min_size=1, max_size=4),
)
def test_the_posterior_agrees_with_quadrature(closed, rows):
    check(closed, rows)


@pytest.mark.parametrize(
    ("closed", "rows"),
    [
        ((0.5, 1.0), [(29, 0.895, 0.999)]),
        ((0.5, 0.5), [(1, 0.471, 0.5), (46, 0.504, 0.576), (33, 0.509, 0.99), (59, 0.46, 0.99)]),
        ((184.2, 0.5), [(60, 0.998, 0.558), (15, 0.5, 0.017)]),
        ((0.5, 314.6), [(36, 0.225, 0.999)]),
        (
            (13.0, 0.5),
            [(48, 0.563, 0.659), (1, 0.856, 0.508), (40, 0.358, 0.007), (35, 0.436, 0.32)],
        ),
    ],
)
def test_the_posterior_agrees_where_open_decisions_outweigh_the_closed_ones(closed, rows):
    check(closed, rows)


def test_where_only_wins_are_recorded_an_old_open_decision_is_a_loss():
    mean, second, _ = posterior(2, 3, [5], [1 - 1e-9], [0])
    assert mean == pytest.approx(2 / 10, abs=1e-4)
    assert second - mean**2 == pytest.approx(0.2 * 0.8 / 11, rel=1e-2)


def test_where_losses_come_as_fast_as_wins_open_decisions_say_nothing():
    for share in (0.0, 0.3, 0.9):
        mean, _, _ = posterior(4, 6, [1000], [share], [share])
        assert mean == pytest.approx(0.4, abs=1e-5)


def test_what_is_still_open_leans_to_a_win_where_losses_are_faster():
    assert posterior(4, 6, [10], [0.2], [0.9])[0] > 0.5


def test_ten_million_decisions_are_resolved():
    mean, second, _ = posterior(2e6, 7e6, [1_000_000], [0.999999], [0])
    assert mean == pytest.approx(0.2, abs=1e-4)
    assert second == pytest.approx(0.04, rel=1e-3)


@given(count=st.integers(1, 50), split=st.floats(0.1, 0.9), won_by=shares, lost_by=shares)
def test_splitting_a_row_changes_nothing(count, split, won_by, lost_by):
    whole = posterior(1, 2, [count], [won_by], [lost_by])
    parts = posterior(1, 2, [count * split, count * (1 - split)], [won_by] * 2, [lost_by] * 2)
    assert parts == pytest.approx(whole, abs=1e-9)


def test_ages_are_merged_within_a_group_only_and_keep_count_and_mean():
    group, hours, count = merged_ages(
        np.array([0, 0, 1, 0]), np.array([10.5, 11.0, 10.5, 99.0]), np.array([1.0, 3, 2, 4]), 3
    )
    assert group.tolist() == [0, 0, 1]
    assert count.tolist() == [4, 4, 2]
    assert hours == pytest.approx([10.875, 99, 10.5])
