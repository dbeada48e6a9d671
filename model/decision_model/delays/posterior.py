r"""Delay model: how long wins and losses take to be recorded, and how sure that is.

Delay to a win is lognormal with two additions: a share of wins that come at once, and a slow second
component, which a young log has not seen yet and therefore cannot exclude. Delay to a loss likewise,
and a loss is recorded at all with probability rho. Decisions still open are censored: the likelihood
is that of a cure model, in which a decision may never be won [1]_. Little data leave much
uncertainty, with long tails that no normal approximation catches, so the posterior of a type's
parameters is a set of weighted points, found by adaptive importance sampling on a fixed set of
standard normal points [2]_. Types are pooled towards each other.

References
----------
.. [1] Maller and Zhou, Survival Analysis with Long-Term Survivors (1996), chapter 5.
.. [2] Cappe et al., Population Monte Carlo, J. Comput. Graph. Stat. 13 (2004), 907-929.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from decision_model.delays.counts import DelayCounts
from decision_model.delays.open_rates import OpenAges, open_posterior
from decision_model.hyperparameters import (
    DELAY_BETWEEN_SD,
    DELAY_PRIOR_MEAN,
    DELAY_PRIOR_SD,
    DELAY_ROUNDS,
    DELAY_ROUNDS_OF_MANY,
    FEWEST_SCENARIOS,
    INSTANT_HOURS,
    LARGEST_LOG_HOURS,
    LEAST_DELAY_SIGMA,
    LEAST_EFFECTIVE_SHARE,
    LEAVE_ONE_OUT,
    MANY_TYPES,
    MOST_SCENARIOS,
    QUANTILE_HALVINGS,
    QUANTILE_SECANTS,
    RATE_PRIOR,
    SCENARIOS_IN_ALL,
    SLOW_DELAY_SIGMA,
    TEMPERING_HALVINGS,
)
from decision_model.inputs.evidence import Evidence
from decision_model.special_functions import expit, log_expit, ndtr, ndtri

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]


# Parameters: log median hours to win, log sigma, log median to loss minus that to win, log ratio of
# the sigmas, log-odds of rho, log-odds of the share of wins that come at once, log-odds of the share
# of the slow component, log of the hours by which its median exceeds twice the other.
# Nothing known: a median of five days, 95 % between six hours and four months, sigma about 1; 4 % of
# the wins (95 %: .1 to 58 %) take three weeks longer (5 days to 12 weeks).
PRIOR_MEAN = np.array(DELAY_PRIOR_MEAN)
PRIOR_SD = np.array(DELAY_PRIOR_SD)
# How much types differ from each other: the medians by a factor of 3, one standard deviation.
BETWEEN_SD = np.array(DELAY_BETWEEN_SD)

SIZE = len(PRIOR_MEAN)


@dataclass(frozen=True, slots=True)
class DelayPosterior:
    """J weighted parameter sets for each of N types; the last type stands for any new one.

    Parameters
    ----------
    theta : ndarray, shape (N, J, 8)
        Parameters, as listed beside ``PRIOR_MEAN``.
    log_base : ndarray, shape (N, J)
        Log of prior times likelihood of the recorded delays over the sampling density: all but the
        likelihood of the decisions that are open, which depends on the rate.
    log_weight : ndarray, shape (N, J)
        The same with the open decisions, under a rate of which nothing else is known.
    instant_wins, instant_losses : ndarray, shape (N,)
        Wins seen at once, and the share of losses that came at once.
    power : ndarray, shape (N,)
        To which the likelihood of open decisions is raised beside ``log_base``: see `counts.coarsening` and
        `tempering_power`.
    """

    theta: Floats
    log_base: Floats
    log_weight: Floats
    instant_wins: Floats
    instant_losses: Floats
    power: Floats

    def won_by(self, group: Places, hours: Floats) -> Floats:
        """F of a row's group at its age, shape (R, J)."""
        return self._won_by(_curve(self.theta, loss=False), group, hours)

    def lost_by(self, group: Places, hours: Floats) -> Floats:
        """Probability that a loss is on record by that age, rho G, shape (R, J)."""
        curve = [part[group] for part in _curve(self.theta, loss=True)]
        share = self.instant_losses[group, None]
        recorded = expit(self.theta[..., 4])[group]
        result: Floats = recorded * (share + (1 - share) * _later_by(curve, hours))
        return result

    def _won_by(self, curve: Sequence[Floats], group: Places, hours: Floats) -> Floats:
        at_once = np.where(self.instant_wins[:, None] > 0, expit(self.theta[..., 5]), 0.0)[group]
        result: Floats = at_once + (1 - at_once) * _later_by([p[group] for p in curve], hours)
        return result

    def take(self, types: Sequence[int]) -> DelayPosterior:
        """Give the given types, in that order."""
        every = (getattr(self, field.name) for field in fields(self))
        return DelayPosterior(*(values[list(types)] for values in every))

    def only(self, group: Places) -> tuple[DelayPosterior, Places]:
        """Keep the types that occur among R rows; return the places of the rows' types among them, too."""
        types, place = np.unique(group, return_inverse=True)
        return self.take(types.tolist()), place

    def resampled(self, n: int) -> DelayPosterior:
        """Pick ``n`` scenarios per type, in proportion to their weight at even spacing."""
        if n >= self.theta.shape[1]:
            return self
        cumulative = np.cumsum(weights_of(self.log_weight), axis=1)
        at = (np.arange(n) + 0.5) / n
        chosen = np.minimum((cumulative[:, :, None] < at).sum(1), self.theta.shape[1] - 1)
        log_weight = np.take_along_axis(self.log_weight, chosen, axis=1)
        return DelayPosterior(
            np.take_along_axis(self.theta, chosen[..., None], axis=1),
            np.take_along_axis(self.log_base, chosen, axis=1) - log_weight,
            np.zeros_like(log_weight),
            self.instant_wins,
            self.instant_losses,
            self.power,
        )

    def quantile(self, level: float, weight: Floats) -> Floats:
        """Hours by which a share ``level`` of the wins has come, shape (N,).

        The uncertainty about the distribution itself is part of it.
        """
        n = len(self.theta)
        every, curve = np.arange(n), _curve(self.theta, loss=False)

        def off(log_hours: Floats) -> Floats:
            reached = (weight * self._won_by(curve, every, np.exp(log_hours))).sum(1)
            return np.asarray(reached - level)

        low, high = np.full(n, np.log(INSTANT_HOURS)), np.full(n, LARGEST_LOG_HOURS)
        off_low, off_high = off(low), off(high)
        at_once = off_low >= 0
        # Halve until the curve is nearly a line, then draw the line.
        for halving in [True] * QUANTILE_HALVINGS + [False] * QUANTILE_SECANTS:
            share = 0.5 if halving else -off_low / np.maximum(off_high - off_low, 1e-300)
            at = low + np.clip(share, 0.0, 1.0) * (high - low)
            value = off(at)
            low, off_low = np.where(value < 0, (at, value), (low, off_low))
            high, off_high = np.where(value < 0, (high, off_high), (at, value))
        nearest = np.where(np.abs(off_low) < np.abs(off_high), low, high)
        return np.where(at_once, 0.0, np.exp(nearest))


