"""Coverage of the 95 % intervals of single opportunities, where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from decision_features import Labels, OpportunityFrame
from decision_model.regression.posterior import sigmoid
from decision_model.trained.model import TrainedModel

LATER = 400


def world(
    n: int, seed: int, *, text: bool, level_sd: float = 0.7
) -> tuple[OpportunityFrame, Labels, np.ndarray]:
    """Five categories of unequal weight, three numbers (one bent), and texts of which few words matter."""
    rng = np.random.default_rng([seed, n])
    n += LATER
    sizes, spreads = (3, 4, 5, 6, 8), rng.choice([0.1, 0.4, 0.8], 5)
    levels = [rng.choice(k, n, p=rng.dirichlet(np.ones(k))) for k in sizes]
    numbers = rng.normal(size=(n, 3))
    z = rng.normal(-1, level_sd) + 0.5 * numbers[:, 0] - 0.3 * (numbers[:, 1] ** 2 - 1) * (seed % 2)
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


def coverage(
    model: TrainedModel, later: OpportunityFrame, chance: np.ndarray
) -> tuple[float, float]:
    """Shares of the intervals that hold the truth: of all, and of the 50 ranked highest."""
    answer = model.predict(later)
    inside = (answer.low <= chance) & (chance <= answer.high)
    return inside.mean(), inside[np.argsort(-answer.probability)[:50]].mean()


@pytest.mark.slow
@pytest.mark.parametrize("text", [False, True], ids=["fields", "text"])
@pytest.mark.parametrize(("n", "logs"), [(20, 12), (50, 10), (200, 8), (1_000, 3), (5_000, 1)])
def test_intervals_of_individuals_cover_all_and_those_ranked_highest(
    n: int, logs: int, *, text: bool
) -> None:
    covered = []
    for seed in range(logs):
        frame, labels, chance = world(n, seed, text=text)
        early, later = np.arange(n), np.arange(n, n + LATER)
        model = TrainedModel.fit(frame.take(early), labels.take(early))
        covered.append(coverage(model, frame.take(later), chance[later]))
    of_all, of_highest = np.mean(covered, axis=0)
    assert of_all >= 0.90
    assert of_highest >= 0.90
    # At 20 decisions they are as wide as the spread between opportunities in logs at large, which is wider than here.
    # The mean over few logs varies: its standard error is allowed for.
    error = np.std([one for one, _ in covered], ddof=1) / np.sqrt(logs) if logs > 1 else 0.01
    assert of_all <= (0.98 + error if n >= 50 else 0.995)


@pytest.mark.slow
def test_intervals_without_any_decision_cover_logs_as_different_as_the_prior_expects() -> None:
    """Levels of logs have a standard deviation of 1.5; with .7, as above, nearly all are covered."""
    frame, labels, _ = world(0, 0, text=False)
    model = TrainedModel.fit(frame.take(np.arange(0)), labels.take(np.arange(0)))
    for level_sd, most in ((1.5, 0.98), (0.7, 1.0)):
        covered = []
        for seed in range(40):
            frame, _, chance = world(0, seed, text=seed % 2 == 1, level_sd=level_sd)
            covered.append(coverage(model, frame, chance))
        assert np.mean(covered, axis=0).min() >= 0.90
        assert np.mean(covered, axis=0)[0] <= most
