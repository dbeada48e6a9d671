"""Coverage of the 95 % intervals of single opportunities, where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from decision_features import Labels, OpportunityFrame
from decision_model.regression.posterior import sigmoid
from decision_model.trained.model import TrainedModel

LATER = 400


def world(n: int, seed: int, *, text: bool) -> tuple[OpportunityFrame, Labels, np.ndarray]:
    """Five categories of unequal weight, three numbers (one bent), and texts of which few words matter."""
    rng = np.random.default_rng([seed, n])
    n += LATER
    sizes, spreads = (3, 4, 5, 6, 8), rng.choice([0.1, 0.4, 0.8], 5)
    levels = [rng.choice(k, n, p=rng.dirichlet(np.ones(k))) for k in sizes]
    numbers = rng.normal(size=(n, 3))
    z = rng.normal(-1, 0.7) + 0.5 * numbers[:, 0] - 0.3 * (numbers[:, 1] ** 2 - 1) * (seed % 2)
    for level, spread, size in zip(levels, spreads, sizes, strict=True):
        z = z + rng.normal(0, spread, size)[level]
    content: list[str | None] = [None] * n
    if text:
        weight = np.zeros(300)
        weight[rng.choice(300, 15, replace=False)] = rng.normal(0, 0.8, 15)
        share = 1 / np.arange(3, 303)
        words = [rng.choice(300, rng.integers(5, 25), p=share / share.sum()) for _ in range(n)]
        content = [" ".join(f"w{k}" for k in row) for row in words]
        z = z + np.array([weight[np.unique(row)].sum() for row in words])
    chance = sigmoid(z)
    won = rng.random(n) < chance
    made = np.datetime64("2025-01-01", "us") + np.arange(n) * np.timedelta64(3, "h")
    frame = OpportunityFrame.from_columns(
        type=[f"t{k}" for k in levels[0]],
        source=[f"s{k}" for k in levels[1]],
        timestamp=made,
        content=content,
        context=[
            {"a": f"v{a}", "b": f"v{b}", "c": f"v{c}", "x": x, "y": y, "w": w}
            for a, b, c, (x, y, w) in zip(*levels[2:], numbers.tolist(), strict=True)
        ],
    )
    labels = Labels.from_columns(
        state=np.where(won, 1, 2), decided_at=made, closed_at=made + np.timedelta64(1, "m")
    )
    return frame, labels, chance


@pytest.mark.slow
@pytest.mark.parametrize("text", [False, True], ids=["fields", "text"])
@pytest.mark.parametrize(
    ("n", "logs"), [(0, 12), (20, 12), (50, 10), (200, 8), (1_000, 3), (5_000, 1)]
)
def test_intervals_of_individuals_cover_all_and_those_ranked_highest(
    n: int, logs: int, *, text: bool
) -> None:
    covered, of_highest = [], []
    for seed in range(logs):
        frame, labels, chance = world(n, seed, text=text)
        early, later = np.arange(n), np.arange(n, n + LATER)
        model = TrainedModel.fit(frame.take(early), labels.take(early))
        answer = model.predict(frame.take(later))
        inside = (answer.low <= chance[later]) & (chance[later] <= answer.high)
        covered.append(inside.mean())
        of_highest.append(inside[np.argsort(-answer.probability)[:50]].mean())
    # Logs differ from each other, more so when they are small: allow for a dozen of them.
    assert np.mean(covered) >= 0.90
    assert np.mean(of_highest) >= 0.90
