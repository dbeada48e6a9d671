"""What was known of the decisions as of one moment: the only thing a trainer is ever given."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from decision_store.facts import Decision


class State(IntEnum):
    """State of a decision as of a moment."""

    OPEN = 0
    WON = 1
    LOST = 2


@dataclass(frozen=True, slots=True)
class OutcomeRows:
    """The single outcome rows, for methods that count rows instead of decisions.

    Parameters
    ----------
    decision : ndarray of intp, shape (R,)
        Position of the row's decision in the history.
    recorded_at : ndarray of datetime64[us], shape (R,)
        UTC.
    converted : ndarray of bool, shape (R,)
        The row itself is a win. A pending row, or a mere response, is not.
    """

    decision: NDArray[np.intp]
    recorded_at: NDArray[np.datetime64]
    converted: NDArray[np.bool_]

    def __post_init__(self) -> None:
        if not self.decision.shape == self.recorded_at.shape == self.converted.shape:
            raise ValueError("the columns of outcome rows must be equally long")


def no_rows() -> OutcomeRows:
    """Return no outcome rows at all."""
    return OutcomeRows(
        np.empty(0, dtype=np.intp), np.empty(0, dtype="datetime64[us]"), np.empty(0, dtype=np.bool_)
    )


@dataclass(frozen=True, slots=True)
class History:
    """Decisions and what had become of them, as known as of one moment.

    Parameters
    ----------
    as_of : datetime
        UTC; nothing recorded later is in here.
    decisions : sequence of Decision
        In the order of their timestamps.
    state : ndarray of int8, shape (N,)
        `State` of each.
    hours : ndarray, shape (N,)
        From the decision to the moment its win or loss was recorded; the age of an open one.
    revenue : ndarray, shape (N,)
        Sum over its outcomes so far, refunds negative.
    rows : OutcomeRows
        The outcome rows behind it; empty if nobody needs them.

    Raises
    ------
    ValueError
        Columns differ in length, decisions are not in order or later than ``as_of``, an unknown
        state, or hours that are negative or not a number.
    """

    as_of: datetime
    decisions: Sequence[Decision]
    state: NDArray[np.int8]
    hours: NDArray[np.float64]
    revenue: NDArray[np.float64]
    rows: OutcomeRows = field(default_factory=no_rows)

    def __post_init__(self) -> None:
        size = len(self.decisions)
        if any(column.shape != (size,) for column in (self.state, self.hours, self.revenue)):
            raise ValueError(f"every column must have one entry for each of {size} decisions")
        if not np.isin(self.state, list(State)).all():
            raise ValueError("state must be 0 (open), 1 (won) or 2 (lost)")
        if not (self.hours >= 0.0).all():
            raise ValueError("hours must be zero or more")
        moments = moments_of(self.decisions)
        if size and (
            np.any(np.diff(moments) < np.timedelta64(0)) or moments[-1] > utc64(self.as_of)
        ):
            raise ValueError("decisions must be in time order and not later than as_of")
        if (
            self.rows.decision.size
            and not 0 <= self.rows.decision.min() <= self.rows.decision.max() < size
        ):
            raise ValueError("an outcome row names a decision that is not in the history")

    def __len__(self) -> int:
        return len(self.decisions)

    @property
    def won(self) -> NDArray[np.float64]:
        """1 where won, 0 where lost or open, shape (N,)."""
        return np.asarray(self.state == State.WON, dtype=np.float64)

    @property
    def closed(self) -> NDArray[np.bool_]:
        """Whether won or lost, shape (N,)."""
        return np.asarray(self.state != State.OPEN)

    @property
    def age(self) -> NDArray[np.float64]:
        """Hours from each decision to ``as_of``, whatever became of it, shape (N,)."""
        elapsed = utc64(self.as_of) - moments_of(self.decisions)
        hours = elapsed / np.timedelta64(1, "h")
        return np.asarray(hours, dtype=np.float64)


def utc64(moment: datetime) -> np.datetime64:
    """Return an aware datetime as numpy's UTC moment in microseconds."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")


def moments_of(decisions: Sequence[Decision]) -> NDArray[np.datetime64]:
    """Return when each decision was made, shape (N,), datetime64[us] in UTC."""
    naive = [decision.timestamp.replace(tzinfo=None) for decision in decisions]
    return np.array(naive, dtype="datetime64[us]")
