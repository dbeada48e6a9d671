"""Rates in time: how fast old decisions should be forgotten, chosen by prequential loss.

The current rate is wanted, not the average since the log began. With a half-life h a decision of age
a counts 2^(-a / h). For each of a few half-lives the log is replayed slice by slice: every cell's
rate is predicted from what came before, each decision weighted by its age at that moment, and judged
by the log likelihood of what is on record of the slice (wins, losses, and decisions still open, by
the delay model). A half-life is used
where it predicts clearly better than not forgetting. A change is reported where its likelihood exceeds
that of not forgetting by a large factor: a ratio of prequential likelihoods is a martingale under the
denominator, so Ville's inequality bounds its maximum over all looks [1]_, here approximately.

References
----------
.. [1] Ramdas et al., Game-theoretic statistics and safe anytime-valid inference, Statist. Sci. 38
   (2023), section 3; Dawid, Prequential analysis, JRSS A 147 (1984).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from decision_model.hyperparameters import (
    FALSE_CHANGE_PROBABILITY,
    FORGETTING_CELL_WEIGHT,
    FORGETTING_LEAST_GAIN,
    FORGETTING_SLICES,
    HALF_LIVES,
)
from decision_model.inputs.time_slices import TimeSlices

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]


def choose_half_life(slices: TimeSlices, won_by: Floats, lost_by: Floats) -> tuple[float, bool]:
    """Return the half-life in hours, inf for none, and whether it is shown that rates change.

    Parameters
    ----------
    slices : TimeSlices
    won_by, lost_by : ndarray, shape (R,)
        Shares of wins and of losses that are on record at the age of each row.
    """
    if not slices.cell.size or slices.width <= 0:
        return np.inf, False
    halves = np.array([np.inf, *HALF_LIVES])
    keep = 2.0 ** (-1.0 / halves)
    n = int(slices.cell.max()) + 1
    won, lost = np.zeros((len(keep), n)), np.zeros((len(keep), n))
    total = np.zeros((len(keep), 2))
    fit = np.zeros(len(keep))
    for index in range(FORGETTING_SLICES - 1, -1, -1):
        rows = np.flatnonzero(slices.index == index)
        cell = slices.cell[rows]
        level = (total[:, :1] + 0.5) / (total.sum(1, keepdims=True) + 1.0)
        size = won[:, cell] + lost[:, cell] + FORGETTING_CELL_WEIGHT
        p = (won[:, cell] + FORGETTING_CELL_WEIGHT * level) / size
        wins, losses = slices.won[rows], slices.lost[rows]
        still_open = slices.decisions[rows] - wins - losses
        unseen = p * (1 - won_by[rows]) + (1 - p) * (1 - lost_by[rows])
        if total[0].sum() > 0:
            fit += (
                wins * np.log(p) + losses * np.log1p(-p)
                + still_open * np.log(np.maximum(unseen, 1e-12))
            ).sum(1)  # fmt: skip
        # Of an open decision as much counts as its age tells (see delays.open_decisions).
        tells = (won_by[rows] - lost_by[rows]) / np.maximum(1 - lost_by[rows], 1e-9)
        waiting = np.maximum(1 - p * tells, 1e-9)
        as_lost = still_open * np.where(tells > 0, tells * (1 - p) / waiting, 0.0)
        as_won = still_open * np.where(tells < 0, -tells * p / waiting, 0.0)
        won *= keep[:, None]
        lost *= keep[:, None]
        total *= keep[:, None]
        won[:, cell] += wins + as_won
        lost[:, cell] += losses + as_lost
        total += np.stack([(wins + as_won).sum(1), (losses + as_lost).sum(1)], axis=1)
    best = int(np.argmax(fit))
    gain = fit[best] - fit[0]
    changed = bool(gain > np.log(len(HALF_LIVES) / FALSE_CHANGE_PROBABILITY))
    return float(halves[best] * slices.width) if gain > FORGETTING_LEAST_GAIN else np.inf, changed
