"""The log as of one moment: decisions as columns, their states, and the outcome rows behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from decision_features import Labels, OpportunityFrame


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
    """Decisions and their states as of one moment: all that training and evaluation read of a log.

    Parameters
    ----------
    as_of : datetime
        UTC; nothing recorded later is in here.
    ids : tuple of str, length N
        Decision ids, oldest decision first.
    frame : OpportunityFrame
        What was known of each when it was decided on.
    labels : Labels
        State and revenue as of the moment, and when the log learnt of them.
    rows : OutcomeRows
        The outcome rows behind it; empty where they were not asked for.

    Raises
    ------
    ValueError
        Columns differ in length, decisions are not in time order or later than ``as_of``, an unknown
        state, or an outcome row of a decision that is not there.
    """

    as_of: datetime
    ids: tuple[str, ...]
    frame: OpportunityFrame
    labels: Labels
    rows: OutcomeRows = field(default_factory=no_rows)

    def __post_init__(self) -> None:
        size = len(self.ids)
        if not size == len(self.frame) == len(self.labels):
            raise ValueError(f"every column must have one entry for each of {size} decisions")
        if not np.isin(self.state, list(State)).all():
            raise ValueError("state must be 0 (open), 1 (won) or 2 (lost)")
        moments = self.moments
        if size and (
            np.any(np.diff(moments) < np.timedelta64(0, "us")) or moments[-1] > utc64(self.as_of)
        ):
            raise ValueError("decisions must be in time order and not later than as_of")
        if (
            self.rows.decision.size
            and not 0 <= self.rows.decision.min() <= self.rows.decision.max() < size
        ):
            raise ValueError("an outcome row names a decision that is not in the history")

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def moments(self) -> NDArray[np.datetime64]:
        """When each decision was made, UTC, shape (N,)."""
        return self.frame.timestamp

    @property
    def state(self) -> NDArray[np.int8]:
        """`State` of each, shape (N,)."""
        return self.labels.state

    @property
    def hours(self) -> NDArray[np.float64]:
        """Hours from each decision to when its win or loss was recorded; the age of an open one."""
        return np.nan_to_num(self.labels.hours, nan=0.0)

    @property
    def revenue(self) -> NDArray[np.float64]:
        """Sum over the outcomes so far, refunds negative, shape (N,)."""
        return self.labels.revenue

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
        """Hours from each decision to ``as_of``, in whatever state it is, shape (N,)."""
        hours = (utc64(self.as_of) - self.moments) / np.timedelta64(1, "h")
        return np.asarray(hours, dtype=np.float64)

    @property
    def cells(self) -> list[tuple[str, str]]:
        """(source, type) of each decision."""
        return cells_of(self.frame)


def cells_of(frame: OpportunityFrame) -> list[tuple[str, str]]:
    """Return (source, type) of each opportunity."""
    return list(zip(frame.source.tolist(), frame.type.tolist(), strict=True))


def utc64(moment: datetime) -> np.datetime64:
    """Return an aware datetime as numpy's UTC moment in microseconds.

    Examples
    --------
    >>> str(utc64(datetime(2026, 2, 8, 10, tzinfo=UTC)))
    '2026-02-08T10:00:00.000000'
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")


def aware(moment: np.datetime64) -> datetime:
    """Return numpy's UTC moment as an aware datetime."""
    naive: datetime = moment.astype("datetime64[us]").astype(datetime)
    return naive.replace(tzinfo=UTC)
