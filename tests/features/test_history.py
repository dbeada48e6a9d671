from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from decision_features import Labels, OpportunityFrame, SenderHistory

HOUR = 3_600_000_000
START = np.datetime64("2025-01-01", "us")

rows = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob", None]),
        st.integers(0, 500),
        st.integers(1, 200),
        st.sampled_from([0, 1, 2]),
    ),
    min_size=1,
    max_size=30,
)


def build(data: list[tuple[str | None, int, int, int]]) -> tuple[OpportunityFrame, Labels]:
    made = START + np.array([hour * HOUR for _, hour, _, _ in data]).astype("timedelta64[us]")
    closed = made + np.array([wait * HOUR for _, _, wait, _ in data]).astype("timedelta64[us]")
    state = np.array([s for *_, s in data])
    frame = OpportunityFrame.from_columns(
        type=["a"] * len(data),
        source=["b"] * len(data),
        sender=[s for s, *_ in data],
        timestamp=made,
    )
    nothing = np.datetime64("NaT", "us")
    return frame, Labels.from_columns(
        state=state, decided_at=made, closed_at=np.where(state > 0, closed, nothing)
    )


@given(rows)
@settings(max_examples=60, deadline=None)
def test_history_counts_what_was_known_strictly_before(
    data: list[tuple[str | None, int, int, int]],
) -> None:
    frame, labels = build(data)
    answer = SenderHistory.learn(frame, labels).before(frame)
    for i, (sender, hour, _, _) in enumerate(data):
        if sender is None:
            assert np.isnan(answer[i]).all()
            continue
        mine = [row for row in data if row[0] == sender]
        earlier = [h for _, h, _, _ in mine if h < hour]
        wins = sum(s == 1 and h + wait < hour for _, h, wait, s in mine)
        losses = sum(s == 2 and h + wait < hour for _, h, wait, s in mine)
        assert answer[i, :3].tolist() == [len(earlier), wins, losses]
        assert np.isnan(answer[i, 3]) if not earlier else answer[i, 3] == (hour - max(earlier)) / 24


@given(rows, rows)
@settings(max_examples=60, deadline=None)
def test_later_facts_never_change_an_earlier_row(
    data: list[tuple[str | None, int, int, int]], more: list[tuple[str | None, int, int, int]]
) -> None:
    frame, labels = build(data)
    later = [(sender, hour + 501, wait, state) for sender, hour, wait, state in more]
    whole, answer = build(data + later)
    np.testing.assert_array_equal(
        SenderHistory.learn(frame, labels).before(frame),
        SenderHistory.learn(whole, answer).before(frame),
    )


@given(rows)
@settings(max_examples=40, deadline=None)
def test_a_record_as_of_now_says_what_the_history_says(
    data: list[tuple[str | None, int, int, int]],
) -> None:
    frame, labels = build(data)
    history = SenderHistory.learn(frame, labels)
    moment = START + np.timedelta64(2_000 * HOUR, "us")
    asked = OpportunityFrame.from_columns(
        type=["a"] * 3, source=["b"] * 3, sender=["ann", "eve", None], timestamp=[moment] * 3
    )
    np.testing.assert_array_equal(history.records(moment).before(asked), history.before(asked))


@given(rows, st.integers(0, 700))
@settings(max_examples=40, deadline=None)
def test_labels_as_of_a_moment_do_not_know_later_closings(
    data: list[tuple[str | None, int, int, int]], hour: int
) -> None:
    _, labels = build(data)
    moment = START + np.timedelta64(hour * HOUR, "us")
    known = labels.known_at(moment)
    assert not (known.closed_at > moment).any()
    again = known.known_at(moment)
    np.testing.assert_array_equal(known.state, again.state)
    assert (known.hours[~np.isnan(known.hours)] >= 0).all()
