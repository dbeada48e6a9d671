"""How many decisions it takes: log loss less that of the base rate, by number of training decisions.

python benchmarks/predictive/learning_curve.py [--data ../shared/data] [--sets …] [--cuts 10]

For each size n, at each of several cut-offs, train on the newest n decisions (`all`: on every one before
it) and predict the next 1,000. Negative is better than the base rate; the standard error is over cut-offs.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import logs
import numpy as np
import peers
from run import log_loss
from simulated import without_signal

SIZES = (0, 5, 10, 20, 50, 100, 200, 500, 1_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=logs.DEFAULT_DATA)
    parser.add_argument(
        "--sets",
        default="no_signal,maven_crm,hotel_bookings,bank_marketing,hillstrom,persuasion_for_good",
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
                known = labels.take(train)
                p = [
                    peer(early, known, later)[0]
                    for peer in (peers.ours, peers.rate, peers.constant)
                ]
                rows.append([log_loss(won, each) for each in p])
            losses = np.array(rows)
            gain, rate = losses[:, 0] - losses[:, 2], losses[:, 1] - losses[:, 2]
            error = gain.std(ddof=1) / np.sqrt(len(gain))
            mark = "WORSE" if gain.mean() > max(2 * error, 1e-9) else ""
            head = f"{name:20} n {named_size:>5}  constant {losses[:, 2].mean():.4f}"
            print(
                f"{head}  ours {gain.mean():+.4f} ± {error:.4f}  rate {rate.mean():+.4f} {mark}",
                flush=True,
            )


def _shown(name: str, data: Path) -> tuple:
    log = logs.shown(name, data)
    return log.frame, log.labels


if __name__ == "__main__":
    main()
