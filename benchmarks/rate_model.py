"""Fit the rate model to 8 to 10,000 cells; compare with a loop that averages wins per cell.

Each size runs in a process of its own, so that the peak of memory is that size's. Prints the time to
fit, the time of one warm prediction, the peak, and the time as a multiple of the raw averages, which
know no interval, no open decision and no new cell.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time

import numpy as np

from decision_model import Evidence, RateModel, TimeSlices

SIZES = {
    "8 cells": (4, 2, 2_000),
    "1,000 cells": (50, 20, 30_000),
    "10,000 cells, 100 x 100": (100, 100, 300_000),
    "10,000 cells, 5,000 x 2": (5_000, 2, 300_000),
    "5,000 x 50, a decision each": (5_000, 50, 250_000),
}


def simulated(n_types: int, n_sources: int, n: int, share_open: bool) -> Evidence:
    """Draw a log of n decisions over 120 days; only wins are recorded where some are open."""
    rng = np.random.default_rng(1)
    n_cells = n_types * n_sources
    cell = rng.integers(0, n_cells, n)
    logit = -1 + rng.normal(0, 0.7, n_types)[:, None] + rng.normal(0, 0.5, n_sources)
    mu = 1 / (1 + np.exp(-logit.ravel()))
    won = rng.random(n) < rng.beta(20 * mu, 20 * (1 - mu))[cell]
    wait = 60 * np.exp(rng.normal(size=n_types))[cell // n_sources] * rng.lognormal(0, 0.8, n)
    age = rng.uniform(0, 24 * 120, n)
    state = np.where(won & (wait < age), 1, 0) if share_open else np.where(won, 1, 2)
    hours = np.where(state > 0, wait, age)
    bins = np.floor(8 * np.log2(np.maximum(hours, 1 / 64))).astype(int)
    key, row = np.unique(np.stack([cell, state, bins], axis=1), axis=0, return_inverse=True)
    count = np.bincount(row.ravel()).astype(float)
    by_state = [np.bincount(cell[state == k], minlength=n_cells) for k in range(3)]
    none = np.zeros(n_cells)
    return Evidence(
        tuple(f"type {i // n_sources}" for i in range(n_cells)),
        tuple(f"source {i % n_sources}" for i in range(n_cells)),
        by_state[1], by_state[2], by_state[0], none, none, none, none,
        key[:, 0], key[:, 1], np.bincount(row.ravel(), hours) / count, count,
        slices=TimeSlices.of(cell, age, state),
    )  # fmt: skip


def raw_averages(evidence: Evidence) -> dict[tuple[str, str], float]:
    """Average wins per cell, as a plain loop does."""
    rates = {}
    for i, cell in enumerate(zip(evidence.types, evidence.sources, strict=True)):
        decisions = evidence.won[i] + evidence.lost[i]
        rates[cell] = float(evidence.won[i] / decisions) if decisions else 0.0
    return rates


def seconds(work: object, repeat: int) -> float:
    """Best of a few runs."""
    best = float("inf")
    for _ in range(repeat):
        start = time.perf_counter()
        work()  # type: ignore[operator]
        best = min(best, time.perf_counter() - start)
    return best


def measure(name: str, share_open: bool) -> None:
    evidence = simulated(*SIZES[name], share_open)
    repeat = 5 if len(evidence.types) <= 1_000 else 2
    fit = seconds(lambda: RateModel.fit(evidence), repeat)
    model = RateModel.fit(evidence)
    cell = evidence.types[:1], evidence.sources[:1]
    one = seconds(lambda: [model.predict(*cell) for _ in range(1000)], 3) / 1000
    baseline = seconds(lambda: raw_averages(evidence), 5)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    label = "most open" if share_open else "all closed"
    print(
        f"{name:26} {label:10} {1000 * fit:9.1f} ms  {1e6 * one:6.1f} us a prediction  "
        f"{peak:5.0f} MB  {fit / baseline:8.0f} x raw averages",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, help="only this size, in this process")
    parser.add_argument("--open", action="store_true", help="with --size: most decisions are open")
    chosen = parser.parse_args()
    if chosen.size:
        measure(chosen.size, chosen.open)
        return
    for name in SIZES:
        for extra in ([], ["--open"]):
            subprocess.run([sys.executable, __file__, "--size", name, *extra], check=True)


if __name__ == "__main__":
    main()
