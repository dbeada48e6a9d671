"""Quantiles of a mixture of normal distributions, for many mixtures at once and in NumPy alone."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from decision_model.hyperparameters import (
    INTERVAL_HALVINGS,
    INTERVAL_LEAST_WEIGHT,
    INTERVAL_REACH,
    INTERVAL_TAIL,
)
from decision_model.quantiles import NORMAL_95

Floats = NDArray[np.float64]

_SERIES = (1.330274429, -1.821255978, 1.781477937, -0.356563782, 0.319381530)

FEW_MIXTURES = 64
"""Of so few, many points are looked at together: then calls cost more than what they compute."""

FEW_STEPS = 5
"""Halvings done at once for few mixtures."""

_STEPS_PER_UNIT, _FARTHEST = 2048, 6.5
"""Of the table of tails; between its points, linear interpolation is off by less than 1e-8."""


def mixture_interval(weights: Floats, means: Floats, variances: Floats) -> tuple[Floats, Floats]:
    """Return the 2.5 % and 97.5 % quantiles of N mixtures of K normal distributions, each of shape (N,).

    Parameters
    ----------
    weights : ndarray, shape (K,)
        At least 0; they sum to 1.
    means, variances : ndarray, shape (K, N)

    Examples
    --------
    >>> low, high = mixture_interval(np.ones(1), np.array([[0.0]]), np.array([[4.0]]))
    >>> low.round(2).tolist(), high.round(2).tolist()
    ([-3.92], [3.92])
    """
    mean = weights @ means
    off = means - mean
    reach = INTERVAL_REACH * NORMAL_95 * np.sqrt(weights @ (variances + off * off))
    used = (weights > INTERVAL_LEAST_WEIGHT).nonzero()[0]
    weights, off, variances = weights[used], off[used], np.maximum(variances[used], 1e-12)
    # The lower end is the upper one of the mixture turned round.
    ends = _distance(weights, np.array([-off, off]), np.sqrt(variances), reach)
    return mean - ends[0], mean + ends[1]


def _distance(weights: Floats, means: Floats, spreads: Floats, reach: Floats) -> Floats:
    """How far above 0 the 97.5 % quantiles lie, `reach` at most, shapes (2, K, N), (K, N) and (N,) to (2, N).

    By halving; of few mixtures first near the end of a normal distribution, then by several halvings at once.
    """
    cell, left, at_once = reach / 2**INTERVAL_HALVINGS, INTERVAL_HALVINGS, 1
    # In units of the table of tails, from its beginning.
    scale = _STEPS_PER_UNIT / spreads
    per_cell, at_zero = cell * scale, _STEPS_PER_UNIT * _FARTHEST - means * scale

    def nearer(points: Floats) -> NDArray[np.intp]:
        """How many of ascending points, multiples of the smallest cell, are nearer than the end: shape (2, N)."""
        beyond = weights @ _tails(points * per_cell + at_zero) >= INTERVAL_TAIL
        return np.asarray(beyond.sum(axis=0))

    if len(reach) <= FEW_MIXTURES:
        near, at_once = _near_normal(), FEW_STEPS
        found = nearer(near)
        if found.all() and (found < len(near)).all():
            return np.asarray((near[0, 0, 0] + (found - 0.5)) * cell)
    inner = np.zeros((2, 1, len(reach)))
    while left:
        steps = min(at_once, left)
        left -= steps
        inner[:, 0] += nearer(inner + _points(steps, left)) * 2.0**left
    inner += 0.5
    return np.asarray(inner[:, 0] * cell)


@cache
def _points(steps: int, left: int) -> Floats:
    """Points that halve a range so many times, with so many halvings to follow; shape (points, 1, 1, 1)."""
    return (np.arange(1, 2**steps) * 2.0**left)[:, None, None, None]


@cache
def _near_normal() -> Floats:
    """Points about the end of a normal distribution of the same variance; shape (points, 1, 1, 1)."""
    end = int(2**INTERVAL_HALVINGS / INTERVAL_REACH)
    return end + (np.arange(2**FEW_STEPS) - 2.0 ** (FEW_STEPS - 1))[:, None, None, None]


def _tails(at: Floats) -> Floats:
    """Look up upper tails; ``at`` counts the steps of the table from its beginning, and is overwritten."""
    tails, drops = _table()
    whole = at.astype(np.intp)
    at -= whole
    # Beyond the table is what stands at its ends, where the tail is flat.
    at *= drops.take(whole, mode="clip")
    return np.asarray(tails.take(whole, mode="clip") - at)


@cache
def _table() -> tuple[Floats, Floats]:
    """Tails at even steps, and how much each is above the next."""
    tails = upper_tail(np.arange(-_FARTHEST, _FARTHEST, 1 / _STEPS_PER_UNIT))
    drops = np.zeros_like(tails)
    drops[1:-1] = tails[1:-1] - tails[2:]
    return tails, drops


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
