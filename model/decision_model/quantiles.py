"""Quantiles of mixtures of Beta distributions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from decision_model.hyperparameters import (
    SMALLEST_RATE,
)
from decision_model.special_functions import betainc, betaincinv, betaln

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

NEXT_TO_ONE = 1 - 2.0**-53
NORMAL_95 = 1.959964


def beta_of_moments(mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Parameters of the Beta distribution with this mean and variance.

    Examples
    --------
    >>> a, b = beta_of_moments(np.array([0.25]), np.array([0.0375]))
    >>> float(a[0]), float(b[0])
    (1.0, 3.0)
    """
    mean = np.clip(mean, SMALLEST_RATE, 1 - SMALLEST_RATE)
    size = np.maximum(mean * (1 - mean) / np.maximum(variance, 1e-300) - 1, 1e-6)
    return mean * size, (1 - mean) * size


def mixture_moments(
    weight: Floats, alpha: Floats, beta: Floats, axis: int = 0
) -> tuple[Floats, Floats]:
    """Mean and variance of a mixture of Beta distributions along ``axis``; weights sum to one."""
    size = alpha + beta
    mean = alpha / size
    second = mean * (alpha + 1) / (size + 1)
    total = (weight * mean).sum(axis)
    spread = (weight * (second - mean * mean)).sum(axis)
    between = (weight * (mean - np.expand_dims(total, axis)) ** 2).sum(axis)
    return total, spread + between


def mixture_quantile(
    level: float, weight: Floats, alpha: Floats, beta: Floats, rounds: int = 30
) -> Floats:
    """Invert the cdf of mixtures of Beta distributions.

    Parameters
    ----------
    level : float
        Probability in (0, 1).
    weight, alpha, beta : ndarray, shape (K, N)
        K components of N mixtures; weights sum to one along the first axis.
    rounds : int
        At most this many Newton steps; a step that leaves the bracket is replaced by a bisection.

    Returns
    -------
    ndarray, shape (N,)

    Examples
    --------
    >>> one = np.ones((1, 1))
    >>> mixture_quantile(0.05, one, 1 * one, 1 * one)
    array([0.05])
    """
    start_alpha, start_beta = beta_of_moments(*mixture_moments(weight, alpha, beta))
    at: Floats = np.clip(
        betaincinv(start_alpha, start_beta, level), SMALLEST_RATE, 1 - SMALLEST_RATE
    )
    low, high = np.zeros_like(at), np.ones_like(at)
    log_norm = betaln(alpha, beta)
    todo = np.arange(at.size)
    for _ in range(rounds):
        x = at[todo]
        a, b, w = alpha[:, todo], beta[:, todo], weight[:, todo]
        excess = (w * betainc(a, b, x)).sum(0) - level
        log_x, log_rest = np.log(x), np.log1p(-x)
        density = (w * np.exp((a - 1) * log_x + (b - 1) * log_rest - log_norm[:, todo])).sum(0)
        low[todo] = np.where(excess < 0, x, low[todo])
        high[todo] = np.where(excess < 0, high[todo], x)
        # 1e-6 of probability on either side is far below what a person or a test can see.
        off = np.abs(excess) > 1e-6
        if not off.any():
            break
        todo, x = todo[off], x[off]
        step = x - excess[off] / np.maximum(density[off], 1e-300)
        inside = (step > low[todo]) & (step < high[todo])
        step = np.where(inside, step, (low[todo] + high[todo]) / 2)
        at[todo] = np.clip(step, 1e-300, NEXT_TO_ONE)
    return at
