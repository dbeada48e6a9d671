"""How often the gate lets a first model serve where there is nothing to learn: that should be rare.

python benchmarks/predictive/false_promotions.py [--seeds 40] [--decisions 600] [--signal 0]

Each seed makes a log with text, score, sender and context. Without signal every decision is won with a
chance of 0.35, whatever it looks like; with signal 1 the score moves the log-odds by 3 from end to end.
Prints the share promoted with its 95 % interval, and the reasons.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from math import exp, log

from scipy.special import betaincinv

from decision_log import DecisionLog
from decision_log.models.train import train

START = datetime(2025, 1, 1, tzinfo=UTC)
EVERY = timedelta(hours=11)
BASE = 0.35
WORDS = (
    "budget", "question", "plan", "lessons", "talk", "price", "offer", "weekend", "group", "junior",
    "coach", "video",
)  # fmt: skip


def fill(decision_log: DecisionLog, n: int, *, signal: float, seed: int) -> datetime:
    """Write a log, and return a moment by which all of it has matured."""
    rng = random.Random(seed)
    decisions, outcomes = [], []
    for place in range(n):
        moment = START + place * EVERY
        score = rng.uniform(0.0, 100.0)
        odds = log(BASE / (1 - BASE)) + signal * 3.0 * (score / 100.0 - 0.5)
        won = rng.random() < 1.0 / (1.0 + exp(-odds))
        decisions.append(
            {
                "decision_id": f"d{place}", "opportunity_type": rng.choice("abc"),
                "opportunity_source": rng.choice("xyz"), "action_taken": "Replied",
                "opportunity_content": " ".join(rng.choices(WORDS, k=rng.randrange(3, 9))),
                "opportunity_score": score, "sender": f"s{rng.randrange(60)}",
                "context": {"plan": rng.choice(["free", "paid"]), "size": rng.random()},
                "timestamp": moment, "recorded_at": moment,
            }
        )  # fmt: skip
        closed = moment + timedelta(hours=rng.expovariate(1 / 48.0))
        outcomes.append(
            {
                "decision_id": f"d{place}", "outcome_id": f"o{place}",
                "outcome_type": "conversion", "outcome_status": "success" if won else "failed",
                "occurred_at": closed, "recorded_at": closed,
            }
        )  # fmt: skip
    decision_log.log_decisions(decisions)
    decision_log.record_outcomes(outcomes)
    return START + n * EVERY + timedelta(days=30)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--decisions", type=int, default=600)
    parser.add_argument("--signal", type=float, default=0.0)
    given = parser.parse_args()
    promoted, reasons = 0, Counter[str]()
    began = time.monotonic()
    for seed in range(given.seeds):
        with tempfile.TemporaryDirectory() as folder, DecisionLog(home=folder) as decision_log:
            moment = fill(decision_log, given.decisions, signal=given.signal, seed=seed)
            report = train(decision_log, as_of=moment, seed=seed)
        promoted += report.promoted
        reasons[report.gate["reason"].partition(":")[0]] += 1
        print(f"{seed:3d} {'PROMOTED' if report.promoted else 'waits'}: {report.gate['reason']}")
    # Jeffreys: the quantiles of Beta(k + 1/2, n - k + 1/2).
    low, high = (
        betaincinv(promoted + 0.5, given.seeds - promoted + 0.5, q) for q in (0.025, 0.975)
    )
    print(
        f"{promoted} of {given.seeds} promoted = {promoted / given.seeds:.1%} "
        f"(95 %: {low:.1%} to {high:.1%}), {(time.monotonic() - began) / given.seeds:.1f} s each"
    )
    for reason, count in reasons.most_common():
        print(f"{count:4d}  {reason}")


if __name__ == "__main__":
    main()
