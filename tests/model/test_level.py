"""The share won of a log, and members of the pool that agree with it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from decision_features import Labels, OpportunityFrame
from decision_model.level import share_won
from decision_model.rates.model import RateModel
from decision_model.trained.model import TrainedModel
from decision_model.trained.pool import Pool


def log(n: int, won: int) -> tuple[OpportunityFrame, Labels]:
    made = np.datetime64("2026-01-01", "us") + np.arange(n) * np.timedelta64(7, "h")
    frame = OpportunityFrame.from_columns(
        type=[f"t{k % 3}" for k in range(n)],
        source=[f"s{k % 2}" for k in range(n)],
        timestamp=made,
        score=[float(13 * k % 100) for k in range(n)],
        context=[{"size": float(k % 7)} for k in range(n)],
    )
    state = np.full(n, 2)
    state[np.linspace(0, n - 1, won).astype(int)] = 1
    hour = np.timedelta64(1, "h")
    return frame, Labels.from_columns(state=state, decided_at=made, closed_at=made + hour)


@pytest.mark.parametrize(("n", "won"), [(20, 0), (50, 0), (50, 1), (50, 20), (20, 20)])
def test_every_member_and_the_pool_say_the_share_won_on_average(n, won):
    frame, labels = log(n, won)
    model = TrainedModel.fit(frame, labels)
    share = share_won(won, n - won)
    for pool in (model.pool, *(Pool(np.eye(5)[place]) for place in (0, 1, 2, 3))):
        said = replace(model, pool=pool).predict(frame).probability.mean()
        # Pooling log-odds is no average of probabilities, so the pool itself may be off by a little.
        assert said == pytest.approx(share, rel=0.05)


def test_an_unknown_log_is_answered_by_the_prior():
    frame, labels = log(0, 0)
    assert RateModel.fit(TrainedModel.fit(frame, labels).evidence).level_shift == 0.0
    said = TrainedModel.fit(frame, labels).predict(log(5, 0)[0]).probability
    assert np.all((said > 0.25) & (said < 0.35))


@pytest.mark.parametrize("n", [5, 10, 20, 50, 200])
def test_the_share_won_is_never_behind_half_a_decision_of_either(n):
    """Expected log loss of the next decision, summed over all numbers of wins."""
    won = np.arange(n + 1)
    said = np.array([share_won(one, n - one) for one in won])
    beside = (won + 0.5) / (n + 1)
    for p in (0.002, 0.01, 0.05, 0.2, 0.5, 0.8):
        gain = p * np.log(said / beside) + (1 - p) * np.log((1 - said) / (1 - beside))
        assert binom.pmf(won, n, p) @ gain > -0.003
