"""Seconds and memory to train on simulated decisions with text.

python benchmarks/predictive/training_time.py [--decisions 100000]
"""

from __future__ import annotations

import argparse
import resource
import time

from simulated import closed, with_text

from decision_model.trained.model import TrainedModel


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=100_000)
    given = parser.parse_args()
    frame, chance = with_text(given.decisions)
    labels = closed(frame, chance)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    began = time.perf_counter()
    model = TrainedModel.fit(frame, labels)
    trained = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    began = time.perf_counter()
    model.predict(frame.take(range(10_000)))
    scored = 10_000 / (time.perf_counter() - began)
    print(f"{given.decisions} decisions, {len(model.encoder.columns)} columns: trained in {trained:.1f} s, "
          f"peak {after:.0f} MB ({before:.0f} MB before); predicts {scored:.0f}/s")  # fmt: skip


if __name__ == "__main__":
    main()
