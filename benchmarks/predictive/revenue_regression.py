"""Regression of log revenue: shrinkage by evidence for each block of columns against scikit-learn's ridges.

python benchmarks/predictive/revenue_regression.py [--data ../shared/data] [--seeds 5]

Shown logs: won decisions before a cut are fitted, those after it predicted. Simulated logs: a lognormal world with
types, sources, a budget, a sector and texts. Printed: root mean squared error of log revenue, expected over actual
revenue in all, and seconds of fitting.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import logs
import numpy as np
import simulated
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.linear_model import BayesianRidge, RidgeCV

from decision_features import Encoder, Labels, OpportunityFrame, SenderHistory, describe
from decision_model.hyperparameters import REVENUE_OUTLIER
from decision_model.regression.gram import Gram
from decision_model.regression.ridge import Ridge

Floats = NDArray[np.float64]
Fit = Callable[[csr_array, Floats, NDArray[np.intp]], Callable[[csr_array], Floats]]


def ours(X: csr_array, y: Floats, widths: NDArray[np.intp]) -> Callable[[csr_array], Floats]:
    fitted = Ridge.fit(Gram(X), y, widths)
    return lambda rows: fitted.intercept + rows @ fitted.weights


def one_strength(X: csr_array, y: Floats, _: NDArray[np.intp]) -> Callable[[csr_array], Floats]:
    """Leave-one-out error chooses one strength for all columns."""
    solver = RidgeCV(alphas=np.logspace(-2, 4, 13)).fit(X.toarray(), y)
    return lambda rows: np.asarray(solver.predict(rows.toarray()))


def bayesian(X: csr_array, y: Floats, _: NDArray[np.intp]) -> Callable[[csr_array], Floats]:
    """The evidence chooses one strength for all columns."""
    solver = BayesianRidge().fit(X.toarray(), y)
    return lambda rows: np.asarray(solver.predict(rows.toarray()))


def mean(_X: csr_array, y: Floats, _: NDArray[np.intp]) -> Callable[[csr_array], Floats]:
    return lambda rows: np.full(rows.shape[0], y.mean())


METHODS: dict[str, Fit] = {
    "ours": ours, "RidgeCV": one_strength, "BayesianRidge": bayesian, "mean": mean,
}  # fmt: skip


def figures(
    train: tuple[OpportunityFrame, Labels], test: tuple[OpportunityFrame, Labels]
) -> dict[str, tuple[float, float, float]]:
    """Fit each method to the paid wins of one part and judge it on those of another."""
    frame, labels = train
    past = SenderHistory.learn(frame, labels)
    encoder = Encoder.learn(frame, describe(frame, labels), past.before(frame))
    paid, later = (np.flatnonzero(part[1].won & (part[1].revenue > 0)) for part in (train, test))
    X = encoder.transform(frame, past.before(frame))[paid]
    unseen = encoder.transform(test[0], past.before(test[0]))[later]
    y, revenue = np.log(labels.revenue[paid]), test[1].revenue[later]
    found = {}
    for name, fit in METHODS.items():
        began = time.perf_counter()
        predict = fit(X, y, encoder.widths)
        seconds = time.perf_counter() - began
        residual, log_revenue = y - predict(X), predict(unseen)
        bound = REVENUE_OUTLIER * residual.std()
        smear = np.exp(np.clip(residual, -bound, bound)).mean()
        error = float(np.sqrt(np.mean((np.log(revenue) - log_revenue) ** 2)))
        found[name] = error, float((smear * np.exp(log_revenue)).sum() / revenue.sum()), seconds
    return found


def simulated_log(n: int, seed: int) -> tuple[OpportunityFrame, Labels]:
    """Make a log in which everything is won; log revenue depends on type, source, budget, sector and a few words."""
    frame, _ = simulated.with_text(n, seed=seed, filler=500)
    rng = np.random.default_rng(seed + 1)
    of_word = dict(zip(simulated.WORDS, rng.normal(0, 0.2, len(simulated.WORDS)), strict=True))
    of: dict[str, float] = {}
    z = np.array(
        [
            sum(of.setdefault(str(name), float(rng.normal(0, spread))) for name, spread in (
                (frame.type[row], 0.7), (frame.source[row], 0.1), (frame.context[row]["sector"], 0.3)
            ))
            + 0.4 * (np.log(frame.context[row]["budget"]) - 7)
            + sum(of_word.get(word, 0.0) for word in str(frame.content[row]).split())
            for row in range(n)
        ]
    )  # fmt: skip
    revenue = np.exp(5 + z + rng.normal(0, 0.6, n))
    labels = Labels.from_columns(
        state=np.ones(n, dtype=int),
        decided_at=frame.timestamp,
        closed_at=frame.timestamp + np.timedelta64(1, "h"),
        revenue=revenue,
    )
    return frame, labels


def cases(
    data: Path, seeds: int
) -> Iterator[tuple[str, list[dict[str, tuple[float, float, float]]]]]:
    for name in ("hotel_bookings", "maven_crm", "hillstrom"):
        log = logs.shown(name, data)
        parts = [
            [(log.frame.take(rows), log.labels.take(rows)) for rows in cut] for cut in log.cuts()
        ]
        yield name, [figures(*pair) for pair in parts]
    for n in (30, 100, 300, 1_000, 4_000):
        rows = []
        for seed in range(seeds):
            frame, labels = simulated_log(n + 1_000, seed)
            early, late = np.arange(n), np.arange(n, n + 1_000)
            pair = [(frame.take(part), labels.take(part)) for part in (early, late)]
            rows.append(figures(*pair))
        yield f"simulated, {n:,} wins", rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=logs.DEFAULT_DATA)
    parser.add_argument("--seeds", type=int, default=5)
    given = parser.parse_args()
    print(f"{'log':24} {'method':14} {'RMSE log':>9} {'± SE':>6} {'in all':>7} {'seconds':>8}")
    for name, rows in cases(given.data, given.seeds):
        for method in METHODS:
            errors, totals, seconds = (np.array([row[method][k] for row in rows]) for k in range(3))
            behind = errors - np.array([row["ours"][0] for row in rows])
            spread = float(behind.std(ddof=1) / np.sqrt(len(rows)))
            print(
                f"{name:24} {method:14} {errors.mean():9.4f} {spread:6.4f} {totals.mean():7.3f} "
                f"{seconds.mean():8.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
