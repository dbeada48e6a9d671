"""Confidence sequence for a mean by betting: valid however often, and whenever, one looks.

A bootstrap interval holds for one look. Looking every day and acting on the first interval that
excludes zero goes wrong far more often than 5 %. The wealth of a gambler who bets against a mean m, never
more than it has, is a nonnegative martingale if m is true, so by Ville's inequality it ever reaches 1/α with
probability at most α. The interval holds every m against which neither a bet on more nor one on less has
reached 2/α [1]_.

References
----------
.. [1] Waudby-Smith, Ramdas, Estimating means of bounded random variables by betting, Journal of the Royal
   Statistical Society B 86 (2024), section 4.2 and equation 26 (hedged capital process).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from decision_model.evaluation.bootstrap import Estimate
from decision_model.hyperparameters import (
    LARGEST_BET,
    SEQUENCE_HALVINGS,
    SEQUENTIAL_PROBABILITY_FLOOR,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

BOUND = float(np.log(1.0 / SEQUENTIAL_PROBABILITY_FLOOR - 1.0))
"""No difference between two log losses is larger where both probabilities keep the floor."""


def sequential_difference(
    first: ArrayLike,
    second: ArrayLike,
    won: ArrayLike,
    *,
    clusters: NDArray[np.intp] | None = None,
    level: float = 0.95,
) -> Estimate:
    """Return mean log loss of the first minus that of the second, with a confidence sequence.

    Parameters
    ----------
    first, second : array_like, shape (N,)
        Probabilities, in the order in which their decisions could be graded; kept within
        `SEQUENTIAL_PROBABILITY_FLOOR` of 0 and 1, since bets need bounded losses.
    won : array_like, shape (N,)
        1 won, 0 not.
    clusters : ndarray of int, shape (N,), optional
        Such as the sender of each: one that has been seen tells how its next decision ends, so that single decisions
        are no fair bets. Each cluster is one bet on its mean, in the order of first appearance.
    level : float
        With this probability the interval holds the true mean at every look, past and future.

    Examples
    --------
    >>> won = np.tile([1.0, 0.0], 400)
    >>> found = sequential_difference(np.where(won, 0.7, 0.3), np.full(800, 0.5), won)
    >>> found.high < 0
    True
    """
    labels = np.asarray(won, dtype=np.float64)
    floor = SEQUENTIAL_PROBABILITY_FLOOR
    one, other = (
        np.clip(np.asarray(p, dtype=np.float64), floor, 1.0 - floor) for p in (first, second)
    )
    gaps = np.where(labels > 0.0, np.log(other / one), np.log1p(-other) - np.log1p(-one))
    if clusters is not None and gaps.size:
        _, start, place = np.unique(clusters, return_index=True, return_inverse=True)
        means = np.bincount(place, gaps) / np.bincount(place)
        gaps = means[np.argsort(start, kind="stable")]
    return sequential_mean(gaps, bound=BOUND, level=level)


def sequential_mean(values: ArrayLike, *, bound: float, level: float = 0.95) -> Estimate:
    """Return the mean of bounded values with a confidence sequence for their expectation.

    Parameters
    ----------
    values : array_like, shape (N,)
        In the order in which they became known; each within [-bound, bound].
    bound : float
        Known beforehand.
    level : float
        In (0, 1).

    Raises
    ------
    ValueError
        A value beyond the bound, or not finite.
    """
    x = np.asarray(values, dtype=np.float64)
    if not np.all(np.abs(x) <= bound * (1.0 + 1e-12)):
        raise ValueError(f"values must lie within {bound:g} of zero")
    if x.size == 0:
        return Estimate(float("nan"), -bound, bound)
    scaled = np.clip((x / bound + 1.0) / 2.0, 0.0, 1.0)
    alpha = 1.0 - level
    bets = _bets(scaled, alpha)
    limit = np.log(2.0 / alpha)
    mean = float(scaled.mean())
    low = _border(lambda m: _rejected(scaled, bets, m, 1.0, limit), 0.0, mean)
    high = _border(lambda m: _rejected(scaled, bets, m, -1.0, limit), 1.0, mean)
    return Estimate(float(x.mean()), (2.0 * low - 1.0) * bound, (2.0 * high - 1.0) * bound)


def _bets(x: NDArray[np.float64], alpha: float) -> NDArray[np.float64]:
    """Return the size of each bet, from the values before it alone (plug-in rule, equation 26)."""
    n = np.arange(1, x.size + 1)
    mean = (0.5 + np.cumsum(x)) / (n + 1.0)
    variance = (0.05 + np.cumsum((x - mean) ** 2)) / (n + 1.0)
    before = np.r_[0.05, variance[:-1]]
    return np.asarray(np.sqrt(2.0 * np.log(2.0 / alpha) / (before * n * np.log1p(n))))


def _rejected(
    x: NDArray[np.float64], bets: NDArray[np.float64], m: float, sign: float, limit: float
) -> bool:
    """Tell whether betting on more (sign 1) or less (-1) than m has ever reached the limit."""
    most = LARGEST_BET / max(m if sign > 0.0 else 1.0 - m, 1e-12)
    wealth = np.cumsum(np.log1p(sign * np.minimum(bets, most) * (x - m)))
    return bool(wealth.max() >= limit)


def _border(rejected: Callable[[float], bool], end: float, mean: float) -> float:
    """Return the border between means that are rejected and those that are not, by halving."""
    if not rejected(end):
        return end
    outside, inside = end, mean
    if rejected(mean):  # an early run was lucky: the interval is empty, and its border is returned
        return mean
    for _ in range(SEQUENCE_HALVINGS):
        middle = (outside + inside) / 2.0
        if rejected(middle):
            outside = middle
        else:
            inside = middle
    return inside
