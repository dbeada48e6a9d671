r"""Rates of many cells at once: a hierarchical beta-binomial with integrated hyperparameters.

The rate of cell (type t, source s) is Beta(kappa mu, kappa (1 - mu)) distributed about
logit mu = a + u_t + v_s, with normal effects. For every node of a grid over (sigma_u, sigma_v,
kappa) the effects are found by Fisher scoring, and Laplace's approximation gives the evidence of
the node and the covariance of the effects [1]_. A posterior is the mixture over nodes and effects.

References
----------
.. [1] Gelman et al., Bayesian Data Analysis, 3rd ed. (2013), sections 5.3 and 13.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from decision_model.hyperparameters import (
    INTERCEPT_MEAN,
    INTERCEPT_SD,
    NEGLIGIBLE_LOG_WEIGHT,
    NODES_AT_ONCE,
    ONE_RATE_ROUNDS,
    SETTLED_EFFECT,
)
from decision_model.quantiles import beta_of_moments, mixture_moments
from decision_model.rates.additive import Effects, Factor, Layout
from decision_model.rates.beta_binomial import BetaBinomial
from decision_model.rates.nodes import Nodes
from decision_model.special_functions import expit, log_expit, logsumexp

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]


# Three-point Gauss-Hermite rule for a standard normal: exact up to the fifth moment.
HERMITE = ((-np.sqrt(3.0), 1 / 6), (0.0, 2 / 3), (np.sqrt(3.0), 1 / 6))


@dataclass(frozen=True, slots=True)
class Mixtures:
    """Mixtures of K Beta distributions for each of P rates; all arrays have shape (K, P)."""

    weight: Floats
    alpha: Floats
    beta: Floats

    def moments(self) -> tuple[Floats, Floats]:
        """Mean and variance, shape (P,) each."""
        return mixture_moments(self.weight, self.alpha, self.beta)

    def size(self) -> Floats:
        """Decisions a mixture is worth: the size of the Beta with its mean and variance."""
        size: Floats = np.add(*beta_of_moments(*self.moments()))
        return size


@dataclass(frozen=True, slots=True)
class PooledRates:
    """The fitted hierarchy.

    Parameters
    ----------
    layout : Layout
        Levels of types and sources.
    won, lost : ndarray, shape (C,)
        Effective counts it was fitted to; not necessarily whole numbers.
    weight : ndarray, shape (G,)
        Posterior weight of the nodes.
    log_bayes_factor : float
        Evidence for rates that differ between cells against one rate for all, in nats.
    """

    layout: Layout
    won: Floats
    lost: Floats
    nodes: Nodes
    weight: Floats
    effects: Effects
    information: Floats
    log_bayes_factor: float

    @classmethod
    def fit(
        cls,
        layout: Layout,
        won: Floats,
        lost: Floats,
        nodes: Nodes | None = None,
        *,
        near: PooledRates | None = None,
    ) -> PooledRates:
        """Fit to effective counts per cell, in the order of ``layout``.

        ``near`` is a fit to counts that differ little: the search starts there and ends sooner.
        """
        nodes = Nodes.grid() if nodes is None else nodes
        used = np.flatnonzero(won + lost > 0)  # the others tell nothing
        data = _Data(layout.take(used), BetaBinomial(won[used], lost[used]))
        chosen, parts = _explore(data, nodes, near)
        log_weight = np.concatenate([part.log_evidence for part in parts])
        keep = np.flatnonzero(log_weight > log_weight.max() - NEGLIGIBLE_LOG_WEIGHT)
        weight = np.exp(log_weight[keep] - log_weight.max())
        effects = Effects.joined([part.effects for part in parts]).take(keep)
        information = np.zeros((len(keep), len(won)))
        information[:, used] = np.concatenate([part.information for part in parts])[keep]
        differing = logsumexp(log_weight) - logsumexp(nodes.log_prior)
        gain = float(differing - _one_rate(float(won.sum()), float(lost.sum())))
        return cls(
            layout, won, lost, nodes.take(chosen[keep]), weight / weight.sum(), effects, information, gain,
        )  # fmt: skip

    def posteriors(self, long: Places, short: Places, own: Places) -> Mixtures:
        """Posteriors of the rates of P pairs of levels.

        Parameters
        ----------
        long, short : ndarray of int, shape (P,)
            From ``Layout.levels``.
        own : ndarray of int, shape (P,)
            Index of the fitted cell a pair is, or -1.

        Notes
        -----
        p(p, mu | data) = p(mu | data) p(p | mu, own data): a Beta for every node and every mu. They
        are joined into one of the same mean and variance per value of kappa.
        """
        linear = self._linear(long, short)
        return self._joined(linear, _own(self.won, own), _own(self.lost, own))

    def without_own(self, long: Places, short: Places, own: Places) -> Mixtures:
        """Tell what would be thought of the rates of P pairs without their own decisions.

        The cell's share of the information and of the score is taken out of the normal
        approximation; the weights of the nodes still know of it.
        """
        return self._without_own(self._linear(long, short), own)

    def with_and_without_own(
        self, long: Places, short: Places, own: Places
    ) -> tuple[Mixtures, Mixtures]:
        """Return both of the above, for little more than one of them costs."""
        linear = self._linear(long, short)
        whole = self._joined(linear, _own(self.won, own), _own(self.lost, own))
        return whole, self._without_own(linear, own)

    def _without_own(self, linear: tuple[Floats, Floats], own: Places) -> Mixtures:
        mean, variance = linear
        information = np.where(own >= 0, self._padded(self.information)[:, own], 0.0)
        score = np.where(own >= 0, self._padded(self._scores())[:, own], 0.0)
        # A cell alone with its type, source and log has no information but its own and the prior.
        precision = np.maximum(1 / variance - information, 0.1)
        mean = mean - score / precision
        none = np.zeros(len(own))
        return self._joined((mean, 1 / precision), none, none)

    def _padded(self, per_cell: Floats) -> Floats:
        """Add a column of zeros, so that index -1 exists."""
        return np.concatenate([per_cell, np.zeros((len(per_cell), 1))], axis=1)

    def _scores(self) -> Floats:
        mu = expit(self.layout.linear(self.effects))
        return BetaBinomial(self.won, self.lost).score(mu, self.nodes.kappa[:, None])

    def _linear(self, long: Places, short: Places) -> tuple[Floats, Floats]:
        """Posterior mean and variance of logit mu, shape (G, P) each."""
        mean = self.layout.at(self.effects, long, short)
        variance = np.empty_like(mean)
        for part in _batches(len(self.weight), self.layout, len(self.won)):
            precision = _precisions(self.layout, self.nodes.take(part))
            factor = self.layout.factor(self.information[part], *precision, INTERCEPT_SD**-2)
            variance[part] = factor.variance(long, short)
        return mean, variance

    def _joined(self, linear: tuple[Floats, Floats], won: Floats, lost: Floats) -> Mixtures:
        return _joined(self.nodes, self.weight, linear, won, lost)


@dataclass(frozen=True, slots=True)
class _Data:
    """Cells with decisions: their levels, and the likelihood of what became of them."""

    layout: Layout
    likelihood: BetaBinomial


@dataclass(frozen=True, slots=True)
class _Part:
    effects: Effects
    information: Floats
    log_evidence: Floats


def _joined(
    nodes: Nodes, node_weight: Floats, linear: tuple[Floats, Floats], won: Floats, lost: Floats
) -> Mixtures:
    """Mix over effects and sigmas: (G, P) normals of logit mu to one Beta per kappa and pair."""
    mean, variance = linear
    kappas, of_kappa = np.unique(nodes.kappa, return_inverse=True)
    weight = np.bincount(of_kappa, node_weight)
    share = np.zeros((len(kappas), len(node_weight)))
    share[of_kappa, np.arange(len(node_weight))] = node_weight / weight[of_kappa]
    sd = np.sqrt(variance)
    mu, square = np.zeros_like(mean), np.zeros_like(mean)
    for at, rule in HERMITE:
        rate = expit(mean + at * sd)
        mu += rule * rate
        square += rule * (rate * rate)
    mu, square, kappa = share @ mu, share @ square, kappas[:, None]
    # Moments of the rate: of (kappa mu + won) / (kappa + n), and of the Beta about it.
    size = kappa + won + lost
    first = (kappa * mu + won) / size
    of_mean = (kappa**2 * square + (2 * kappa * mu + won) * won) / size**2
    second = (of_mean * size + first) / (size + 1)
    alpha, beta = beta_of_moments(first, second - first * first)
    return Mixtures(np.repeat(weight[:, None], len(won), axis=1), alpha, beta)


def _one_rate(won: float, lost: float) -> float:
    """Laplace's log evidence of one rate for all cells, up to the constants `_complexity` leaves out."""
    at = INTERCEPT_MEAN
    for _ in range(ONE_RATE_ROUNDS):
        mu = expit(at)
        information = (won + lost) * mu * (1 - mu) + INTERCEPT_SD**-2
        score = won - (won + lost) * mu - (at - INTERCEPT_MEAN) / INTERCEPT_SD**2
        step = float(np.clip(score / information, -2, 2))
        at += step
        if abs(step) < 1e-12:
            break
    mu = expit(at)
    information = (won + lost) * mu * (1 - mu) + INTERCEPT_SD**-2
    fit = won * log_expit(at) + lost * log_expit(-at)
    penalty = ((at - INTERCEPT_MEAN) / INTERCEPT_SD) ** 2
    return float(fit - 0.5 * (penalty + np.log(information)))


