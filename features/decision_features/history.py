"""History of senders: earlier decisions, and how those had ended by then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decision_features.frame import OpportunityFrame
from decision_features.hyperparameters import SENDER_HALF_DECISIONS, SENDER_PRIOR_OUTCOMES
from decision_features.labels import Labels

NAMES = ("sender known", "sender record", "days since the last")


@dataclass(frozen=True, slots=True)
class SenderHistory:
    """Every sender's decisions and their closing, for questions as of any moment.

    Each of the three logs (decided, won, lost) is one sorted array of integers, the sender's number in the
    high bits and the moment in the low ones, so that a question is two binary searches.

    Parameters
    ----------
    senders : dict of str to int
        Their numbers.
    decided, won, lost : ndarray of int64
        Sorted keys of the moments at which that was known.
    """

    senders: dict[str, int]
    decided: NDArray[np.int64]
    won: NDArray[np.int64]
    lost: NDArray[np.int64]

    @classmethod
    def learn(cls, frame: OpportunityFrame, labels: Labels) -> SenderHistory:
        """From decisions and their labels; those without a sender or a time are left out."""
        known = np.array([s is not None for s in frame.sender], dtype=bool) & ~np.isnat(
            frame.timestamp
        )
        names = sorted(set(frame.sender[known].tolist()))
        numbers = {name: number for number, name in enumerate(names)}
        codes = np.array([numbers[s] for s in frame.sender[known]], dtype=np.int64)
        closed = ~np.isnat(labels.closed_at[known])
        won, lost = labels.won[known] & closed, labels.lost[known] & closed
        return cls(
            numbers,
            decided=_keys(codes, frame.timestamp[known]),
            won=_keys(codes[won], labels.closed_at[known][won]),
            lost=_keys(codes[lost], labels.closed_at[known][lost]),
        )

    def records(self, moment: np.datetime64) -> SenderRecords:
        """Every sender's record as of a moment; those without a decision by then are left out."""
        names = list(self.senders)
        codes = np.arange(len(names), dtype=np.int64)
        until = _seconds_key(codes, np.full(len(names), moment)) + 1
        start = _seconds_key(codes, None)
        counts = np.zeros((len(names), 3))
        for column, log in enumerate((self.decided, self.won, self.lost)):
            counts[:, column] = np.searchsorted(log, until) - np.searchsorted(log, start)
        has = np.flatnonzero(counts[:, 0] > 0)
        newest = self.decided[np.searchsorted(self.decided, until[has]) - 1] - start[has]
        rows = {names[code]: row for row, code in enumerate(has.tolist())}
        return SenderRecords(rows, counts[has], newest.astype("datetime64[s]"))

    def before(self, frame: OpportunityFrame) -> NDArray[np.float64]:
        """Tell what was known of each opportunity's sender strictly before its decision.

        Returns
        -------
        ndarray of float64, shape (N, 4)
            Earlier decisions, wins, losses, and days since the last decision. Without a sender or a
            time all four are nan; of an unknown sender the counts are 0 and the days nan.
        """
        known = np.array([s is not None for s in frame.sender], dtype=bool) & ~np.isnat(
            frame.timestamp
        )
        answer = np.full((len(frame), 4), np.nan)
        codes = np.array([self.senders.get(s, -1) for s in frame.sender[known]], dtype=np.int64)
        moments = frame.timestamp[known]
        found = codes >= 0
        rows = np.zeros((len(codes), 4))
        rows[:, 3] = np.nan
        start = _seconds_key(codes[found], None)
        until = _seconds_key(codes[found], moments[found])
        for column, log in enumerate((self.decided, self.won, self.lost)):
            first = np.searchsorted(log, start, side="left")
            last = np.searchsorted(log, until, side="left")
            rows[found, column] = last - first
            if column == 0:
                previous = np.where(
                    last > first, log[np.maximum(last - 1, 0)] if len(log) else 0, until
                )
                rows[found, 3] = np.where(last > first, (until - previous) / 86_400.0, np.nan)
        answer[known] = rows
        return answer


@dataclass(frozen=True, slots=True)
class SenderRecords:
    """Every sender's record as of one moment: what a scorer keeps of the history.

    Parameters
    ----------
    senders : dict of str to int
        Their rows.
    counts : ndarray of float64, shape (S, 3)
        Decisions, wins and losses.
    last : ndarray of datetime64[s], shape (S,)
        Time of the last decision.
    """

    senders: dict[str, int]
    counts: NDArray[np.float64]
    last: NDArray[np.datetime64]

    def before(self, frame: OpportunityFrame) -> NDArray[np.float64]:
        """As `SenderHistory.before`, for opportunities at or after that moment."""
        row_of = self.senders.get
        names = frame.sender.tolist()
        rows = np.array([_NOBODY if one is None else row_of(one, _NEW) for one in names], np.intp)
        rows[np.isnat(frame.timestamp)] = _NOBODY
        answer = np.zeros((len(rows), 4))
        answer[:, 3] = np.nan
        found = (rows >= 0).nonzero()[0]
        theirs = rows[found]
        answer[found, :3] = self.counts[theirs]
        since = frame.timestamp[found].astype("datetime64[s]") - self.last[theirs]
        answer[found, 3] = np.maximum(since.astype(np.float64) / 86_400.0, 0.0)
        answer[rows == _NOBODY] = np.nan
        return answer


_NEW, _NOBODY = -1, -2  # rows of a sender without a record, and of none


def as_features(past: NDArray[np.float64]) -> NDArray[np.float64]:
    """Make what a model may use of `SenderHistory.before`, shape (N, 3), columns as in `NAMES`.

    Counts of busy senders grow as long as the log does, so that later rows would lie outside of all that
    training saw. Used are therefore n / (n + 5), which soon reaches 1, and the log-odds of wins with two of each
    added (`SENDER_HALF_DECISIONS`, `SENDER_PRIOR_OUTCOMES`), which settle at the sender's own rate.
    """
    answer = np.empty((len(past), len(NAMES)))
    decided, ended = past[:, 0], past[:, 1:3] + SENDER_PRIOR_OUTCOMES
    np.divide(decided, decided + SENDER_HALF_DECISIONS, out=answer[:, 0])
    np.log(ended[:, 0] / ended[:, 1], out=answer[:, 1])
    answer[:, 2] = past[:, 3]
    return answer


# A key is sender number * 2^34 + seconds since 1970 (2^34 s reach the year 2514; 2^29 senders fit).
_SHIFT = 34


def _keys(codes: NDArray[np.int64], moments: NDArray[np.datetime64]) -> NDArray[np.int64]:
    return np.sort(_seconds_key(codes, moments))


def _seconds_key(
    codes: NDArray[np.int64], moments: NDArray[np.datetime64] | None
) -> NDArray[np.int64]:
    key = codes << _SHIFT
    if moments is None:
        return key
    seconds = moments.astype("datetime64[s]").astype(np.int64)
    return np.asarray(key + np.clip(seconds, 0, (1 << _SHIFT) - 1))
