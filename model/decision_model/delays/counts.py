"""Counts of delays: histograms of recorded delays and of the ages of open decisions, by group."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from decision_model.delays.likelihood import merged_ages
from decision_model.hyperparameters import (
    AGES_PER_OCTAVE,
    COARSENED_DECISIONS,
    DELAYS_PER_OCTAVE,
    INSTANT_HOURS,
)
from decision_model.inputs.evidence import LOST, OPEN, WON, Evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class DelayCounts:
    """Delays of N groups: histograms of recorded delays and of the ages of open decisions.

    Parameters
    ----------
    closed : ndarray, shape (N, 2)
        All wins and losses, with a known delay or not.
    instant : ndarray, shape (N, 2)
        Those that came at once.
    group, hours, count : tuple of three ndarrays, shape (R,) each
        Rows of the histograms of wins, of losses and of open decisions, by group.
    """

    closed: Floats
    instant: Floats
    group: tuple[Places, Places, Places]
    hours: tuple[Floats, Floats, Floats]
    count: tuple[Floats, Floats, Floats]

    @classmethod
    def of(cls, evidence: Evidence, group: Places, n: int) -> DelayCounts:
        """Add the cells of each group up; ``group`` (C,) numbers them."""
        closed = np.zeros((n, 2))
        closed[:, 0] = np.bincount(group, evidence.won, n)
        closed[:, 1] = np.bincount(group, evidence.lost, n)
        of_row = group[evidence.delay_cell]
        instant, rows = np.zeros((n, 2)), []
        for side, state in enumerate((WON, LOST)):
            at_once = (evidence.delay_state == state) & (evidence.delay_hours <= INSTANT_HOURS)
            instant[:, side] = np.bincount(of_row[at_once], evidence.delay_count[at_once], n)
            rows.append((evidence.delay_state == state) & (evidence.delay_hours > INSTANT_HOURS))
        rows.append((evidence.delay_state == OPEN) & (evidence.delay_count > 0))
        return cls._merged(
            closed,
            instant,
            [of_row[one] for one in rows],
            [evidence.delay_hours[one] for one in rows],
            [evidence.delay_count[one] for one in rows],
        )

    @classmethod
    def _merged(
        cls,
        closed: Floats,
        instant: Floats,
        group: Sequence[Places],
        hours: Sequence[Floats],
        count: Sequence[Floats],
    ) -> DelayCounts:
        per_octave = (DELAYS_PER_OCTAVE, DELAYS_PER_OCTAVE, AGES_PER_OCTAVE)
        merged = [merged_ages(*each) for each in zip(group, hours, count, per_octave, strict=True)]
        return cls(closed, instant, *(tuple(part) for part in zip(*merged, strict=True)))

    def coarsened(self) -> DelayCounts:
        """Count each group as `coarsening` says: never as more than so many decisions."""
        share = self.coarsened_share()
        counts = [n * share[g] for g, n in zip(self.group, self.count, strict=True)]
        return replace(
            self,
            closed=self.closed * share[:, None],
            instant=self.instant * share[:, None],
            count=(counts[0], counts[1], counts[2]),
        )

    def coarsened_share(self) -> Floats:
        """Power to which the likelihood of each group is raised, shape (N,)."""
        still_open = np.bincount(self.group[2], self.count[2], len(self.closed))
        return coarsening(self.closed.sum(1) + still_open)

    def others(self) -> DelayCounts:
        """For each group the sum of all other groups."""
        n = len(self.closed)
        group, row = [], []
        for own in self.group:
            pairs = np.argwhere(own[None, :] != np.arange(n)[:, None])
            group.append(pairs[:, 0])
            row.append(pairs[:, 1])
        return self._merged(
            self.closed.sum(0) - self.closed,
            self.instant.sum(0) - self.instant,
            group,
            [hours[one] for hours, one in zip(self.hours, row, strict=True)],
            [count[one] for count, one in zip(self.count, row, strict=True)],
        )

    def take(self, types: Places) -> DelayCounts:
        """Keep some of the groups, in ascending order, and number them from 0."""
        wins, losses, still_open = (np.isin(group, types) for group in self.group)
        kept = wins, losses, still_open
        group = [np.searchsorted(types, g[one]) for g, one in zip(self.group, kept, strict=True)]
        hours = [h[one] for h, one in zip(self.hours, kept, strict=True)]
        count = [n[one] for n, one in zip(self.count, kept, strict=True)]
        return DelayCounts(
            self.closed[types], self.instant[types], (group[0], group[1], group[2]),
            (hours[0], hours[1], hours[2]), (count[0], count[1], count[2]),
        )  # fmt: skip

    def with_new(self) -> DelayCounts:
        """Append a group without any decision."""
        return replace(
            self,
            closed=np.concatenate([self.closed, np.zeros((1, 2))]),
            instant=np.concatenate([self.instant, np.zeros((1, 2))]),
        )

    def total(self) -> DelayCounts:
        """All groups as one."""
        return self._merged(
            self.closed.sum(0, keepdims=True),
            self.instant.sum(0, keepdims=True),
            [np.zeros_like(group) for group in self.group],
            self.hours,
            self.count,
        )

    def timed(self, side: int) -> Floats:
        """Number of wins (0) or losses (1) with a delay that took time, shape (N,)."""
        total = np.bincount(self.group[side], self.count[side], len(self.closed))
        return total.astype(np.float64)


def coarsening(decisions: Floats) -> Floats:
    """Return the power a / (a + n) to which the likelihood of n decisions is raised, with a = `COARSENED_DECISIONS`.

    Delays are nearly, not exactly, of the shape that the model gives them. Of a few hundred decisions that does not
    show; of tens of thousands the likelihood would be sure of whatever error of shape fits best, and with it of how
    many open decisions will be won. The power gives the posterior where data are only close to the model (Miller and
    Dunson, Robust Bayesian inference via coarsening, JASA 114, 2019, section 2.3).
    """
    result: Floats = COARSENED_DECISIONS / (COARSENED_DECISIONS + decisions)
    return result