def fit_delays(evidence: Evidence, group: Places, n: int) -> DelayPosterior:
    """Learn the timing of ``n`` types, pooled towards that of all, and of a new type.

    Parameters
    ----------
    group : ndarray of int, shape (C,)
        Type of each cell.
    """
    counts = DelayCounts.of(evidence, group, n)
    return sample_delays(counts.with_new(), *pooled_prior(counts), scenarios_per_type(n))


def scenarios_per_type(n: int) -> int:
    """Return how many parameter sets stand for each of ``n`` types."""
    return int(np.clip(SCENARIOS_IN_ALL // (n + 1), FEWEST_SCENARIOS, MOST_SCENARIOS))


def pooled_prior(counts: DelayCounts) -> tuple[Floats, Floats]:
    """Return mean and sd of the parameters of N types and a new one, by what the others tell; shape (N + 1, 8) each."""
    n = len(counts.closed)
    mean, variance = _posterior_moments(counts.total(), MOST_SCENARIOS)
    if 1 <= n <= LEAVE_ONE_OUT:
        own_mean, own_variance = _posterior_moments(counts.others(), scenarios_per_type(n))
    else:
        own_mean, own_variance = np.repeat(mean, n, axis=0), np.repeat(variance, n, axis=0)
    mean = np.concatenate([own_mean, mean])
    return mean, np.sqrt(np.concatenate([own_variance, variance]) + BETWEEN_SD**2)


def weights_of(log_weight: Floats) -> Floats:
    """Normalise log weights along the last axis."""
    weight = np.exp(log_weight - log_weight.max(-1, keepdims=True))
    result: Floats = weight / weight.sum(-1, keepdims=True)
    return result


def _posterior_moments(counts: DelayCounts, n_scenarios: int) -> tuple[Floats, Floats]:
    n = len(counts.closed)
    scenarios = sample_delays(
        counts, np.tile(PRIOR_MEAN, (n, 1)), np.tile(PRIOR_SD, (n, 1)), n_scenarios
    )
    weight = weights_of(scenarios.log_weight)
    mean = np.einsum("nj,njd->nd", weight, scenarios.theta)
    return mean, np.einsum("nj,njd->nd", weight, (scenarios.theta - mean[:, None]) ** 2)


def sample_delays(
    counts: DelayCounts, mean: Floats, sd: Floats, n_scenarios: int
) -> DelayPosterior:
    """Adaptive importance sampling: move the sampling normal to the weighted points, repeat."""
    points = _normal_points(n_scenarios)
    share = counts.coarsened_share()
    counts = counts.coarsened()
    centre, scale = _first_guess(counts, mean, sd)
    rounds = DELAY_ROUNDS if len(mean) <= MANY_TYPES else DELAY_ROUNDS_OF_MANY
    for last in [False] * (rounds - 1) + [True]:
        theta = centre[:, None, :] + np.matmul(points, scale.transpose(0, 2, 1))
        log_density = -0.5 * (points**2).sum(1) - np.log(np.diagonal(scale, axis1=1, axis2=2)).sum(
            1, keepdims=True
        )
        log_base = _log_prior(theta, mean, sd) + _log_delays(theta, counts) - log_density
        scenarios = DelayPosterior(
            theta, log_base, log_base, counts.instant[:, 0],
            counts.instant[:, 1] / np.maximum(counts.instant[:, 1] + counts.timed(1), 1), share,
        )  # fmt: skip
        log_weight = log_base + _log_open(scenarios, counts)
        if not last:
            centre, scale = _adapted(theta, tempered_weights(log_weight, 1 / 3), sd)
    power = tempering_power(log_weight)
    return DelayPosterior(
        theta, power[:, None] * log_base, power[:, None] * log_weight,
        scenarios.instant_wins, scenarios.instant_losses, power * share,
    )  # fmt: skip


def _log_open(scenarios: DelayPosterior, counts: DelayCounts) -> Floats:
    """Log evidence of the open decisions of each group with the rate integrated out, (N, J)."""
    result = np.zeros_like(scenarios.log_base)
    rows, hours = counts.group[2], counts.hours[2]
    present, group = np.unique(rows, return_inverse=True)
    if not present.size:
        return result
    still_open = OpenAges(group, rows, hours, counts.count[2])
    alpha = RATE_PRIOR[0] + counts.closed[present, 0]
    beta = RATE_PRIOR[1] + counts.closed[present, 1]
    rough = scenarios.log_base[present]
    result[present] = open_posterior(scenarios, still_open, alpha, beta, rough).log_evidence
    return result


def _components(theta: Floats, *, loss: bool) -> tuple[Floats, Floats, Floats, Floats]:
    """Log median and log sigma of the main component, log median and log-odds of the slow one."""
    median, log_sigma = theta[..., 0], theta[..., 1]
    if loss:
        median, log_sigma = median + theta[..., 2], log_sigma + theta[..., 3]
    log_sigma = np.log(np.hypot(np.exp(log_sigma), LEAST_DELAY_SIGMA))
    slow = np.logaddexp(median + np.log(2), theta[..., 7])
    return median, log_sigma, slow, theta[..., 6]


def _curve(theta: Floats, *, loss: bool) -> tuple[Floats, Floats, Floats, Floats]:
    """Log median and 1 / sigma of the main component, log median and share of the slow one."""
    median, log_sigma, slow, share = _components(theta, loss=loss)
    return median, np.exp(-log_sigma), slow, expit(share)


def _later_by(curve: Sequence[Floats], hours: Floats) -> Floats:
    """Share, of those that take time, that is recorded by then."""
    median, precision, slow, share = curve
    log_hours = np.log(np.maximum(hours, 1e-9))[:, None]
    main = ndtr((log_hours - median) * precision)
    result: Floats = (1 - share) * main + share * ndtr((log_hours - slow) / SLOW_DELAY_SIGMA)
    return result


def _log_prior(theta: Floats, mean: Floats, sd: Floats) -> Floats:
    z = (theta - mean[:, None]) / sd[:, None]
    result: Floats = -0.5 * (z * z).sum(2)
    return result


def _log_delays(theta: Floats, counts: DelayCounts) -> Floats:
    """Log likelihood of the delays on record, and of losses being recorded, (N, J)."""
    result: Floats = counts.closed[:, 1:] * log_expit(theta[..., 4])
    result += _log_density(theta, counts, loss=False) + _log_density(theta, counts, loss=True)
    at_once, later = counts.instant[:, :1], counts.timed(0)[:, None]
    share = at_once * log_expit(theta[..., 5]) + later * log_expit(-theta[..., 5])
    result += np.where(at_once > 0, share, 0.0)
    return result


def _log_density(theta: Floats, counts: DelayCounts, *, loss: bool) -> Floats:
    """Log likelihood of the delays that took time, (N, J), up to a constant."""
    group, hours, count = (part[int(loss)] for part in (counts.group, counts.hours, counts.count))
    result = np.zeros(theta.shape[:2])
    if not group.size:
        return result
    median, log_sigma, slow, share = _components(theta, loss=loss)
    log_hours = np.log(hours)[:, None]
    z = (log_hours - median[group]) * np.exp(-log_sigma)[group]
    slow_z = (log_hours - slow[group]) / SLOW_DELAY_SIGMA
    main = (log_expit(-share) - log_sigma)[group] - 0.5 * z * z
    late = (log_expit(share) - np.log(SLOW_DELAY_SIGMA))[group] - 0.5 * slow_z * slow_z
    density = count[:, None] * np.logaddexp(main, late)
    first = np.flatnonzero(np.r_[True, np.diff(group) > 0])
    result[group[first]] = np.add.reduceat(density, first, axis=0)
    return result


def _first_guess(counts: DelayCounts, mean: Floats, sd: Floats) -> tuple[Floats, Floats]:
    """Prior combined with the recorded delays as if nothing were open; twice as wide."""
    centre, variance = mean.copy(), sd**2
    log_hours = np.log(counts.hours[0])
    count, first, second = (
        np.bincount(counts.group[0], counts.count[0] * log_hours**power, len(mean))
        for power in range(3)
    )
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
    covariance = np.matmul((weight[..., None] * off).transpose(0, 2, 1), off)
    every = np.arange(SIZE)
    variance = covariance[:, every, every]
    # The weighted points are few: shrink the correlations, and sample a little wider than they lie.
    covariance *= 0.8
    covariance[:, every, every] = variance + 1e-6 * sd**2
    return centre, np.linalg.cholesky(1.3 * covariance)


def tempering_power(log_weight: Floats, least: float = LEAST_EFFECTIVE_SHARE) -> Floats:
    """Return the power, at most 1, that leaves a share ``least`` of the scenarios counting, shape (N,).

    An effective number 1 / sum(w^2) near one means that the sampling normal is far wider than the posterior: of so many
    decisions the best of a few points then looks certain, and what lies between the points is lost. Raised to a power
    below one the weights keep to the sampling normal instead, which is wider than the truth (like truncated weights:
    Ionides, Truncated importance sampling, J. Comput. Graph. Stat. 17, 2008).

    Parameters
    ----------
    log_weight : ndarray, shape (N, J)
    least : float
    """
    enough = least * log_weight.shape[1]
    result = np.ones(len(log_weight))
    few = 1 / (weights_of(log_weight) ** 2).sum(1) < enough
    if not few.any():
        return result
    rows = log_weight[few]
    low, high = np.zeros(len(rows)), np.ones(len(rows))
    for _ in range(TEMPERING_HALVINGS):
        power = (low + high) / 2
        counts = 1 / (weights_of(power[:, None] * rows) ** 2).sum(1) >= enough
        low, high = np.where(counts, power, low), np.where(counts, high, power)
    result[few] = low
    return result


def tempered_weights(log_weight: Floats, least: float = LEAST_EFFECTIVE_SHARE) -> Floats:
    """Normalise log weights of which a share ``least`` counts at least, shape (N, J)."""
    return weights_of(tempering_power(log_weight, least)[:, None] * log_weight)


def _normal_points(n: int) -> Floats:
    """Evenly spread standard normal points (n, 8), from a generalised golden ratio sequence.

    The root of x^9 = x + 1 gives the sequence with the lowest discrepancy known of its kind
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
