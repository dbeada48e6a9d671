"""What the gate and the predictor promise, over many simulated logs whose truth is known."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from scipy.stats import chi2

from decision_log import DecisionLog, OpportunityScorer
from decision_log.models.evaluate import evaluate
from decision_log.models.train import train

START, AS_OF = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
ACTIONS = (("Sent brochure", 0.80, 0.06), ("Booked a call", 0.20, 0.92))  # name, share, P(won)


def write_skewed(log, n, seed):
    """A log in which only the action matters, which no new opportunity has."""
    rng = random.Random(seed)
    decisions, outcomes = [], []
    for place in range(n):
        moment = AS_OF - timedelta(hours=rng.uniform(20 * 24, 120 * 24))
        action = ACTIONS[rng.random() < ACTIONS[1][1]]
        won = rng.random() < action[2]
        decisions.append(
            {
                "decision_id": f"d{place}", "opportunity_type": rng.choice("ab"),
                "opportunity_source": rng.choice("xy"), "action_taken": action[0],
                "opportunity_score": rng.uniform(0, 100), "timestamp": moment,
                "recorded_at": moment,
            }
        )  # fmt: skip
        closed = moment + timedelta(hours=rng.expovariate(1 / 24))
        outcomes.append(
            {
                "decision_id": f"d{place}", "outcome_type": "conversion",
                "outcome_status": "success" if won else "failed", "occurred_at": closed,
                "recorded_at": closed,
            }
        )  # fmt: skip
    log.log_decisions(decisions)
    log.record_outcomes(outcomes)


def served_mean(folder, seed):
    with DecisionLog(home=folder) as log:
        write_skewed(log, 320, seed)
        train(log, as_of=AS_OF, seed=seed)
        wins = sum(row["won"] for row in log.get_conversion_rates(as_of=AS_OF))
    scorer = OpportunityScorer(home=folder, as_of=AS_OF + timedelta(seconds=1), record=False)
    rng = random.Random(seed)
    items = [
        {"type": rng.choice("ab"), "source": rng.choice("xy"), "score": rng.uniform(0, 100)}
        for _ in range(200)
    ]
    scored = scorer.score_opportunities_batch(items)
    mean = float(np.mean([one["conversion_probability"] for one in scored])) / 100
    return mean, wins / 320


@pytest.mark.slow
def test_what_only_the_action_decides_is_served_at_its_average(tmp_path):
    """The mean of what is served, by three tests that a right predictor fails in about one of 500 runs or less.

    The served mean of one log estimates the truth from 320 decisions, so its standard error is that of their share won.
    """
    truth = sum(share * p for _, share, p in ACTIONS)
    error = (truth * (1 - truth) / 320) ** 0.5
    served, won = np.array([served_mean(tmp_path / str(seed), seed) for seed in range(12)]).T
    # Unbiased: the mean of twelve has a standard error of .0068.
    assert abs(served.mean() - truth) <= 0.02
    # No further from the truth than shares of 320: the sum of squares is chi-square with twelve degrees of freedom.
    assert ((served - truth) ** 2).sum() / error**2 <= chi2.ppf(0.999, 12)
    # Nor from the share that the log itself won: if 95 % of logs are within .02, more than three of twelve beyond
    # have a probability of .2 %.
    assert (np.abs(served - won) > 0.02).sum() <= 3


@pytest.mark.slow
def test_the_model_is_never_shown_better_where_only_the_action_matters(tmp_path):
    for seed in range(20):
        with DecisionLog(home=tmp_path / str(seed)) as log:
            write_skewed(log, 320, seed)
            assert not evaluate(log, as_of=AS_OF, cutoffs=2, seed=seed, draws=200).better
