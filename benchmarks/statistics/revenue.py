"""Expected revenue of one more decision beside the truth, for shapes of revenue that break the lognormal.

    python benchmarks/statistics/revenue.py --logs 40 --seed 1

One cell, half of its decisions won: expected over true, and the share of 95 % intervals that hold the truth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from worlds import arguments

from decision_model import Evidence, RateModel

Draw = Callable[[np.random.Generator, int], np.ndarray]

SHAPES: dict[str, tuple[Draw, float]] = {
    "lognormal, sd 1": (lambda rng, n: np.exp(rng.normal(5, 1, n)), float(np.exp(5.5))),
    "lognormal, sd 2.2": (lambda rng, n: np.exp(rng.normal(5, 2.2, n)), float(np.exp(5 + 2.42))),
    "gamma, shape .5": (lambda rng, n: rng.gamma(0.5, 400, n), 200.0),
    "Pareto 2.5": (lambda rng, n: 100 * (1 + rng.pareto(2.5, n)), 100 * 2.5 / 1.5),
    "Pareto 1.5 (no variance)": (lambda rng, n: 100 * (1 + rng.pareto(1.5, n)), 300.0),
    "Pareto 2 (no variance)": (lambda rng, n: 100 * (1 + rng.pareto(2.0, n)), 200.0),
    "packages: 100, in 5 % 5,000": (
        lambda rng, n: np.where(
            rng.random(n) < 0.05,
            np.exp(rng.normal(np.log(5000), 1, n)),
            np.exp(rng.normal(np.log(100), 0.3, n)),
        ),
        0.05 * 5000 * float(np.exp(0.5)) + 0.95 * 100 * float(np.exp(0.045)),
    ),
    "60, or 3,000 in 10 %": (lambda rng, n: np.where(rng.random(n) < 0.1, 3000.0, 60.0), 354.0),
    "10, or 10,000 in 1 %": (lambda rng, n: np.where(rng.random(n) < 0.01, 1e4, 10.0), 109.9),
    "bundles: 50 times 1 to 6": (lambda rng, n: 50.0 * rng.integers(1, 7, n), 175.0),
    "a third pays nothing": (
        lambda rng, n: np.where(rng.random(n) < 1 / 3, 0.0, np.exp(rng.normal(5, 1, n))),
        float(np.exp(5.5)) * 2 / 3,
    ),
}


def fitted(amounts: np.ndarray, lost: int) -> RateModel:
    paid = amounts[amounts > 0]
    logs = np.log(paid)
    closed = Evidence.from_counts(("a",), ("x",), won=[len(amounts)], lost=[lost])
    return RateModel.fit(
        replace(
            closed, paid=np.array([len(paid)], float), revenue=np.array([paid.sum()]),
            sum_log_revenue=np.array([logs.sum()]), sum_log_revenue_squared=np.array([(logs**2).sum()]),
            paid_revenue=np.array([paid.sum()]), paid_revenue_squared=np.array([(paid**2).sum()]),
            largest_revenue=np.array([paid.max(initial=0.0)]),
        )
    )  # fmt: skip


def main() -> None:
    args = arguments(__doc__, 40)
    for name, (draw, mean) in SHAPES.items():
        figures = []
        for n in (100, 1000):
            ratio, held = [], []
            for i in range(args.logs):
                rng = np.random.default_rng([args.seed, i, n])
                won = rng.binomial(n, 0.5)
                cells = fitted(draw(rng, won), n - won).cells
                truth = 0.5 * mean
                ratio.append(cells.revenue[0] / truth)
                held.append(cells.revenue_low[0] <= truth <= cells.revenue_high[0])
            figures.append(f"n={n}: ratio {np.mean(ratio):.2f} covered {100 * np.mean(held):.0f} %")
        print(f"{name:28s} {'; '.join(figures)}", flush=True)


if __name__ == "__main__":
    main()
