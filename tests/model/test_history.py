"""What may be a history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from histories import history_of

from decision_model.inputs.history import OutcomeRows, State, utc64
from decision_store.facts import Decision

START = datetime(2026, 1, 1, tzinfo=UTC)


def decision(hour):
    made = START + timedelta(hours=hour)
    return Decision(f"d{hour}", made, "lead", "mail", "reply", made)


def history(**changes):
    columns = {
        "as_of": START + timedelta(hours=10),
        "decisions": [decision(1), decision(4)],
        "state": np.array([State.WON, State.OPEN], dtype=np.int8),
        "hours": np.array([2.0, 6.0]),
        "revenue": np.array([50.0, 0.0]),
    }
    return history_of(**columns | changes)


def test_age_runs_from_the_decision_to_the_moment_asked_about_whatever_its_outcome():
    known = history()
    assert known.age.tolist() == [9.0, 6.0]
    assert known.won.tolist() == [1.0, 0.0]
    assert known.closed.tolist() == [True, False]
    assert len(known) == 2


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"as_of": START + timedelta(hours=3)}, "time order"),
        ({"decisions": [decision(4), decision(1)]}, "time order"),
        ({"revenue": np.array([1.0])}, "equally long"),
        ({"state": np.array([1, 7], dtype=np.int8)}, "state must"),
        (
            {"rows": OutcomeRows(np.array([2]), np.array([utc64(START)]), np.array([True]))},
            "not in the history",
        ),
    ],
)
def test_what_contradicts_itself_is_refused(changes, reason):
    with pytest.raises(ValueError, match=reason):
        history(**changes)


def test_a_moment_without_zone_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        utc64(datetime(2026, 1, 1))  # noqa: DTZ001
