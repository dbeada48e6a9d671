"""The gate: what is compared with what, and why a model may serve or not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from decision_log import DecisionLog
from decision_log.models.backtest_plan import LEAST_JUDGED
from decision_log.models.dataset import numpy_moment, read_training
from decision_log.models.gate import MATERIAL, better, judge, no_worse
from decision_log.predicting.champion import load_champion
from decision_model.evaluation.replay import Fold, FoldLoss, Judged, Replay, score
from decision_model.trained.model import TrainedModel

AS_OF = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def log(made_once):
    with DecisionLog(home=made_once) as log:
        yield log


@pytest.fixture(scope="module")
def model(log):
    return load_champion(log.settings.home.models)[1]


def trained_at(log, moment):
    data = read_training(log.store, moment)
    return TrainedModel.fit(data.frame, data.labels)


def test_a_first_model_serves_where_it_beats_the_rates(log, model):
    verdict = judge(log, model, None, as_of=AS_OF)
    assert verdict.promote
    assert verdict.reason.startswith("Better: on 80 decisions its log loss is ")
    assert verdict.evidence["rule"] == "first"
    value, low, high = verdict.evidence["log_loss"]
    assert low < value < high < 0


def test_a_refit_takes_over_while_too_few_decisions_tell_them_apart(log, model):
    champion = trained_at(log, AS_OF - timedelta(days=20))
    verdict = judge(log, model, champion, as_of=AS_OF)
    assert verdict.promote
    assert verdict.evidence["rule"] == "refit"
    assert verdict.evidence["against"] == "rates"


def test_with_enough_decisions_since_the_champion_is_judged_by_them(log, model):
    champion = trained_at(log, AS_OF - timedelta(days=60))
    verdict = judge(log, model, champion, as_of=AS_OF)
    assert verdict.evidence["rule"] == "better"
    assert verdict.evidence["against"] == "champion"
    assert verdict.evidence["judged"] >= LEAST_JUDGED
    assert verdict.promote == (verdict.evidence["log_loss"][2] < 0)


def test_one_that_knows_less_never_takes_over(log, model):
    older = replace(model, as_of=numpy_moment(AS_OF - timedelta(days=9)))
    verdict = judge(log, older, model, as_of=AS_OF)
    assert not verdict.promote
    assert "2026-02-20" in verdict.reason
    assert "2026-03-01" in verdict.reason


def test_with_too_few_decisions_nothing_serves_and_the_reason_counts_them(tmp_path, fill, model):
    with DecisionLog(home=tmp_path) as log:
        empty = judge(log, model, None, as_of=AS_OF)
        fill(log, 60)
        few = judge(log, model, None, as_of=AS_OF)
    assert not empty.promote
    assert empty.reason == "Not yet: 0 of 0 matured decisions can be judged, 50 are needed."
    assert not few.promote
    assert few.evidence["judged"] < LEAST_JUDGED


def replay_of(won, new, old, **others):
    """A replay in which the model said one thing and the rates another."""
    said = {"model": new, "rates": old, **others}
    rows = Judged(
        decision_id=tuple(map(str, range(won.size))),
        fold=np.zeros(won.size, dtype=np.intp),
        won=won,
        revenue=won,
        probability=said,
        value=said,
    )
    scores, differences = score(rows, "rates", draws=300)
    fold = Fold(AS_OF - timedelta(days=1), AS_OF, 1, won.size, won.size)
    nothing = {name: (FoldLoss(0.0, 0.0),) for name in rows.probability}
    return Replay((fold,), rows, scores, nothing, "rates", differences, None)


def world(n, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.choice([0.2, 0.35, 0.5, 0.65, 0.8], n)
    return truth, (rng.random(n) < truth).astype(float)


def test_better_but_worse_calibrated_does_not_serve():
    truth, won = world(4000)
    # Ranks well but says too much; still less wrong than one number for all.
    extreme = 0.5 + 1.4 * (truth - 0.5)
    verdict = better(
        replay_of(won, extreme, np.full(4000, won.mean())), against="rates", rule="first", ripe=1
    )
    assert not verdict.promote
    assert verdict.reason.startswith("Better, but worse calibrated: on 4000 decisions")
    assert verdict.evidence["log_loss"][2] < 0
    assert verdict.evidence["calibration"][1] > MATERIAL


def test_a_sharp_and_honest_model_serves_though_one_rate_for_all_is_perfectly_calibrated():
    for seed in range(10):
        truth, won = world(300, seed)
        noisy = truth + np.random.default_rng(seed).normal(0, 0.01, 300)
        said = replay_of(won, noisy, np.full(300, won.mean()))
        assert better(said, against="rates", rule="first", ripe=1).promote


def test_better_than_noisy_rates_but_no_better_than_one_number_does_not_serve():
    rng = np.random.default_rng(2)
    won = (rng.random(400) < 0.35).astype(float)
    one, noisy = np.full(400, 0.35), np.clip(rng.normal(0.35, 0.15, 400), 0.05, 0.9)
    said = replay_of(won, rng.normal(0.35, 0.01, 400), noisy, **{"base rate": one})
    verdict = better(said, against="rates", rule="first", ripe=1, also="base rate")
    assert not verdict.promote
    assert verdict.evidence["log_loss"][2] < 0 <= verdict.evidence["base_rate"][2]
    assert "not shown to be better than one number for all" in verdict.reason
    assert better(said, against="rates", rule="better", ripe=1).promote


def test_a_refit_shown_worse_than_the_rates_does_not_inherit():
    truth, won = world(400)
    worse = np.clip(1.0 - truth, 0.1, 0.9)
    verdict = no_worse(replay_of(won, worse, truth), rule="refit", ripe=1)
    assert not verdict.promote
    assert verdict.reason.startswith("Worse than the rates: ")


def test_a_refit_that_may_be_far_worse_does_not_inherit_though_it_is_not_shown():
    truth, won = world(60)
    wild = truth.copy()
    wild[np.flatnonzero(won == 0)[0]] = 0.9999  # one disaster says little, but warns
    verdict = no_worse(replay_of(won, wild, truth), rule="refit", ripe=1)
    assert verdict.evidence["log_loss"][1] <= 0
    assert not verdict.promote
    assert "by more than noise" in verdict.reason


def test_a_refit_as_good_as_the_rates_inherits():
    truth, won = world(200)
    rng = np.random.default_rng(5)
    verdict = no_worse(
        replay_of(won, truth + rng.normal(0, 0.01, 200), truth), rule="refit", ripe=1
    )
    assert verdict.promote
    assert verdict.reason.startswith("A refit with newer facts, no worse than the rates: ")
