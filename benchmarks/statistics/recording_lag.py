"""Rates where outcomes are recorded late: they occur after a day and are typed in so many days later.

python benchmarks/statistics/recording_lag.py --logs 3

True rate 40 %; 300 decisions over 90 days; asked through the public log.
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import UTC, datetime, timedelta

import numpy as np

from decision_log import DecisionLog

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def rate(lag: int, seed: int) -> tuple[float, list[float], bool]:
    """Conversion rate and interval in percent, and whether it is marked immature."""
    rng = np.random.default_rng(seed)
    made = [NOW - timedelta(days=90 * (1 - i / 300) + 0.01) for i in range(300)]
    won = rng.random(300) < 0.4
    with tempfile.TemporaryDirectory() as home, DecisionLog(home=home) as log:
        log.log_decisions(
            {
                "decision_id": f"d{i}", "opportunity_type": "coaching",
                "opportunity_source": "email", "action_taken": "reply", "timestamp": at,
                "recorded_at": at,
            }
            for i, at in enumerate(made)
        )  # fmt: skip
        log.record_outcomes(
            {
                "decision_id": f"d{i}", "outcome_id": f"o{i}", "outcome_type": "conversion",
                "outcome_status": "success" if won[i] else "failed",
                "occurred_at": at + timedelta(days=1),
                "recorded_at": at + timedelta(days=1 + lag),
            }
            for i, at in enumerate(made)
            if at + timedelta(days=1 + lag) < NOW
        )  # fmt: skip
        (row,) = log.get_conversion_rates(as_of=NOW)
    return row["conversion_rate"], row["interval"], row["immature"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logs", type=int, default=3)
    for lag in (0, 3, 7, 14, 30):
        found = [rate(lag, seed) for seed in range(parser.parse_args().logs)]
        mean = np.mean([one for one, _, _ in found])
        held = np.mean([low <= 40 <= high for _, (low, high), _ in found])
        print(f"lag {lag:2} days: rate {mean:.1f} %, bias {mean - 40:+.1f}, covered {held:.2f}")


if __name__ == "__main__":
    main()
