r"""Likelihood of open decisions, given a rate.

Let F be the distribution of time to win, G that of time to loss, and rho the probability that a
loss is ever recorded. A decision open at age a has likelihood

    p (1 - F(a)) + (1 - p) (1 - rho G(a))  proportional to  1 + tilt (1 - 2 p),
    tilt = (F - rho G) / (2 - F - rho G), between -1 and 1.

One rule for all logs. Only wins recorded (rho = 0): old open decisions have tilt 1 and count as a
loss, young ones say little. Losses recorded as fast as wins (rho = 1, F = G): tilt 0, open says
nothing. Losses recorded faster than wins: tilt below 0, what is still open leans towards a win.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from decision_model.delays.levels import LEVELS, REACH, log_gain
from decision_model.delays.shared_grid import integrated
from decision_model.hyperparameters import (
    FIRST_RANGE_SDS,
    FIRST_RANGE_STEPS,
    HIGHEST_LOG_ODDS,
    LIKELIHOOD_VALUES_AT_ONCE,
    LOG_RATIO_SCALE,
    LOWEST_LOG_ODDS,
    QUADRATURE_POINTS,
    SHARED_RANGE_DECISIONS,
)
from decision_model.special_functions import expit, log_expit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class OpenCounts:
    """Open decisions of N groups by tilt, under J scenarios of the timing.

    ``mass`` (N, J, levels) counts decisions at each level of tilt; ``offset`` (N, J) is the part of
    the log likelihood that does not depend on p.
    """

    mass: Floats
    offset: Floats

    @classmethod
    def of(
        cls, group: Places, count: Floats, won_by: Floats, lost_by: Floats, n: int
    ) -> OpenCounts:
        """Tabulate rows of a histogram of ages.

        Parameters
        ----------
        group : ndarray of int, shape (R,)
            Group of a row, below ``n``.
        count : ndarray, shape (R,)
            Open decisions of that age.
        won_by, lost_by : ndarray, shape (R, J)
            F and rho G at that age.
        """
        n_scenarios = won_by.shape[1]
        first, shares, log_total = _at_levels(won_by, lost_by)
        row = group[:, None] * n_scenarios + np.arange(n_scenarios)
        size = n * n_scenarios * len(LEVELS)
        mass = np.zeros(size)
        for shift, share in enumerate(shares):
            mass += _summed(row * len(LEVELS) + first + shift, count[:, None] * share, size)
        offset = _summed(row, count[:, None] * log_total, n * n_scenarios)
        return cls(mass.reshape(n, n_scenarios, -1), offset.reshape(n, n_scenarios))

    @classmethod
    def of_each(cls, won_by: Floats, lost_by: Floats) -> OpenCounts:
        """Tabulate one decision of each row as a group of its own; arguments as of `of`."""
        first, shares, log_total = _at_levels(won_by, lost_by)
        mass = np.zeros(won_by.size * len(LEVELS))
        place = np.arange(won_by.size) * len(LEVELS) + first.ravel()
        for shift, share in enumerate(shares):
            mass[place + shift] = share.ravel()
        return cls(mass.reshape(*won_by.shape, -1), log_total)

    def summed(self, counts: Floats) -> OpenCounts:
        """Add the groups up, each so many times, into M others; ``counts`` has shape (M, N)."""
        n, n_scenarios = self.offset.shape
        mass = counts @ self.mass.reshape(n, -1)
        return OpenCounts(mass.reshape(len(counts), n_scenarios, -1), counts @ self.offset)


def _at_levels(
    won_by: Floats, lost_by: Floats
) -> tuple[Places, tuple[Floats, Floats, Floats, Floats], Floats]:
    """Return the first of four levels of tilt, the share of each, and the log of P(open) at p = 1/2; (R, J) each."""
    waiting_win = np.maximum(1 - won_by, 1e-12)
    waiting_loss = np.maximum(1 - lost_by, 1e-12)
    last = len(LEVELS) - 1
    scaled = np.arcsinh(np.log(waiting_loss / waiting_win) / LOG_RATIO_SCALE)
    place = np.clip((scaled / REACH + 1) * (last / 2), 0, last)
    first = np.clip(np.floor(place).astype(np.intp) - 1, 0, last - 3)
    return first, _cubic(place - first), np.log((waiting_win + waiting_loss) / 2)


def _cubic(at: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Lagrange's weights of the values at 0, 1, 2, 3 for the one at ``at``.

    They sum to 1, so that decisions are kept in number. Linear interpolation would pull the rate of
    a log with very many open decisions towards 1/2.
    """
    a, b, c, d = at, at - 1, at - 2, at - 3
    return -b * c * d / 6, a * c * d / 2, -a * b * d / 2, a * b * c / 6


