"""Evaluation, rates and model where outcomes are recorded late: what is judged, and whether they agree.

python benchmarks/statistics/late_outcomes.py --logs 3

True rate 40 %; 300 decisions over 90 days; outcomes occur after a day and are recorded so many days later.
"judged while open" are decisions old enough to count as not won; "of these won" is the truth about them.
A model is trained on the same log, and the log as a whole is evaluated by public functions.
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import UTC, datetime, timedelta

import numpy as np

from decision_log import DecisionLog, evaluate, train

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
N, DAYS = 300, 90
OPPORTUNITY = {"type": "coaching", "source": "email"}


def fill(log: DecisionLog, lag: int, won: np.ndarray) -> list[int]:
    """Write the log; give the decisions that are still open, oldest first."""
    made = [NOW - timedelta(days=DAYS * (1 - i / N) + 0.01) for i in range(N)]
    closed = [at + timedelta(days=1 + lag) < NOW for at in made]
    log.log_decisions(
        {
            "decision_id": f"d{i}", "opportunity_type": "coaching", "opportunity_source": "email",
            "action_taken": "reply", "timestamp": at, "recorded_at": at,
        }
        for i, at in enumerate(made)
    )  # fmt: skip
    log.record_outcomes(
        {
            "decision_id": f"d{i}", "outcome_id": f"o{i}", "outcome_type": "conversion",
            "outcome_status": "success" if won[i] else "failed",
            "occurred_at": at + timedelta(days=1), "recorded_at": at + timedelta(days=1 + lag),
        }
        for i, at in enumerate(made)
        if closed[i]
    )  # fmt: skip
    return [i for i in range(N) if not closed[i]]


def figures(lag: int, seed: int) -> list[float]:
    """Rate, rate by the model, both in percent; judged while open, of these won; judged, won of these."""
    won = np.random.default_rng(seed).random(N) < 0.4
    with tempfile.TemporaryDirectory() as home, DecisionLog(home=home) as log:
        still_open = fill(log, lag, won)
        (row,) = log.get_conversion_rates(as_of=NOW)
        judged_open = row["matured"] - row["won"] - row["lost"]
        really_won = int(won[still_open[:judged_open]].sum())
        train(log=log, as_of=NOW)
        by_model = log.predict_outcome(OPPORTUNITY, as_of=NOW + timedelta(seconds=1), record=False)
        found = evaluate(log=log, as_of=NOW)
        return [
            row["conversion_rate"], by_model["conversion_probability"], judged_open, really_won,
            found["judged"], found["won"],
        ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logs", type=int, default=3)
    parser.add_argument("--lags", type=int, nargs="+", default=[0, 3, 7, 14, 30], metavar="DAYS")
    given = parser.parse_args()
    for lag in given.lags:
        rows = [figures(lag, seed) for seed in range(given.logs)]
        rate, model, open_, missed, judged, won = np.mean(rows, axis=0)
        print(
            f"lag {lag:2} days: rate {rate:.1f} %, model {model:.1f} %; judged while open {open_:.1f}, of these won "
            f"{missed:.1f}; evaluation judged {judged:.0f}, won {100 * won / max(judged, 1):.1f} %",
            flush=True,
        )


if __name__ == "__main__":
    main()
