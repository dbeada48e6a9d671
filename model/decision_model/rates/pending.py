"""Open decisions of the cells: what they will still bring, and how long wins take to be recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from decision_model.delays.likelihood import merged_ages
from decision_model.delays.recorded import recorded_by
from decision_model.hyperparameters import AGES_PER_OCTAVE, ROUGH_AGES_PER_OCTAVE
from decision_model.inputs.evidence import OPEN, WON
from decision_model.quantiles import NORMAL_95

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from decision_model.delays.posterior import DelayPosterior
    from decision_model.inputs.evidence import Evidence

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class OpenShares:
    """Open decisions by cell and age, shape (R,) each.

    Parameters
    ----------
    n_cells : int
    cell, count : ndarray
    won_by, lost_by : ndarray
        Shares of wins and of losses that are recorded by that age.
    """

    n_cells: int
    cell: NDArray[np.intp]
    count: Floats
    won_by: Floats
    lost_by: Floats

    @classmethod
    def of(cls, evidence: Evidence, delays: DelayPosterior, group: NDArray[np.intp]) -> OpenShares:
        """Count the open decisions by cell and age; ``group`` is the type of each cell."""
        rows = np.flatnonzero((evidence.delay_state == OPEN) & (evidence.delay_count > 0))
        cell = evidence.delay_cell[rows]
        cell, hours, count = merged_ages(
            cell, evidence.delay_hours[rows], evidence.delay_count[rows], AGES_PER_OCTAVE
        )
        won_by, lost_by = recorded_by(delays, group[cell], hours, ROUGH_AGES_PER_OCTAVE)
        return cls(len(evidence.types), cell, count, won_by, lost_by)

    def pending_revenue(
        self,
        own: NDArray[np.intp],
        rates: tuple[Floats, Floats, Floats],
        per_win: Floats,
        log_sd: Floats,
        spread: Floats,
    ) -> tuple[Floats, Floats, Floats]:
        """Revenue that the open decisions of each cell will bring: expected, low, high.

        An open decision is still won with probability p (1 - F) / (p (1 - F) + (1 - p) (1 - rho G)).
        The logarithms of three independent errors add up: that of the rate, that of the mean revenue,
        and that of so many wins of so different amounts.
        """
        wins = []
        for rate in rates:
            p = np.zeros(self.n_cells)
            p[own[own >= 0]] = rate[own >= 0]
            chance = still_won(p[self.cell], self.won_by, self.lost_by)
            total = np.bincount(self.cell, self.count * chance, self.n_cells).astype(np.float64)
            wins.append(of_own_cells(total, own))
        mean, low, high = (np.maximum(one, 1e-12) for one in wins)
        drawn = np.sqrt((1 + spread) / np.maximum(mean, 1e-6))
        expected = wins[0] * per_win
        sides = (np.log(mean / low), np.log(high / mean))
        below, above = (np.hypot(both_errors(side, log_sd), NORMAL_95 * drawn) for side in sides)
        # Many small numbers are not lognormal: more than a factor of e^3 says no more than that.
        return expected, expected * np.exp(-below), expected * np.exp(np.minimum(above, 3.0))


def recording_lag(evidence: Evidence, group: NDArray[np.intp], n: int) -> Floats:
    """Share of the delays of wins that passes after they occurred, by each of n types and for a new one."""
    if evidence.recording_lag is None:
        return np.zeros(n + 1)
    rows = np.flatnonzero(evidence.delay_state == WON)
    hours = evidence.delay_hours[rows] * evidence.delay_count[rows]
    delay = np.bincount(group[evidence.delay_cell[rows]], hours, n)
    lag = np.bincount(group, evidence.recording_lag, n)
    every = lag.sum() / max(delay.sum(), 1e-9)
    own = np.divide(lag, delay, out=np.full(n, every), where=delay > 0)
    share: Floats = np.clip(np.append(own, every), 0.0, 1.0)
    return share


def still_won(p: Floats, won_by: Floats, lost_by: Floats) -> Floats:
    """P(won in the end | open so long), from P(won) and the shares recorded by that age."""
    to_win = p * (1 - won_by)
    chance: Floats = to_win / np.maximum(to_win + (1 - p) * (1 - lost_by), 1e-12)
    return chance


def both_errors(of_rate: Floats, log_sd: Floats) -> Floats:
    """Half width of the interval of log(rate x revenue per win): independent errors add squared."""
    result: Floats = np.hypot(of_rate, NORMAL_95 * log_sd)
    return np.minimum(result, 100.0)


def of_own_cells(values: Floats, own: NDArray[np.intp]) -> Floats:
    """Values of the fitted cells, 0 where ``own`` is -1."""
    return np.append(values, 0.0)[own]
