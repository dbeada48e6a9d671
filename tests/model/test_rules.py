"""Rules find what fields do together, say it exactly, and come back from an artifact as they were."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from decision_features import Labels, OpportunityFrame
from decision_model.regression.posterior import sigmoid
from decision_model.regression.rules import RuleEnsemble
from decision_model.trained.arrays import from_arrays, to_arrays
from decision_model.trained.model import TrainedModel
from decision_model.trained.predictor import ServedModel
from decision_model.trained.rule_tables import RuleTables

START = np.datetime64("2025-01-01", "us")


def world(n: int, seed: int) -> tuple[OpportunityFrame, Labels, np.ndarray]:
    """A partner with a budget buys, others hardly."""
    rng = np.random.default_rng(seed)
    budget, partner = rng.normal(size=n), rng.random(n) < 0.5
    chance = sigmoid(np.where(partner & (budget > 0), 2.5, -1.0))
    at = START + np.arange(n) * np.timedelta64(1, "h")
    frame = OpportunityFrame.from_columns(
        type=["job"] * n, source=rng.choice(["mail", "web"], n).tolist(), timestamp=at,
        context=[
            {"size": float(b), "kind": "partner" if p else "private", **({"x": int(k)} if k else {})}
            for b, p, k in zip(budget, partner, rng.integers(0, 4, n), strict=True)
        ],
    )  # fmt: skip
    won = rng.random(n) < chance
    labels = Labels.from_columns(
        state=np.where(won, 1, 2), decided_at=at, closed_at=at + np.timedelta64(1, "m")
    )
    return frame, labels, chance


@pytest.fixture(scope="module")
def model() -> TrainedModel:
    frame, labels, _ = world(2_000, 0)
    return TrainedModel.fit(frame, labels)


def test_an_interaction_is_found_and_predicted(model: TrainedModel) -> None:
    frame, _, chance = world(500, 1)

    def excess(log_odds: np.ndarray) -> float:
        p, none = sigmoid(log_odds), -chance * np.log(chance) - (1 - chance) * np.log1p(-chance)
        return float((-chance * np.log(p) - (1 - chance) * np.log1p(-p) - none).mean())

    X = model.encoder.transform(frame, model.records.before(frame))
    alone = excess(model.full.log_odds(X)[0])
    assert excess(model.predict(frame).log_odds) < 0.4 * alone


def test_contributions_are_exact_and_name_the_pair(model: TrainedModel) -> None:
    frame, _, _ = world(50, 2)
    served = ServedModel(model)
    explained = served.explain(frame)
    assert np.abs(explained.parts.sum(axis=1) - explained.predictions.log_odds).max() < 1e-12
    pairs = np.abs(explained.parts[:, 2 + len(model.encoder.parts) :]).mean(axis=0)
    strongest = served.names[2 + len(model.encoder.parts) + int(pairs.argmax())]
    assert set(strongest.split(" with ")) == {"context.size", "context.kind"}


def test_rules_come_back_from_arrays_and_foreign_ones_are_refused(model: TrainedModel) -> None:
    frame, _, _ = world(20, 3)
    arrays, metadata = to_arrays(model)
    again = from_arrays(arrays, metadata)
    np.testing.assert_array_equal(model.predict(frame).log_odds, again.predict(frame).log_odds)
    arrays["rules_fields"] = arrays["rules_fields"] + 99
    with pytest.raises(ValueError, match="rules do not fit"):
        from_arrays(arrays, metadata)


def test_small_logs_and_logs_of_one_field_get_no_rules() -> None:
    frame, labels, _ = world(300, 4)
    assert TrainedModel.fit(frame, labels).rules is None


def test_a_condition_holds_inside_its_interval_and_for_missing_values_where_so_learnt() -> None:
    rules = RuleEnsemble(
        fields=np.array([[0, 1], [0, 2]]), low=np.array([[0.0, 0.5], [-np.inf, -np.inf]]),
        high=np.array([[1.0, np.inf], [0.0, np.inf]]), missing=np.array([[0, 0], [1, 1]], np.uint8),
        half=np.array([0, 1]), ranks=np.array([[2.0, 0.0, 1.0], [0.0, 1.0, 2.0]]),
        sizes=np.array([0, 3]), weights=np.array([1.0, 10.0]), shift=np.zeros(1),
    )  # fmt: skip
    values = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 0.0], [np.nan, 2.0]])
    assert rules.added(values).tolist() == [1.0, 0.0, 10.0, 10.0]


def test_numbers_that_one_decision_in_hundreds_has_are_no_obstacle() -> None:
    frame, labels, _ = world(2_000, 5)
    context = [
        {**one, f"rare {i}": float(i)} if i % 100 == 0 else one
        for i, one in enumerate(frame.context)
    ]
    model = TrainedModel.fit(replace(frame, context=context), labels)
    assert np.isfinite(model.predict(frame).log_odds).all()


def test_tables_of_rules_say_what_the_conditions_say() -> None:
    """Numbers on, between and beyond bounds, gaps, categories ranked differently by the halves, one field or two."""
    rng = np.random.default_rng(3)
    sizes, n = np.array([0, 0, 5, 3]), 60
    fields = np.array([rng.choice(5, 2, replace=False) for _ in range(n)])
    fields = fields[(fields < 4).any(axis=1)]
    n = len(fields)
    low = rng.choice([-np.inf, -1.0, 0.0, 1.0], (n, 2))
    high = np.where(rng.random((n, 2)) < 0.5, np.inf, low + rng.choice([0.5, 1.0, 2.0], (n, 2)))
    low[fields == 4], high[fields == 4] = -np.inf, np.inf  # there is no such field: 0 in all rows
    rules = RuleEnsemble(
        fields=fields, low=low, high=high, missing=(rng.random((n, 2)) < 0.5).astype(np.uint8),
        half=rng.integers(0, 2, n), ranks=rng.integers(-2, 4, (2, 8)).astype(float), sizes=sizes,
        weights=rng.normal(size=n), shift=np.zeros(1),
    )  # fmt: skip
    numbers = rng.choice([-2.0, -1.0, -0.5, 0.0, 0.3, 1.0, 1.5, 3.0, 1e9, np.nan], (400, 2))
    values = np.column_stack([numbers, rng.integers(0, 5, 400), rng.integers(0, 3, 400)])
    tables = RuleTables(rules)
    assert {first == second for first, second in tables.pairs} == {True, False}
    np.testing.assert_allclose(tables(values).sum(axis=0), rules.added(values), atol=1e-12)
    np.testing.assert_array_equal(tables(values[7:8])[:, 0], tables(values)[:, 7])
