"""Quantiles of a mixture of normal distributions, for many mixtures at once and in NumPy alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from decision_model.hyperparameters import (
    INTERVAL_HALVINGS,
    INTERVAL_REACH,
    INTERVAL_TAIL,
)
from decision_model.quantiles import NORMAL_95

Floats = NDArray[np.float64]

_SERIES = (1.330274429, -1.821255978, 1.781477937, -0.356563782, 0.319381530)


class NormalMixture:
    """N mixtures of the same K weights, each with means and variances of its own.

    Examples
    --------
    >>> one = NormalMixture()
    >>> one.add(1.0, np.array([0.0]), 4.0)
    >>> low, high = one.interval()
    >>> low.round(2).tolist(), high.round(2).tolist()
    ([-3.92], [3.92])
    """

    def __init__(self) -> None:
        self._members: list[tuple[float, Floats, Floats]] = []

    def add(self, weight: float, mean: Floats, variance: Floats | float) -> None:
        """Add a member.

        Parameters
        ----------
        weight : float
            At least 0; all of them sum to 1.
        mean : ndarray, shape (N,)
        variance : float or ndarray, shape (N,)
        """
        if weight > 0:
            spread = np.sqrt(np.maximum(variance, 1e-12))
            self._members.append((weight, mean, np.zeros(len(mean)) + spread))

    def interval(self) -> tuple[Floats, Floats]:
        """The 2.5 % and 97.5 % quantiles, each of shape (N,)."""
        weights, means, spreads = (np.array(part) for part in zip(*self._members, strict=True))
        mean = weights @ means
        reach = INTERVAL_REACH * NORMAL_95 * np.sqrt(weights @ (spreads**2 + (means - mean) ** 2))
        # The lower end is the upper one of the mixture turned round.
        off, n = means - mean, len(mean)
        both = np.concatenate([-off, off], axis=1), np.concatenate([spreads, spreads], axis=1)
        ends = _distance(weights, *both, np.concatenate([reach, reach]))
        return mean - ends[:n], mean + ends[n:]


FEW_MIXTURES = 64
"""Of so few, many points are looked at together: then calls cost more than what they compute."""

FEW_STEPS = 5
"""Halvings done at once for few mixtures."""


def _distance(weights: Floats, means: Floats, spreads: Floats, reach: Floats) -> Floats:
    """How far above 0 the 97.5 % quantile lies, `reach` at most: by halving, several halvings at once for few."""
    at_once = FEW_STEPS if len(reach) <= FEW_MIXTURES else 1
    cell, left = reach / 2**INTERVAL_HALVINGS, INTERVAL_HALVINGS
    inner = np.zeros_like(reach)
    while left:
        steps = min(at_once, left)
        left -= steps
        # Points between which the end may lie, shape (points, N), as multiples of the smallest cell.
        points = inner + (np.arange(1, 2**steps) * 2**left)[:, None]
        tails = upper_tail((points * cell - means[:, None]) / spreads[:, None])
        beyond = np.einsum("k,kpn->pn", weights, tails) >= INTERVAL_TAIL
        inner = inner + beyond.sum(axis=0) * 2**left
    return np.asarray((inner + 0.5) * cell)


def upper_tail(x: Floats) -> Floats:
    """P(Z > x) of a standard normal Z, to 1e-7.

    Abramowitz, Stegun, Handbook of Mathematical Functions (1964), formula 26.2.17: SciPy's own takes a quarter of a
    second to import.

    Examples
    --------
    >>> upper_tail(np.array([0.0, 1.959964, -1.0])).round(4).tolist()
    [0.5, 0.025, 0.8413]
    """
    away = np.abs(x)
    t = 1 / (1 + 0.2316419 * away)
    series = np.zeros_like(t)
    for coefficient in _SERIES:
        series = t * (coefficient + series)
    tail = np.exp(-0.5 * away**2) * series / np.sqrt(2 * np.pi)
    return np.asarray(np.where(x >= 0, tail, 1 - tail))
