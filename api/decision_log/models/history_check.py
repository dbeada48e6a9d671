"""Check of a log's history: whether the times at which it learnt of outcomes allow a replay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from datetime import datetime

    from decision_log.log import Log
    from decision_model.inputs.history import History

_AT_ONCE = np.timedelta64(3_600_000_000, "us")
_SPREAD = np.timedelta64(14 * 86_400_000_000, "us")
_SHARE = 0.5
_LEAST = 20


def what_history_lacks(history: History) -> str:
    """Return why the past cannot be replayed, with the remedy; empty where it can.

    A replay asks what was known at past moments. Where half of the outcomes or more, of decisions made over weeks, were
    learnt of within one hour, nothing was known before: they were entered at once, without their own times.
    """
    labels = history.labels
    there = ~np.isnat(labels.closed_at) & ~labels.open
    learnt = np.sort(labels.closed_at[there])
    n = len(learnt)
    if n < _LEAST:
        return ""
    ends = np.searchsorted(learnt, learnt + _AT_ONCE, side="right")
    sizes = ends - np.arange(n)
    first = int(sizes.argmax())
    most = int(sizes[first])
    inside = there & (labels.closed_at >= learnt[first])
    inside &= labels.closed_at <= learnt[first] + _AT_ONCE
    made = labels.decided_at[inside]
    if most < _SHARE * n or made.max() - made.min() < _SPREAD:
        return ""
    hour = str(learnt[first].astype("datetime64[m]")).replace("T", " ")
    return (
        f"The log learnt of {most:,} of {n:,} endings within one hour ({hour} UTC), so nothing was known "
        "before and the past cannot be replayed: delays, drift and backtests of earlier times mean little. "
        "Load the history into a new log with its own times: 'occurred_at' of each outcome, and 'recorded_at' "
        "where it was entered later ('decision-log import' takes both as columns)."
    )


def what_decisions_lack(log: Log, as_of: datetime) -> str:
    """Return why the past cannot be replayed where decisions were logged after they had ended; empty where it can.

    A single call that logs a decision of the past is recorded now: at every earlier moment the log did not know it.
    Where that holds for half of the closed decisions, a replay of the past finds nothing to learn from.
    """
    (found,) = log.ask("late_decisions", as_of=as_of).to_pylist()
    closed, late = found["closed"], found["late"]
    if late < _LEAST or late < _SHARE * closed:
        return ""
    return (
        f"{late:,} of {closed:,} closed decisions were logged after they had ended (the first at "
        f"{found['learnt']:%Y-%m-%d %H:%M} UTC), so the log knew none of them before and the past cannot be "
        "replayed: 'evaluate' and backtests of earlier times mean little. Load the history into a new log with "
        "its own times: 'log_decisions' and 'decision-log import' take them from each row, 'decision-log log' and "
        "'outcome' from --recorded-at."
    )
