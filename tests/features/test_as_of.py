"""The leak alarm: what is recorded later changes no earlier row, and scoring sees what training saw."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from decision_features import Encoder, Labels, OpportunityFrame, SenderHistory, describe

START = datetime(2025, 1, 1, tzinfo=UTC)
WORDS = ("contract", "contrakt", "Preis", "見積もり", "free", "now")


class Fact(NamedTuple):
    """One decision, and its end some hours and a half later; a half, so that no two things happen at once."""

    hour: int
    wait: int
    state: int
    sender: str | None
    words: tuple[str, ...]
    size: float | None
    tags: tuple[str, ...]

    @property
    def item(self) -> dict[str, object]:
        """As an aggregator writes it."""
        attributes = {"size": self.size, "tags": list(self.tags), "id": str(self.hour)}
        return {
            "type": ("lead", "bug")[self.hour % 2], "source": "mail", "sender": self.sender,
            "score": self.hour % 101, "content": " ".join(self.words), "deal": attributes,
        }  # fmt: skip

    @property
    def moment(self) -> datetime:
        """When it was decided on."""
        return START + timedelta(hours=self.hour)


facts = st.lists(
    st.builds(
        Fact,
        hour=st.integers(0, 400),
        wait=st.integers(0, 300),
        state=st.sampled_from([0, 1, 2]),
        sender=st.sampled_from(["ann", "bob", None]),
        words=st.lists(st.sampled_from(WORDS), max_size=6).map(tuple),
        size=st.one_of(st.none(), st.floats(0, 1e4)),
        tags=st.lists(st.sampled_from(["a", "b"]), max_size=3).map(tuple),
    ),
    min_size=2,
    max_size=40,
    unique_by=lambda fact: fact.hour,
).map(lambda found: sorted(found, key=lambda fact: fact.hour))


def log_of(known: list[Fact]) -> tuple[OpportunityFrame, Labels]:
    """The log as it is in the end, as a table of decisions holds it."""
    items = [fact.item for fact in known]
    made = np.array([fact.moment.replace(tzinfo=None) for fact in known], dtype="datetime64[us]")
    waited = np.array([60 * fact.wait + 30 for fact in known]).astype("timedelta64[m]")
    state = np.array([fact.state for fact in known], dtype=np.int8)
    frame = OpportunityFrame.from_columns(
        type=[item["type"] for item in items], source=["mail"] * len(known), timestamp=made,
        content=[item["content"] for item in items], score=[item["score"] for item in items],
        sender=[fact.sender for fact in known], context=[{"deal": item["deal"]} for item in items],
    )  # type: ignore[misc]  # fmt: skip
    closed = np.where(state > 0, made + waited, np.datetime64("NaT", "us"))
    return frame, Labels.from_columns(state=state, decided_at=made, closed_at=closed)


def as_of(frame: OpportunityFrame, labels: Labels, moment: np.datetime64) -> tuple:
    """What the log held at a moment: later decisions are not there, later ends not known."""
    rows = np.flatnonzero(frame.timestamp <= moment)
    return frame.take(rows), labels.take(rows).known_at(moment)


def encoded(encoder: Encoder, frame: OpportunityFrame, labels: Labels) -> np.ndarray:
    return encoder.transform(frame, SenderHistory.learn(frame, labels).before(frame)).toarray()


@given(facts, st.integers(0, 400))
@settings(max_examples=80)
def test_facts_recorded_later_change_no_earlier_row(known: list[Fact], hour: int) -> None:
    whole, ends = log_of(known)
    moment = np.datetime64(START.replace(tzinfo=None), "us") + np.timedelta64(hour, "h")
    before, known_then = as_of(whole, ends, moment)
    encoder = Encoder.learn(whole, describe(whole), SenderHistory.learn(whole, ends).before(whole))
    then = encoded(encoder, before, known_then)
    np.testing.assert_array_equal(encoded(encoder, whole, ends)[: len(before)], then)


def test_the_alarm_would_ring() -> None:
    """A record that counts every end, whenever it came, does change earlier rows."""
    known = [Fact(h, 300, 1, "ann", (), None, ()) for h in range(0, 40, 2)]
    whole, ends = log_of(known)
    careless = replace(ends, closed_at=np.full(len(ends), whole.timestamp[0]))
    history = SenderHistory.learn(whole, careless).before(whole)
    assert (history != SenderHistory.learn(whole, ends).before(whole)).any()


@given(facts)
@settings(max_examples=30)
def test_an_opportunity_is_scored_by_the_columns_it_is_trained_by(known: list[Fact]) -> None:
    whole, ends = log_of(known)
    encoder = Encoder.learn(whole, describe(whole), SenderHistory.learn(whole, ends).before(whole))
    trained = encoded(encoder, whole, ends)
    encoding = encoder.encoding()
    for row, fact in enumerate(known):
        moment = whole.timestamp[row]
        earlier = np.arange(row)  # it is not decided on yet
        learnt = SenderHistory.learn(whole.take(earlier), ends.take(earlier).known_at(moment))
        asked = OpportunityFrame.from_opportunities(
            [fact.item], timestamp=fact.moment, attributes=encoding.attributes
        )
        scored = encoding.places.as_csr(encoding(asked, learnt.records(moment).before(asked)))
        np.testing.assert_allclose(scored.toarray()[0], trained[row], rtol=1e-12, atol=1e-12)
