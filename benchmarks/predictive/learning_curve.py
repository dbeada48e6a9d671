"""How many decisions it takes: log loss less that of one number for all, by number of training decisions.

python benchmarks/predictive/learning_curve.py [--data ../shared/data] [--sets …] [--cuts 10]

For each size n, at each of several cut-offs, train on the newest n decisions (`all`: on every one before
it) and predict the next 1,000, as served, beside one number for all: (won + .5) / (closed + 1) of the very decisions
that the model learns from, so that it knows the past and nothing else (.5 where there is none). Negative is better
than that; the standard error is over cut-offs.
Rates and regression alone stand beside. WORSE: than that number beyond two standard errors; BEHIND: the better of
rates and regression by more than .01.
"""

from __future__ import annotations

import argparse
import warnings
from dataclasses import replace
from pathlib import Path

import logs
import numpy as np
import peers
from run import log_loss
from simulated import without_signal

from decision_features import Labels, OpportunityFrame
from decision_model.trained.model import TrainedModel
from decision_model.trained.pool import Pool

SIZES = (0, 5, 10, 20, 50, 100, 200, 500, 1_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=logs.DEFAULT_DATA)
    parser.add_argument(
        "--sets",
        default=f"no_signal,{','.join(name for name in logs.SHOWN if not name.endswith('_10'))}",
    )
    parser.add_argument("--cuts", type=int, default=10)
    parser.add_argument("--sizes", default=",".join([*map(str, SIZES), "all"]))
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    for name in given.sets.split(","):
        frame, labels = without_signal() if name == "no_signal" else _shown(name, given.data)
        for named_size in given.sizes.split(","):
            n = len(frame)
            whole = named_size == "all"
            size = min(1_000, n // 2) if whole else int(named_size)
            if size + 100 > n:
                continue
            ends = np.linspace(
                max(size, min(n // 10, 1_000)), n - min(1_000, n // 5), given.cuts
            ).astype(int)
            rows = []
            for end in ends.tolist():
                train = np.arange(0 if whole else end - size, end)
                test = np.arange(end, min(end + 1_000, n))
                early, later, won = frame.take(train), frame.take(test), labels.take(test).won
                rows.append(
                    [log_loss(won, p) for p in _predicted(early, labels.take(train), later)]
                )
            print(f"{name:20} n {named_size:>5}  {_compared(np.array(rows))}", flush=True)


def _predicted(
    early: OpportunityFrame, known: Labels, later: OpportunityFrame
) -> tuple[np.ndarray, ...]:
    """What the base rate, the model as it serves, its rates and its regression say."""
    model = TrainedModel.fit(early, known, as_of=later.timestamp.min())
    models = (model, *(replace(model, pool=Pool(np.eye(5)[place])) for place in (0, 2)))
    return peers.constant(early, known, later)[0], *(
        one.predict(later).probability for one in models
    )


def _compared(losses: np.ndarray) -> str:
    """One line on losses by cut-off, shape (cuts, 4)."""
    ours, rate, regression = (losses[:, 1:] - losses[:, :1]).T
    error = ours.std(ddof=1) / np.sqrt(len(ours))
    behind = ours.mean() - min(rate.mean(), regression.mean())
    marks = "WORSE " if ours.mean() > max(2 * error, 1e-9) else ""
    marks += "BEHIND" if behind > 0.01 else ""
    return (
        f"constant {losses[:, 0].mean():.4f}  ours {ours.mean():+.4f} ± {error:.4f}  rate {rate.mean():+.4f}  "
        f"regression {regression.mean():+.4f}  {marks}"
    )


def _shown(name: str, data: Path) -> tuple:
    log = logs.shown(name, data)
    return log.frame, log.labels


if __name__ == "__main__":
    main()
