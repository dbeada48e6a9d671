"""What people and agents state is used where it tells something, and costs nothing where it does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.random import Generator
from threadpoolctl import threadpool_limits

from decision_features import Labels, OpportunityFrame
from decision_features.frame import as_objects
from decision_model.regression.posterior import sigmoid
from decision_model.trained.model import TrainedModel

pytestmark = pytest.mark.slow

LATER = 2_000
State = Callable[[np.ndarray, Generator], np.ndarray]
"""What a predictor states, by the part of the log-odds that no field tells."""


def change(n: int, seed: int, state: State) -> tuple[float, float]:
    """Change of the log loss on later decisions by a predictor, against the truth, and the bias with it."""
    rng = np.random.default_rng([seed, n])
    kind, score = rng.integers(4, size=n + LATER), rng.uniform(0, 100, n + LATER)
    hidden = rng.normal(0, 0.9, n + LATER)
    truth = sigmoid(-1.5 + 0.5 * (kind - 1.5) + 0.02 * (score - 50) + hidden)
    won = rng.random(n) < truth[:n]
    frame = OpportunityFrame.from_columns(
        type=[f"type {one}" for one in kind], source=["email"] * (n + LATER), score=score.tolist(),
        timestamp=np.datetime64("2025-01-01", "us") + np.arange(n + LATER) * np.timedelta64(30, "m"),
    )  # fmt: skip
    said = state(hidden, rng).tolist()
    with_said = replace(frame, stated=as_objects([{"ann": one} for one in said]))
    labels = Labels.from_columns(
        state=np.where(won, 1, 2), decided_at=frame.timestamp[:n],
        closed_at=frame.timestamp[:n], revenue=np.zeros(n), as_of=frame.timestamp[n],
    )  # fmt: skip
    learn, later = np.arange(n), np.arange(n, n + LATER)
    with threadpool_limits(1):
        model = TrainedModel.fit(with_said.take(learn), labels)
    p, alone = (model.predict(one.take(later)).probability for one in (with_said, frame))
    true = truth[n:]
    loss = [-np.mean(true * np.log(q) + (1 - true) * np.log1p(-q)) for q in (p, alone)]
    return float(loss[0] - loss[1]), float(np.mean(p) - np.mean(true))


def noise(hidden: np.ndarray, rng: Generator) -> np.ndarray:
    return sigmoid(rng.normal(0, 1.5, len(hidden)))


def knows(hidden: np.ndarray, _: Generator) -> np.ndarray:
    """Sees what no field tells and nothing else, and is twice too sure."""
    return sigmoid(2 * hidden + 0.5)


def sure(hidden: np.ndarray, rng: Generator) -> np.ndarray:
    """States about .77 whatever comes."""
    return sigmoid(1.2 + rng.normal(0, 0.05, len(hidden)))


def test_noise_costs_at_most_two_thousandths_of_a_nat() -> None:
    assert np.mean([change(150, seed, noise)[0] for seed in range(8)]) <= 0.002


def test_one_who_knows_something_gains_two_hundredths_of_a_nat() -> None:
    assert np.mean([change(250, seed, knows)[0] for seed in range(6)]) <= -0.02


def test_a_stated_77_percent_where_a_quarter_is_won_is_repaired_after_60_decisions() -> None:
    assert abs(np.mean([change(60, seed, sure)[1] for seed in range(10)])) <= 0.05
