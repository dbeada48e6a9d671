from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from decision_features import Kind, Labels, OpportunityFrame, describe

DAY = np.timedelta64(1, "D").astype("timedelta64[us]")


def log(n: int = 1_000, seed: int = 0) -> tuple[OpportunityFrame, Labels, np.random.Generator]:
    rng = np.random.default_rng(seed)
    made = np.datetime64("2025-01-01", "us") + np.arange(n) * DAY // 4
    closed = made + (rng.exponential(40, n) * DAY.astype(int)).astype("timedelta64[us]")
    labels = Labels.from_columns(
        state=rng.choice([1, 2], n), decided_at=made, closed_at=closed
    ).known_at(made[-1])
    frame = OpportunityFrame.from_columns(type=["a"] * n, source=["b"] * n, timestamp=made)
    return frame, labels, rng


def kinds(**columns: list[object]) -> dict[str, Kind]:
    n = len(next(iter(columns.values())))
    rows = [{key: column[i] for key, column in columns.items()} for i in range(n)]
    frame = OpportunityFrame.from_columns(
        type=["a"] * n, source=["b"] * n, context=rows,
        timestamp=np.datetime64("2025-01-01", "us") + np.arange(n) * DAY,
    )  # fmt: skip
    return {f.name[8:]: f.kind for f in describe(frame).fields if f.name.startswith("context.")}


def test_kinds_are_found_from_the_values() -> None:
    rng = np.random.default_rng(0)
    n = 200
    found = kinds(
        amount=rng.normal(size=n).tolist(), money=[f"${k % 7},000-{k % 7 + 2},000" for k in range(n)],
        colour=rng.choice(["red", "green"], n).tolist(), due=["2025-05-06", "2025-07-08T10:00:00Z"] * (n // 2),
        tags=[["x"], ["x", "y"]] * (n // 2), note=[f"this is the long note of row {k}" for k in range(n)],
        key=[f"k-{k:05}" for k in range(n)], serial=list(range(1000, 1000 + n)), fixed=["same"] * n,
        flag=[True, False] * (n // 2),
    )  # fmt: skip
    assert found == {
        "amount": "number", "money": "number", "colour": "category", "due": "date", "tags": "list",
        "note": "text", "key": "identifier", "serial": "identifier", "fixed": "constant", "flag": "category",
    }  # fmt: skip


def test_a_field_filled_in_at_closing_is_refused() -> None:
    frame, labels, rng = log()
    context = [{"reason": "price"} if c and rng.random() < 0.9 else {} for c in ~labels.open]
    told = describe(replace(frame, context=tuple(context)), labels)["context.reason"]
    assert not told.used
    assert "missing when it is needed" in told.refused


def test_a_field_introduced_lately_is_no_leak() -> None:
    frame, labels, rng = log()
    n = len(frame)
    context = [{"region": str(rng.integers(3))} if i > n // 2 else {} for i in range(n)]
    assert describe(replace(frame, context=tuple(context)), labels)["context.region"].used
    # The naive comparison would have refused the opposite case: a field given up lately.
    context = [{"region": str(rng.integers(3))} if i < n // 2 else {} for i in range(n)]
    present = np.arange(n) < n // 2
    assert present[~labels.open].mean() - present[labels.open].mean() > 0.3
    assert describe(replace(frame, context=tuple(context)), labels)["context.region"].used


def test_a_field_there_only_on_lost_decisions_is_refused() -> None:
    frame, labels, _ = log()
    labels = replace(labels, state=np.where(labels.open, 2, labels.state).astype(np.int8))
    context = tuple({"loss reason": "x"} if lost else {} for lost in labels.lost)
    assert (
        "its presence alone"
        in describe(replace(frame, context=context), labels)["context.loss reason"].refused
    )


@pytest.mark.parametrize("seed", range(5))
def test_honest_gaps_are_not_refused(seed: int) -> None:
    frame, labels, rng = log(seed=seed)
    context = tuple({"a": 1.0} if rng.random() < 0.5 else {} for _ in range(len(frame)))
    assert describe(replace(frame, context=context), labels)["context.a"].refused == ""


def test_the_dictionary_prints_every_field() -> None:
    frame, labels, _ = log()
    assert "sender" in str(describe(frame, labels))
