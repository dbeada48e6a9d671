"""Calibration of probabilities: reliability tables and decompositions of a mean loss.

Two decompositions of a mean loss into miscalibration, discrimination and uncertainty:

* *CORP* [1]_: compares the forecasts with their own best monotone recalibration (pool adjacent
  violators). Exact, without bins to choose; works for Brier score and log loss.
* *Binned* [2]_: the classical reliability, resolution and uncertainty of the Brier score over
  quantile bins, plus what bins cannot see. Chance alone makes observed shares differ from true
  ones, so plain reliability is too large by the sampling variance of the shares; the debiased
  figures subtract its estimate [3]_ and may come out slightly below zero.

References
----------
.. [1] Dimitriadis, Gneiting, Jordan, Stable reliability diagrams for probabilistic classifiers,
   PNAS 118 (2021), equations 3 to 5.
.. [2] Stephenson, Coelho, Jolliffe, Two extra components in the Brier score decomposition,
   Weather and Forecasting 23 (2008).
.. [3] Ferro, Fricker, A bias-corrected decomposition of the Brier score, Q. J. R. Meteorol. Soc.
   138 (2012).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from decision_model.evaluation.metrics import brier_losses, checked, log_losses, weighted_mean
from decision_model.special_functions import betaincinv

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

Score = Literal["brier", "log"]
_LOSSES: dict[Score, Callable[[ArrayLike, ArrayLike], NDArray[np.float64]]] = {
    "brier": brier_losses,
    "log": log_losses,
}


@dataclass(frozen=True, slots=True)
class Corp:
    """Mean loss = miscalibration - discrimination + uncertainty, exactly.

    Parameters
    ----------
    loss : float
        Mean loss as predicted.
    miscalibration : float
        What the best monotone recalibration would save, >= 0. On n decisions a perfectly
        calibrated forecast shows a little above zero, since recalibration fits noise too.
    discrimination : float
        What the recalibrated forecast saves against the overall share, >= 0.
    uncertainty : float
        Loss of always saying the overall share.
    """

    loss: float
    miscalibration: float
    discrimination: float
    uncertainty: float


@dataclass(frozen=True, slots=True)
class BrierParts:
    """Brier score = reliability - resolution + uncertainty + within.

    Parameters
    ----------
    score : float
        The Brier score itself.
    reliability : float
        Mean squared difference between predicted and observed share, per bin: the calibration
        part, 0 is perfect.
    resolution : float
        Mean squared difference between the bins' shares and the overall share; higher is better.
    uncertainty : float
        Variance of the outcome.
    within : float
        What differs inside bins; 0 where every bin holds one forecast.
    reliability_debiased, resolution_debiased, uncertainty_debiased : float
        The same three without the bias of finite bins; nan where no bin has two decisions.
    """

    score: float
    reliability: float
    resolution: float
    uncertainty: float
    within: float
    reliability_debiased: float
    resolution_debiased: float
    uncertainty_debiased: float


@dataclass(frozen=True, slots=True)
class ReliabilityTable:
    """Predicted and observed shares per bin of predicted probability; empty bins are left out.

    Parameters
    ----------
    lower, upper : ndarray, shape (K,)
        Bounds of the bin.
    count : ndarray of int
        Decisions.
    weight : ndarray
        Sum of their weights.
    predicted, observed : ndarray
        Mean probability, and share won.
    low, high : ndarray
        Jeffreys interval of the share won.
    """

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    count: NDArray[np.intp]
    weight: NDArray[np.float64]
    predicted: NDArray[np.float64]
    observed: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def recalibrated(
    won: ArrayLike, probability: ArrayLike, weight: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Return the best monotone recalibration of the forecasts, in their order.

    Pool adjacent violators over distinct forecasts: equal forecasts stay equal. Decisions without
    weight get the value of the next lower forecast that has some.

    Examples
    --------
    >>> recalibrated([0, 1, 0, 1], [0.1, 0.2, 0.3, 0.4]).tolist()
    [0.0, 0.5, 0.5, 1.0]
    """
    labels, p, weights = checked(won, probability, weight)
    distinct, group = np.unique(p, return_inverse=True)
    mass = np.bincount(group, weights, minlength=distinct.size).astype(np.float64)
    wins = np.bincount(group, weights * labels, minlength=distinct.size)
    held = np.flatnonzero(mass > 0.0)
    if held.size == 0:
        return np.full_like(p, np.nan)
    pooled = _pool_adjacent_violators(wins[held] / mass[held], mass[held])
    nearest = np.clip(np.searchsorted(held, np.arange(distinct.size), side="right") - 1, 0, None)
    return np.asarray(pooled[nearest][group])


