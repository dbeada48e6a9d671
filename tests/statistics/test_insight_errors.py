"""How often insights compare wrongly, and how often they find what is there."""

from __future__ import annotations

import numpy as np
import pytest

from decision_log.reports.comparisons.comparing import ERROR, adjusted, cell_candidates
from decision_model import Evidence, RateModel

pytestmark = pytest.mark.slow


def world(seed: int, n: int, gain: float = 0.0) -> tuple[list, list[dict]]:
    """Four types from three sources; one source converts ``gain`` more often than the others."""
    rng = np.random.default_rng([seed, 29])
    kind, source = rng.integers(4, size=n), rng.integers(3, size=n)
    base = 0.35 - gain / 3
    won = rng.random(n) < np.where(source == 0, base + gain, base)
    code = kind * 3 + source
    total, wins = (np.bincount(code, weights, 12) for weights in (None, won))
    names = tuple("abcd"[c // 3] for c in range(12)), tuple("xyz"[c % 3] for c in range(12))
    model = RateModel.fit(Evidence.from_counts(*names, won=wins, lost=total - wins))
    rows = [
        {
            "opportunity_type": t, "source_type": s, "won": w, "lost": m - w, "open": 0,
            "total_decisions": m, "immature": False,
        }
        for t, s, w, m in zip(*names, wins, total, strict=True)
    ]  # fmt: skip
    return cell_candidates(model, rows, []), rows


@pytest.mark.parametrize("n", [150, 600])
def test_at_most_a_tenth_of_logs_without_effect_have_any_comparison(n):
    wrong = naive = 0
    for seed in range(120):
        candidates, _ = world(seed, n)
        wrong += any(one.supported for one in adjusted(candidates))
        naive += any(
            abs(one.tested.mean()) > 1.96 * one.tested.std() for one in candidates
        )  # each comparison for itself
    assert wrong / 120 <= 0.10 + 0.03  # two standard errors of 120 logs are .055
    assert naive / 120 > 0.25, "without the correction"


def test_a_source_fifteen_points_better_is_found_in_most_logs_of_300():
    found = 0
    for seed in range(100):
        candidates, _ = world(seed, 300, 0.15)
        found += any(one.supported and one.family == "source" for one in adjusted(candidates))
    assert found / 100 >= 0.50  # .60 in 150 logs


def test_the_error_asked_for_is_the_documented_one():
    assert 0.085 < ERROR < 0.1
