"""Measure the pool as it serves, in simulated logs with known truth: excess log loss, calibration slope, coverage.

The weights of the pool were chosen on seeds below 100; seeds from 1000 on confirm them, and nothing is chosen there.

    python benchmarks/predictive/pool.py --worlds fields cells null --decisions 60 200 800 --seeds 0 10
    python benchmarks/predictive/pool.py --seeds 1000 1020

Worlds: ``fields`` (five fields that matter, one of them a skewed number), ``null`` (the same fields, no effect),
``cells`` (every type and source a rate of its own, other fields noise). Excess is the expected log loss under the
truth less that of the truth itself, in nats; the slope is that of the true log-odds on the predicted ones; coverage
is that of the 95 % intervals of individuals, of all and of the 50 ranked highest; ± are standard errors over logs.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from decision_features import Labels, OpportunityFrame
from decision_model.regression.posterior import logit, sigmoid
from decision_model.trained.model import TrainedModel
from decision_model.trained.pool import Pool

Floats = NDArray[np.float64]

LATER = 1_000
HIGHEST = 50
ALONE = {"rate": 0, "regression": 2, "base rate": 3}
"""Members that are also judged alone, with their places in the pool."""


def fields(
    n: int, rng: np.random.Generator, signal: float = 1.0
) -> tuple[OpportunityFrame, Floats]:
    """Give n decisions and their true P(won): five fields that matter."""
    kind, source, plan = (rng.integers(3, size=n) for _ in range(3))
    score, size = rng.uniform(0, 100, n), rng.exponential(10, n)
    effects = np.array([0.6, 0, -0.5])[kind] + np.array([0.4, 0, -0.3])[source]
    effects += 0.03 * (score - 50) + 0.5 * np.log1p(size) - 1.0 + np.array([0.7, 0, -0.7])[plan]
    context = [
        {"size": float(one), "plan": ["free", "pro", "team"][which]}
        for one, which in zip(size, plan, strict=True)
    ]
    return _frame(kind, source, score, context, rng), sigmoid(-0.7 + signal * effects)


def null(n: int, rng: np.random.Generator) -> tuple[OpportunityFrame, Floats]:
    """Give the same fields without any effect."""
    return fields(n, rng, 0.0)


def cells(n: int, rng: np.random.Generator) -> tuple[OpportunityFrame, Floats]:
    """Give n decisions of which each cell has a rate of its own; the other fields are noise."""
    rate = sigmoid(np.random.default_rng(5).normal(-0.8, 1.2, (6, 5)))
    kind, source = rng.integers(6, size=n), rng.integers(5, size=n)
    context = [
        {"a": float(one), "b": f"v{which}"}
        for one, which in zip(rng.normal(size=n), rng.integers(8, size=n), strict=True)
    ]
    return _frame(kind, source, rng.uniform(0, 100, n), context, rng), rate[kind, source]


WORLDS = {"fields": fields, "cells": cells, "null": null}


def _frame(
    kind: Floats, source: Floats, score: Floats, context: list[dict[str, Any]], rng: Generator
) -> OpportunityFrame:
    moments = np.sort(rng.integers(0, 120 * 86_400, len(kind))).astype("timedelta64[s]")
    return OpportunityFrame.from_columns(
        type=[f"type {one}" for one in kind], source=[f"source {one}" for one in source],
        score=score.tolist(), context=context,
        timestamp=np.datetime64("2026-01-01", "us") + moments,
    )  # fmt: skip


def excess(p: Floats, truth: Floats) -> float:
    """Expected log loss under the truth, less that of the truth."""
    loss = truth * np.log(truth / p) + (1 - truth) * np.log((1 - truth) / (1 - p))
    return float(loss.mean())


def one_log(world: str, n: int, seed: int) -> dict[str, float]:
    """Train on one log, and judge on later decisions of the same world."""
    make = WORLDS[world]
    frame, chance = make(n, np.random.default_rng([seed, n]))
    later, truth = make(LATER, np.random.default_rng([seed, n, 1]))
    won = np.random.default_rng([seed, n, 2]).random(n) < chance
    labels = Labels.from_columns(
        state=np.where(won, 1, 2), decided_at=frame.timestamp,
        closed_at=frame.timestamp + np.timedelta64(1, "h"), revenue=np.where(won, 100.0, 0.0),
    )  # fmt: skip
    model = TrainedModel.fit(frame, labels)
    later = replace(later, timestamp=np.full(LATER, np.datetime64("2026-05-05T12:00", "us")))
    said = model.predict(later)
    covered = (said.low <= truth) & (truth <= said.high)
    highest = np.argsort(-said.probability, kind="stable")[:HIGHEST]
    found = {"pool": excess(said.probability, truth)}
    for name, place in ALONE.items():
        alone = replace(model, pool=Pool(np.eye(5)[place]))
        found[name] = excess(alone.predict(later).probability, truth)
    spread = float(said.log_odds.std())
    found["slope"] = (
        float(np.polyfit(said.log_odds, logit(truth), 1)[0])
        if spread > 1e-3 and world != "null"
        else np.nan
    )
    found["covers"], found["of the highest"] = covered.mean(), covered[highest].mean()
    return found


def main() -> None:
    """Print one line per world and size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", nargs="+", choices=tuple(WORLDS), default=tuple(WORLDS))
    parser.add_argument("--decisions", type=int, nargs="+", default=[60, 200, 800])
    parser.add_argument("--seeds", type=int, nargs=2, default=(0, 10), metavar=("FIRST", "END"))
    chosen = parser.parse_args()
    for world in chosen.worlds:
        for n in chosen.decisions:
            with threadpool_limits(1):
                logs = [one_log(world, n, seed) for seed in range(*chosen.seeds)]
            parts = []
            for name in logs[0]:
                values = np.array([log[name] for log in logs])
                error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
                parts.append(f"{name} {values.mean():.4f}±{error:.4f}")
            sys.stdout.write(f"{world} {n}: {', '.join(parts)}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
