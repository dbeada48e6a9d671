"""Decisions by cell and age, in slices of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from decision_model.hyperparameters import (
    EFFECTIVE_CELL_WEIGHT,
    FORGETTING_SLICES,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class TimeSlices:
    """Decisions by cell and age; all arrays have shape (R,).

    Parameters
    ----------
    cell : ndarray of int
        As in `Evidence`.
    index : ndarray of int
        Slice, 0 is the newest.
    hours : ndarray
        Mean age of its decisions.
    decisions, won, lost : ndarray
        Counts; the others are open.
    """

    cell: Places
    index: Places
    hours: Floats
    decisions: Floats
    won: Floats
    lost: Floats

    @property
    def width(self) -> float:
        """Hours that a slice is wide."""
        return float(np.ptp(self.hours)) / FORGETTING_SLICES if self.hours.size else 0.0

    @property
    def newest(self) -> float:
        """Age of the newest decisions, from where on older ones are forgotten."""
        return float(self.hours.min()) if self.hours.size else 0.0

    @classmethod
    def of(cls, cell: Places, age: Floats, state: NDArray[np.int8]) -> TimeSlices:
        """Cut decisions into slices; state 1 is won, 2 lost, age in hours."""
        newest = age.min() if age.size else 0.0
        span = age.max() - newest if age.size else 0.0
        slices = (
            np.floor(FORGETTING_SLICES * (age - newest) / span) if span > 0 else np.zeros(len(age))
        )
        slices = np.minimum(slices, FORGETTING_SLICES - 1)
        place = (cell * FORGETTING_SLICES + slices).astype(np.intp)
        rows, row = np.unique(place, return_inverse=True)

        def total(values: NDArray[np.generic]) -> Floats:
            return np.bincount(row, values.astype(np.float64), len(rows)).astype(np.float64)

        count = total(np.ones(len(row)))
        return cls(
            rows // FORGETTING_SLICES, rows % FORGETTING_SLICES, total(age) / np.maximum(count, 1), count,
            total(state == 1), total(state == 2),
        )  # fmt: skip

    def effective(self, won_by: Floats, lost_by: Floats) -> tuple[Floats, Floats, Floats]:
        """Return wins and losses of each row, open decisions as far as their age tells, and its cell's rate.

        Parameters
        ----------
        won_by, lost_by : ndarray, shape (R,)
            Shares of wins and of losses that are on record at the age of each row.
        """
        cells = int(self.cell.max(initial=-1)) + 1
        still_open = self.decisions - self.won - self.lost
        tells = (won_by - lost_by) / np.maximum(1 - lost_by, 1e-9)
        wins, losses = self.won, self.lost
        p = np.zeros(len(self.cell))
        for _ in range(3):
            won, lost = (np.bincount(self.cell, one, cells) for one in (wins, losses))
            level = (won.sum() + 0.5) / (won.sum() + lost.sum() + 1.0)
            n = won + lost + EFFECTIVE_CELL_WEIGHT
            p = ((won + EFFECTIVE_CELL_WEIGHT * level) / n)[self.cell]
            waiting = np.maximum(1 - p * tells, 1e-9)
            losses = self.lost + still_open * np.where(tells > 0, tells * (1 - p) / waiting, 0.0)
            wins = self.won + still_open * np.where(tells < 0, -tells * p / waiting, 0.0)
        return wins, losses, p

    def weighted(self, values: Floats, half_life: float, n: int) -> Floats:
        """Sum counts per cell, each forgotten by its age."""
        weight = self.decay(self.hours, half_life)
        return np.bincount(self.cell, values * weight, n).astype(np.float64)

    def decay(self, hours: Floats, half_life: float) -> Floats:
        """Weight of decisions of these ages."""
        return np.asarray(np.exp2(-np.maximum(hours - self.newest, 0.0) / half_life))
