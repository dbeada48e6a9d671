"""Replay each log in time order and print every method's figures, per set and fold.

python benchmarks/predictive/run.py [--data ../shared/data] [--cuts 3|10] [--sets hotel_bookings,…] [--folds]

Action and maker are left out, as served, unless `--with-action` is given.
"""

from __future__ import annotations

import argparse
import time
import warnings
from pathlib import Path

import logs
import numpy as np
import peers
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def log_loss(won: NDArray[np.bool_], p: Floats) -> float:
    p = np.clip(p, 1e-4, 1 - 1e-4)
    return float(-np.mean(np.where(won, np.log(p), np.log1p(-p))))


def auc(won: NDArray[np.bool_], p: Floats) -> float:
    from scipy.stats import rankdata

    ones = won.sum()
    if ones in {0, len(won)}:
        return float("nan")
    return float((rankdata(p)[won].sum() - ones * (ones + 1) / 2) / (ones * (len(won) - ones)))


def calibration(won: NDArray[np.bool_], p: Floats) -> float:
    """Brier score less the Brier score after isotonic recalibration (CORP miscalibration)."""
    from sklearn.isotonic import IsotonicRegression

    fitted = IsotonicRegression(out_of_bounds="clip").fit_transform(p, won.astype(float))
    return float(np.mean((p - won) ** 2) - np.mean((fitted - won) ** 2))


def top_share(value: Floats, ranking: Floats) -> float:
    """Share of all value in the top 20 % by ranking; ties share evenly."""
    if value.sum() <= 0:
        return float("nan")
    order = np.argsort(-ranking, kind="stable")
    _, first = np.unique(-ranking[order], return_inverse=True)
    mean = (np.bincount(first, value[order]) / np.bincount(first))[first]
    return float(mean[: int(np.ceil(0.2 * len(value)))].sum() / value.sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=logs.DEFAULT_DATA)
    parser.add_argument("--sets", default=",".join(logs.SHOWN))
    parser.add_argument("--cuts", type=int, default=0, help="10: ten cut-offs on every set")
    parser.add_argument(
        "--methods", default="", help="only these, such as ours,LightGBM; or 'peers': all others"
    )
    parser.add_argument("--with-action", action="store_true", help="give action and maker, too")
    parser.add_argument("--folds", action="store_true", help="print every fold")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    head = (
        f"{'set':20} {'method':10} {'log loss':>9} {'Brier':>7} {'calibr.':>8} "
        f"{'AUC':>6} {'wins@20':>8} {'rev@20':>7} {'s/fold':>7}"
    )
    print(head)
    for name in given.sets.split(","):
        named = f"{name}_10" if given.cuts == 10 and not name.endswith("_10") else name
        log = logs.shown(named, given.data, with_action=given.with_action)
        for method, peer in peers.every().items():
            wanted = given.methods.split(",")
            if (
                given.methods
                and method not in wanted
                and ("peers" not in wanted or method == "ours")
            ):
                continue
            began, rows = time.perf_counter(), []
            for train, test in log.cuts():
                later, came = log.frame.take(test), log.labels.take(test)
                p, money = peer(log.frame.take(train), log.labels.take(train), later)
                worth = p if money is None else money
                rows.append([
                    log_loss(came.won, p), float(np.mean((p - came.won) ** 2)), calibration(came.won, p),
                    auc(came.won, p), top_share(came.won.astype(float), p), top_share(came.revenue, worth),
                ])  # fmt: skip
            losses = np.array(rows)
            seconds = (time.perf_counter() - began) / len(rows)
            mean = losses.mean(axis=0)
            print(f"{log.name:20} {method:10} {mean[0]:9.4f} {mean[1]:7.4f} {mean[2]:8.4f} {mean[3]:6.3f} "
                  f"{mean[4]:8.3f} {mean[5]:7.3f} {seconds:7.1f}", flush=True)  # fmt: skip
            if given.folds:
                print(" " * 32 + " ".join(f"{row[0]:.4f}" for row in rows))


if __name__ == "__main__":
    main()
