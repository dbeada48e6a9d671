"""What the gate promises, over many simulated logs whose truth is known.

Every world is seeded. The fast test judges a cheap learner, the slow ones the trained model itself.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from decision_log import DecisionLog
from decision_log.models.backtest_plan import matured, replayed
from decision_log.models.dataset import read_training
from decision_log.models.gate import better, judge
from decision_model.evaluation.baselines import BaseRate, BaseScore
from decision_model.evaluation.history import History, State
from decision_model.trained.model import TrainedModel
from decision_store.facts import Decision

START, AS_OF = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)


def chance(score, signal):
    return 1.0 / (1.0 + np.exp(0.6 - signal * (score - 50.0) / 15.0))


def in_memory(n, signal, seed):
    """A log whose decisions close at once, won by the score or by nothing."""
    rng = np.random.default_rng(seed)
    score = rng.uniform(0.0, 100.0, n)
    won = rng.random(n) < chance(score, signal)
    decisions = []
    for place in range(n):
        moment = START + timedelta(hours=place)
        decisions.append(
            Decision(
                f"d{place}", moment, "a", "b", "r", moment, opportunity_score=float(score[place])
            )
        )
    state = np.where(won, State.WON, State.LOST).astype(np.int8)

    def known(moment):
        size = sum(one.timestamp <= moment for one in decisions)
        zeros = np.zeros(size)
        return History(moment, decisions[:size], state[:size], zeros, zeros)

    return known


def verdict_on_base_score(n, signal, seed):
    known = in_memory(n, signal, seed)
    ripe = matured(known(AS_OF))
    trainers = {
        "model": lambda history: BaseScore().fit(history),
        "rates": lambda history: BaseRate().fit(history),
    }
    result = replayed(
        known, trainers, ripe.bounds(5), end=AS_OF, reference="rates", draws=200, seed=seed
    )
    return better(result, against="rates", rule="first", ripe=ripe.count)


def test_a_learner_of_noise_is_rarely_promoted_and_one_of_signal_nearly_always():
    noise = [verdict_on_base_score(160, 0.0, seed).promote for seed in range(25)]
    signal = [verdict_on_base_score(160, 1.0, seed).promote for seed in range(8)]
    assert sum(noise) <= 1
    assert sum(signal) >= 7


def write(log, n, signal, seed):
    rng = random.Random(seed)
    decisions, outcomes = [], []
    for place in range(n):
        moment = START + timedelta(hours=17 * place)
        score = rng.uniform(0.0, 100.0)
        won = rng.random() < chance(score, signal)
        decisions.append(
            {
                "decision_id": f"d{place}", "opportunity_type": rng.choice("ab"),
                "opportunity_source": rng.choice("xy"), "action_taken": "Replied",
                "opportunity_content": f"a {rng.choice(['budget', 'question', 'plan'])} for "
                f"{rng.choice(['lessons', 'talks'])}",
                "opportunity_score": score, "sender": f"s{rng.randrange(40)}",
                "context": {"plan": rng.choice(["free", "paid"]), "size": rng.random()},
                "timestamp": moment, "recorded_at": moment,
            }
        )  # fmt: skip
        outcomes.append(
            {
                "decision_id": f"d{place}", "outcome_id": f"o{place}",
                "outcome_type": "conversion", "outcome_status": "success" if won else "failed",
                "occurred_at": moment + timedelta(hours=5),
                "recorded_at": moment + timedelta(hours=6),
            }
        )  # fmt: skip
    log.log_decisions(decisions)
    log.record_outcomes(outcomes)


def promoted(folder, n, signal, seed):
    with DecisionLog(home=folder / f"{n}-{signal}-{seed}") as log:
        write(log, n, signal, seed)
        data = read_training(log.store, AS_OF)
        model = TrainedModel.fit(data.frame, data.labels, seed=seed)
        return judge(log, model, None, as_of=AS_OF, seed=seed).promote


@pytest.mark.slow
def test_the_trained_model_is_rarely_promoted_where_there_is_nothing_to_learn(tmp_path):
    # Promoting one in twenty by chance, more than 3 of 20 have a probability of 1.6 %.
    found = [promoted(tmp_path, (120, 200)[seed % 2], 0.0, seed) for seed in range(20)]
    assert sum(found) <= 3


@pytest.mark.slow
def test_the_trained_model_is_promoted_where_the_score_tells_a_lot(tmp_path):
    assert sum(promoted(tmp_path, 200, 1.0, seed) for seed in range(10)) >= 9
