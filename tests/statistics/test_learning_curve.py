"""Small logs are predicted at least as well as by one number for all, whatever share of them is won."""

from __future__ import annotations

import numpy as np
import pytest

from decision_features import Labels, OpportunityFrame
from decision_model.trained.model import TrainedModel

LATER = 300


def excess(n: int, share: float, seed: int) -> float:
    """Log loss of the pool less that of (won + .5) / (n + 1), where nothing but the share is to be known."""
    rng = np.random.default_rng([n, seed, round(1_000 * share)])
    size = n + LATER
    made = np.datetime64("2026-01-01", "us") + np.arange(size) * np.timedelta64(5, "h")
    frame = OpportunityFrame.from_columns(
        type=[f"t{k}" for k in rng.integers(4, size=size)],
        source=[f"s{k}" for k in rng.integers(3, size=size)],
        timestamp=made,
        score=rng.uniform(0, 100, size).tolist(),
        context=[{"size": float(x), "plan": f"p{k}"} for x, k in zip(
            rng.normal(size=size), rng.integers(3, size=size), strict=True
        )],
    )  # fmt: skip
    won = rng.random(n) < share
    labels = Labels.from_columns(
        state=np.where(won, 1, 2),
        decided_at=made[:n],
        closed_at=made[:n] + np.timedelta64(1, "h"),
    )
    model = TrainedModel.fit(frame.take(np.arange(n)), labels)
    p = model.predict(frame.take(np.arange(n, size))).probability
    one = (won.sum() + 0.5) / (n + 1)
    loss = -share * np.log(p) - (1 - share) * np.log1p(-p)
    return float(loss.mean() + share * np.log(one) + (1 - share) * np.log1p(-one))


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.01, 0.1, 0.4, 0.65])
@pytest.mark.parametrize("n", [10, 20, 50])
def test_no_small_log_is_predicted_worse_than_by_one_number_for_all(n: int, share: float) -> None:
    found = np.array([excess(n, share, seed) for seed in range(12)])
    error = found.std(ddof=1) / np.sqrt(len(found))
    # What looking for signal may cost where there is none; a mean that is surely above it fails.
    assert found.mean() - 2 * error <= 0.003
