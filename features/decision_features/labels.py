"""Labels: state, delay and revenue of each decision, as known at a moment."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

OPEN, WON, LOST = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Labels:
    """The states of N decisions as of one moment, aligned with their frame.

    Parameters
    ----------
    state : ndarray of int8, shape (N,)
        0 open, 1 won, 2 lost.
    decided_at : ndarray of datetime64[us], shape (N,)
        When each decision was made.
    closed_at : ndarray of datetime64[us], shape (N,)
        When the log learnt that it was won or lost; NaT while it is open.
    revenue : ndarray of float64, shape (N,)
        Sum over the outcomes known; 0 where there are none.
    as_of : datetime64[us]
        The moment.
    """

    state: NDArray[np.int8]
    decided_at: NDArray[np.datetime64]
    closed_at: NDArray[np.datetime64]
    revenue: NDArray[np.float64]
    as_of: np.datetime64

    def __post_init__(self) -> None:
        length = len(self.state)
        if any(len(getattr(self, f.name)) != length for f in fields(self) if f.name != "as_of"):
            raise ValueError("The columns of labels must be equally long.")

    def __len__(self) -> int:
        return len(self.state)

    @classmethod
    def from_columns(
        cls,
        *,
        state: ArrayLike,
        decided_at: ArrayLike,
        closed_at: ArrayLike,
        revenue: ArrayLike | None = None,
        as_of: np.datetime64 | None = None,
    ) -> Labels:
        """From columns as known in the end, cut back to `as_of` (None: the last moment in them)."""
        decided = np.asarray(decided_at, dtype="datetime64[us]")
        closed = np.asarray(closed_at, dtype="datetime64[us]")
        states = np.asarray(state, dtype=np.int8)
        money = (
            np.zeros(len(states)) if revenue is None else np.nan_to_num(np.asarray(revenue, float))
        )
        whole = cls(states, decided, closed, money, _latest(decided, closed))
        return whole if as_of is None else whole.known_at(as_of)

    def known_at(self, moment: np.datetime64) -> Labels:
        """As of an earlier moment: what was closed after it is open again, without revenue.

        A decision that was reversed in between keeps its last state; only the log itself can tell
        the states it had before.
        """
        known = (self.state != OPEN) & ~(self.closed_at > moment)
        nothing = np.datetime64("NaT", "us")
        return Labels(
            state=np.where(known, self.state, OPEN).astype(np.int8),
            decided_at=self.decided_at,
            closed_at=np.where(known, self.closed_at, nothing),
            revenue=np.where(known, self.revenue, 0.0),
            as_of=moment,
        )

    def take(self, rows: ArrayLike) -> Labels:
        """Take the given rows (positions or a mask)."""
        index = np.asarray(rows)
        return Labels(
            self.state[index],
            self.decided_at[index],
            self.closed_at[index],
            self.revenue[index],
            self.as_of,
        )

    @property
    def won(self) -> NDArray[np.bool_]:
        """Which are won."""
        return np.asarray(self.state == WON)

    @property
    def lost(self) -> NDArray[np.bool_]:
        """Which are lost."""
        return np.asarray(self.state == LOST)

    @property
    def open(self) -> NDArray[np.bool_]:
        """Which are open."""
        return np.asarray(self.state == OPEN)

    @property
    def hours(self) -> NDArray[np.float64]:
        """Hours from decision to closing; for open ones their age. Never negative; nan not known."""
        until = np.where(self.open, self.as_of, self.closed_at)
        span = (until - self.decided_at).astype("timedelta64[us]")
        hours = span.astype(np.float64) / 3.6e9
        hours[np.isnat(span)] = np.nan
        return np.asarray(np.maximum(hours, 0.0))


def _latest(*columns: NDArray[np.datetime64]) -> np.datetime64:
    known = [column[~np.isnat(column)] for column in columns]
    moments = [column.max() for column in known if len(column)]
    return max(moments) if moments else np.datetime64("1970-01-01", "us")
