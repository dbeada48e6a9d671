"""How often the alarms for drift, miscalibration and a break in the rates are ever raised in 60 daily looks.

    python benchmarks/statistics/alarms.py --logs 100 --seed 1

Worlds in which nothing changes: independent, in bursts of ten, with repeated senders, with days that differ; and
worlds in which something does: a share that moves, probabilities that are too high, a rate that halves later.
"""

from __future__ import annotations

import argparse

import numpy as np

from decision_model import TimeSlices
from decision_model.evaluation.drift import drifts
from decision_model.evaluation.miscalibration import miscalibration_p
from decision_model.hyperparameters import FALSE_CHANGE_PROBABILITY
from decision_model.rates.breaks import break_evidence

DAYS, PER_DAY, THEN = 60, 5, 300
N = DAYS * PER_DAY


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def fields(rng: np.random.Generator, n: int, burst: int, share: list[float]) -> dict[str, list]:
    """Six fields; all but maker and context.size in bursts of equal values."""
    start = np.arange(n) // burst * burst
    return {
        "type": rng.choice(list("abcd"), n, p=[0.4, 0.3, 0.2, 0.1])[start].tolist(),
        "source": rng.choice(list("xyz"), n, p=share)[start].tolist(),
        "maker": rng.choice(["ross", "jarvis"], n).tolist(),
        "score": rng.uniform(20, 95, n)[start].tolist(),
        "context.size": np.where(rng.random(n) < 0.3, np.nan, rng.lognormal(0, 1, n)).tolist(),
        "context.plan": rng.choice(["free", "pro", "team"], n, p=[0.5, 0.3, 0.2])[start].tolist(),
    }


def drift_day(seed: list[int], burst: int, moved: float, every: int) -> int | None:
    """Day of the first alarm, or None; ``moved`` is what the first source loses to the last."""
    rng = np.random.default_rng(seed)
    then = fields(rng, THEN, burst, [0.5, 0.3, 0.2])
    now = fields(rng, N, burst, [0.5 - moved, 0.3, 0.2 + moved])
    day_of = np.arange(THEN + N) // PER_DAY
    for day in range(6, DAYS + 1, every):
        m = day * PER_DAY
        late = {name: values[:m] for name, values in now.items()}
        if any(one.alarm for one in drifts(then, late, blocks=[day_of[: THEN + m]])):
            return day
    return None


def predictions(seed: list[int], kind: str) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """Results, probabilities, and what decisions may resemble each other by."""
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-2.5 if kind == "rare" else -0.6, 0.8, N)
    day, p = np.arange(N) // PER_DAY, sigmoid(log_odds)
    blocks = [day]
    if kind in {"senders", "days"}:
        block = rng.integers(40, size=N) if kind == "senders" else day
        sd = 1.2 if kind == "senders" else 0.8
        effect, population = sd * rng.normal(size=N), sd * rng.normal(size=400)
        p = sigmoid(log_odds[:, None] + population).mean(1)
        won = rng.random(N) < sigmoid(log_odds + effect[block])
        blocks += [block] if kind == "senders" else []
    elif kind in {"bursts", "bursts of senders"}:
        start = np.arange(N) // 10 * 10
        p = p[start]
        won = (rng.random(N) < p)[start]
        blocks += [start] if kind == "bursts of senders" else []
    elif kind == "halves":
        won = rng.random(N) < np.where(np.arange(N) < N // 2, p, p / 2)
    elif kind == "exaggerated":
        won, p = rng.random(N) < p, sigmoid(2 * log_odds)
    else:
        won = rng.random(N) < p
    return won.astype(float), p, blocks


def miscalibration_day(seed: list[int], kind: str) -> int | None:
    won, p, blocks = predictions(seed, kind)
    for day in range(4, DAYS + 1):
        m = day * PER_DAY
        if miscalibration_p(won[:m], p[:m], [one[:m] for one in blocks]) <= 0.05:
            return day
    return None


RATES = np.array([0.786, 0.65, 0.481, 0.391, 0.375, 0.31, 0.333, 0.12])


def break_day(seed: list[int], kind: str, moved: float) -> int | None:
    """Day of the first alarm, or None; half-way the log-odds of all eight cells move by ``moved``."""
    rng = np.random.default_rng([*seed, 7])
    made = np.sort(rng.uniform(0, 24 * DAYS, N))
    run = {"bursts": np.arange(N) // 10 * 10, "uneven bursts": uneven(rng)}.get(kind, np.arange(N))
    cell, luck = rng.integers(8, size=N)[run], rng.random(N)[run]
    day = 0.8 * rng.normal(size=DAYS + 1)[(made // 24).astype(int)] if kind == "days" else 0.0
    log_odds = np.log(RATES / (1 - RATES))[cell] + day + moved * (made > 12 * DAYS)
    state = np.where(luck < sigmoid(log_odds), 1, 2)
    for day_now in range(4, DAYS + 1):
        seen = made < 24 * day_now
        slices = TimeSlices.of(cell[seen], 24 * day_now - made[seen], state[seen])
        recorded = np.ones(len(slices.cell))
        if break_evidence(slices, recorded, recorded) > -np.log(FALSE_CHANGE_PROBABILITY):
            return day_now
    return None


def uneven(rng: np.random.Generator) -> np.ndarray:
    """First of each run of decisions, of eight on average."""
    return np.repeat(np.arange(N), rng.geometric(1 / 8, N))[:N]


def report(name: str, days: list[int | None]) -> None:
    seen = [day for day in days if day is not None]
    median = f", median day {np.median(seen):.0f}" if seen else ""
    print(f"{name:60s} {len(seen) / len(days):6.1%} of {len(days)} logs{median}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=2, help="look for drift every so many days")
    args = parser.parse_args()
    seeds = [[args.seed, i] for i in range(args.logs)]
    for kind in ("plain", "rare", "senders", "days", "bursts of senders", "bursts"):
        report(f"miscalibration, calibrated: {kind}", [miscalibration_day(s, kind) for s in seeds])
    for kind in ("halves", "exaggerated"):
        report(f"miscalibration, wrong: {kind}", [miscalibration_day(s, kind) for s in seeds])
    for burst, moved in ((1, 0.0), (10, 0.0), (1, 0.15), (10, 0.15)):
        name = f"drift, bursts of {burst}, {100 * moved:.0f} points move"
        report(name, [drift_day(s, burst, moved, args.every) for s in seeds])
    for kind in ("independent", "days", "bursts", "uneven bursts"):
        report(f"break, nothing changes: {kind}", [break_day(s, kind, 0.0) for s in seeds])
    for moved in (-1.0, -1.5):
        name = f"break, log-odds {moved:+.1f} half-way"
        report(name, [break_day(s, "independent", moved) for s in seeds])


if __name__ == "__main__":
    main()
