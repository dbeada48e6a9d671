"""Serving takes x'Cx apart and never builds the matrix; the plain formulas say what must come out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from decision_features import Labels, OpportunityFrame
from decision_model.regression.posterior import logit, sigmoid
from decision_model.trained.cell_log_odds import CellLogOdds
from decision_model.trained.model import TrainedModel
from decision_model.trained.pool import Pool
from decision_model.trained.predictor import ServedModel

START = np.datetime64("2025-01-01", "us")


def made(n: int, seed: int) -> tuple[OpportunityFrame, Labels]:
    """Texts, a category that scoring does not know yet, gaps, lists, and a field that says when."""
    rng = np.random.default_rng(seed)
    at = START + np.sort(rng.integers(0, 10**13, n)).astype("timedelta64[us]")
    words = rng.choice(["urgent", "maybe", "free", "budget", "soon"], (n, 6))
    interest = np.repeat(rng.normal(size=n // 20 + 1), 20)[:n]
    context = [
        {"size": float(s), "rate": float(r), "plan": ["free", "paid"][k * 7 % 5 % 2],
         "tags": ["x", "y"][: k % 3], **({"gap": k % 7} if k % 4 else {})}
        for k, (s, r) in enumerate(zip(rng.lognormal(3, 1, n), interest, strict=True))
    ]  # fmt: skip
    frame = OpportunityFrame.from_columns(
        type=rng.choice(["a", "b"], n).tolist(), source=rng.choice(["mail", "web"], n).tolist(),
        timestamp=at, content=[" ".join(row) for row in words], context=context,
        sender=[f"s{k}" for k in rng.integers(0, 30, n)],
    )  # fmt: skip
    won = rng.random(n) < sigmoid(interest + (words == "budget").sum(axis=1) - 1)
    return frame, Labels.from_columns(
        state=np.where(won, 1, 2),
        decided_at=at,
        closed_at=at + np.timedelta64(1, "h"),
        revenue=np.where(won, 100.0, 0.0),
    )


@pytest.fixture(scope="module")
def model() -> TrainedModel:
    model = TrainedModel.fit(*made(600, 0))
    assert model.full is not model.time_invariant  # both regressions are looked at
    return model


@pytest.fixture(scope="module")
def asked() -> OpportunityFrame:
    frame, _ = made(60, 1)
    context = tuple(
        one if row % 2 == 0 else {key: value for key, value in one.items() if key != "plan"}
        for row, one in enumerate(frame.context)
    )
    return replace(frame, context=context)


def test_it_says_what_the_plain_formulas_say(model: TrainedModel, asked: OpportunityFrame) -> None:
    X = model.encoder.transform(asked, model.records.before(asked)).toarray()
    cells = model.rate.predict(list(asked.type), list(asked.source))
    of_cell = logit(cells.mean) + model.rate.level_shift
    z = model.pool.weights[0] * of_cell + model.pool.weights[3] * model.base
    for share, member in zip(
        model.pool.weights[1:3], (model.time_invariant, model.full), strict=True
    ):
        whole = np.column_stack([np.ones(len(X)), X])
        mean = member.intercept + X @ member.weights
        variance = np.einsum("np,pq,nq->n", whole, member.covariance, whole)
        z = z + share * np.clip(mean / np.sqrt(1 + np.pi * variance / 8), -12, 12)
    answer = ServedModel(model).explain(asked).predictions
    np.testing.assert_allclose(answer.log_odds, z, rtol=1e-10)
    np.testing.assert_allclose(answer.probability, sigmoid(z), rtol=1e-10)
    np.testing.assert_allclose(answer.revenue_if_won, model.revenue.predict(X), rtol=1e-10)


def test_intervals_are_widened_where_decisions_are_few(
    model: TrainedModel, asked: OpportunityFrame
) -> None:
    """A regression alone: Laplace's variance, wider by 100 / (50 + n) but for the level's, and the spread not found."""
    alone = replace(model, pool=Pool(np.array([0.0, 0.0, 1.0, 0.0, 0.0])))
    X = model.encoder.transform(asked, model.records.before(asked)).toarray()
    whole = np.column_stack([np.ones(len(X)), X])
    variance = np.einsum("np,pq,nq->n", whole, model.full.covariance, whole)
    mean = (model.full.intercept + X @ model.full.weights) / np.sqrt(1 + np.pi * variance / 8)
    n = model.decisions
    missing = 200 / n * max(1.3**2 - model.spread**2, 0)
    p = 1 / (1 + np.exp(-model.base))
    level = 1 / ((n + 2.25) * p * (1 - p))
    wider = 100 / (50 + n) * np.maximum(variance - level, 0)
    reach = 1.959964 * np.sqrt(variance + wider + missing)
    answer = ServedModel(alone).explain(asked).predictions
    np.testing.assert_allclose(logit(answer.low), np.clip(mean, -12, 12) - reach, atol=0.01)
    np.testing.assert_allclose(logit(answer.high), np.clip(mean, -12, 12) + reach, atol=0.01)


def test_the_parts_add_up_and_belong_to_their_blocks(
    model: TrainedModel, asked: OpportunityFrame
) -> None:
    served = ServedModel(model)
    answer = served.explain(asked)
    np.testing.assert_allclose(answer.parts.sum(axis=1), answer.predictions.log_odds, atol=1e-12)
    plan = served.names.index("context.plan")
    unknown = answer.parts[np.arange(60) % 2 == 1, plan]
    # A plan that is not known speaks for the average one, scaled by how sure each row is.
    assert len(set(np.sign(unknown))) == 1
    assert np.abs(unknown).max() < np.abs(answer.parts[:, plan]).max()


def test_one_row_is_predicted_as_it_is_among_many(
    model: TrainedModel, asked: OpportunityFrame
) -> None:
    served = ServedModel(model)
    together = served.explain(asked)
    for row in (0, 1, 59):
        alone = served.explain(asked.take([row]))
        np.testing.assert_allclose(alone.parts[0], together.parts[row], rtol=0, atol=1e-13)
        assert alone.predictions.low[0] == pytest.approx(together.predictions.low[row], abs=1e-13)


def test_no_rows_give_no_predictions(model: TrainedModel, asked: OpportunityFrame) -> None:
    answer = ServedModel(model).explain(asked.take([]))
    assert answer.predictions.probability.shape == (0,)
    assert answer.parts.shape[0] == 0


def test_rows_alone_are_predicted_as_together(model):
    frame, _ = made(200, 4)
    served = ServedModel(model)
    together = served.explain(frame)
    for row in (0, 7, 199):
        alone = served.explain(frame.take([row]))
        assert alone.parts[0] == pytest.approx(together.parts[row], rel=1e-12, abs=1e-12)
        for name in ("probability", "low", "high", "expected_revenue"):
            one = getattr(alone.predictions, name)[0]
            assert one == pytest.approx(getattr(together.predictions, name)[row], rel=1e-12)


def test_a_cell_has_the_same_log_odds_however_few_are_remembered(model, monkeypatch):
    names = (["a", "b", "a", "new"], ["mail", "web", "web", "fax"])
    wanted = CellLogOdds(model.rate)(*names)
    monkeypatch.setattr("decision_model.trained.cell_log_odds.MOST_CELLS", 2)
    few = CellLogOdds(model.rate)
    for order in ([0, 1, 2, 3], [3, 0], [2, 2, 1]):
        found = few(*([given[place] for place in order] for given in names))
        for ours, all_of_them in zip(found, wanted, strict=True):
            assert ours.tolist() == all_of_them[order].tolist()
