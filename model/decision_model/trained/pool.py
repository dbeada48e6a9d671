"""One probability from several: a weighted mean of log-odds, with weights learnt on later data."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from decision_model.hyperparameters import (
    LARGEST_LOG_ODDS,
    POOL_COOLING,
    POOL_GRID_STEPS,
    POOL_HALF_DECISIONS,
    POOL_HALF_EVIDENCE,
    POOL_LEAST_EVIDENCE,
    POOL_NATS,
    POOL_RATE,
    POOL_REGRESSIONS,
    POOL_TIME_INVARIANT,
)
from decision_model.regression.posterior import Targets

Floats = NDArray[np.float64]


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
    def learn(
        cls, log_odds: Floats, targets: Targets, prior: Floats, *, nats: float = POOL_NATS
    ) -> Pool:
        """Average over all weights, each by how well it did on rows none of the members was fitted to.

        The likelihood may be tempered, as rows of one period err together; that it helped could not be shown.

        Parameters
        ----------
        log_odds : ndarray, shape (N, K)
            Log-odds predicted by each member.
        targets : Targets
            Outcomes of the same rows.
        prior : ndarray, shape (K,)
            Weights to use without any such rows.
        nats : float
            Log prior density lost by moving all weight away from `prior`.
        """
        whole = product(range(POOL_GRID_STEPS + 1), repeat=len(prior))
        grid = np.array([w for w in whole if sum(w) == POOL_GRID_STEPS]) / POOL_GRID_STEPS
        pooled = np.clip(log_odds, -LARGEST_LOG_ODDS, LARGEST_LOG_ODDS) @ grid.T
        loss = targets.weight @ np.logaddexp(0, pooled) - targets.won @ pooled
        moved = 0.5 * np.abs(grid - prior).sum(axis=1)
        log_weight = -loss / POOL_COOLING - nats * moved
        weight = np.exp(log_weight - log_weight.max())
        return cls(np.asarray(weight @ grid / weight.sum()))

    @classmethod
    def by_evidence(cls, decisions: float, gains: tuple[float, float, float]) -> Pool:
        """Prior weights of rate, time-invariant and full regression and base rate, before any prediction is judged.

        A member that says no more than chance allows is left out: its Bayes factor against the base
        rate, discounted by four nats, is the odds at which it gets its weight, and a factor below e is
        "not worth more than a bare mention" [1]_. Without this a log without signal is predicted worse
        than by one number for all, a little at any size.

        Parameters
        ----------
        decisions : float
            Closed decisions, and what the open ones are worth.
        gains : (float, float, float)
            Log Bayes factors of rate, time-invariant and full regression against the base rate, in nats.

        References
        ----------
        .. [1] Kass, Raftery, Bayes factors, Journal of the American Statistical Association 90 (1995), section 3.2.

        Examples
        --------
        >>> Pool.by_evidence(0.0, (0.0, 0.0, 0.0)).weights.tolist()
        [0.0, 0.0, 0.0, 1.0]
        >>> Pool.by_evidence(1000.0, (90.0, 200.0, 210.0)).weights.round(2).tolist()
        [0.03, 0.65, 0.28, 0.03]
        """
        joined = decisions / (decisions + POOL_HALF_DECISIONS)
        rate, time_invariant, full = (
            joined / (1 + np.exp(POOL_HALF_EVIDENCE - gain)) if gain > POOL_LEAST_EVIDENCE else 0.0
            for gain in gains
        )
        time_invariant *= POOL_REGRESSIONS * POOL_TIME_INVARIANT
        full *= POOL_REGRESSIONS * (1 - POOL_TIME_INVARIANT)
        left = 1 - time_invariant - full
        rate *= POOL_RATE * left
        return cls(np.array([rate, time_invariant, full, left - rate]))

    def __call__(self, log_odds: Floats) -> Floats:
        """Pooled log-odds of shape (N, K) members'."""
        return np.asarray(np.clip(log_odds, -LARGEST_LOG_ODDS, LARGEST_LOG_ODDS) @ self.weights)