def corp(
    won: ArrayLike,
    probability: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    score: Score = "brier",
) -> Corp:
    """Return the CORP decomposition of the Brier score or of the log loss.

    Examples
    --------
    >>> parts = corp([0, 1, 0, 1], [0.1, 0.2, 0.3, 0.4])
    >>> round(parts.miscalibration, 6), parts.discrimination, parts.uncertainty
    (0.15, 0.125, 0.25)
    """
    labels, p, weights = checked(won, probability, weight)
    losses = _LOSSES[score]
    loss = weighted_mean(losses(labels, p), weights)
    if not weights.sum() > 0.0:
        return Corp(*([float("nan")] * 4))
    best = weighted_mean(losses(labels, recalibrated(labels, p, weights)), weights)
    base = np.full_like(p, weighted_mean(labels, weights))
    uncertainty = weighted_mean(losses(labels, base), weights)
    return Corp(loss, loss - best, uncertainty - best, uncertainty)


def brier_parts(
    won: ArrayLike,
    probability: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    bins: int = 10,
) -> BrierParts:
    """Return the Brier score's parts over at most ``bins`` quantile bins of the forecast.

    With weights, a bin's effective number of decisions is (sum of weights)² / sum of squared
    weights; bins with at most one are not debiased.

    Examples
    --------
    >>> parts = brier_parts([1, 0, 1, 1], [0.5, 0.5, 0.75, 0.75])
    >>> parts.reliability, parts.resolution, parts.uncertainty
    (0.03125, 0.0625, 0.1875)
    """
    labels, p, weights = checked(won, probability, weight)
    total = float(weights.sum())
    if not total > 0.0:
        return BrierParts(*([float("nan")] * 8))
    table = _per_bin(labels, p, weights, _quantile_edges(p, weights, bins))
    share = table.weight / total
    base = weighted_mean(labels, weights)
    score = weighted_mean(brier_losses(labels, p), weights)
    reliability = float(share @ (table.predicted - table.observed) ** 2)
    resolution = float(share @ (table.observed - base) ** 2)
    uncertainty = base * (1.0 - base)
    noise = float(share @ _share_variance(table))
    whole = total**2 / float(weights @ weights)
    base_noise = uncertainty / (whole - 1.0) if whole > 1.0 else float("nan")
    return BrierParts(
        score=score,
        reliability=reliability,
        resolution=resolution,
        uncertainty=uncertainty,
        within=score - (reliability - resolution + uncertainty),
        reliability_debiased=reliability - noise,
        resolution_debiased=resolution - noise + base_noise,
        uncertainty_debiased=uncertainty + base_noise,
    )


def reliability_table(
    won: ArrayLike,
    probability: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    edges: ArrayLike | None = None,
    bins: int = 10,
    level: float = 0.95,
) -> ReliabilityTable:
    """Return predicted and observed shares per bin.

    Parameters
    ----------
    edges : array_like, shape (K + 1,), optional
        Increasing bounds; a bin holds its lower bound, the last one its upper bound too. Must
        span the forecasts. Default: quantiles of the forecasts.

    Examples
    --------
    >>> table = reliability_table([1, 0, 1], [0.75, 0.71, 0.2], edges=[0.0, 0.5, 0.7, 0.8, 1.0])
    >>> table.count.tolist(), table.observed.tolist()
    ([1, 2], [1.0, 0.5])
    """
    labels, p, weights = checked(won, probability, weight)
    if p.size == 0:
        empty = np.empty(0)
        return ReliabilityTable(
            empty, empty, empty.astype(np.intp), empty, empty, empty, empty, empty
        )
    bounds = _quantile_edges(p, weights, bins) if edges is None else np.asarray(edges, np.float64)
    if bounds.size < 2 or np.any(np.diff(bounds) <= 0.0):
        raise ValueError("edges must be increasing, two at least")
    if p.min() < bounds[0] or p.max() > bounds[-1]:
        raise ValueError("edges must span the predictions")
    found = _per_bin(labels, p, weights, bounds)
    low, high = jeffreys_interval(
        found.observed * found.effective, (1.0 - found.observed) * found.effective, level=level
    )
    return ReliabilityTable(
        lower=bounds[:-1][found.index],
        upper=bounds[1:][found.index],
        count=found.count,
        weight=found.weight,
        predicted=found.predicted,
        observed=found.observed,
        low=low,
        high=high,
    )


