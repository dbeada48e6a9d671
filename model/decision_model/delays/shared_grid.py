r"""Rates of groups with many decisions, integrated over one grid for all scenarios of the delays.

With hundreds of decisions the posterior of the log-odds is nearly normal under each scenario, and narrow; the
scenarios disagree about where it lies. So each is located first, on a coarse grid that is the same for all groups, by
the parabola through its highest point and the two beside it. Then all scenarios of a group are integrated over one fine
grid that reaches from the lowest to the highest of them: the logarithms that cost most are those of the grid, not of
the scenarios. With a step of h standard deviations the trapezoidal rule errs by about 2 exp(-2 (pi / h)^2) on a normal
density [1]_: 1e-13 at .8, 5e-9 at 1.

References
----------
.. [1] Trefethen and Weideman, The exponentially convergent trapezoidal rule, SIAM Review 56 (2014), section 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from decision_model.delays.levels import log_gain
from decision_model.hyperparameters import (
    COARSE_STEP,
    HIGHEST_LOG_ODDS,
    LIKELIHOOD_VALUES_AT_ONCE,
    LOWEST_LOG_ODDS,
    MOST_SHARED_POINTS,
    SHARED_REACH_SDS,
    SHARED_STEP_SDS,
)
from decision_model.special_functions import log_expit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class _Grid:
    """Log-odds that all groups share, shape (points,), and what the likelihood takes there."""

    logit: Floats
    log_rate: Floats
    log_rest: Floats
    gain: Floats

    @classmethod
    @cache
    def coarse(cls) -> _Grid:
        """Return the grid on which densities are located."""
        points = round((HIGHEST_LOG_ODDS - LOWEST_LOG_ODDS) / COARSE_STEP) + 1
        logit = np.linspace(LOWEST_LOG_ODDS, HIGHEST_LOG_ODDS, points)
        log_rate, log_rest = log_expit(logit), log_expit(-logit)
        return cls(logit, log_rate, log_rest, log_gain(np.exp(log_rate), np.exp(log_rest)))


def integrated(
    mass: Floats, offset: Floats, alpha: Floats, beta: Floats
) -> tuple[Places, tuple[Floats, Floats, Floats]]:
    """Integrate the groups for which one grid will do.

    Parameters
    ----------
    mass : ndarray, shape (N, J, levels)
    offset : ndarray, shape (N, J)
        As of `likelihood.OpenCounts`.
    alpha, beta : ndarray, shape (N,)

    Returns
    -------
    rows : ndarray of int, shape (M,)
        The groups that were integrated; of the others some scenario lies at an end of the coarse grid, or too many
        points were needed.
    result : tuple of three ndarrays, shape (M, J)
        Log evidence, E[p] and E[p^2].
    """
    low, high, points = _ranges(mass, alpha, beta)
    rows = np.flatnonzero(points <= MOST_SHARED_POINTS)
    rows = rows[np.argsort(points[rows], kind="stable")]  # alike numbers of points together
    result = tuple(np.zeros((3, len(rows), mass.shape[1])))
    reaches = np.ones(len(rows), dtype=np.bool_)
    start = 0
    while start < len(rows):
        per_group = mass.shape[1] * int(points[rows[start]])
        part = slice(start, start + max(1, LIKELIHOOD_VALUES_AT_ONCE // per_group))
        group = rows[part]
        logit = np.linspace(low[group], high[group], int(points[group].max()), axis=1)
        *found, reaches[part] = _moments(
            mass[group], offset[group], alpha[group], beta[group], logit
        )
        for whole, own in zip(result, found, strict=True):
            whole[part] = own
        start += len(group)
    kept = np.flatnonzero(reaches)
    return rows[kept], (result[0][kept], result[1][kept], result[2][kept])


def _ranges(mass: Floats, alpha: Floats, beta: Floats) -> tuple[Floats, Floats, Floats]:
    """Return where the bulk of all scenarios of each group lies, and how many points resolve it; shape (N,) each."""
    grid = _Grid.coarse()
    density = np.matmul(mass, grid.gain)
    density += (alpha[:, None] * grid.log_rate + beta[:, None] * grid.log_rest)[:, None, :]
    last = len(grid.logit) - 1
    top = density.argmax(2)
    inner = np.clip(top, 1, last - 1)
    left, middle, right = (
        np.take_along_axis(density, (inner + side)[..., None], axis=2)[..., 0]
        for side in (-1, 0, 1)
    )
    bend = np.minimum(left - 2 * middle + right, -1e-9)
    mode = grid.logit[inner] + np.clip((left - right) / (2 * bend), -1, 1) * COARSE_STEP
    sd = COARSE_STEP / np.sqrt(-bend)
    # The parabola misplaces the mode by up to a twenty-fifth of its step.
    reach = SHARED_REACH_SDS * sd + COARSE_STEP / 12
    low, high = (mode - reach).min(1), (mode + reach).max(1)
    points = np.ceil((high - low) / (SHARED_STEP_SDS * sd.min(1))) + 1
    at_end = (top != inner).any(1) | (low < LOWEST_LOG_ODDS) | (high > HIGHEST_LOG_ODDS)
    return low, high, np.where(at_end, np.inf, points)


def _moments(
    mass: Floats, offset: Floats, alpha: Floats, beta: Floats, logit: Floats
) -> tuple[Floats, Floats, Floats, NDArray[np.bool_]]:
    """Log evidence, E[p] and E[p^2], shape (N, J), and whether nothing lies beyond the ends of the grid."""
    log_rate, log_rest = log_expit(logit), log_expit(-logit)
    rate, rest = np.exp(log_rate), np.exp(log_rest)
    density = np.matmul(mass, log_gain(rate, rest))
    density += (alpha[:, None] * log_rate + beta[:, None] * log_rest)[:, None, :]
    top = density.max(2)
    density = np.exp(np.subtract(density, top[..., None], out=density), out=density)
    moments = np.matmul(density, np.stack([np.ones_like(rate), rate, rate * rate], axis=2))
    total = moments[..., 0]
    step = (logit[:, -1] - logit[:, 0]) / (logit.shape[1] - 1)
    log_evidence = np.log(total * step[:, None]) + top + offset
    reaches = (density[..., [0, -1]].max((1, 2)) < 1e-6).astype(np.bool_)
    return log_evidence, moments[..., 1] / total, moments[..., 2] / total, reaches
