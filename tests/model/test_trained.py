from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from decision_features import Labels, OpportunityFrame
from decision_model.trained.arrays import from_arrays, to_arrays
from decision_model.trained.model import TrainedModel

START = np.datetime64("2025-01-01", "us")


def log(n: int, seed: int = 0) -> tuple[OpportunityFrame, Labels]:
    rng = np.random.default_rng(seed)
    kind, size = rng.integers(0, 3, n), rng.lognormal(3, 1, n)
    words = rng.choice(["urgent", "maybe", "free", "budget", "soon"], (n, 5))
    z = (
        np.array([-1.0, 0.0, 1.0])[kind]
        + 0.8 * (np.log(size) - 3)
        + 1.5 * (words == "budget").any(axis=1)
        - 1
    )
    won = rng.random(n) < 1 / (1 + np.exp(-z))
    made = START + np.sort(rng.integers(0, 10**13, n)).astype("timedelta64[us]")
    frame = OpportunityFrame.from_columns(
        type=[f"type {k}" for k in kind], source=["mail"] * n, timestamp=made,
        content=[" ".join(row) for row in words], sender=[f"s{k}" for k in rng.integers(0, 50, n)],
        context=[{"size": float(s)} for s in size],
    )  # fmt: skip
    revenue = np.where(won, size * np.exp(rng.normal(0, 0.3, n)), 0.0)
    closed = made + np.timedelta64(3_600_000_000, "us")
    return frame, Labels.from_columns(
        state=np.where(won, 1, 2), decided_at=made, closed_at=closed, revenue=revenue
    )


@pytest.fixture(scope="module")
def trained() -> tuple[TrainedModel, OpportunityFrame, Labels]:
    frame, labels = log(1_200)
    rows, later = np.arange(900), np.arange(900, 1_200)
    return (
        TrainedModel.fit(frame.take(rows), labels.take(rows)),
        frame.take(later),
        labels.take(later),
    )


def test_contributions_add_up_to_the_log_odds(trained) -> None:
    model, later, _ = trained
    names, parts = model.contributions(later)
    answer = model.predict(later)
    assert parts.shape == (len(later), len(names))
    np.testing.assert_allclose(parts.sum(axis=1), answer.log_odds, atol=1e-10)
    np.testing.assert_allclose(1 / (1 + np.exp(-answer.log_odds)), answer.probability, atol=1e-12)


