"""What it costs that many decisions are still open: labels as known at the cut-off against final ones.

python benchmarks/predictive/open_decisions.py [--data ../shared/data]

Each way of using open decisions trains on the same rows before the cut-off; all are judged on the
final labels of what followed.
"""

from __future__ import annotations

import argparse
import warnings
from dataclasses import replace
from pathlib import Path

import logs
import numpy as np
import simulated
from run import log_loss

from decision_features import Labels, OpportunityFrame
from decision_model.trained.model import TrainedModel

WORLDS = {
    "only wins recorded": {"win_days": 40.0, "loss_days": 40.0, "recorded": 0.0},
    "both, like speeds": {"win_days": 40.0, "loss_days": 40.0, "recorded": 1.0},
    "losses 8 times slower": {"win_days": 15.0, "loss_days": 120.0, "recorded": 1.0},
    "losses 8 times faster": {"win_days": 120.0, "loss_days": 15.0, "recorded": 1.0},
    "half the losses, slower": {"win_days": 20.0, "loss_days": 60.0, "recorded": 0.5},
}


def losses(
    frame: OpportunityFrame, final: Labels, recorded: Labels, train: np.ndarray, test: np.ndarray
) -> dict[str, float]:
    """Log loss by way of using the open decisions; `recorded` is what the log ever holds, `final` the truth."""
    cut = frame.timestamp[test[0]]
    early, later, won = frame.take(train), frame.take(test), final.take(test).won
    known = recorded.take(train).known_at(cut)
    truth = final.take(train)
    closed = np.flatnonzero(~known.open)
    as_lost = replace(known, state=np.where(known.open, 2, known.state).astype(np.int8))
    ways = {
        "final labels": (early, truth),
        "ours": (early, known),
        "closed only": (early.take(closed), known.take(closed)),
        "open = lost": (early, as_lost),
    }
    answer = {"open": float(known.open.mean())}
    for way, (rows, labels) in ways.items():
        model = TrainedModel.fit(rows, labels, as_of=cut)
        answer[way] = log_loss(won, model.predict(later).probability)
    return answer


def show(name: str, rows: list[dict[str, float]]) -> None:
    mean = {way: np.mean([row[way] for row in rows]) for way in rows[0]}
    cost = np.mean([row["ours"] - row["final labels"] for row in rows])
    print(
        f"{name:26}"
        + "  ".join(f"{way} {value:.4f}" for way, value in mean.items())
        + f"  cost {cost:+.4f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=logs.DEFAULT_DATA)
    parser.add_argument("--decisions", type=int, default=6_000)
    parser.add_argument("--skip-hotel", action="store_true")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    n = given.decisions
    for world, setting in WORLDS.items():
        rows = []
        for seed in (0,):
            frame, chance = simulated.with_text(n, seed=seed, days=365.0, filler=300)
            recorded = simulated.delayed(frame, chance, **setting, seed=seed + 10)
            every = simulated.delayed(
                frame, chance, **(setting | {"recorded": 1.0}), seed=seed + 10
            )
            cut = int(0.7 * n)
            rows.append(losses(frame, every, recorded, np.arange(cut), np.arange(cut, n)))
        show(world, rows)
    if given.skip_hotel:
        return
    log = logs.shown("hotel_bookings", given.data)
    rows = [losses(log.frame, log.labels, log.labels, train, test) for train, test in log.cuts()]
    for k, row in enumerate(rows):
        show(f"hotel_bookings fold {k}", [row])
    show("hotel_bookings", rows)


if __name__ == "__main__":
    main()