def _summed(place: Places, values: Floats, size: int) -> Floats:
    return np.bincount(place.ravel(), values.ravel(), minlength=size).astype(np.float64)


def merged_ages(
    group: Places, hours: Floats, count: Floats, per_octave: int
) -> tuple[Places, Floats, Floats]:
    """Join rows of one group whose ages lie in the same part of an octave, at their mean age."""
    if not group.size:
        return group, hours, count
    bins = np.floor(per_octave * np.log2(np.maximum(hours, 1e-3))).astype(np.intp)
    bins -= bins.min()
    width = bins.max() + 1
    key, place = np.unique(group * width + bins, return_inverse=True)
    total = _summed(place, count, len(key))
    return (key // width).astype(np.intp), _summed(place, count * hours, len(key)) / total, total


@dataclass(frozen=True, slots=True)
class RatePosterior:
    """Posterior of p under each scenario, shape (N, J): log evidence, E[p] and E[p^2]."""

    log_evidence: Floats
    first: Floats
    second: Floats

    def set(self, rows: slice | Places, part: RatePosterior) -> None:
        """Overwrite some of the groups."""
        self.log_evidence[rows] = part.log_evidence
        self.first[rows] = part.first
        self.second[rows] = part.second


def rate_posterior(
    table: OpenCounts, alpha: Floats, beta: Floats, log_weight: Floats
) -> RatePosterior:
    """Multiply a Beta(alpha, beta) by the likelihood of the open decisions.

    Parameters
    ----------
    table : OpenCounts
        N groups, J scenarios.
    alpha, beta : ndarray, shape (N,)
        Prior plus closed decisions, > 0.
    log_weight : ndarray, shape (N, J)
        Rough weights of the scenarios: they only say where p has to be resolved well.

    Notes
    -----
    The range of integration starts wide and is narrowed to the bulk until the points resolve it. A
    trapezoidal rule with a step below .6 standard deviations errs by less than 1e-11 on a normal
    density. Where a group has more than `SHARED_RANGE_DECISIONS`, p is so well known under each scenario that a range
    about that of the best one would miss the others, and all weight would fall on one: see `shared_grid`.
    """
    n, n_scenarios = table.offset.shape
    many = alpha + beta + table.mass[:, 0].sum(1) > SHARED_RANGE_DECISIONS
    if n_scenarios > 1 and many.any():
        result = RatePosterior(*np.zeros((3, n, n_scenarios)))
        few = np.flatnonzero(~many)
        of_few = OpenCounts(table.mass[few], table.offset[few])
        result.set(few, rate_posterior(of_few, alpha[few], beta[few], log_weight[few]))
        _integrate_many(result, table, alpha, beta, np.flatnonzero(many))
        return result
    size = max(1, LIKELIHOOD_VALUES_AT_ONCE // (QUADRATURE_POINTS * max(n_scenarios, len(LEVELS))))
    result = RatePosterior(*np.zeros((3, n, n_scenarios)))
    for start in range(0, n, size):
        part = slice(start, start + size)
        whole = OpenCounts(table.mass[part], table.offset[part])
        result.set(part, _part_posterior(whole, alpha[part], beta[part], log_weight[part]))
    return result


def _integrate_many(
    result: RatePosterior, table: OpenCounts, alpha: Floats, beta: Floats, many: Places
) -> None:
    """Integrate groups with many decisions; scenarios for which one grid will not do one by one."""
    rows, found = integrated(table.mass[many], table.offset[many], alpha[many], beta[many])
    result.set(many[rows], RatePosterior(*found))
    left = np.setdiff1d(many, many[rows])
    if left.size:
        result.set(left, _own_ranges(table, alpha, beta, left))


def _own_ranges(table: OpenCounts, alpha: Floats, beta: Floats, which: Places) -> RatePosterior:
    """Integrate each scenario of some groups as if it were a group of its own."""
    n_scenarios = table.offset.shape[1]
    apart = OpenCounts(
        table.mass[which].reshape(-1, 1, len(LEVELS)), table.offset[which].reshape(-1, 1)
    )
    a, b = (np.repeat(values[which], n_scenarios) for values in (alpha, beta))
    found = rate_posterior(apart, a, b, np.zeros((len(a), 1)))
    return RatePosterior(
        *(x.reshape(-1, n_scenarios) for x in (found.log_evidence, found.first, found.second))
    )


def _part_posterior(
    table: OpenCounts, alpha: Floats, beta: Floats, log_weight: Floats
) -> RatePosterior:
    """Integrate groups whose arrays fit into the cache together."""
    low, high = _first_range(table, alpha, beta, log_weight)
    result = RatePosterior(*np.zeros((3, *table.offset.shape)))
    todo = np.arange(len(alpha))
    for _ in range(12):
        logit = np.linspace(low[todo], high[todo], QUADRATURE_POINTS, axis=1)
        log_density, rate = _log_density(
            table.mass[todo], table.offset[todo], alpha[todo], beta[todo], logit
        )
        step = (high[todo] - low[todo]) / (QUADRATURE_POINTS - 1)
        top = log_density.max(2)
        density = np.exp(np.subtract(log_density, top[..., None], out=log_density), out=log_density)
        moments = np.matmul(density, np.stack([np.ones_like(rate), rate, rate * rate], axis=2))
        mass = moments[..., 0]
        log_evidence = np.log(mass * step[:, None]) + top
        result.set(todo, RatePosterior(log_evidence, *(moments[..., i] / mass for i in (1, 2))))
        weight = log_weight[todo] + log_evidence
        weight = np.exp(weight - weight.max(1, keepdims=True)) / mass
        over = np.matmul(weight[:, None, :], density)[:, 0]
        low[todo], high[todo], rough = _next_range(over, logit)
        todo = todo[rough]
        if not todo.size:
            break
    return result


def _first_range(
    table: OpenCounts, alpha: Floats, beta: Floats, log_weight: Floats
) -> tuple[Floats, Floats]:
    """Find where p lies under the average scenario: mode and curvature by Newton's method."""
    share = np.exp(log_weight - log_weight.max(1, keepdims=True))
    share /= share.sum(1, keepdims=True)
    mass = np.matmul(share[:, None, :], table.mass)[:, 0]
    closed = alpha + beta
    at = np.log(alpha) - np.log(beta)
    for _ in range(FIRST_RANGE_STEPS):
        rate = expit(at)
        spread = rate * (1 - rate)
        # d log(1 + tilt (1 - 2 p)) / d logit p = -2 tilt p (1 - p) / (1 + tilt (1 - 2 p)), and so on.
        pull = LEVELS / np.maximum(1 + LEVELS * (1 - 2 * rate)[:, None], 1e-9)
        first = np.einsum("nl,nl->n", mass, pull)
        second = np.einsum("nl,nl,nl->n", mass, pull, pull)
        slope = alpha - closed * rate - 2 * spread * first
        bend = closed + 2 * (1 - 2 * rate) * first + 4 * spread * second
        bend = np.maximum(bend, 0.3 * closed) * spread
        at = np.clip(at + np.clip(slope / bend, -2, 2), LOWEST_LOG_ODDS + 1, HIGHEST_LOG_ODDS - 1)
    reach = FIRST_RANGE_SDS / np.sqrt(bend)
    return np.maximum(at - reach, LOWEST_LOG_ODDS), np.minimum(at + reach, HIGHEST_LOG_ODDS)


def _next_range(over: Floats, logit: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Range of the bulk of a density on a grid, and whether the grid missed or blurred it."""
    step = logit[:, 1] - logit[:, 0]
    over = over / over.sum(1, keepdims=True)
    mean = (over * logit).sum(1)
    sd = np.sqrt((over * (logit - mean[:, None]) ** 2).sum(1))
    # Mass at an end that could be moved: look further out on that side.
    cut_low = (over[:, 0] > 1e-4) & (logit[:, 0] > LOWEST_LOG_ODDS + 1e-9)
    cut_high = (over[:, -1] > 1e-4) & (logit[:, -1] < HIGHEST_LOG_ODDS - 1e-9)
    reach = 5.5 * sd + 1.5 * step
    width = logit[:, -1] - logit[:, 0]
    low = np.where(cut_low, logit[:, 0] - width, mean - reach)
    high = np.where(cut_high, logit[:, -1] + width, mean + reach)
    rough = (step > 0.6 * sd) | cut_low | cut_high
    return np.maximum(low, LOWEST_LOG_ODDS), np.minimum(high, HIGHEST_LOG_ODDS), rough


def _log_density(
    mass: Floats, offset: Floats, alpha: Floats, beta: Floats, logit: Floats
) -> tuple[Floats, Floats]:
    """Log density over the log-odds, shape (N, J, points), and the rates at the points."""
    log_rate, log_rest = log_expit(logit), log_expit(-logit)
    rate, rest = np.exp(log_rate), np.exp(log_rest)
    prior = alpha[:, None] * log_rate + beta[:, None] * log_rest
    log_density: Floats = np.matmul(mass, log_gain(rate, rest))
    log_density += prior[:, None, :]
    log_density += offset[..., None]
    return log_density, rate
