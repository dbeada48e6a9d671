from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from decision_features import Labels, OpportunityFrame
from decision_model import RateModel
from decision_model.delays.open_decisions import learn_timing, pool_alike_delays
from decision_model.rates.cells import evidence_of

DAY = 86_400_000_000
WIDTH = np.array([1])


def world(win_days: float, loss_days: float, recorded: float, n: int = 8_000, seed: int = 0):
    rng = np.random.default_rng(seed)
    made = np.datetime64("2025-01-01", "us") + np.sort(rng.integers(0, 250 * DAY, n)).astype(
        "timedelta64[us]"
    )
    won = rng.random(n) < 0.3
    days = np.where(won, win_days, loss_days) * np.exp(rng.normal(0, 0.8, n))
    answer = won | (rng.random(n) < recorded)
    closed = np.where(
        answer, made + (days * DAY).astype("timedelta64[us]"), np.datetime64("NaT", "us")
    )
    labels = Labels.from_columns(
        state=np.where(~answer, 0, np.where(won, 1, 2)), decided_at=made, closed_at=closed
    )
    return labels.known_at(np.datetime64("2025-01-01", "us") + np.timedelta64(250 * DAY, "us"))


@pytest.mark.parametrize(
    ("win_days", "loss_days", "recorded"),
    [(40, 40, 0.0), (40, 40, 1.0), (15, 90, 1.0), (90, 15, 1.0), (20, 60, 0.5)],
)
def test_one_rule_finds_the_rate_however_outcomes_are_recorded(
    win_days: float, loss_days: float, recorded: float
) -> None:
    labels = world(win_days, loss_days, recorded)
    X = csr_array((len(labels), 1))
    p, timing = np.full(len(labels), 0.5), None
    for _ in range(12):
        timing = learn_timing(X, labels, p, WIDTH, timing)
        targets = pool_alike_delays(timing, X, labels).targets(X, labels, p)
        p = np.full(len(labels), targets.won.sum() / targets.weight.sum())
    assert p[0] == pytest.approx(0.3, abs=0.04)
    assert np.exp(timing.win.intercept) / 24 == pytest.approx(win_days, rel=0.2)


def test_closed_decisions_alone_say_nothing_new() -> None:
    labels = world(10, 10, 1.0).known_at(np.datetime64("2027-01-01", "us"))
    labels = Labels(np.where(labels.open, 2, labels.state).astype(np.int8), labels.decided_at, labels.closed_at,
                    labels.revenue, labels.as_of)  # fmt: skip
    X, p = csr_array((len(labels), 1)), np.full(len(labels), 0.3)
    assert learn_timing(X, labels, p, WIDTH).targets(X, labels, p).weight.mean() > 0.95


def test_where_speeds_are_alike_open_ones_do_not_count() -> None:
    labels = world(40, 40, 1.0)
    X, p = csr_array((len(labels), 1)), np.full(len(labels), 0.3)
    timing = pool_alike_delays(learn_timing(X, labels, p, WIDTH), X, labels)
    assert timing.win is timing.loss
    assert np.abs(timing.targets(X, labels, p).weight[labels.open]).mean() < 0.03


def test_what_an_open_decision_may_bring_falls_with_its_age_and_starts_at_the_prediction() -> None:
    labels = world(10, 10, 0.0, n=600)  # losses are never recorded
    labels = replace(labels, revenue=np.where(labels.state == 1, 200.0, 0.0))
    frame = OpportunityFrame.from_columns(
        type=["job"] * 600, source=["mail"] * 600, timestamp=labels.decided_at
    )
    rates = RateModel.fit(evidence_of(frame, labels))
    predicted = rates.predict(["job"], ["mail"])
    hours = 24 * np.array([0.0, 5.0, 20.0, 60.0])
    chance, revenue = rates.open_chances(["job"] * 4, ["mail"] * 4, hours)
    assert chance[0] == pytest.approx(predicted.mean[0], rel=1e-6)
    assert revenue[0] == pytest.approx(predicted.revenue[0], rel=1e-6)
    assert np.all(np.diff(chance) < 0)
    assert chance[-1] < 0.4 * chance[0]
    assert revenue / chance == pytest.approx(predicted.revenue[0] / predicted.mean[0], rel=1e-9)
    assert revenue[0] / chance[0] == pytest.approx(200, rel=0.1)
