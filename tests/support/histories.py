"""Histories for tests, made of decisions, states and delays."""

from __future__ import annotations

import numpy as np

from decision_features import Labels, OpportunityFrame
from decision_model.inputs.history import History, State, no_rows, utc64


def history_of(as_of, decisions, state, hours, revenue=None, rows=None):
    """A history of these decisions; hours from each to its closing, or the age of an open one."""
    frame = OpportunityFrame.from_decisions(decisions)
    state = np.asarray(state, dtype=np.int8)
    delay = (np.asarray(hours, dtype=float) * 3.6e9).round().astype("timedelta64[us]")
    closed_at = np.where(state == State.OPEN, np.datetime64("NaT", "us"), frame.timestamp + delay)
    money = np.zeros(len(state)) if revenue is None else np.asarray(revenue, dtype=float)
    labels = Labels(state, frame.timestamp, closed_at, money, utc64(as_of))
    ids = tuple(one.decision_id for one in decisions)
    return History(as_of, ids, frame, labels, no_rows() if rows is None else rows)