def empty_log() -> Mixtures:
    """Give the prior of a single rate while nothing is known; P is 1."""
    nodes = Nodes.grid()
    weight = np.exp(nodes.log_prior - nodes.log_prior.max())
    variance = INTERCEPT_SD**2 + nodes.sigma_type**2 + nodes.sigma_source**2
    mean = np.full_like(variance, INTERCEPT_MEAN)
    none = np.zeros(1)
    linear = mean[:, None], variance[:, None]
    return _joined(nodes, weight / weight.sum(), linear, none, none)


def _own(values: Floats, own: Places) -> Floats:
    """Values of the fitted cells, 0 where ``own`` is -1."""
    return np.append(values, 0.0)[own]


def _batches(n_nodes: int, layout: Layout, n_cells: int) -> list[NDArray[np.intp]]:
    cost = max(n_cells, layout.n_long * (1 + layout.n_short), 1)
    size = max(1, NODES_AT_ONCE // cost)
    return [np.arange(i, min(i + size, n_nodes)) for i in range(0, n_nodes, size)]


def _precisions(layout: Layout, nodes: Nodes) -> tuple[Floats, Floats]:
    return layout.axes(nodes.sigma_type**-2, nodes.sigma_source**-2)


def _explore(
    data: _Data, nodes: Nodes, near: PooledRates | None
) -> tuple[NDArray[np.intp], list[_Part]]:
    """Fit at all nodes that matter, each from the effects at the nearest node that is known.

    Small logs: all of them. Large ones: from the middle of the grid outwards, to neighbours of
    nodes that carry weight, as long as there are such.
    """
    every, place = np.arange(len(nodes.kappa)), nodes.places(nodes)
    if near is None:
        first = np.abs(place - np.round(place.mean(0))).sum(1).argmin(keepdims=True)
        known, effects = place[first], data.layout.start(np.array([INTERCEPT_MEAN]))
    else:
        known, effects = near.nodes.places(nodes), near.effects
        first = np.flatnonzero(_apart(place, known[near.weight > 1e-2]).min(1) == 0)
    if len(every) * max(len(data.layout.long), 1) <= NODES_AT_ONCE:
        if near is None:
            effects = _fit(data, nodes.take(first), effects).effects
        return every, _fit_batches(data, nodes, every, effects.take(_apart(place, known).argmin(1)))
    done, parts, fresh = np.zeros(0, np.intp), [], first
    while fresh.size:
        start = effects.take(_apart(place[fresh], known).argmin(1))
        parts += _fit_batches(data, nodes, fresh, start)
        done = np.concatenate([done, fresh])
        known, effects = place[done], Effects.joined([part.effects for part in parts])
        log_weight = np.concatenate([part.log_evidence for part in parts])
        heavy = done[log_weight > log_weight.max() - NEGLIGIBLE_LOG_WEIGHT / 2]
        fresh = np.setdiff1d(np.flatnonzero(_apart(place, place[heavy]).min(1) <= 1), done)
    return done, parts


def _apart(one: Places, other: Places) -> Places:
    """Steps on the grid between nodes at these places, shape (N, M)."""
    return np.asarray(np.abs(one[:, None, :] - other[None, :, :]).sum(2))


def _fit_batches(data: _Data, nodes: Nodes, chosen: Places, start: Effects) -> list[_Part]:
    """Fit at some nodes, of which each has effects to start from."""
    batches = _batches(len(chosen), data.layout, len(data.layout.long))
    return [_fit(data, nodes.take(chosen[batch]), start.take(batch)) for batch in batches]


def _fit(data: _Data, nodes: Nodes, start: Effects, rounds: int = 20) -> _Part:
    """Find the effects at G nodes by Fisher scoring.

    The information of n decisions about logit mu is taken as
    n mu (1 - mu) (kappa + 1) / (kappa + n), that of the beta-binomial's variance: positive
    everywhere, and cheaper than second derivatives.
    """
    n_nodes = len(nodes.kappa)
    effects = Effects(start.long.copy(), start.short.copy())
    information = np.zeros((n_nodes, len(data.layout.long)))
    log_determinant = np.zeros(n_nodes)
    searching = np.arange(n_nodes)  # nodes whose effects still move
    for left in reversed(range(rounds)):
        step, information[searching], factor = _fisher_step(
            data, nodes.take(searching), effects.take(searching)
        )
        # A step of more than 2 in log-odds leaves the region where the approximation holds.
        largest = np.maximum(np.abs(step.long).max(1), np.abs(step.short).max(1))
        damp = (2 / np.maximum(largest, 2))[:, None]
        effects.long[searching] += damp * step.long
        effects.short[searching] += damp * step.short
        settled = (largest < SETTLED_EFFECT) | (left == 0)
        log_determinant[searching[settled]] = factor.log_determinant(settled)
        searching = searching[~settled]
        if not searching.size:
            break
    precision = _precisions(data.layout, nodes)
    fit = data.likelihood.log_likelihood(data.layout.linear(effects), nodes.kappa[:, None])
    complexity = _penalty(data.layout, precision, effects) + log_determinant
    return _Part(effects, information, nodes.log_prior + fit - 0.5 * complexity)


def _fisher_step(data: _Data, nodes: Nodes, effects: Effects) -> tuple[Effects, Floats, Factor]:
    """One step of Fisher scoring at G nodes, the information of every cell, and the precision of the effects."""
    layout, n = data.layout, data.likelihood.n
    kappa, precision = nodes.kappa[:, None], _precisions(layout, nodes)
    mu = np.clip(expit(layout.linear(effects)), 1e-9, 1 - 1e-9)
    information = n * (kappa + 1) / (kappa + n) * mu * (1 - mu)
    factor = layout.factor(information, *precision, INTERCEPT_SD**-2)
    score = layout.transpose(data.likelihood.score(mu, kappa))
    score.long[:] -= precision[0][:, None] * effects.long
    score.short[:, 1:] -= precision[1][:, None] * effects.short[:, 1:]
    score.short[:, 0] -= (effects.short[:, 0] - INTERCEPT_MEAN) / INTERCEPT_SD**2
    return factor.solve(score), information, factor


def _penalty(layout: Layout, precision: tuple[Floats, Floats], effects: Effects) -> Floats:
    """-2 log of the prior density of the effects, up to a constant."""
    long, short = precision
    penalty = long * (effects.long**2).sum(1) + short * (effects.short[:, 1:] ** 2).sum(1)
    penalty += ((effects.short[:, 0] - INTERCEPT_MEAN) / INTERCEPT_SD) ** 2
    result: Floats = penalty - layout.n_long * np.log(long) - layout.n_short * np.log(short)
    return result
