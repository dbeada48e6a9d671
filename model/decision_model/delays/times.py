r"""How long wins and losses take, and how sure that is.

Time to win is lognormal, with a share of wins that come at once; time to loss likewise, and a loss
is recorded at all with probability rho. Decisions still open are censored: the likelihood is that
of a cure model, in which a decision may never be won [1]_. Little data leave much uncertainty, with
long tails that no normal approximation catches, so the posterior of a type's parameters is a set of
weighted scenarios, found by adaptive importance sampling on a fixed set of points [2]_.

References
----------
.. [1] Maller and Zhou, Survival Analysis with Long-Term Survivors (1996), chapter 5.
.. [2] Cappe et al., Population Monte Carlo, J. Comput. Graph. Stat. 13 (2004), 907-929.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, log_expit, ndtr, ndtri

from decision_model.delays.exposure import OpenTable, merged_ages, tilted
from decision_model.rates.evidence import LOST, OPEN, WON, Evidence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]

INSTANT_HOURS = 1 / 60
"""A delay of at most a minute is an outcome that came with the decision, not a waiting time."""

# Parameters: log median hours to win, log sigma, log median to loss minus that to win, log ratio of
# the sigmas, log-odds of rho, log-odds of the share of wins that come at once.
# Nothing known: a median of five days, 95 % between six hours and four months, sigma about 1.
PRIOR_MEAN = np.array([np.log(120.0), np.log(0.9), 0.0, 0.0, 0.0, -2.0])
PRIOR_SD = np.array([1.5, 0.7, 0.7, 0.4, 2.0, 1.5])
# How much types differ from each other: the medians by a factor of 3, one standard deviation.
BETWEEN_SD = np.array([1.1, 0.6, 0.5, 0.3, 1.5, 1.0])
SIZE = len(PRIOR_MEAN)

RATE_PRIOR = (0.7, 1.6)
"""Beta prior of a rate while nothing is known of other rates; mean .3."""

LEAVE_ONE_OUT = 12
"""Up to this many types, each is pooled towards all others; beyond, its own share is too small to
matter and all are pooled towards all."""

AGES_PER_OCTAVE = 3
"""Ages within a factor of 1.26 are joined at their mean: the error is of second order."""

MOST_SCENARIOS, FEWEST_SCENARIOS = 128, 16
SCENARIOS_IN_ALL = 8000
"""Points of the sampler per type, and over all types. With 64 the intervals of immature cells
cover 2 to 10 points less than with 128, with 256 no more; with thousands of types, time counts."""

ROUNDS, ROUNDS_OF_MANY, MANY_TYPES = 10, 5, 200


@dataclass(frozen=True, slots=True)
class Scenarios:
    """J weighted parameter sets for each of N types; the last type stands for any new one.

    Parameters
    ----------
    theta : ndarray, shape (N, J, 6)
        Parameters, as listed beside ``PRIOR_MEAN``.
    log_base : ndarray, shape (N, J)
        Log of prior times likelihood of the recorded delays over the sampling density: all but the
        likelihood of the decisions that are open, which depends on the rate.
    log_weight : ndarray, shape (N, J)
        The same with the open decisions, under a rate of which nothing else is known.
    instant_wins, instant_losses : ndarray, shape (N,)
        Wins seen at once, and the share of losses that came at once.
    """

    theta: Floats
    log_base: Floats
    log_weight: Floats
    instant_wins: Floats
    instant_losses: Floats

    def won_by(self, group: Places, hours: Floats) -> Floats:
        """F of a row's group at its age, shape (R, J)."""
        theta = self.theta[group]
        share = np.where(self.instant_wins[group, None] > 0, expit(theta[..., 5]), 0.0)
        z = (_log_hours(hours)[:, None] - theta[..., 0]) * np.exp(-theta[..., 1])
        result: Floats = share + (1 - share) * ndtr(z)
        return result

    def lost_by(self, group: Places, hours: Floats) -> Floats:
        """Probability that a loss is on record by that age, rho G, shape (R, J)."""
        theta = self.theta[group]
        share = self.instant_losses[group, None]
        z = _log_hours(hours)[:, None] - theta[..., 0] - theta[..., 2]
        z *= np.exp(-theta[..., 1] - theta[..., 3])
        result: Floats = expit(theta[..., 4]) * (share + (1 - share) * ndtr(z))
        return result

    def resampled(self, n: int) -> Scenarios:
        """Pick ``n`` scenarios per type, in proportion to their weight at even spacing."""
        if n >= self.theta.shape[1]:
            return self
        cumulative = np.cumsum(weights_of(self.log_weight), axis=1)
        at = (np.arange(n) + 0.5) / n
        chosen = np.minimum((cumulative[:, :, None] < at).sum(1), self.theta.shape[1] - 1)
        log_weight = np.take_along_axis(self.log_weight, chosen, axis=1)
        return Scenarios(
            np.take_along_axis(self.theta, chosen[..., None], axis=1),
            np.take_along_axis(self.log_base, chosen, axis=1) - log_weight,
            np.zeros_like(log_weight),
            self.instant_wins,
            self.instant_losses,
        )

    def quantile(self, level: float, weight: Floats) -> Floats:
        """Hours by which a share ``level`` of the wins has come, shape (N,).

        The uncertainty about the distribution itself is part of it.
        """
        n = len(self.theta)
        low, high = np.full(n, np.log(INSTANT_HOURS)), np.full(n, np.log(1e6))
        every = np.arange(n)
        for _ in range(26):
            middle = (low + high) / 2
            reached = (weight * self.won_by(every, np.exp(middle))).sum(1) >= level
            low, high = np.where(reached, low, middle), np.where(reached, middle, high)
        at_once = (weight * self.won_by(every, np.full(n, INSTANT_HOURS))).sum(1) >= level
        return np.where(at_once, 0.0, np.exp((low + high) / 2))


