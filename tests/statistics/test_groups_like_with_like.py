"""Makers compared on the same leads: a gap by case mix alone is no claim, a true one is found."""

from __future__ import annotations

import numpy as np
import pytest

from decision_features import Labels
from decision_log.reports.comparisons.grouped import ERROR, Grouped, compare_levels
from decision_model import RateModel
from decision_model.rates.cells import evidence_of_columns

NOW = np.datetime64("2026-03-01", "us")


def makers(seed: int, n: int, *, gain: float, sorted_leads: float) -> Grouped:
    """Two makers; ``sorted_leads`` is the share of easy leads that go to the first, of hard ones to the second."""
    rng = np.random.default_rng([seed, 71])
    easy = rng.random(n) < 0.5
    first = rng.random(n) < np.where(easy, sorted_leads, 1 - sorted_leads)
    won = rng.random(n) < np.where(easy, 0.55, 0.2) + np.where(first, gain, 0.0)
    decided = np.full(n, NOW - np.timedelta64(90, "D"))
    stratum = np.where(easy, "easy", "hard").astype(object)
    level = np.where(first, "ann", "bob").astype(object)
    labels = Labels.from_columns(
        state=np.where(won, 1, 2),
        decided_at=decided,
        closed_at=decided + np.timedelta64(2, "D"),
        as_of=NOW,
    )
    model = RateModel.fit(
        evidence_of_columns(stratum, level, np.full(n, None, dtype=object), labels)
    )
    strata, levels = zip(*model.names, strict=True)
    return Grouped(model, levels, strata, np.zeros(len(strata)))


def claimed(seed: int, n: int, **world: float) -> set[str]:
    found = compare_levels(makers(seed, n, **world), "maker")
    return {one.level for one in found if one.p <= ERROR and one.sign > 0}


def test_makers_who_never_saw_the_same_leads_are_not_compared():
    assert compare_levels(makers(1, 300, gain=0.1, sorted_leads=1.0), "maker") == []


def test_a_large_gap_on_the_same_leads_is_found_for_the_right_maker():
    assert claimed(2, 600, gain=0.3, sorted_leads=0.6) == {"ann"}


@pytest.mark.slow
def test_a_gap_by_case_mix_alone_is_claimed_in_at_most_a_twentieth_of_worlds():
    wrong = raw = 0
    for seed in range(100):
        grouped = makers(seed, 600, gain=0.0, sorted_leads=0.8)
        wrong += any(one.p <= ERROR for one in compare_levels(grouped, "maker"))
        cells = grouped.model.cells
        mine = np.array([level == "ann" for level in grouped.level])
        rate = [
            cells.won[side].sum() / (cells.won + cells.lost)[side].sum() for side in (mine, ~mine)
        ]
        raw += rate[0] - rate[1] > 0.1
    assert wrong <= 8  # 4 of 100, two standard errors of which are 4
    assert raw > 90, "without standardising"


@pytest.mark.slow
def test_a_true_gap_of_twelve_points_is_found_in_most_worlds_of_600_decisions():
    assert sum("ann" in claimed(seed, 600, gain=0.12, sorted_leads=0.5) for seed in range(60)) >= 44
