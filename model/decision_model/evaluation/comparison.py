"""Comparison of two methods' probabilities for the same decisions: log loss, Brier score, calibration.

Every question of the kind "is A better than B?" is answered from a `Comparison`, with one measure of
calibration: the Brier score's calibration part without the bias of its bins (`reliability`).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from decision_model.evaluation.bootstrap import Estimate, clusters_of, estimate, resampled
from decision_model.evaluation.confidence_sequence import sequential_difference
from decision_model.evaluation.metrics import WeightedMean, brier_losses, checked, log_losses
from decision_model.evaluation.reliability import WeightedReliability
from decision_model.hyperparameters import BOOTSTRAP_DRAWS

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from decision_model.evaluation.bootstrap import Statistic

UNDEFINED = Estimate(float("nan"), float("nan"), float("nan"))


@dataclass(frozen=True, slots=True)
class Scores:
    """Mean log loss (nats) and Brier score of one method; lower is better."""

    log_loss: Estimate
    brier: Estimate


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two methods did on the same decisions.

    Parameters
    ----------
    judged : int
        Decisions.
    won : int
        Of those.
    new, old : Scores
        Of each method.
    log_loss, brier, calibration : Estimate
        Differences new minus old, paired, with 95 % intervals; below zero the new one is better. nan
        where nothing is judged.
    sequential : bool
        Whether the interval of ``log_loss`` holds at every look (confidence sequence) or at one
        (bootstrap).
    """

    judged: int
    won: int
    new: Scores
    old: Scores
    log_loss: Estimate
    brier: Estimate
    calibration: Estimate
    sequential: bool


def compare(
    new: ArrayLike,
    old: ArrayLike,
    won: ArrayLike,
    *,
    clusters: Sequence[Hashable] | None = None,
    sequential: bool = False,
    draws: int = BOOTSTRAP_DRAWS,
    seed: int = 0,
) -> Comparison:
    """Compare two methods.

    Parameters
    ----------
    new, old : array_like, shape (N,)
        P(won) by each, fractions.
    won : array_like, shape (N,)
        1 won, 0 not.
    clusters : sequence of hashable, length N, optional
        What decisions are drawn together by in the bootstrap, and bet on together in a confidence sequence, such
        as their sender; None in it is a cluster of its own.
    sequential : bool
        Whether the comparison is looked at again and again as decisions are added at the end. The
        difference in log loss then has a confidence sequence.
    draws, seed : int
        Of the bootstrap.

    Examples
    --------
    >>> found = compare([0.8, 0.2], [0.5, 0.5], [1.0, 0.0])
    >>> found.judged, round(found.brier.value, 2)
    (2, -0.21)
    """
    labels, p, _ = checked(won, new)
    _, q, _ = checked(labels, old)
    size = labels.size
    if not size:
        nothing = Scores(UNDEFINED, UNDEFINED)
        return Comparison(
            0, 0, nothing, nothing, UNDEFINED, UNDEFINED, UNDEFINED, sequential=sequential
        )
    statistics: dict[str, Statistic] = {
        "new log": WeightedMean(log_losses(labels, p)),
        "old log": WeightedMean(log_losses(labels, q)),
        "new brier": WeightedMean(brier_losses(labels, p)),
        "old brier": WeightedMean(brier_losses(labels, q)),
        "new calibration": WeightedReliability(labels, p),
        "old calibration": WeightedReliability(labels, q),
    }
    weight = np.ones(size)
    cluster = clusters_of(clusters, size)
    drawn = resampled(statistics, weight, clusters=cluster, draws=draws, seed=seed)
    values = {name: float(one(weight[np.newaxis])[0]) for name, one in statistics.items()}

    def own(name: str) -> Estimate:
        return estimate(values[name], drawn[name])

    def gap(name: str) -> Estimate:
        first, second = f"new {name}", f"old {name}"
        return estimate(values[first] - values[second], drawn[first] - drawn[second])

    return Comparison(
        judged=size,
        won=int(labels.sum()),
        new=Scores(own("new log"), own("new brier")),
        old=Scores(own("old log"), own("old brier")),
        log_loss=sequential_difference(p, q, labels, clusters=cluster)
        if sequential
        else gap("log"),
        brier=gap("brier"),
        calibration=gap("calibration"),
        sequential=sequential,
    )
