"""One probability from several: a weighted mean of log-odds, with weights learnt on later data."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from decision_model.logistic import Targets

Floats = NDArray[np.float64]

_STEPS = 10
_COOLING = 20.0
LARGEST = 12.0
"""Log-odds beyond are cut: a probability nearer to 0 or 1 is never warranted."""


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
    def learn(cls, log_odds: Floats, targets: Targets, prior: Floats, *, nats: float = 6.0) -> Pool:
        """Average over all weights, each by how well it did on rows none of the members was fitted to.

        The likelihood is cooled: rows of one period err together, so they tell less than as many
        independent ones.

        Parameters
        ----------
        log_odds : ndarray, shape (N, K)
            What each member said.
        targets : Targets
            What came.
        prior : ndarray, shape (K,)
            Weights to use without any such rows.
        nats : float
            Log prior density lost by moving all weight away from `prior`.
        """
        whole = product(range(_STEPS + 1), repeat=len(prior))
        grid = np.array([w for w in whole if sum(w) == _STEPS]) / _STEPS
        pooled = np.clip(log_odds, -LARGEST, LARGEST) @ grid.T
        loss = targets.weight @ np.logaddexp(0, pooled) - targets.won @ pooled
        moved = 0.5 * np.abs(grid - prior).sum(axis=1)
        log_weight = -loss / _COOLING - nats * moved
        weight = np.exp(log_weight - log_weight.max())
        return cls(np.asarray(weight @ grid / weight.sum()))

    def __call__(self, log_odds: Floats) -> Floats:
        """Pooled log-odds of shape (N, K) members'."""
        return np.asarray(np.clip(log_odds, -LARGEST, LARGEST) @ self.weights)
