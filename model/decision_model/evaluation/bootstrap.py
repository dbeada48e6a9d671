"""Paired bootstrap: intervals of a figure, and of the difference between two methods.

Paired bootstrap: decisions are drawn with replacement, and both methods are judged on the same
draw, so that what is hard for both cancels [1]_. Decisions of one sender resemble each other: they are
drawn together, as one cluster, where clusters are given.

``scipy.stats.bootstrap`` draws single rows only, calls the statistic with data rather than weights (which
sorts again for every draw of an AUC) and cannot give two statistics the same draws, so the drawing is our own;
the two agree where both apply (see the tests).

References
----------
.. [1] Efron, Tibshirani, An Introduction to the Bootstrap (1993), sections 13.3 and 8.3.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from decision_model.hyperparameters import WEIGHTS_AT_ONCE

if TYPE_CHECKING:
    from numpy.typing import NDArray

Statistic = Callable[["NDArray[np.float64]"], "NDArray[np.float64]"]
"""From weights, shape (B, N), to one figure per row, shape (B,)."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval; nan where it is not defined."""

    value: float
    low: float
    high: float


def bootstrap(
    statistic: Statistic,
    weight: NDArray[np.float64],
    *,
    draws: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """Return the statistic with its percentile interval over resampled decisions.

    Parameters
    ----------
    statistic : callable
        Such as `metrics.WeightedMean`, or the difference of two of them for a paired comparison.
    weight : ndarray, shape (N,)
        Weight of each decision; a draw multiplies it by how often the decision was drawn.
    draws : int
        Number of resamples. The ends of a 95 % interval from 1000 draws are themselves uncertain
        by about 4 % of its width.
    level : float
        Of the interval, in (0, 1).
    seed : int
        The same seed, weights and statistic give the same interval, and two statistics with the
        same seed see the same draws.

    Returns
    -------
    Estimate
        Draws in which the statistic is not defined are left out.

    Examples
    --------
    >>> from decision_model.evaluation.metrics import WeightedMean
    >>> losses = np.array([0.0, 1.0, 0.0, 1.0])
    >>> bootstrap(WeightedMean(losses), np.ones(4), draws=200).value
    0.5
    """
    if weight.size == 0:
        return Estimate(float("nan"), float("nan"), float("nan"))
    figures = resampled({"": statistic}, weight, draws=draws, seed=seed)[""]
    return estimate(float(statistic(weight[np.newaxis])[0]), figures, level=level)


def resampled(
    statistics: Mapping[str, Statistic],
    weight: NDArray[np.float64],
    *,
    clusters: NDArray[np.intp] | None = None,
    draws: int = 1000,
    seed: int = 0,
) -> dict[str, NDArray[np.float64]]:
    """Return every statistic on the same draws, shape (draws,) each.

    The difference of two of them is then a paired one. At equal seeds, fewer draws are the first
    of more.

    Parameters
    ----------
    clusters : ndarray of intp, shape (N,), optional
        Cluster of each decision, 0 to K - 1: K clusters are drawn with replacement instead of N
        decisions (Davison, Hinkley, Bootstrap Methods and their Application (1997), section 3.8).
    """
    found: dict[str, list[NDArray[np.float64]]] = {name: [] for name in statistics}
    for counts in _resampled(weight.size, draws, seed, clusters):
        weights = counts * weight
        for name, statistic in statistics.items():
            found[name].append(statistic(weights))
    return {name: np.concatenate(parts) for name, parts in found.items()}


def estimate(value: float, figures: NDArray[np.float64], *, level: float = 0.95) -> Estimate:
    """Return a figure with the percentile interval of its resampled values.

    Draws in which it is not defined are left out.
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must lie in (0, 1), but it is {level!r}")
    figures = figures[np.isfinite(figures)]
    if figures.size == 0:
        return Estimate(value, float("nan"), float("nan"))
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(figures, [tail, 1.0 - tail])
    return Estimate(value, float(low), float(high))


def paired_difference(
    first: Statistic,
    second: Statistic,
    weight: NDArray[np.float64],
    *,
    draws: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """Return first minus second, both judged on the same resampled decisions.

    Examples
    --------
    >>> from decision_model.evaluation.metrics import WeightedMean
    >>> losses = np.linspace(0.0, 1.0, 50)
    >>> difference = paired_difference(WeightedMean(losses), WeightedMean(losses + 0.1), np.ones(50), draws=50)
    >>> round(difference.low, 6), round(difference.high, 6)
    (-0.1, -0.1)
    """
    return bootstrap(
        lambda weights: first(weights) - second(weights),
        weight,
        draws=draws,
        level=level,
        seed=seed,
    )


def clusters_of(names: Sequence[Hashable] | None, size: int) -> NDArray[np.intp] | None:
    """Number clusters by their names; None is a cluster of its own. None where all are single.

    Examples
    --------
    >>> clusters_of(["ann", None, "ann", None], 4).tolist()
    [0, 1, 0, 2]
    """
    if names is None:
        return None
    if len(names) != size:
        raise ValueError(f"{size} decisions need as many clusters, but there are {len(names)}")
    places: dict[Hashable, int] = {}
    found = np.array(
        [
            places.setdefault((i,) if name is None else name, len(places))
            for i, name in enumerate(names)
        ],
        dtype=np.intp,
    )
    return None if len(places) == size else found


def _resampled(
    size: int, draws: int, seed: int, clusters: NDArray[np.intp] | None = None
) -> Iterator[NDArray[np.float64]]:
    """Yield how often each decision was drawn, shape (B, N), until all draws are made."""
    rng = np.random.default_rng(seed)
    if size == 0:
        return
    units = size if clusters is None else int(clusters.max()) + 1
    at_once = max(1, WEIGHTS_AT_ONCE // size)
    for start in range(0, draws, at_once):
        rows = min(at_once, draws - start)
        drawn = rng.integers(units, size=(rows, units))
        drawn += np.arange(rows)[:, np.newaxis] * units
        counts = np.bincount(drawn.ravel(), minlength=rows * units)
        times = counts.reshape(rows, units).astype(np.float64)
        yield times if clusters is None else times[:, clusters]
