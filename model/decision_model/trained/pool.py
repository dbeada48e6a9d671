"""One probability from several: a weighted mean of log-odds, with weights learnt on later data."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from decision_model.hyperparameters import (
    LARGEST_LOG_ODDS,
    POOL_GRID_STEPS,
    POOL_MOST,
    POOL_NATS,
    POOL_NATS_WITHIN,
    POOL_PRIOR_ODDS,
    POOL_RULES,
    POOL_TIME_INVARIANT,
)
from decision_model.regression.posterior import Targets, sigmoid

Floats = NDArray[np.float64]

REGRESSIONS = [1, 2, 4]
"""Places of the regressions among the members."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Weights of the members, at least 0 and summing to 1.

    The weighted mean of log-odds is the logarithmic opinion pool [1]_: a member that is sure counts for more.

    Parameters
    ----------
    weights : ndarray, shape (K,)

    References
    ----------
    .. [1] Genest, Zidek, Combining probability distributions: a critique and an annotated bibliography,
       Statistical Science 1 (1986), section 3.
    """

    weights: Floats

    @classmethod
    def learn(cls, log_odds: Floats, targets: Targets, prior: Floats) -> Pool:
        """Average over all weights, each by how well it did on rows none of the members was fitted to.

        Moving weight between rate, regressions and base rate costs more prior density than moving it among the
        regressions. The forward rows say which regression is better, but understate all of them alike: those that
        predicted these rows had learnt from fewer decisions than the one that serves.

        Parameters
        ----------
        log_odds : ndarray, shape (N, K)
            Log-odds predicted by each member.
        targets : Targets
            Outcomes of the same rows.
        prior : ndarray, shape (K,)
            Weights before any row is judged.
        """
        grid = _grid(prior)
        pooled = np.clip(log_odds, -LARGEST_LOG_ODDS, LARGEST_LOG_ODDS) @ grid.T
        loss = -targets.log_likelihood(pooled)
        regressions = grid[:, REGRESSIONS].sum(axis=1)
        expected = prior[REGRESSIONS].sum()
        others = np.delete(grid - prior, REGRESSIONS, axis=1)
        between = np.abs(regressions - expected) + np.abs(others).sum(axis=1)
        shares = prior[REGRESSIONS] / max(float(expected), 1e-9)
        within = np.abs(grid[:, REGRESSIONS] - regressions[:, None] * shares).sum(axis=1)
        log_weight = -loss - 0.5 * (POOL_NATS * between + POOL_NATS_WITHIN * within)
        weight = np.exp(log_weight - log_weight.max())
        return cls(np.asarray(weight @ grid / weight.sum()))

    @classmethod
    def by_evidence(cls, gains: tuple[float, float, float, float]) -> Pool:
        """Weights of rate, time-invariant and full regression, base rate and rules, before any prediction is judged.

        Rate, regressions and base rate by their posterior odds, the products of prior odds and Bayes factors, as in
        Bayesian model averaging [1]_; the regressions together by that of the best of them.

        Parameters
        ----------
        gains : (float, float, float, float)
            Log Bayes factors in nats: of rate, time-invariant and full regression against the base rate, and of rules
            against the time-invariant regression.

        References
        ----------
        .. [1] Hoeting et al., Bayesian model averaging: a tutorial, Statistical Science 14 (1999), 382-417.

        Examples
        --------
        >>> Pool.by_evidence((0.0, 0.0, 0.0, -np.inf)).weights.round(2).tolist()
        [0.21, 0.15, 0.06, 0.58, 0.0]
        >>> Pool.by_evidence((90.0, 200.0, 210.0, 30.0)).weights.round(2).tolist()
        [0.0, 0.34, 0.15, 0.02, 0.49]
        """
        of_rate, time_invariant, full, rules = gains
        of_regressions = np.array([time_invariant, full, time_invariant + rules])
        log_odds = np.array([of_rate, of_regressions.max(), POOL_PRIOR_ODDS]) - POOL_PRIOR_ODDS
        rate, regressions, _ = POOL_MOST * softmax(log_odds)
        share = POOL_RULES * float(sigmoid(np.array(rules)))
        prior = np.array([POOL_TIME_INVARIANT, 1 - POOL_TIME_INVARIANT]) * (1 - share)
        shown = np.r_[prior, share] * sigmoid(of_regressions - POOL_PRIOR_ODDS)
        of_each = regressions * shown / shown.sum()
        return cls(np.array([rate, *of_each[:2], 1 - rate - regressions, of_each[2]]))

    def __call__(self, log_odds: Floats) -> Floats:
        """Pooled log-odds of shape (N, K) members'."""
        return np.asarray(np.clip(log_odds, -LARGEST_LOG_ODDS, LARGEST_LOG_ODDS) @ self.weights)


def _grid(prior: Floats) -> Floats:
    """All weights in tenths; rules that were not learnt get none."""
    free = np.flatnonzero((prior > 0) | (np.arange(len(prior)) != REGRESSIONS[-1]))
    whole = product(range(POOL_GRID_STEPS + 1), repeat=len(free))
    grid = np.array([w for w in whole if sum(w) == POOL_GRID_STEPS]) / POOL_GRID_STEPS
    every = np.zeros((len(grid), len(prior)))
    every[:, free] = grid
    return every


def softmax(log_odds: Floats) -> Floats:
    """exp(x) / sum of all exp(x)."""
    e = np.exp(log_odds - log_odds.max())
    return np.asarray(e / e.sum())