def jeffreys_interval(
    won: ArrayLike, lost: ArrayLike, *, level: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the equal-tailed interval of a share under Jeffreys' prior, Beta(1/2, 1/2).

    The lower end is 0 where nothing was won and the upper end 1 where nothing was lost (Brown,
    Cai, DasGupta, Interval estimation for a binomial proportion, Statistical Science 16 (2001),
    section 4.1).

    Examples
    --------
    >>> low, high = jeffreys_interval([7], [3])
    >>> round(float(low[0]), 4), round(float(high[0]), 4)
    (0.3942, 0.9073)
    """
    wins, losses = np.asarray(won, dtype=np.float64), np.asarray(lost, dtype=np.float64)
    tail = (1.0 - level) / 2.0
    low = betaincinv(wins + 0.5, losses + 0.5, tail)
    high = betaincinv(wins + 0.5, losses + 0.5, 1.0 - tail)
    return np.where(wins > 0.0, low, 0.0), np.where(losses > 0.0, high, 1.0)


@dataclass(frozen=True, slots=True)
class _Bins:
    index: NDArray[np.intp]
    count: NDArray[np.intp]
    weight: NDArray[np.float64]
    effective: NDArray[np.float64]
    predicted: NDArray[np.float64]
    observed: NDArray[np.float64]


def _per_bin(
    won: NDArray[np.float64],
    p: NDArray[np.float64],
    weights: NDArray[np.float64],
    edges: NDArray[np.float64],
) -> _Bins:
    place = np.clip(np.searchsorted(edges, p, side="right") - 1, 0, edges.size - 2)
    size = edges.size - 1
    mass = np.bincount(place, weights, minlength=size).astype(np.float64)
    held = np.flatnonzero(mass > 0.0)
    square = np.bincount(place, weights**2, minlength=size)
    return _Bins(
        index=held,
        count=np.bincount(place[weights > 0.0], minlength=size)[held],
        weight=mass[held],
        effective=mass[held] ** 2 / square[held],
        predicted=np.bincount(place, weights * p, minlength=size)[held] / mass[held],
        observed=np.bincount(place, weights * won, minlength=size)[held] / mass[held],
    )


def _share_variance(table: _Bins) -> NDArray[np.float64]:
    """Return the unbiased estimate of the sampling variance of each bin's share."""
    spread = table.observed * (1.0 - table.observed)
    free = table.effective - 1.0
    return np.divide(spread, free, out=np.zeros_like(spread), where=free > 1e-9)


def _quantile_edges(
    p: NDArray[np.float64], weights: NDArray[np.float64], bins: int
) -> NDArray[np.float64]:
    """Return bounds that hold about equal weight; equal forecasts are never parted."""
    if bins < 1:
        raise ValueError(f"bins must be at least 1, but it is {bins}")
    order = np.argsort(p, kind="stable")
    reached = np.cumsum(weights[order])
    wanted = np.arange(1, bins) / bins * reached[-1]
    inner = p[order][np.minimum(np.searchsorted(reached, wanted, side="right"), p.size - 1)]
    lowest, highest = float(p.min()), float(p.max())
    inner = np.unique(inner)
    inner = inner[(inner > lowest)]
    last = highest if inner.size == 0 or highest > inner[-1] else np.nextafter(highest, np.inf)
    if last <= lowest:
        last = np.nextafter(lowest, np.inf)
    return np.concatenate([[lowest], inner, [last]])


def _pool_adjacent_violators(
    value: NDArray[np.float64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the weighted isotonic regression of values already in order (Barlow et al. 1972)."""
    from scipy.optimize import isotonic_regression

    return np.asarray(isotonic_regression(value, weights=weight).x)
