"""Measure what given actions add to the pool, and cost it, in simulated logs with known truth.

Each log has fields that the model knows and four actions, drawn without regard to the fields. Three worlds: ``none``
(actions change nothing), ``effect`` (one adds 1.2 to the log-odds, one .5), ``with the rate`` (actions change nothing,
but half-way the log-odds of all rise by 1.2, and one action comes into use at the same moment). The expected log loss
on 2,000 later decisions, which give their action, is compared with that of the same model without actions, for
several prior odds: the gain is read off the weight, so that one fit tells of all.

    python benchmarks/predictive/given_actions.py --seeds 0 12 --decisions 150 400 1000
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from decision_features import Labels, OpportunityFrame
from decision_model.hyperparameters import ACTION_PRIOR_ODDS
from decision_model.regression.posterior import logit, sigmoid
from decision_model.trained.given_action import ActionEffects
from decision_model.trained.model import TrainedModel

Floats = NDArray[np.float64]

LATER = 2_000
NAMES = np.array(["mail", "call", "offer", "visit"], dtype=object)
SHARES = (0.5, 0.25, 0.15, 0.1)
WORLDS = ("none", "effect", "with the rate")
PRIOR_ODDS = (-2.0, -3.0, ACTION_PRIOR_ODDS, -5.0)


def world(kind: str, n: int, seed: int) -> tuple[OpportunityFrame, Floats]:
    """Return n decisions and the later ones, with their true P(won)."""
    rng = np.random.default_rng([seed, n, WORLDS.index(kind)])
    size = n + LATER
    of_type, source, score = (
        rng.integers(4, size=size),
        rng.integers(3, size=size),
        rng.random(size),
    )
    z = -1.3 + 0.5 * (of_type - 1.5) + 0.4 * (source - 1) + 2 * (score - 0.5)
    action = rng.choice(4, size, p=SHARES)
    if kind == "effect":
        z = z + np.array([0.0, 1.2, 0.0, 0.5])[action]
    if kind == "with the rate":
        late = np.arange(size) >= n // 2
        action[~late & (action == 1)] = 0
        action[late & (rng.random(size) < 0.4)] = 1
        z = z + 1.2 * late
    frame = OpportunityFrame.from_columns(
        type=[f"type {one}" for one in of_type], source=[f"source {one}" for one in source],
        score=(100 * score).tolist(), action=NAMES[action].tolist(),
        timestamp=np.datetime64("2025-01-01", "us") + np.arange(size) * np.timedelta64(30, "m"),
    )  # fmt: skip
    return frame, sigmoid(z)


def one_log(kind: str, n: int, seed: int) -> tuple[list[float], float]:
    """Return the change of the log loss for each of the prior odds, and the weight that is served."""
    frame, chance = world(kind, n, seed)
    learn, later = frame.take(np.arange(n)), frame.take(np.arange(n, n + LATER))
    won = np.random.default_rng([seed, n, 9]).random(n) < chance[:n]
    hour = np.timedelta64(1, "h")
    labels = Labels.from_columns(
        state=np.where(won, 1, 2), decided_at=learn.timestamp, closed_at=learn.timestamp + hour,
        revenue=np.zeros(n),
    )  # fmt: skip
    model = TrainedModel.fit(learn, labels)
    found = model.actions
    if found is None:
        return [0.0] * len(PRIOR_ODDS), 0.0
    plain = replace(model, actions=None).predict(later).log_odds
    gain = float(logit(np.array(found.weight))) - ACTION_PRIOR_ODDS
    changes = []
    for odds in PRIOR_ODDS:
        weight = float(sigmoid(np.array(gain + odds)))
        with_actions = plain + ActionEffects(found.actions, found.effects, weight).shift(
            later.action
        )
        changes.append(_loss(with_actions, chance[n:]) - _loss(plain, chance[n:]))
    return changes, found.weight


def _loss(z: Floats, chance: Floats) -> float:
    return float(np.mean(np.logaddexp(0, z) - chance * z))


def main() -> None:
    """Print one line per size and world."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs=2, default=(0, 12), metavar=("FIRST", "END"))
    parser.add_argument("--decisions", type=int, nargs="+", default=[150, 400, 1_000])
    chosen = parser.parse_args()
    print("decisions  world          change of log loss, mean ± error (worst) for prior odds of " + ", ".join(
        f"{odds:g}" for odds in PRIOR_ODDS) + " nats; weight served")  # fmt: skip
    with threadpool_limits(1):
        for n in chosen.decisions:
            for kind in WORLDS:
                logs = [one_log(kind, n, seed) for seed in range(*chosen.seeds)]
                changes = np.array([change for change, _ in logs])
                error = changes.std(axis=0, ddof=1) / np.sqrt(len(logs))
                parts = [
                    f"{mean:+.4f}±{one:.4f} ({worst:+.4f})"
                    for mean, one, worst in zip(
                        changes.mean(axis=0), error, changes.max(axis=0), strict=True
                    )
                ]
                weight = float(np.mean([one for _, one in logs]))
                print(f"{n:9}  {kind:13}  {'  '.join(parts)}  {weight:.2f}", flush=True)


if __name__ == "__main__":
    main()
