"""Log loss on simulated texts that are misspelt or inflected, without and with parts of words.

python benchmarks/predictive/spelling.py [--decisions 4000]
"""

from __future__ import annotations

import argparse

import numpy as np
import simulated
from run import log_loss

from decision_features import blocks
from decision_features.spelling import variants_share
from decision_features.text import words
from decision_model.trained.model import TrainedModel

WORLDS = {
    "as meant": {},
    "30 % misspelt": {"misspelt": 0.3},
    "60 % misspelt": {"misspelt": 0.6},
    "60 % inflected": {"inflected": 0.6},
    "90 % inflected": {"inflected": 0.9},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=4_000)
    n = parser.parse_args().decisions
    print(f"{'texts':16} {'variants':>8} {'words':>7} {'+ parts':>7} {'by rule':>7} {'best':>7}")
    rule = blocks.LEAST_VARIANTS
    for name, setting in WORLDS.items():
        frame, chance = simulated.with_text(n, seed=4, letters=True, **setting)
        labels = simulated.closed(frame, chance)
        train, test = np.arange(3 * n // 4), np.arange(3 * n // 4, n)
        won, losses = labels.won[test], []
        for least in (2.0, 0.0, rule):  # never, always, as it is
            blocks.LEAST_VARIANTS = least
            model = TrainedModel.fit(frame.take(train), labels.take(train))
            losses.append(log_loss(won, model.predict(frame.take(test)).probability))
        share = variants_share([words(text) for text in frame.content[train]], 5)
        figures = " ".join(f"{loss:7.4f}" for loss in (*losses, log_loss(won, chance[test])))
        print(f"{name:16} {share:8.3f} {figures}", flush=True)


if __name__ == "__main__":
    main()
