r"""Rates in time: how fast old decisions are forgotten, averaged over half-lives by prequential evidence.

The current rate is wanted, not the average since the log began. With a half-life h a decision of age
a counts 2^(-a / h). For each of a few half-lives, infinity among them, the log is replayed slice by slice:
every cell's rate is predicted from what came before, each decision weighted by its age at that moment, and
judged by the log likelihood l_h of what is on record of the slice (wins, losses, and decisions still open, by
the delay model) [1]_. How far a cell is pulled to the rate of all cells is averaged over as well; otherwise
forgetting, which pulls further, wins where cells are alike. Half-life h has the weight

    w_h  proportional to  prior_h exp(l_h),

and rates are mixtures over half-lives with these weights [2]_: no shown rate jumps where two predict alike.

Comparisons ask another question, whether rates change *lastingly*, and take weights of exp(l_h / D) for it.
D >= 1 is the design effect of slices: where decisions that lie near in time end alike (bursts, days), the newest
foretell the next well, but the likelihood overstates what is known of a lasting change. It is read off the
differences of neighbouring slices, pairs, quadruples and eights of slices, which a single lasting change hardly
moves. (To temper the weights of the rates, too, cost bank_marketing .003 nats, where 3 % won become 50 %.)

Whether a change is *reported* is another question, asked by `breaks`, which holds its error over all looks.

References
----------
.. [1] Dawid, Prequential analysis, JRSS A 147 (1984).
.. [2] Hoeting et al., Bayesian model averaging: a tutorial, Statist. Sci. 14 (1999), 382-401.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from decision_model.hyperparameters import (
    FORGETTING_CELL_WEIGHTS,
    FORGETTING_PRIOR,
    FORGETTING_SLICES,
    HALF_LIVES,
    LEAST_SLICE_VARIANCE,
    MOST_FORGETTING_CELLS,
    NEGLIGIBLE_HALF_LIFE,
)
from decision_model.inputs.time_slices import TimeSlices
from decision_model.special_functions import erf, logsumexp

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Forgetting:
    """Half-lives and how much each counts.

    Parameters
    ----------
    half_lives : ndarray, shape (H,)
        Hours, longest first; inf is not forgetting. Those of negligible weight are left out.
    weight : ndarray, shape (H,)
        Sums to one.
    steady : float
        Probability that nothing changes lastingly, where decisions near in time may end alike.
    """

    half_lives: Floats
    weight: Floats
    steady: float

    @classmethod
    def none(cls) -> Forgetting:
        """Nothing is forgotten."""
        return cls(np.array([np.inf]), np.ones(1), 1.0)

    @property
    def half_life(self) -> float:
        """Weighted median, hours: inf where not forgetting has at least half of the weight."""
        return float(self.half_lives[np.searchsorted(np.cumsum(self.weight), 0.5 - 1e-12)])


def learn_forgetting(
    slices: TimeSlices, won_by: Floats, lost_by: Floats, group: Places | None = None
) -> Forgetting:
    """Weigh half-lives by how well each predicts.

    Parameters
    ----------
    slices : TimeSlices
    won_by, lost_by : ndarray, shape (R,)
        Shares of wins and of losses that are on record at the age of each row.
    group : ndarray of int, shape (C,), optional
        Type of each cell: of more than `MOST_FORGETTING_CELLS` cells the smaller ones of a type count as one.
    """
    if not slices.cell.size or slices.width <= 0:
        return Forgetting.none()
    halves = np.array([np.inf, *HALF_LIVES])
    if group is not None and slices.cell.max() >= MOST_FORGETTING_CELLS:
        slices, won_by, lost_by = _merged(slices, won_by, lost_by, group)
    fit, excess = _replayed(slices, won_by, lost_by, halves)
    weight = _weights(fit)
    kept = np.flatnonzero(weight >= NEGLIGIBLE_HALF_LIFE)
    steady = float(_weights(fit / _design_effect(excess))[0])
    return Forgetting(halves[kept] * slices.width, weight[kept] / weight[kept].sum(), steady)


def _weights(fit: Floats) -> Floats:
    """Posterior weights of not forgetting and of the half-lives, from their log likelihoods."""
    changing = [FORGETTING_PRIOR / len(HALF_LIVES)] * len(HALF_LIVES)
    weight = np.array([1 - FORGETTING_PRIOR, *changing]) * np.exp(fit - fit.max())
    return np.asarray(weight / weight.sum())


def _merged(
    slices: TimeSlices, won_by: Floats, lost_by: Floats, group: Places
) -> tuple[TimeSlices, Floats, Floats]:
    """Join the smaller cells of each type."""
    size = np.bincount(slices.cell, slices.decisions, len(group))
    place = group.astype(np.intp) + MOST_FORGETTING_CELLS
    largest = np.argsort(-size, kind="stable")[:MOST_FORGETTING_CELLS]
    place[largest] = np.arange(len(largest))
    keys, row = np.unique(
        place[slices.cell] * FORGETTING_SLICES + slices.index, return_inverse=True
    )
    decisions = np.bincount(row, slices.decisions).astype(np.float64)

    def mean(values: Floats) -> Floats:
        return np.asarray(np.bincount(row, values * slices.decisions) / np.maximum(decisions, 1e-9))

    cell, index = np.divmod(keys, FORGETTING_SLICES)
    won, lost = (np.bincount(row, one).astype(np.float64) for one in (slices.won, slices.lost))
    joined = TimeSlices(cell, index, mean(slices.hours), decisions, won, lost)
    return joined, mean(won_by), mean(lost_by)


def _replayed(
    slices: TimeSlices, won_by: Floats, lost_by: Floats, halves: Floats
) -> tuple[Floats, Floats]:
    """Return the log likelihood of each half-life, shape (H,), and residuals of the slices, shape (2, S).

    The residuals are wins less what not forgetting expected of them, and their variance, oldest slice first.
    """
    keep = 2.0 ** (-1.0 / halves)[:, None]
    pull = np.array(FORGETTING_CELL_WEIGHTS)[:, None, None]
    n = int(slices.cell.max()) + 1
    won, lost = np.zeros((len(keep), n)), np.zeros((len(keep), n))
    total = np.zeros((len(keep), 2))
    fit = np.zeros((len(pull), len(keep)))
    residual = []
    order = np.argsort(slices.index, kind="stable")
    ends = np.searchsorted(slices.index[order], np.arange(FORGETTING_SLICES + 1))
    for index in range(FORGETTING_SLICES - 1, -1, -1):
        rows = order[ends[index] : ends[index + 1]]
        cell = slices.cell[rows]
        level = (total[:, :1] + 0.5) / (total.sum(1, keepdims=True) + 1.0)
        own_won, own_lost = won[:, cell], lost[:, cell]
        p = (own_won + pull * level) / (own_won + own_lost + pull)
        wins, losses = slices.won[rows], slices.lost[rows]
        still_open = slices.decisions[rows] - wins - losses
        waits = np.flatnonzero(still_open > 0)
        if total[0].sum() > 0:
            fit += np.log(p) @ wins + np.log1p(-p) @ losses
            unseen = p[..., waits] * (1 - won_by[rows[waits]])
            unseen += (1 - p[..., waits]) * (1 - lost_by[rows[waits]])
            fit += np.log(np.maximum(unseen, 1e-12)) @ still_open[waits]
            best = p[np.argmax(fit[:, 0]), 0]
            closed = wins + losses
            residual.append([(wins - closed * best).sum(), (closed * best * (1 - best)).sum()])
        # Of an open decision as much counts as its age tells (see delays.open_decisions).
        p = p.mean(0)
        tells = (won_by[rows] - lost_by[rows]) / np.maximum(1 - lost_by[rows], 1e-9)
        waiting = np.maximum(1 - p * tells, 1e-9)
        as_lost = still_open * np.where(tells > 0, tells * (1 - p) / waiting, 0.0)
        as_won = still_open * np.where(tells < 0, -tells * p / waiting, 0.0)
        won *= keep
        lost *= keep
        total *= keep
        won[:, cell] += wins + as_won
        lost[:, cell] += losses + as_lost
        total += np.stack([(wins + as_won).sum(1), (losses + as_lost).sum(1)], axis=1)
    return np.asarray(logsumexp(fit, axis=0)), np.array(residual).reshape(-1, 2).T


def _design_effect(residual: Floats) -> float:
    """Return by how much the sums of slices differ more than independent decisions would; at least 1.

    Slices that lie side by side are compared, then pairs, quadruples and eights of slices: bursts that are
    longer than a slice show there. The largest difference is left out, as a lasting change makes one, and
    what chance adds to the largest of the four is taken off.
    """
    wins, variance = residual
    largest = 1.0
    for together in (1, 2, 4, 8):
        n = len(wins) // together
        sums, spread = (
            one[len(one) - n * together :].reshape(n, together).sum(1) for one in (wins, variance)
        )
        kept = spread > LEAST_SLICE_VARIANCE
        mean, inverse = sums[kept] / spread[kept], 1 / spread[kept]
        step = np.sort(np.diff(mean) ** 2 / (inverse[1:] + inverse[:-1]))
        if len(step) >= 3:
            own = step[:-1].sum() / (len(step) - _expected_largest(len(step)))
            largest = max(largest, own - np.sqrt(3 / len(step)))
    return float(largest)


@lru_cache
def _expected_largest(n: int) -> float:
    """Expected largest of n squared standard normals."""
    x = np.linspace(0, 40, 4001)
    return float(np.trapezoid(1 - erf(np.sqrt(x / 2)) ** n, x))
