from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from decision_features import Encoder, Kind, Labels, OpportunityFrame, describe
from decision_features.dictionary import Field
from decision_features.reading import Reader

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
    answer = describe(replace(frame, context=tuple(context)), labels)["context.reason"]
    assert not answer.used
    assert "missing when it is needed" in answer.refused


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


def known(n: int = 1_000, seed: int = 0) -> tuple[OpportunityFrame, Labels, np.random.Generator]:
    """A log of which a third is open, whatever its age."""
    frame, labels, rng = log(n, seed)
    state = np.where(rng.random(n) < 0.33, 0, rng.choice([1, 2], n)).astype(np.int8)
    made = labels.decided_at
    closed = made + (rng.uniform(3, 60, n) * DAY.astype(int)).astype("timedelta64[us]")
    closed = np.where(state == 0, np.datetime64("NaT", "us"), closed).astype("datetime64[us]")
    return frame, Labels.from_columns(state=state, decided_at=made, closed_at=closed), rng


def refusal(
    column: list[object], frame: OpportunityFrame, labels: Labels, **options: object
) -> str:
    context = tuple({} if value is None else {"it": value} for value in column)
    return describe(replace(frame, context=context), labels, **options)["context.it"].refused


def leaks(labels: Labels, rng: np.random.Generator) -> dict[str, list[object]]:
    won, lost, n = labels.won, labels.lost, len(labels)
    days = labels.closed_at.astype("datetime64[D]").astype(str)
    stages = [
        "Won!" if w else "Gone" if x else f"Phase {rng.integers(3)}"
        for w, x in zip(won, lost, strict=True)
    ]
    progress = [
        100 if w else 0 if x else int(rng.integers(1, 9)) * 10
        for w, x in zip(won, lost, strict=True)
    ]
    amount = [float(rng.uniform(1, 9)) if w else 0.0 for w in won]
    modified = [day if day != "NaT" else f"2027-0{rng.integers(1, 9)}-01" for day in days]
    reasons = [f"r{rng.integers(40)}" if x else f"w{rng.integers(40)}" for x in lost]
    noisy = [w if rng.random() > 0.004 else not w for w in won]
    ended = ["done" if c else "running" for c in ~labels.open]
    assert len(stages) == n
    return {
        "stage": stages, "progress": progress, "amount": amount, "close date": modified, "reason": reasons,
        "nearly": noisy, "changes when closed": ended,
    }  # fmt: skip


@pytest.mark.parametrize(
    "name", ["stage", "progress", "amount", "close date", "reason", "nearly", "changes when closed"]
)
@pytest.mark.parametrize("seed", range(3))
def test_a_field_that_tells_the_answer_is_refused_and_can_be_allowed(name: str, seed: int) -> None:
    frame, labels, rng = known(seed=seed)
    column = leaks(labels, rng)[name]
    assert refusal(column, frame, labels)
    assert refusal(column, frame, labels, allow=["context.it"]) == ""
    assert refusal(column, frame, labels, allow=["it"]) == ""


@pytest.mark.parametrize("seed", range(5))
def test_honest_fields_are_not_refused_however_useful(seed: int) -> None:
    frame, labels, rng = known(seed=seed)
    n, won = len(frame), labels.won
    future = labels.decided_at + (rng.uniform(1, 200, n) * DAY.astype(int)).astype(
        "timedelta64[us]"
    )
    columns: dict[str, list[object]] = {
        "strong": (rng.normal(size=n) + 2.5 * won).tolist(),
        "colour": [("red" if rng.random() < (0.9 if w else 0.1) else "blue") for w in won],
        "many levels": [f"c{rng.integers(400)}" for _ in range(n)],
        "event date": [str(day)[:10] for day in future],
        "campaign that changed": ["old" if i < n // 2 else "new" for i in range(n)],
        "serial price": np.linspace(1, 2, n).tolist(),
    }
    for name, column in columns.items():
        assert refusal(column, frame, labels) == "", name


def test_too_few_won_or_lost_decisions_refuse_nothing() -> None:
    frame, labels, _ = known(n=60)
    state = np.where(labels.won & (np.cumsum(labels.won) > 19), 0, labels.state).astype(np.int8)
    few = replace(labels, state=state)
    assert refusal([bool(w) for w in few.won], frame, few) == ""


def described(values: list[object]) -> Field:
    n = len(values)
    frame = OpportunityFrame.from_columns(
        type=["a"] * n, source=["b"] * n, context=[{"it": value} for value in values],
        timestamp=np.datetime64("2025-01-01", "us") + np.arange(n) * DAY,
    )  # fmt: skip
    return describe(frame)["context.it"]


def test_numbers_are_read_by_the_format_of_their_field() -> None:
    comma = described(["1,12", "12,5", "1,5k", "3,250", "7"] * 20)
    assert (comma.kind, comma.comma, comma.refused) == ("number", True, "")
    point = described(["1.12", "12.5", "1.5k", "3,250", "7"] * 20)
    assert (point.kind, point.comma, point.refused) == ("number", False, "")
    assert "several currencies (EUR, USD)" in described(["$5.00", "7.50 €"] * 20).refused
    assert "decimal points and decimal commas" in described(["1.25", "1,25"] * 20).refused


def test_a_comma_is_read_alike_in_training_and_when_one_opportunity_is_scored() -> None:
    texts = [f"{k},{k % 90 + 10}" for k in range(1, 60)]
    n = len(texts)
    frame = OpportunityFrame.from_columns(
        type=["a"] * n, source=["b"] * n, context=[{"it": text} for text in texts],
        timestamp=np.datetime64("2025-01-01", "us") + np.arange(n) * DAY,
    )  # fmt: skip
    read = Reader(frame).read("number with comma", "context.it")
    assert read.tolist() == [float(text.replace(",", ".")) for text in texts]
    encoder = Encoder.learn(frame, describe(frame), None)
    parts = [(part["how"], part["field"]) for part in encoder.to_dict()]
    assert ("number with comma", "context.it") in parts
