from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from decision_features import Labels, OpportunityFrame
from decision_features.frame import as_objects
from decision_model.regression.posterior import Targets, logit, sigmoid
from decision_model.trained.arrays import from_arrays, to_arrays
from decision_model.trained.model import TrainedModel
from decision_model.trained.named_predictors import learn_named, learn_one, shifts
from decision_model.trained.predictor import ServedModel

MANY = 20_000


def frame_of(said: dict[str, np.ndarray]) -> OpportunityFrame:
    """A frame of which nothing is known but what was stated; nan where nothing was."""
    rows = zip(*(one.tolist() for one in said.values()), strict=True)
    stated = [{n: p for n, p in zip(said, row, strict=True) if p == p} for row in rows]  # noqa: PLR0124
    frame = OpportunityFrame.from_columns(
        type=["a"] * len(stated), source=["b"] * len(stated),
        timestamp=np.full(len(stated), np.datetime64("2026-01-01", "us")),
    )  # fmt: skip
    return replace(frame, stated=as_objects(stated))


def world(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What the pool says, something it does not know, and the outcomes."""
    rng = np.random.default_rng(seed)
    z, hidden = rng.normal(-1, 0.8, n), rng.normal(0, 0.9, n)
    return z, hidden, (rng.random(n) < sigmoid(z + hidden)).astype(np.float64)


def loss(z: np.ndarray, truth: np.ndarray) -> float:
    return float(np.mean(np.logaddexp(0, z) - sigmoid(truth) * z))


def change(n: int, seed: int, state) -> float:
    """How an expected log loss changes by a predictor that was learnt from n decisions."""
    z, hidden, won = world(n, seed)
    known = learn_named(z, Targets(won, 1 - won), frame_of({"ann": state(z, hidden, seed)}))
    z, hidden, _ = world(MANY, seed + 1_000)
    added = shifts(known, z, frame_of({"ann": state(z, hidden, seed + 1_000)}))
    return loss(z + added.sum(axis=1), z + hidden) - loss(z, z + hidden)


def junk(z, hidden, seed):
    return sigmoid(np.random.default_rng([seed, 1]).normal(0, 1.5, len(z)))


def knows(z, hidden, seed):
    return sigmoid(2 * hidden + 0.5)


@pytest.mark.parametrize("n", [30, 100, 400])
def test_a_predictor_that_knows_nothing_costs_almost_nothing(n: int) -> None:
    costs = [change(n, seed, junk) for seed in range(12)]
    assert np.mean(costs) <= 0.002
    assert max(costs) <= 0.02


@pytest.mark.parametrize(("n", "least"), [(150, 0.02), (600, 0.05)])
def test_a_predictor_that_knows_what_the_pool_does_not_is_listened_to(n: int, least: float) -> None:
    assert np.mean([change(n, seed, knows) for seed in range(8)]) <= -least


def test_an_overstated_probability_is_repaired_after_fifty_matured_decisions() -> None:
    """Ann always says .77 where .22 are won: whatever else the pool holds, what is served is near .22."""
    served = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        won = (rng.random(50) < 0.22).astype(np.float64)
        base = np.full(50, logit(np.array((won.sum() + 0.5) / 51)))
        one = learn_one("ann", base, Targets(won, 1 - won), np.full(50, 0.77))
        served.append(float(sigmoid(base[:1] + one.shift(base[:1], np.array([0.77])))[0]))
    assert np.mean(served) == pytest.approx(0.22, abs=0.02)
    assert np.mean(np.abs(np.array(served) - 0.22)) <= 0.05


def test_a_pool_that_is_wrong_where_somebody_speaks_is_put_right() -> None:
    """She speaks only of hard cases, of which the pool does not know that they are."""
    moved = []
    for seed in range(20):
        won = (np.random.default_rng(seed).random(50) < 0.22).astype(np.float64)
        z = np.full(50, logit(np.array(0.5)))
        one = learn_one("ann", z, Targets(won, 1 - won), np.full(50, 0.77))
        moved.append(float(sigmoid(z[:1] + one.shift(z[:1], np.array([0.77])))[0]))
    assert np.mean(moved) == pytest.approx(0.22, abs=0.05)


def test_two_that_say_the_same_are_counted_once() -> None:
    z, hidden, won = world(600, 3)
    said = knows(z, hidden, 0)
    alone = learn_named(z, Targets(won, 1 - won), frame_of({"ann": said}))
    both = learn_named(z, Targets(won, 1 - won), frame_of({"ann": said, "copy": said}))
    one = shifts(alone, z, frame_of({"ann": said})).sum(axis=1)
    two = shifts(both, z, frame_of({"ann": said, "copy": said})).sum(axis=1)
    assert np.abs(two - one).max() < 0.15
    assert np.abs(one).max() > 1


def test_nothing_is_added_where_nothing_was_stated_and_nothing_beyond_what_was_seen() -> None:
    z, hidden, won = world(300, 5)
    said = np.clip(knows(z, hidden, 0), 0.2, 0.8)
    (one,) = learn_named(z, Targets(won, 1 - won), frame_of({"ann": said}))
    assert one.shift(np.zeros(3), np.array([np.nan, 0.8, 1.0])).tolist()[0] == 0
    at = one.shift(np.zeros(2), np.array([0.8, 1.0]))
    assert at[0] == pytest.approx(at[1])


def test_too_few_predictions_move_nothing() -> None:
    z, hidden, won = world(300, 6)
    said = np.where(np.arange(300) < 19, knows(z, hidden, 0), np.nan)
    assert learn_named(z, Targets(won, 1 - won), frame_of({"ann": said})) == ()


@pytest.fixture(scope="module")
def trained() -> tuple[TrainedModel, OpportunityFrame]:
    rng = np.random.default_rng(0)
    score, hidden = rng.uniform(0, 100, 300), rng.normal(0, 1.5, 300)
    won = rng.random(300) < sigmoid(0.02 * (score - 50) + hidden)
    frame = OpportunityFrame.from_columns(
        type=["a", "b", "c"] * 100, source=["x"] * 300, score=score.tolist(),
        timestamp=np.datetime64("2026-01-01", "us") + np.arange(300) * np.timedelta64(1, "h"),
    )  # fmt: skip
    frame = replace(frame, stated=as_objects([{"ann": p} for p in sigmoid(hidden).tolist()]))
    labels = Labels.from_columns(
        state=[1 if one else 2 for one in won], decided_at=frame.timestamp,
        closed_at=frame.timestamp, revenue=np.zeros(300), as_of=np.datetime64("2026-03-01", "us"),
    )  # fmt: skip
    with threadpool_limits(1):
        return TrainedModel.fit(frame, labels), frame


def test_a_trained_model_uses_what_was_stated_and_its_parts_still_add_up(trained) -> None:
    model, frame = trained
    assert model.named[0].weight > 0.9
    names, parts = model.contributions(frame)
    found = model.predict(frame)
    assert names[-1] == "prediction of ann"
    np.testing.assert_allclose(parts.sum(axis=1), found.log_odds, atol=1e-12)
    assert (found.low < found.probability).all()
    assert (found.probability < found.high).all()
    silent = model.predict(replace(frame, stated=as_objects([None] * len(frame))))
    assert np.corrcoef(found.log_odds - silent.log_odds, parts[:, -1])[0, 1] > 0.999


def test_what_was_learnt_of_a_predictor_is_kept_with_the_model(trained) -> None:
    model, frame = trained
    again = from_arrays(*to_arrays(model))
    assert again.named == model.named
    served = ServedModel(again)
    assert served.named == ("ann",)
    np.testing.assert_array_equal(
        served.explain(frame).predictions.probability, model.predict(frame).probability
    )