def test_it_is_better_than_the_base_rate_and_knows_what_pays(trained) -> None:
    model, later, labels = trained
    p, base = model.predict(later).probability, labels.won.mean()
    won = labels.won
    assert (
        -np.log(np.where(won, p, 1 - p)).mean()
        < -np.log(np.where(won, base, 1 - base)).mean() - 0.05
    )
    best = np.argsort(-model.predict(later).expected_revenue)[: len(later) // 5]
    assert labels.revenue[best].sum() > 0.5 * labels.revenue.sum()


def test_intervals_hold_the_probability(trained) -> None:
    model, later, _ = trained
    answer = model.predict(later)
    assert (answer.low <= answer.probability).all()
    assert (answer.probability <= answer.high).all()
    assert (answer.low > 0).all()
    assert (answer.high < 1).all()


def test_arrays_are_the_same_bytes_and_come_back_the_same(trained) -> None:
    model, later, _ = trained
    frame, labels = log(1_200)
    rows = np.arange(900)
    again = TrainedModel.fit(frame.take(rows), labels.take(rows))
    (arrays, metadata), (others, other) = to_arrays(model), to_arrays(again)
    assert json.dumps(metadata) == json.dumps(other)
    assert {k: v.tobytes() for k, v in arrays.items()} == {
        k: v.tobytes() for k, v in others.items()
    }
    assert all(v.dtype != object for v in arrays.values())
    read = from_arrays(arrays, json.loads(json.dumps(metadata)))
    np.testing.assert_array_equal(read.predict(later).probability, model.predict(later).probability)


def test_a_model_of_another_format_is_refused(trained) -> None:
    arrays, metadata = to_arrays(trained[0])
    with pytest.raises(ValueError, match="format"):
        from_arrays(arrays, metadata | {"format": 99})


@pytest.mark.parametrize("n", [0, 1, 2, 5, 20, 70])
def test_it_works_from_the_first_decision_on(n: int) -> None:
    frame, labels = log(100)
    model = TrainedModel.fit(frame.take(np.arange(n)), labels.take(np.arange(n)))
    answer = model.predict(frame)
    assert np.isfinite(answer.probability).all()
    assert np.isfinite(answer.expected_revenue).all()
    assert ((answer.probability > 0.005) & (answer.probability < 0.995)).all()


def test_odd_opportunities_are_scored(trained) -> None:
    items = [
        {},
        {"type": "x", "content": "budget " * 150_000, "size": "12k"},
        {"size": float("nan"), "sender": 7},
    ]
    answer = trained[0].predict(OpportunityFrame.from_opportunities(items))
    assert np.isfinite(answer.probability).all()


def test_scoring_loads_no_learner(trained, tmp_path) -> None:
    arrays, metadata = to_arrays(trained[0])
    np.savez(tmp_path / "arrays.npz", **arrays)
    (tmp_path / "m.json").write_text(json.dumps(metadata))
    program = (
        "import sys, json, numpy as np\n"
        "from decision_model.trained.arrays import from_arrays\n"
        "from decision_features import OpportunityFrame\n"
        f"m = from_arrays(dict(np.load(r'{tmp_path}/arrays.npz')), json.load(open(r'{tmp_path}/m.json')))\n"
        "m.predict(OpportunityFrame.from_opportunities([{'content': 'budget'}]))\n"
        "heavy = {'sklearn', 'pandas', 'scipy.stats', 'duckdb', 'joblib'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_field_that_tells_the_time_is_found() -> None:
    from scipy.sparse import csr_array

    from decision_model.trained.members import drifting_blocks

    n = 2_000
    rng = np.random.default_rng(0)
    rate = np.repeat(rng.normal(size=20), n // 20) + rng.normal(0, 0.1, n)
    X = csr_array(np.column_stack([rate, rng.normal(size=n), rng.normal(size=n)]))
    assert drifting_blocks(X, np.array([1, 2])).tolist() == [True, False]


def test_two_processes_learn_the_same_pool() -> None:
    frame, labels = log(400)
    with threadpool_limits(1):  # as training does: sums of several threads differ in the last bit
        models = [TrainedModel.fit(frame, labels, n_jobs=jobs) for jobs in (1, 2)]
    assert models[0].pool.weights.tobytes() == models[1].pool.weights.tobytes()


def test_forward_rows_judge_the_second_part_of_the_log_once() -> None:
    from decision_features import describe
    from decision_model.regression.posterior import Targets
    from decision_model.trained.forward import forward_rows

    frame, labels = log(300)
    targets = Targets(np.arange(300.0), np.zeros(300))  # so that rows can be recognised
    predicted, judged, _ = forward_rows(frame, labels, targets, describe(frame, labels), 0)
    assert judged.won.tolist() == list(range(120, 300))
    assert predicted.shape == (180, 5)


def test_members_of_a_forward_row_know_nothing_of_its_outcome() -> None:
    """Other outcomes of the last tenth change no prediction of the rows before it."""
    from decision_features import describe
    from decision_model.regression.posterior import Targets
    from decision_model.trained.forward import forward_rows

    frame, labels = log(300)
    state = labels.state.copy()
    state[270:] = 3 - state[270:]
    other = replace(labels, state=state)
    targets, fields = Targets(np.ones(300), np.zeros(300)), describe(frame, labels)
    one, two = (forward_rows(frame, each, targets, fields, 0)[0] for each in (labels, other))
    np.testing.assert_array_equal(one[:150], two[:150])


def test_a_young_log_claims_wide_intervals() -> None:
    frame, labels = log(1_200)
    widths = []
    for n in (0, 30, 1_200):
        answer = TrainedModel.fit(frame.take(np.arange(n)), labels.take(np.arange(n))).predict(
            frame
        )
        widths.append((answer.high - answer.low).mean())
    assert widths[0] > 0.9
    assert widths[0] > widths[1] > widths[2]
