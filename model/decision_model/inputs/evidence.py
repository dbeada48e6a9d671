"""Everything the rate model needs to know of a log, as of one moment: counts and delays."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from decision_model.inputs.senders import SenderSums
    from decision_model.inputs.time_slices import TimeSlices

OPEN, WON, LOST = 0, 1, 2

_CELL_COUNTS = ("won", "lost", "open", "paid", "longest_hours")
_CELL_SUMS = (
    "revenue", "sum_log_revenue", "sum_log_revenue_squared",
    "paid_revenue", "paid_revenue_squared", "largest_revenue",
)  # fmt: skip
_ROWS = ("delay_cell", "delay_state", "delay_hours", "delay_count")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Counts of a log per cell, and how long its decisions took or have been waiting.

    Parameters
    ----------
    types, sources : tuple of str, length C
        The two names of each cell; a pair occurs once.
    won, lost, open : ndarray of float, shape (C,)
        Decisions by state.
    paid : ndarray of float, shape (C,)
        Won decisions that brought revenue above zero.
    revenue : ndarray of float, shape (C,)
        Total revenue in USD, refunds subtracted.
    sum_log_revenue, sum_log_revenue_squared : ndarray of float, shape (C,)
        Sums over the paid decisions of log(USD) and of its square.
    delay_cell : ndarray of int, shape (R,)
        Cell of a row of the delay histogram.
    delay_state : ndarray of int, shape (R,)
        0 open, 1 won, 2 lost.
    delay_hours : ndarray of float, shape (R,)
        Mean hours in the bin: until the win, until the loss, or the age of open decisions.
    delay_count : ndarray of float, shape (R,)
        Decisions in the bin. Decisions without any row are ones whose delay is not known: a win or
        a loss still counts as such, an open one then says nothing about the rate.
    longest_hours : ndarray of float, shape (C,), optional
        Age of each cell's oldest decision, whatever its state; at least the longest delay or age in
        the histogram.
    paid_revenue, paid_revenue_squared : ndarray of float, shape (C,), optional
        Sums over the paid decisions of revenue and of its square; by default the total revenue, and
        what a lognormal with the given logarithms would give.
    largest_revenue : ndarray of float, shape (C,), optional
        Of one paid decision; by default the largest that the logarithms allow.
    slices : TimeSlices, optional
        Decisions by cell and age; without it nothing is forgotten.
    recording_lag : ndarray of float, shape (C,), optional
        Hours from occurrence to record, summed over the won decisions of the cell; by default none.
    senders : SenderSums, optional
        How often senders repeat among the closed decisions; without it, never.

    Raises
    ------
    ValueError
        Where lengths differ, a count is negative or not finite, or a cell occurs twice.
    """

    types: tuple[str, ...]
    sources: tuple[str, ...]
    won: NDArray[np.float64]
    lost: NDArray[np.float64]
    open: NDArray[np.float64]
    paid: NDArray[np.float64]
    revenue: NDArray[np.float64]
    sum_log_revenue: NDArray[np.float64]
    sum_log_revenue_squared: NDArray[np.float64]
    delay_cell: NDArray[np.intp]
    delay_state: NDArray[np.int8]
    delay_hours: NDArray[np.float64]
    delay_count: NDArray[np.float64]
    longest_hours: NDArray[np.float64] | None = None
    paid_revenue: NDArray[np.float64] | None = None
    paid_revenue_squared: NDArray[np.float64] | None = None
    largest_revenue: NDArray[np.float64] | None = None
    slices: TimeSlices | None = None
    recording_lag: NDArray[np.float64] | None = None
    senders: SenderSums | None = None

    def __post_init__(self) -> None:
        for field in fields(self)[2:]:
            if field.name in {"slices", "senders"} or getattr(self, field.name) is None:
                continue
            kind = {"delay_cell": np.intp, "delay_state": np.int8}.get(field.name, np.float64)
            object.__setattr__(self, field.name, np.asarray(getattr(self, field.name), dtype=kind))
        _check_lengths(self, (*_CELL_COUNTS, *_CELL_SUMS), len(self.types))
        _check_lengths(self, _ROWS, len(self.delay_cell))
        for name in (*_CELL_COUNTS, "delay_hours", "delay_count"):
            values = getattr(self, name)
            if values is not None and not np.all(np.isfinite(values) & (values >= 0)):
                raise ValueError(f"Evidence.{name} must be finite and at least 0.")
        for name in _CELL_SUMS:
            values = getattr(self, name)
            if values is not None and not np.all(np.isfinite(values)):
                raise ValueError(f"Evidence.{name} must be finite.")
        if len(self.sources) != len(self.types):
            raise ValueError("Evidence.types and Evidence.sources must be of one length.")
        if len(set(zip(self.types, self.sources, strict=True))) != len(self.types):
            raise ValueError("A (type, source) pair occurs twice in Evidence.")
        if len(self.delay_cell) and not (
            self.delay_cell.min() >= 0 and self.delay_cell.max() < len(self.types)
        ):
            raise ValueError("Evidence.delay_cell points outside the cells.")

    @classmethod
    def from_counts(
        cls,
        types: tuple[str, ...] = (),
        sources: tuple[str, ...] = (),
        *,
        won: NDArray[np.float64] | None = None,
        lost: NDArray[np.float64] | None = None,
    ) -> Evidence:
        """Evidence of closed decisions only, without delays and revenue; an empty log by default.

        Examples
        --------
        >>> Evidence.from_counts(("job",), ("mail",), won=[3], lost=[1]).decisions
        array([4.])
        """
        nothing = np.zeros(len(types))
        return cls(
            types=tuple(types),
            sources=tuple(sources),
            won=nothing if won is None else won,
            lost=nothing if lost is None else lost,
            open=nothing,
            paid=nothing,
            revenue=nothing,
            sum_log_revenue=nothing,
            sum_log_revenue_squared=nothing,
            delay_cell=np.zeros(0, dtype=np.intp),
            delay_state=np.zeros(0, dtype=np.int8),
            delay_hours=np.zeros(0),
            delay_count=np.zeros(0),
        )

    @property
    def kept(self) -> Evidence:
        """The part that the artifact of a trained model keeps; serving uses the log's own rates."""
        return replace(
            self,
            longest_hours=None,
            paid_revenue=None,
            paid_revenue_squared=None,
            largest_revenue=None,
            slices=None,
            senders=None,
        )

    @property
    def follow_up(self) -> NDArray[np.float64]:
        """Hours since the oldest decision of each cell."""
        longest = np.zeros(len(self.types))
        if self.longest_hours is not None:
            longest += self.longest_hours
        np.maximum.at(longest, self.delay_cell, self.delay_hours)
        return longest

    @property
    def payments(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Sum, sum of squares and largest of the revenues of paid decisions, shape (C,) each.

        What was not given is worked out from the total and the logarithms.
        """
        count = np.maximum(self.paid, 1.0)
        total = self.paid_revenue
        if total is None:
            total = np.where(self.paid > 0, self.revenue, 0.0)
        spread = self.sum_log_revenue_squared - self.sum_log_revenue**2 / count
        spread = np.maximum(spread, 0.0)
        squares, largest = self.paid_revenue_squared, self.largest_revenue
        if squares is None:
            squares = total**2 / count * np.exp(np.minimum(spread / count, 50.0))
        if largest is None:
            # max <= mean + sqrt((n - 1) / n * sum of squares) for any n numbers.
            highest = self.sum_log_revenue / count + np.sqrt(spread * (count - 1) / count)
            largest = np.where(self.paid > 0, np.exp(np.minimum(highest, 80.0)), 0.0)
        return total, squares, largest

    @property
    def decisions(self) -> NDArray[np.float64]:
        """Decisions per cell, in whatever state."""
        total: NDArray[np.float64] = self.won + self.lost + self.open
        return total


def _check_lengths(evidence: Evidence, names: tuple[str, ...], length: int) -> None:
    for name in names:
        values = getattr(evidence, name)
        if values is not None and values.shape != (length,):
            raise ValueError(f"Evidence.{name} must have shape ({length},).")
