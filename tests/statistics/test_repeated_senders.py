"""Decisions about one sender end alike: intervals of rates know it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from decision_model import Evidence, RateModel
from decision_model.inputs.senders import SenderSums
from decision_model.rates.clusters import design_effects

CELLS = ("a", "a", "b", "b"), ("x", "y", "x", "y")


def covered(seed: int, effect: float, *, known: bool) -> list[bool]:
    """Four cells, 200 closed decisions by 40 senders whose log-odds differ by a normal effect."""
    rng = np.random.default_rng(seed)
    logit = np.log(np.array([0.5, 0.35, 0.25, 0.15]) / np.array([0.5, 0.65, 0.75, 0.85]))
    everyone = effect * np.random.default_rng(0).normal(size=50_000)
    truth = (1 / (1 + np.exp(-(logit[:, None] + everyone)))).mean(1)
    sender = rng.integers(40, size=200)
    own = effect * rng.normal(size=40)
    cell = sender % 4
    won = rng.random(200) < 1 / (1 + np.exp(-(logit[cell] + own[sender])))
    wins, n = np.bincount(cell, won, 4).astype(float), np.bincount(cell, minlength=4)
    log = Evidence.from_counts(*CELLS, won=wins, lost=n - wins)
    if known:
        names = np.array([f"@{i}" for i in sender], dtype=object)
        log = replace(log, senders=SenderSums.of(cell, names, won, 4))
    rates = RateModel.fit(log).cells
    return ((rates.low <= truth) & (truth <= rates.high)).tolist()


@pytest.mark.slow
def test_intervals_cover_where_senders_repeat_and_only_because_they_are_known():
    with_senders = np.mean([covered(seed, 1.2, known=True) for seed in range(40)])
    without = np.mean([covered(seed, 1.2, known=False) for seed in range(40)])
    assert with_senders >= 0.92
    assert without < 0.90


@pytest.mark.slow
def test_intervals_hardly_widen_where_senders_do_not_matter():
    assert np.mean([covered(seed, 0.0, known=True) for seed in range(40)]) >= 0.90


def test_lone_senders_cost_nothing_and_unlike_ones_much():
    cell = np.zeros(60, dtype=np.intp)
    won = np.arange(60) < 30
    lone = SenderSums.of(cell, np.array([None] * 60, dtype=object), won, 1)
    six = SenderSums.of(cell, np.array([f"@{i // 10}" for i in range(60)], dtype=object), won, 1)
    counts = np.array([30.0]), np.array([30.0])
    assert design_effects(lone, *counts).tolist() == [1.0]
    assert 4 < design_effects(six, *counts)[0] < 10
