"""Coverage of rates where senders come back, with the senders known and not.

python benchmarks/statistics/repeated_senders.py --logs 40 --seed 1
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from worlds import arguments

from decision_model import Evidence, RateModel
from decision_model.inputs.senders import SenderSums

LOGIT = np.log(np.array([1.0, 0.35 / 0.65, 1 / 3, 0.15 / 0.85]))
WORLDS = {"40 senders, sd 1.2": (40, 1.2), "20 senders, sd 1.2": (20, 1.2), "40, none": (40, 0.0)}
DECISIONS = 200


def main() -> None:
    args = arguments(__doc__, 40)
    for name, (senders, sd) in WORLDS.items():
        everyone = sd * np.random.default_rng(0).normal(size=50_000)
        truth = (1 / (1 + np.exp(-(LOGIT[:, None] + everyone)))).mean(1)
        held: dict[bool, list] = {True: [], False: []}
        width: dict[bool, list] = {True: [], False: []}
        for i in range(args.logs):
            rng = np.random.default_rng([args.seed, i])
            sender, own = rng.integers(senders, size=DECISIONS), sd * rng.normal(size=senders)
            cell = sender % 4
            won = rng.random(DECISIONS) < 1 / (1 + np.exp(-(LOGIT[cell] + own[sender])))
            wins, n = np.bincount(cell, won, 4), np.bincount(cell, minlength=4)
            log = Evidence.from_counts(tuple("aabb"), tuple("xyxy"), won=wins, lost=n - wins)
            names = np.array([f"@{one}" for one in sender], dtype=object)
            for known in (True, False):
                sums = SenderSums.of(cell, names, won, 4) if known else None
                cells = RateModel.fit(replace(log, senders=sums)).cells
                held[known].append((cells.low <= truth) & (truth <= cells.high))
                width[known].append(cells.high - cells.low)
        print(
            f"{name:22s} covered {100 * np.mean(held[True]):.0f} % (not known: "
            f"{100 * np.mean(held[False]):.0f} %), {np.mean(width[True]) / np.mean(width[False]):.2f} "
            "times as wide",
            flush=True,
        )


if __name__ == "__main__":
    main()
