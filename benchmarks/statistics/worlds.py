"""Worlds with known truth, shared by the scripts of this folder: decisions as columns, closed or still open."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np

from decision_features import Labels
from decision_log.reports.comparisons.grouped import Columns

NOW = np.datetime64("2026-06-01", "us")


@dataclass(frozen=True)
class World:
    """Four types from three sources by two makers; everything else as asked for.

    Parameters
    ----------
    decisions : int
    gain : float
        Points by which the first source is better.
    maker_gain : float
        Points by which the first maker is better.
    sorting : float
        Share of the first type's leads that go to the first maker; .5 is at random.
    days : float
        Age of the oldest decision.
    delay : float
        Median days to a win or loss, lognormal; 0: all closed.
    senders, sender_sd : int, float
        How many senders (0: each decision its own) and the standard deviation of their effects in log-odds.
    revenue_sd : float
        Of the logarithm of revenue per win; 0: nothing pays.
    day_sd : float
        Standard deviation of an effect that all decisions of one day share, in log-odds.
    level_drift : float
        By how much the log-odds of all decisions rise from the oldest to the newest.
    mix_drift : float
        By how much the share of the first source rises meanwhile; with a level that drifts it looks better than it is.
    """

    decisions: int = 300
    gain: float = 0.0
    maker_gain: float = 0.0
    sorting: float = 0.5
    days: float = 90.0
    delay: float = 0.0
    senders: int = 0
    sender_sd: float = 0.0
    revenue_sd: float = 0.0
    day_sd: float = 0.0
    level_drift: float = 0.0
    mix_drift: float = 0.0

    def columns(self, seed: list[int]) -> Columns:
        """Draw a log."""
        rng = np.random.default_rng(seed)
        n = self.decisions
        age = np.sort(rng.uniform(0.0 if self.delay else 20.0, self.days, n))[::-1]
        kind, source = rng.integers(4, size=n), rng.integers(3, size=n)
        place = np.arange(n) / n
        if self.mix_drift:
            first_source = rng.random(n) < 1 / 3 + self.mix_drift * (place - 0.5)
            source = np.where(first_source, 0, rng.integers(1, 3, size=n))
        first = rng.random(n) < np.where(kind == 0, self.sorting, 0.5)
        sender = rng.integers(self.senders, size=n) if self.senders else np.arange(n)
        p = 0.35 - self.gain / 3 + np.where(source == 0, self.gain, 0.0)
        p = p + np.where(first, self.maker_gain, 0.0)
        p = p + np.where(kind == 0, 0.15, 0.0) * (self.sorting != 0.5)
        shift = self.sender_sd * rng.normal(size=max(self.senders, n))[sender]
        shift = shift + self.level_drift * (place - 0.5)
        shift = shift + self.day_sd * rng.normal(size=int(self.days) + 1)[age.astype(int)]
        won = rng.random(n) < 1 / (1 + np.exp(-(np.log(p / (1 - p)) + shift)))
        wait = self.delay * np.exp(rng.normal(size=n)) if self.delay else np.full(n, 2.0)
        closed = wait < age
        decided = NOW - (age * 86_400e6).astype("timedelta64[us]")
        revenue = np.where(won & closed, np.exp(5.5 + self.revenue_sd * rng.normal(size=n)), 0.0)
        labels = Labels.from_columns(
            state=np.where(closed, np.where(won, 1, 2), 0),
            decided_at=decided,
            closed_at=np.where(
                closed, decided + (wait * 86_400e6).astype("timedelta64[us]"), np.datetime64("NaT", "us")
            ),
            revenue=revenue * (self.revenue_sd > 0),
            as_of=NOW,
        )  # fmt: skip
        names = {
            "opportunity_type": np.array(list("abcd"), dtype=object)[kind],
            "opportunity_source": np.array(list("xyz"), dtype=object)[source],
            "decision_maker": np.where(first, "ann", "bob").astype(object),
            "action_taken": np.array(["replied", "called"], dtype=object)[rng.integers(2, size=n)],
            "sender": np.array([f"s{i}" for i in sender], dtype=object),
        }
        arrived = decided - (rng.exponential(6.0, n) * 3_600e6).astype("timedelta64[us]")
        minutes = np.where(rng.random(n) < 0.7, rng.gamma(2.0, 15.0, n), np.nan)
        return Columns(
            names, decided, arrived, np.zeros(n), np.full(n, np.nan), minutes / 60.0, labels
        )


def arguments(description: str | None, logs: int) -> argparse.Namespace:
    """Read ``--logs`` and ``--seed``."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--logs", type=int, default=logs)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="only worlds whose name holds this")
    return parser.parse_args()
