"""Coverage, bias and marks of conversion rates in worlds with known truth, some of which break the model.

python benchmarks/statistics/coverage.py --logs 24 --decisions 200 --seed 500

Eight cells of four types and two sources. Mature: decisions are 200 to 260 days old; mixed: up to 60;
young: up to 10. "sound" counts an interval that holds the truth, or is marked immature with a
confidence below .7.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from decision_model import Evidence, RateModel, TimeSlices

Floats = NDArray[np.float64]
RATES = np.array([0.786, 0.65, 0.481, 0.391, 0.375, 0.31, 0.333, 0.12])
TYPES = tuple("aabbccdd")
SOURCES = tuple("xy" * 4)
DAYS = {"mature": (200, 260), "mixed": (0, 60), "young": (0, 10)}
WORLDS = (
    "both recorded", "only wins", "losses 8 times faster", "losses 8 times slower",
    "30 % of losses missing", "gamma delays", "half after 12 h, half after 3 weeks", "long tail",
    "types of other speeds", "log-odds fall by 1.5", "log-odds rise by 1.5",
)  # fmt: skip


def decisions(
    world: str, span: tuple[int, int], rng: np.random.Generator, n: int
) -> tuple[NDArray[np.intp], Floats, NDArray[np.int8], Floats, Floats]:
    """Cells, ages in hours, states, delays or ages, and the current rate of each cell."""
    low, high = 24 * span[0], 24 * span[1]
    cell, age = rng.integers(8, size=n), rng.uniform(low, high, n)
    p, truth = RATES[cell], RATES
    if world.startswith("log-odds"):
        sign = -1 if "fall" in world else 1
        logit = np.log(RATES / (1 - RATES))
        before, truth = (1 / (1 + np.exp(-(logit + sign * s))) for s in (-0.75, 0.75))
        p = np.where(age > (low + high) / 2, before[cell], truth[cell])
    won = rng.random(n) < p
    median = np.array([36.0, 72.0, 480.0, 120.0])[cell // 2] if "speeds" in world else 120.0
    delay = median * rng.lognormal(0, 1.9 if world == "long tail" else 0.9, n)
    if world == "gamma delays":
        delay = rng.gamma(2, 72, n)
    if "half after" in world:
        fast, slow = 12 * rng.lognormal(0, 0.5, n), 500 * rng.lognormal(0, 0.3, n)
        delay = np.where(rng.random(n) < 0.5, fast, slow)
    if "8 times" in world:
        delay = np.where(won, delay, delay * (8 if "slower" in world else 1 / 8))
    both = world in {"both recorded", *WORLDS[2:4], *WORLDS[-2:]}
    known = won | both | (("30 %" in world) & (rng.random(n) > 0.3))
    known &= delay < age
    state = np.where(known, np.where(won, 1, 2), 0).astype(np.int8)
    return cell, age, state, np.where(known, delay, age), truth


def evidence(
    cell: NDArray[np.intp], age: Floats, state: NDArray[np.int8], hours: Floats
) -> Evidence:
    """Count decisions as a log does."""
    bins = np.floor(8 * np.log2(np.maximum(hours, 1 / 64))).astype(int)
    key, row = np.unique(np.stack([cell, state, bins], axis=1), axis=0, return_inverse=True)
    count = np.bincount(row.ravel()).astype(float)
    n_open, won, lost = (np.bincount(cell[state == k], minlength=8).astype(float) for k in range(3))
    none = np.zeros(8)
    return Evidence(
        TYPES, SOURCES, won, lost, n_open, none, none, none, none,
        key[:, 0], key[:, 1], np.bincount(row.ravel(), hours) / count, count,
        slices=TimeSlices.of(cell, age, state),
    )  # fmt: skip


def rows(logs: int, n: int, seed: int) -> Iterator[str]:
    for world in WORLDS:
        for name, span in DAYS.items():
            found = []
            for k in range(seed, seed + logs):
                rng = np.random.default_rng([k, len(name)])
                *known, truth = decisions(world, span, rng, n)
                cells = RateModel.fit(evidence(*known)).cells
                covered = (cells.low <= truth) & (truth <= cells.high)
                sound = covered | (cells.immature & (cells.confidence < 0.7))
                width = cells.high - cells.low
                found.append([covered, sound, cells.mean - truth, width, cells.immature])
            mean = 100 * np.mean(np.array(found, dtype=float), axis=(0, 2))
            yield (
                f"{world:36} {name:7} covered {mean[0]:5.1f}  sound {mean[1]:5.1f}  "
                f"bias {mean[2]:+5.1f}  width {mean[3]:4.1f}  immature {mean[4]:3.0f}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logs", type=int, default=24)
    parser.add_argument("--decisions", type=int, default=200)
    parser.add_argument("--seed", type=int, default=500)
    given = parser.parse_args()
    for row in rows(given.logs, given.decisions, given.seed):
        print(row, flush=True)


if __name__ == "__main__":
    main()
