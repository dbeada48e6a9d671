"""Measure what named predictors (people, agents) add to the pool, and cost it, in simulated logs with known truth.

Each log has fields that the model knows and one thing that it does not. Four kinds of predictors state a
probability of each decision beforehand: ``junk`` (noise), ``sure`` (always .77), ``knows`` (sees the hidden thing
and nothing else, overconfident) and ``copies`` (the truth of the known fields, with noise). For each the log loss on
4,000 later decisions, against the truth, is compared with that of the same model without it.

    python benchmarks/predictive/named_predictors.py --seeds 0 5 --decisions 150 400 1000
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
from threadpoolctl import threadpool_limits

from decision_features import Labels, OpportunityFrame
from decision_features.frame import as_objects
from decision_model.regression.posterior import sigmoid
from decision_model.trained.model import TrainedModel

LATER = 4_000
KINDS = ("junk", "sure", "knows", "copies")


def world(n: int, seed: int) -> tuple[OpportunityFrame, np.ndarray, np.ndarray, np.ndarray]:
    """Return the frame of n decisions, their outcomes, true log-odds, and the hidden part of these."""
    rng = np.random.default_rng(seed)
    kind, source = rng.integers(4, size=n), rng.integers(3, size=n)
    score, hidden = rng.uniform(0, 100, n), rng.normal(0, 0.9, n)
    known = -1.3 + 0.5 * (kind - 1.5) + 0.4 * (source - 1) + 0.02 * (score - 50)
    z = known + hidden
    won = rng.random(n) < sigmoid(z)
    frame = OpportunityFrame.from_columns(
        type=[f"type {one}" for one in kind], source=[f"source {one}" for one in source],
        score=score.tolist(),
        timestamp=np.datetime64("2025-01-01", "us") + np.arange(n) * np.timedelta64(30, "m"),
    )  # fmt: skip
    return frame, won, z, hidden


def stated(kind: str, z: np.ndarray, hidden: np.ndarray, seed: int) -> np.ndarray:
    """Return what a predictor of a kind states of each decision."""
    rng = np.random.default_rng([seed, 7])
    if kind == "junk":
        return sigmoid(rng.normal(0, 1.5, len(z)))
    if kind == "sure":
        return np.full(len(z), 0.77)
    if kind == "knows":
        return sigmoid(2 * hidden + 0.5)
    return sigmoid(z - hidden + rng.normal(0, 0.2, len(z)))


def loss(model: TrainedModel, frame: OpportunityFrame, z: np.ndarray) -> float:
    """Expected log loss of predictions under the truth."""
    p = model.predict(frame).probability
    truth = sigmoid(z)
    return float(np.mean(-truth * np.log(p) - (1 - truth) * np.log1p(-p)))


def one_log(n: int, seed: int) -> dict[str, tuple[float, float, float]]:
    """For each kind of predictor: change of the log loss, weight, and mean of the predictions less the truth's."""
    frame, won, z, hidden = world(n + LATER, seed)
    learn, later = np.arange(n), np.arange(n, n + LATER)
    labels = Labels.from_columns(
        state=[1 if one else 2 for one in won[:n]], decided_at=frame.timestamp[:n],
        closed_at=frame.timestamp[:n], revenue=np.zeros(n), as_of=frame.timestamp[n],
    )  # fmt: skip
    plain = loss(TrainedModel.fit(frame.take(learn), labels, seed=0), frame.take(later), z[n:])
    found = {}
    for kind in KINDS:
        said = stated(kind, z, hidden, seed)
        heard = replace(frame, stated=as_objects([{kind: p} for p in said.tolist()]))
        model = TrainedModel.fit(heard.take(learn), labels, seed=0)
        p = model.predict(heard.take(later)).probability
        weight = model.named[0].weight if model.named else 0.0
        found[kind] = (
            loss(model, heard.take(later), z[n:]) - plain,
            weight,
            float(np.mean(p) - np.mean(sigmoid(z[n:]))),
        )
    return found


def main() -> None:
    """Print one line per size and kind of predictor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs=2, default=(0, 5), metavar=("FIRST", "END"))
    parser.add_argument("--decisions", type=int, nargs="+", default=[150, 400, 1_000])
    chosen = parser.parse_args()
    print("decisions  predictor  change of log loss (nats), mean and worst   weight   bias")
    with threadpool_limits(1):
        for n in chosen.decisions:
            logs = [one_log(n, seed) for seed in range(*chosen.seeds)]
            for kind in KINDS:
                change, weight, bias = np.array([log[kind] for log in logs]).T
                print(
                    f"{n:9}  {kind:9}  {change.mean():+.4f}  {change.max():+.4f}"
                    f"   {weight.mean():.2f}   {np.abs(bias).max():.3f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