@dataclass(frozen=True, slots=True)
class Waits:
    """Waiting times of N groups: sums over recorded delays, and a histogram of open ages.

    ``sums`` (N, 2, 3) holds count, sum and sum of squares of log hours, of wins and of losses;
    ``instant`` (N, 2) those that came at once; ``closed`` (N, 2) all, with a known delay or not.
    """

    closed: Floats
    sums: Floats
    instant: Floats
    open_group: Places
    open_hours: Floats
    open_count: Floats

    @classmethod
    def of(cls, evidence: Evidence, group: Places, n: int) -> Waits:
        """Add the cells of each group up; ``group`` (C,) numbers them."""
        closed = np.zeros((n, 2))
        closed[:, 0] = np.bincount(group, evidence.won, n)
        closed[:, 1] = np.bincount(group, evidence.lost, n)
        of_row = group[evidence.delay_cell]
        sums, instant = np.zeros((n, 2, 3)), np.zeros((n, 2))
        for side, state in enumerate((WON, LOST)):
            rows = (evidence.delay_state == state) & (evidence.delay_hours > INSTANT_HOURS)
            log_hours = np.log(evidence.delay_hours[rows])
            for power in range(3):
                sums[:, side, power] = np.bincount(
                    of_row[rows], evidence.delay_count[rows] * log_hours**power, n
                )
            rows = (evidence.delay_state == state) & (evidence.delay_hours <= INSTANT_HOURS)
            instant[:, side] = np.bincount(of_row[rows], evidence.delay_count[rows], n)
        rows = (evidence.delay_state == OPEN) & (evidence.delay_count > 0)
        return cls(
            closed,
            sums,
            instant,
            *merged_ages(
                of_row[rows],
                evidence.delay_hours[rows],
                evidence.delay_count[rows],
                AGES_PER_OCTAVE,
            ),
        )

    def others(self) -> Waits:
        """For each group the sum of all other groups."""
        n = len(self.closed)
        pairs = [(g, row) for g in range(n) for row in np.flatnonzero(self.open_group != g)]
        group = np.array([g for g, _ in pairs], dtype=np.intp)
        row = np.array([r for _, r in pairs], dtype=np.intp)
        return Waits(
            self.closed.sum(0) - self.closed,
            np.maximum(self.sums.sum(0) - self.sums, [0, -np.inf, 0]),
            self.instant.sum(0) - self.instant,
            *merged_ages(group, self.open_hours[row], self.open_count[row], AGES_PER_OCTAVE),
        )

    def with_new(self) -> Waits:
        """Append a group without any decision."""
        return replace(
            self,
            closed=np.concatenate([self.closed, np.zeros((1, 2))]),
            sums=np.concatenate([self.sums, np.zeros((1, 2, 3))]),
            instant=np.concatenate([self.instant, np.zeros((1, 2))]),
        )

    def total(self) -> Waits:
        """All groups as one."""
        return Waits(
            self.closed.sum(0, keepdims=True),
            self.sums.sum(0, keepdims=True),
            self.instant.sum(0, keepdims=True),
            *merged_ages(
                np.zeros_like(self.open_group), self.open_hours, self.open_count, AGES_PER_OCTAVE
            ),
        )


