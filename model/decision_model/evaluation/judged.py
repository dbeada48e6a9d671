"""Scores of judged predictions: every figure with an interval, and the paired difference of two methods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from decision_model.evaluation.bootstrap import (
    Estimate,
    Statistic,
    clusters_of,
    estimate,
    resampled,
)
from decision_model.evaluation.metrics import (
    WeightedAuc,
    WeightedMean,
    WeightedTopShare,
    WithinGroups,
    brier_losses,
    log_losses,
)
from decision_model.evaluation.reliability import WeightedReliability

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Judged:
    """Every judged decision with what each method had predicted.

    Parameters
    ----------
    decision_id : tuple of str
        In time order.
    sender : tuple of (str or None)
        Who had sent each opportunity: decisions of one sender are drawn together in the bootstrap.
    fold : ndarray of intp, shape (N,)
        Position of its fold.
    won : ndarray, shape (N,)
        1 won, 0 not.
    revenue : ndarray, shape (N,)
        As known at the end.
    probability, value : mapping of method to ndarray, shape (N,)
        P(won), and what revenue is ranked by: the expected revenue, or P(won) where a method has
        none.
    """

    decision_id: tuple[str, ...]
    sender: tuple[str | None, ...]
    fold: NDArray[np.intp]
    won: NDArray[np.float64]
    revenue: NDArray[np.float64]
    probability: Mapping[str, NDArray[np.float64]]
    value: Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Scores:
    """Figures of one method, or of the difference between two; nan where not defined.

    Parameters
    ----------
    log_loss, brier : Estimate
        Means; lower is better.
    calibration : Estimate
        The Brier score's calibration part over ten quantile bins, without the bias of finite bins
        (`reliability.WeightedReliability`); lower is better, and it may be slightly negative. CORP's part
        would not do: recalibrating fits noise, and more of it the more different forecasts a method
        gives, so that its bias does not cancel in a difference.
    auc, top_wins, top_revenue : Estimate
        Ranking, and the share of wins and of revenue in the best-ranked 20 %, within folds; higher
        is better.
    """

    log_loss: Estimate
    brier: Estimate
    calibration: Estimate
    auc: Estimate
    top_wins: Estimate
    top_revenue: Estimate


@dataclass(frozen=True, slots=True)
class FoldLoss:
    """Means of one method in one fold; nan where nothing was judged."""

    log_loss: float
    brier: float


def score(
    rows: Judged, reference: str, *, draws: int = 1000, seed: int = 0
) -> tuple[dict[str, Scores], dict[str, Scores]]:
    """Return the figures of every method, and those of its difference from the reference.

    Parameters
    ----------
    rows : Judged
        Predictions and outcomes.
    reference : str
        One of its methods.
    draws, seed : int
        Of the bootstrap. All figures are taken on the same draws, so the differences are paired.

    Returns
    -------
    scores, differences : dict of method to Scores
        The second is method minus reference, for every method but the reference.
    """
    values: dict[str, dict[str, float]] = {}
    figures: dict[str, dict[str, NDArray[np.float64]]] = {}
    weight = np.ones_like(rows.won)
    for method in rows.probability:
        statistics = _statistics(rows, method)
        figures[method] = _figures(statistics, weight, rows.sender, draws, seed)
        values[method] = {
            name: float(statistic(weight[np.newaxis])[0]) if weight.size else float("nan")
            for name, statistic in statistics.items()
        }
    scores, differences = {}, {}
    for method, drawn in figures.items():
        own, other = values[method], values[reference]
        found = {name: estimate(own[name], drawn[name]) for name in drawn}
        scores[method] = Scores(**found)
        if method == reference:
            continue
        gaps = {
            name: estimate(own[name] - other[name], drawn[name] - figures[reference][name])
            for name in drawn
        }
        differences[method] = Scores(**gaps)
    return scores, differences


def _figures(
    statistics: Mapping[str, Statistic],
    weight: NDArray[np.float64],
    senders: Sequence[str | None],
    draws: int,
    seed: int,
) -> dict[str, NDArray[np.float64]]:
    if weight.size == 0:
        return {name: np.empty(0) for name in statistics}
    clusters = clusters_of(senders, weight.size)
    return resampled(statistics, weight, clusters=clusters, draws=draws, seed=seed)


def _statistics(rows: Judged, method: str) -> dict[str, Statistic]:
    won, revenue = rows.won, rows.revenue
    probability, value = rows.probability[method], rows.value[method]

    return {
        "log_loss": WeightedMean(log_losses(won, probability)),
        "brier": WeightedMean(brier_losses(won, probability)),
        # Without decisions there are no bins.
        "calibration": WeightedReliability(won, probability) if won.size else WeightedMean(won),
        "auc": WithinGroups(rows.fold, lambda own: WeightedAuc(won[own], probability[own])),
        "top_wins": WithinGroups(
            rows.fold, lambda own: WeightedTopShare(won[own], probability[own])
        ),
        "top_revenue": WithinGroups(
            rows.fold, lambda own: WeightedTopShare(revenue[own], value[own])
        ),
    }


def losses_per_fold(
    rows: Judged, probability: NDArray[np.float64], folds: int
) -> tuple[FoldLoss, ...]:
    """Return the mean losses of one method in each fold."""
    inside = (np.arange(folds)[:, np.newaxis] == rows.fold).astype(np.float64)
    log = WeightedMean(log_losses(rows.won, probability))(inside)
    brier = WeightedMean(brier_losses(rows.won, probability))(inside)
    return tuple(FoldLoss(*pair) for pair in zip(log.tolist(), brier.tolist(), strict=True))
