"""One error over everything that is compared: makers, replies, halves and times do not add false claims."""

from __future__ import annotations

from datetime import UTC

import numpy as np
import pytest

from decision_features import Labels
from decision_log.reports.comparisons.comparing import adjusted
from decision_log.reports.comparisons.factors import columns_candidates
from decision_log.reports.comparisons.grouped import Columns

NOW = np.datetime64("2026-06-01", "us")
HOUR = 3_600e6


def log_of(seed: int, n: int, *, gain: float = 0.0, quick: float = 0.0) -> Columns:
    """Two types, three sources, two makers; ``quick``: points that quick replies are better by."""
    rng = np.random.default_rng([seed, n, 53])
    decided = NOW - (np.sort(rng.uniform(20, 90, n))[::-1] * 24 * HOUR).astype("timedelta64[us]")
    waited = rng.exponential(6.0, n)
    source = rng.integers(3, size=n)
    p = 0.35 - gain / 3 + gain * (source == 0) + quick * (waited < np.median(waited))
    won = rng.random(n) < p
    closed = decided + (rng.lognormal(3, 1, n) * HOUR).astype("timedelta64[us]")

    def names(letters: str) -> np.ndarray:
        return np.array(list(letters), dtype=object)[rng.integers(len(letters), size=n)]

    texts = {
        "opportunity_type": names("ab"), "opportunity_source": np.array(list("xyz"), dtype=object)[source],
        "decision_maker": names("rs"), "action_taken": names("uv"),
        "sender": np.array([f"s{i}" for i in range(n)], dtype=object),
    }  # fmt: skip
    labels = Labels.from_columns(
        state=np.where(won, 1, 2), decided_at=decided, closed_at=np.minimum(closed, NOW), as_of=NOW
    )
    received = decided - (waited * HOUR).astype("timedelta64[us]")
    unknown = np.full(n, np.nan)
    return Columns(texts, decided, received, np.zeros(n), unknown, unknown, labels)


def supported(columns: Columns) -> set[str]:
    found = adjusted(columns_candidates(columns, UTC))
    return {one.family for one in found if one.supported}


def test_everything_that_the_log_can_compare_takes_part():
    families = {one.family for one in columns_candidates(log_of(1, 150), UTC)}
    assert families == {"source", "type", "cell", "maker", "action", "latency", "trend", "time"}


def test_quick_replies_that_are_won_far_more_often_are_found():
    assert "latency" in supported(log_of(2, 300, quick=0.4))


@pytest.mark.slow
def test_at_most_a_tenth_of_logs_without_effect_have_any_claim_though_far_more_are_tried():
    logs, wrong, each = 50, 0, 0
    for seed in range(logs):
        candidates = columns_candidates(log_of(seed, 200), UTC)
        wrong += any(one.supported for one in adjusted(candidates))
        each += any(abs(one.tested.mean()) > 1.96 * one.tested.std() for one in candidates)
    assert wrong / logs <= 0.10 + 0.08  # two standard errors
    assert each / logs > 0.25, "each comparison for itself"