def fit_scenarios(evidence: Evidence, group: Places, n: int) -> Scenarios:
    """Learn the timing of ``n`` types, pooled towards that of all, and of a new type.

    Parameters
    ----------
    group : ndarray of int, shape (C,)
        Type of each cell.
    """
    n_scenarios = int(np.clip(SCENARIOS_IN_ALL // (n + 1), FEWEST_SCENARIOS, MOST_SCENARIOS))
    waits = Waits.of(evidence, group, n)
    mean, variance = _posterior_moments(waits.total(), MOST_SCENARIOS)
    if 1 <= n <= LEAVE_ONE_OUT:
        own_mean, own_variance = _posterior_moments(waits.others(), n_scenarios)
    else:
        own_mean, own_variance = np.repeat(mean, n, axis=0), np.repeat(variance, n, axis=0)
    mean = np.concatenate([own_mean, mean])
    sd = np.sqrt(np.concatenate([own_variance, variance]) + BETWEEN_SD**2)
    return _sample(waits.with_new(), mean, sd, n_scenarios)


def weights_of(log_weight: Floats) -> Floats:
    """Normalise log weights along the last axis."""
    weight = np.exp(log_weight - log_weight.max(-1, keepdims=True))
    result: Floats = weight / weight.sum(-1, keepdims=True)
    return result


def _posterior_moments(waits: Waits, n_scenarios: int) -> tuple[Floats, Floats]:
    n = len(waits.closed)
    scenarios = _sample(waits, np.tile(PRIOR_MEAN, (n, 1)), np.tile(PRIOR_SD, (n, 1)), n_scenarios)
    weight = weights_of(scenarios.log_weight)
    mean = np.einsum("nj,njd->nd", weight, scenarios.theta)
    return mean, np.einsum("nj,njd->nd", weight, (scenarios.theta - mean[:, None]) ** 2)


def _sample(waits: Waits, mean: Floats, sd: Floats, n_scenarios: int) -> Scenarios:
    """Adaptive importance sampling: move the sampling normal to the weighted points, repeat."""
    points = _normal_points(n_scenarios)
    centre, scale = _first_guess(waits, mean, sd)
    rounds = ROUNDS if len(mean) <= MANY_TYPES else ROUNDS_OF_MANY
    for last in [False] * (rounds - 1) + [True]:
        theta = centre[:, None, :] + np.einsum("nde,je->njd", scale, points)
        log_density = -0.5 * (points**2).sum(1) - np.log(np.diagonal(scale, axis1=1, axis2=2)).sum(
            1, keepdims=True
        )
        log_base = _log_prior(theta, mean, sd) + _log_delays(theta, waits) - log_density
        scenarios = Scenarios(
            theta, log_base, log_base, waits.instant[:, 0],
            waits.instant[:, 1] / np.maximum(waits.instant[:, 1] + waits.sums[:, 1, 0], 1),
        )  # fmt: skip
        log_weight = log_base + _log_open(scenarios, waits)
        if not last:
            centre, scale = _adapted(theta, _tempered(log_weight), sd)
    return Scenarios(theta, log_base, log_weight, scenarios.instant_wins, scenarios.instant_losses)


def _log_open(scenarios: Scenarios, waits: Waits) -> Floats:
    """Log evidence of the open decisions of each group with the rate integrated out, (N, J)."""
    result = np.zeros_like(scenarios.log_base)
    present, group = np.unique(waits.open_group, return_inverse=True)
    if not present.size:
        return result
    table = OpenTable.of(
        group,
        waits.open_count,
        scenarios.won_by(waits.open_group, waits.open_hours),
        scenarios.lost_by(waits.open_group, waits.open_hours),
        len(present),
    )
    alpha = RATE_PRIOR[0] + waits.closed[present, 0]
    beta = RATE_PRIOR[1] + waits.closed[present, 1]
    result[present] = tilted(table, alpha, beta, scenarios.log_base[present]).log_evidence
    return result


def _log_prior(theta: Floats, mean: Floats, sd: Floats) -> Floats:
    z = (theta - mean[:, None]) / sd[:, None]
    result: Floats = -0.5 * (z * z).sum(2)
    return result


def _log_delays(theta: Floats, waits: Waits) -> Floats:
    """Log likelihood of the delays on record, and of losses being recorded, (N, J)."""
    median, log_sigma = theta[..., 0], theta[..., 1]
    result = _log_normal(waits.sums[:, 0], median, log_sigma)
    result += _log_normal(waits.sums[:, 1], median + theta[..., 2], log_sigma + theta[..., 3])
    result += waits.closed[:, 1:] * log_expit(theta[..., 4])
    at_once, later = waits.instant[:, :1], waits.sums[:, 0, :1]
    share = at_once * log_expit(theta[..., 5]) + later * log_expit(-theta[..., 5])
    result += np.where(at_once > 0, share, 0.0)
    return result


def _log_normal(sums: Floats, centre: Floats, log_sigma: Floats) -> Floats:
    count, first, second = (sums[:, power, None] for power in range(3))
    squares = second - 2 * centre * first + count * centre**2
    result: Floats = -count * log_sigma - 0.5 * np.exp(-2 * log_sigma) * np.maximum(squares, 0)
    return result


def _first_guess(waits: Waits, mean: Floats, sd: Floats) -> tuple[Floats, Floats]:
    """Prior combined with the recorded delays as if nothing were open; twice as wide."""
    centre, variance = mean.copy(), sd**2
    count, first, second = (waits.sums[:, 0, power] for power in range(3))
    average = first / np.maximum(count, 1)
    sigma = np.exp(mean[:, 1])
    squares = np.maximum(second - count * average**2, 0)
    sigma = np.sqrt((2 * sigma**2 + squares) / (2 + count))
    for place, target, information in (
        (0, average, count / sigma**2),
        (1, np.log(sigma), 2 * count),
    ):
        precision = 1 / variance[:, place] + information
        centre[:, place] += information / precision * (target - mean[:, place])
        variance[:, place] = 1 / precision
    scale = np.zeros((*mean.shape, SIZE))
    every = np.arange(SIZE)
    scale[:, every, every] = 2 * np.sqrt(variance)
    return centre, scale


def _adapted(theta: Floats, weight: Floats, sd: Floats) -> tuple[Floats, Floats]:
    centre = np.einsum("nj,njd->nd", weight, theta)
    off = theta - centre[:, None]
    covariance = np.einsum("nj,njd,nje->nde", weight, off, off)
    every = np.arange(SIZE)
    variance = covariance[:, every, every]
    # The weighted points are few: shrink the correlations, and sample a little wider than they lie.
    covariance *= 0.8
    covariance[:, every, every] = variance + 1e-6 * sd**2
    return centre, np.linalg.cholesky(1.3 * covariance)


def _tempered(log_weight: Floats) -> Floats:
    """Flatten weights until at least a third of the points count: no collapse onto one."""
    n, n_points = log_weight.shape
    low, high = np.zeros(n), np.ones(n)
    power = np.ones(n)
    for _ in range(12):
        weight = weights_of(power[:, None] * log_weight)
        enough = 1 / (weight**2).sum(1) >= n_points / 3
        low, high = np.where(enough, power, low), np.where(enough, high, power)
        power = np.where((power == 1) & enough, 1.0, (low + high) / 2)
    return weights_of(low[:, None] * log_weight)


def _normal_points(n: int) -> Floats:
    """Evenly spread standard normal points (n, 6), from a generalised golden ratio sequence.

    The root of x^7 = x + 1 gives the sequence with the lowest discrepancy known of its kind
    (Roberts, The unreasonable effectiveness of quasirandom sequences, 2018).
    """
    ratio = 1.5
    for _ in range(60):
        ratio = (1 + ratio) ** (1 / (SIZE + 1))
    steps = (1 / ratio) ** np.arange(1, SIZE + 1)
    uniform = (0.5 + np.outer(np.arange(1, n + 1), steps)) % 1
    points: Floats = ndtri(np.clip(uniform, 1e-4, 1 - 1e-4))
    points -= points.mean(0)
    points /= points.std(0)
    return points


def _log_hours(hours: Floats) -> Floats:
    result: Floats = np.log(np.maximum(hours, 1e-9))
    return result
