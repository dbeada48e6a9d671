from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from decision_features import Encoder, OpportunityFrame, describe
from decision_store.facts import Decision

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def test_a_decision_and_its_opportunity_become_the_same_columns() -> None:
    item = {"type": "lead", "source": "email", "score": 70, "content": "quote please", "sender": "ann",
            "budget": {"usd": "$100-300"}, "id": "x1", "url": "https://example.org", "tags": ["new"]}  # fmt: skip
    decision = Decision("d1", NOW, "lead", "email", "reply", NOW, "quote please", 70.0, "ann",
                        context={"budget": {"usd": "$100-300"}, "tags": ["new"]})  # fmt: skip
    of_item = OpportunityFrame.from_opportunities([item], timestamp=NOW)
    of_decision = OpportunityFrame.from_decisions([decision])
    assert of_item.context == of_decision.context == ({"budget.usd": "$100-300", "tags": ["new"]},)
    assert of_item.timestamp[0] == of_decision.timestamp[0] == np.datetime64("2026-01-05T09:00:00")
    assert (of_item.action[0], of_decision.action[0]) == (None, "reply")


def test_missing_type_and_source_get_their_names() -> None:
    frame = OpportunityFrame.from_opportunities([{}])
    assert (frame.type[0], frame.source[0], len(frame)) == ("general", "unknown", 1)


def test_columns_of_unequal_length_are_refused() -> None:
    frame = OpportunityFrame.from_opportunities([{}, {}])
    with pytest.raises(ValueError, match="equally long"):
        OpportunityFrame(frame.type[:1], frame.source, frame.content, frame.score, frame.sender, frame.action,
                         frame.maker, frame.timestamp, frame.context)  # fmt: skip


def training_frame(n: int = 400) -> OpportunityFrame:
    rng = np.random.default_rng(1)
    return OpportunityFrame.from_columns(
        type=rng.choice(["lead", "bug"], n).tolist(),
        source=rng.choice(["mail", "web"], n).tolist(),
        timestamp=np.datetime64("2025-01-01", "us") + rng.integers(0, 10**13, n).astype("timedelta64[us]"),
        content=[" ".join(rng.choice(["alpha", "beta", "gamma", "delta", "naïve"], 6)) for _ in range(n)],
        score=rng.normal(50, 10, n).tolist(),
        context=[{"size": float(x), "due": "2026-05-01", "tags": ["a", "b"][: i % 3], "flag": bool(i % 2)}
                 for i, x in enumerate(rng.lognormal(3, 1, n))],
    )  # fmt: skip


ODD = [
    {},
    {
        "type": "never seen",
        "source": "nowhere",
        "content": "",
        "score": "not a number",
        "size": float("nan"),
    },
    {"content": "alpha " * 170_000, "size": 1e308, "tags": "a", "flag": None},
    {
        "content": "ＡＬＰＨＡ Naïve ẞ 🎉",
        "size": -1e9,
        "due": "tomorrow",
        "tags": [],
        "flag": "yes",
    },
    {"size": float("inf"), "tags": [None, {"x": 1}, 3], "due": "9999-12-31", "score": True},
]


@pytest.mark.parametrize("item", ODD)
def test_odd_opportunities_become_finite_columns(item: dict[str, object]) -> None:
    frame = training_frame()
    encoder = Encoder.learn(frame, describe(frame))
    X = encoder.transform(OpportunityFrame.from_opportunities([item], timestamp=NOW)).toarray()
    assert X.shape == (1, len(encoder.columns))
    assert np.isfinite(X).all()
    assert np.abs(X).max() < 10


def test_one_row_is_encoded_as_it_is_among_many() -> None:
    frame = training_frame()
    encoder = Encoder.learn(frame, describe(frame))
    together = encoder.transform(frame).toarray()
    for row in (0, 7, 399):
        np.testing.assert_array_equal(
            encoder.transform(frame.take([row])).toarray()[0], together[row]
        )


def test_an_encoder_survives_the_way_through_json() -> None:
    import json

    frame = training_frame()
    encoder = Encoder.learn(frame, describe(frame))
    again = Encoder.from_dict(json.loads(json.dumps(encoder.to_dict())))
    assert again == encoder
    assert (again.transform(frame) != encoder.transform(frame)).nnz == 0


def test_an_empty_frame_has_no_columns() -> None:
    nothing = training_frame().take([])
    encoder = Encoder.learn(nothing, describe(nothing))
    assert encoder.transform(nothing).shape == (0, 0)
