from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from decision_features import Labels, OpportunityFrame, describe
from decision_features.frame import as_objects
from decision_model.regression.posterior import sigmoid
from decision_model.trained.arrays import from_arrays, to_arrays
from decision_model.trained.given_action import action_key
from decision_model.trained.model import TrainedModel


def log(n: int, effect: float, seed: int = 0) -> tuple[OpportunityFrame, Labels, np.ndarray]:
    """Three actions chosen by chance, of which one is followed by more wins and one by fewer."""
    rng = np.random.default_rng(seed)
    score, action = rng.uniform(0, 100, n), rng.integers(3, size=n)
    chance = sigmoid(-0.8 + 0.02 * (score - 50) + effect * (action - 1))
    won = rng.random(n) < chance
    frame = OpportunityFrame.from_columns(
        type=["a"] * n, source=["b"] * n, score=score.tolist(),
        action=[("Ignored", "Replied", "Called  back")[one] for one in action],
        timestamp=np.datetime64("2026-01-01", "us") + np.arange(n) * np.timedelta64(1, "h"),
    )  # fmt: skip
    labels = Labels.from_columns(
        state=np.where(won, 1, 2), decided_at=frame.timestamp, closed_at=frame.timestamp,
        revenue=np.zeros(n), as_of=np.datetime64("2026-06-01", "us"),
    )  # fmt: skip
    return frame, labels, chance


@pytest.fixture(scope="module")
def trained() -> tuple[TrainedModel, OpportunityFrame, np.ndarray]:
    frame, labels, chance = log(400, 1.2)
    with threadpool_limits(1):
        return TrainedModel.fit(frame, labels), frame, chance


def test_an_action_given_is_used_and_without_one_the_mean_over_actions_is_served(trained) -> None:
    model, frame, chance = trained
    given, served = (model.predict(one).probability for one in (frame, frame.as_served()))
    assert np.mean(np.abs(given - chance)) < 0.6 * np.mean(np.abs(served - chance))
    assert np.mean(served) == pytest.approx(np.mean(chance), abs=0.05)
    assert np.mean(given) == pytest.approx(np.mean(chance), abs=0.05)
    names, parts = model.contributions(frame)
    np.testing.assert_allclose(parts.sum(axis=1), model.predict(frame).log_odds, atol=1e-12)
    assert names[-1] == "action"


def test_an_action_never_taken_before_adds_nothing(trained) -> None:
    model, frame, _ = trained
    new = replace(frame, action=as_objects(["sent a pigeon"] * len(frame)))
    np.testing.assert_array_equal(
        model.predict(new).probability, model.predict(frame.as_served()).probability
    )


def test_spelling_of_an_action_does_not_matter_and_it_is_kept_with_the_model(trained) -> None:
    model, frame, _ = trained
    loud = replace(frame, action=as_objects([f" {one.upper()}" for one in frame.action]))
    again = from_arrays(*to_arrays(model))
    np.testing.assert_array_equal(again.predict(loud).probability, model.predict(frame).probability)
    assert set(model.actions.actions) == {action_key(one) for one in frame.action}


def test_actions_that_tell_nothing_move_nothing() -> None:
    frame, labels, _ = log(300, 0.0, seed=4)
    with threadpool_limits(1):
        model = TrainedModel.fit(frame, labels)
    moved = model.predict(frame).log_odds - model.predict(frame.as_served()).log_odds
    assert np.abs(moved).max() < 0.05


def test_an_action_that_came_with_a_change_of_the_rate_is_not_its_cause() -> None:
    """One action is taken early, another later, when three times as many win whatever is done."""
    rng = np.random.default_rng(8)
    n = 600
    frame, labels, _ = log(n, 0.0, seed=8)
    part = np.arange(n) / n
    later = rng.random(n) < part
    won = rng.random(n) < 0.15 + 0.45 * part
    frame = replace(frame, action=as_objects(np.where(later, "Called", "Replied").tolist()))
    labels = Labels.from_columns(
        state=np.where(won, 1, 2), decided_at=labels.decided_at, closed_at=labels.decided_at,
        revenue=np.zeros(n), as_of=labels.as_of,
    )  # fmt: skip
    with threadpool_limits(1):
        model = TrainedModel.fit(frame, labels)
    moved = model.predict(frame).log_odds - model.predict(frame.as_served()).log_odds
    assert np.abs(moved).max() < 0.1


def test_an_action_that_gives_the_answer_away_is_not_used() -> None:
    frame, labels, _ = log(300, 0.0, seed=5)
    told = ["Closed the deal" if one else "Filed it away" for one in labels.won]
    with threadpool_limits(1):
        assert TrainedModel.fit(replace(frame, action=as_objects(told)), labels).actions is None


def test_an_action_that_is_excluded_by_choice_is_not_used(trained) -> None:
    frame, labels, _ = log(400, 1.2)
    left_out = describe(frame, labels).without(["action"])
    assert left_out.excludes("action")
    with threadpool_limits(1):
        model = TrainedModel.fit(frame, labels, dictionary=left_out)
    assert trained[0].actions is not None
    assert model.actions is None


def test_an_action_that_a_stated_probability_reflects_already_is_not_counted_twice() -> None:
    """A person states the truth, action included; with both the answer is the person's, not twice the action's."""
    frame, labels, chance = log(900, 1.2, seed=6)
    frame = replace(frame, stated=as_objects([{"ann": one} for one in chance.tolist()]))
    with threadpool_limits(1):
        model = TrainedModel.fit(frame, labels)
    alone = model.predict(frame.as_served())
    both = model.predict(frame)
    truth = np.log(chance / (1 - chance))
    assert model.named[0].weight > 0.9
    assert np.mean(np.abs(both.log_odds - truth)) < 1.1 * np.mean(np.abs(alone.log_odds - truth))
    assert np.polyfit(both.log_odds, truth, 1)[0] > 0.85
