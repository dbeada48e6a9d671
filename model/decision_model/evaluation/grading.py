"""What became of what we predicted: stored predictions graded once their decisions matured.

A prediction counts if it was made no later than its decision and the decision has been followed
long enough (`follow_up.settled`). Of several predictions by one version for one decision the last
counts: it is the one people acted on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from decision_model.evaluation.bootstrap import Estimate, bootstrap, paired_difference
from decision_model.evaluation.calibration import Corp, ReliabilityTable, corp, reliability_table
from decision_model.evaluation.metrics import MeanOf, brier_losses, checked, log_losses
from decision_model.evaluation.reliability import ReliabilityOf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from decision_model.evaluation.bootstrap import Statistic

TENTHS = tuple(i / 10.0 for i in range(11))
"""Bounds of the bins people are shown: 0 to 10 %, 10 to 20 %, and so on."""


@dataclass(frozen=True, slots=True)
class Grade:
    """How one model version did.

    Parameters
    ----------
    version : str
    graded, waiting : int
        Predictions graded, and those whose decisions have not been followed long enough.
    expected, won : float
        Wins that were to be expected (sum of probabilities), and wins that came, of the graded.
    table : ReliabilityTable
        Per tenth of probability: of so many that we gave 70 to 80 %, which share was won.
    log_loss, brier : Estimate
        With bootstrap intervals; nan where nothing is graded.
    calibration : Corp
        The Brier score's parts.
    surprise : float
        Two-sided p-value of Spiegelhalter's test that the probabilities are calibrated; nan where
        it is not defined.
    """

    version: str
    graded: int
    waiting: int
    expected: float
    won: float
    table: ReliabilityTable
    log_loss: Estimate
    brier: Estimate
    calibration: Corp
    surprise: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two versions did that had predicted the same opportunities.

    Parameters
    ----------
    graded, waiting : int
        Decisions graded, and those that have not been followed long enough.
    won : float
        Wins among the graded.
    served, tried : tuple of Estimate
        Log loss and Brier score of each; nan where nothing is graded.
    log_loss, brier : Estimate
        Differences tried minus served on the same decisions, paired; lower is better.
    calibration : Estimate
        The same of the calibration part of the Brier score, without the bias of its bins.
    constant : Estimate
        Log loss of the tried minus that of one number for all, their share won. That number is
        known only afterwards, which makes it harder to beat than any base rate was.
    """

    graded: int
    waiting: int
    won: float
    served: tuple[Estimate, Estimate]
    tried: tuple[Estimate, Estimate]
    log_loss: Estimate
    brier: Estimate
    calibration: Estimate
    constant: Estimate


def compare(
    served: NDArray[np.float64],
    tried: NDArray[np.float64],
    won: NDArray[np.float64],
    judged: NDArray[np.bool_],
    *,
    draws: int = 1000,
    seed: int = 0,
) -> Comparison:
    """Compare what two versions said of the same decisions.

    Parameters
    ----------
    served, tried : ndarray, shape (N,)
        What each said, fractions.
    won : ndarray, shape (N,)
        1 if the decision is won as of now, else 0.
    judged : ndarray of bool, shape (N,)
        Whether it has been followed long enough.

    Examples
    --------
    >>> said, won = np.array([0.5, 0.5, 0.5]), np.array([1.0, 0.0, 1.0])
    >>> found = compare(said, np.array([0.8, 0.2, 0.1]), won, np.array([True, True, False]))
    >>> found.graded, found.waiting, round(found.brier.value, 2)
    (2, 1, -0.21)
    """
    labels, old, _ = checked(won[judged], served[judged])
    _, new, _ = checked(labels, tried[judged])
    weight = np.ones_like(labels)

    def scores(p: NDArray[np.float64]) -> tuple[MeanOf, MeanOf]:
        return MeanOf(log_losses(labels, p)), MeanOf(brier_losses(labels, p))

    def interval(p: NDArray[np.float64]) -> tuple[Estimate, Estimate]:
        loss, brier = (bootstrap(one, weight, draws=draws, seed=seed) for one in scores(p))
        return loss, brier

    def gap(first: Statistic, second: Statistic) -> Estimate:
        return paired_difference(first, second, weight, draws=draws, seed=seed)

    (new_loss, new_brier), (old_loss, old_brier) = scores(new), scores(old)
    share = np.full_like(labels, labels.mean() if labels.size else 0.5)
    empty = Estimate(float("nan"), float("nan"), float("nan"))
    return Comparison(
        graded=labels.size,
        waiting=int(won.size) - labels.size,
        won=float(labels.sum()),
        served=interval(old),
        tried=interval(new),
        log_loss=gap(new_loss, old_loss),
        brier=gap(new_brier, old_brier),
        calibration=gap(ReliabilityOf(labels, new), ReliabilityOf(labels, old))
        if labels.size
        else empty,
        constant=gap(new_loss, scores(share)[0]),
    )


def last_before_decision(
    version: Sequence[str],
    decision: Sequence[str],
    predicted_at: NDArray[np.datetime64],
    decided_at: NDArray[np.datetime64],
) -> NDArray[np.intp]:
    """Return positions of the predictions that count: per version and decision the last in time.

    Predictions made after their decision are left out: they might know what became of it. Of
    two at the same moment the later in order counts.

    Examples
    --------
    >>> moments = np.array(["2026-01-01", "2026-01-02", "2026-01-04"], dtype="datetime64[us]")
    >>> decided = np.array(["2026-01-03"] * 3, dtype="datetime64[us]")
    >>> last_before_decision(["v1"] * 3, ["d1"] * 3, moments, decided).tolist()
    [1]
    """
    last: dict[tuple[str, str], int] = {}
    for place in np.argsort(predicted_at, kind="stable").tolist():
        if predicted_at[place] <= decided_at[place]:
            last[version[place], decision[place]] = place
    return np.array(sorted(last.values()), dtype=np.intp)


def grade(
    version: Sequence[str],
    probability: NDArray[np.float64],
    won: NDArray[np.float64],
    judged: NDArray[np.bool_],
    *,
    draws: int = 1000,
    seed: int = 0,
) -> tuple[Grade, ...]:
    """Return a grade per model version, in the order of their names.

    Parameters
    ----------
    version : sequence of str, length N
        Which model said it.
    probability : ndarray, shape (N,)
        What it said.
    won : ndarray, shape (N,)
        1 if the decision is won as of now, else 0.
    judged : ndarray of bool, shape (N,)
        Whether its decision has been followed long enough.
    """
    labels, p, _ = checked(won, probability)
    if len(version) != p.size or judged.shape != p.shape:
        raise ValueError("version, probability, won and judged must be equally long")
    if not np.all((p >= 0.0) & (p <= 1.0)):
        raise ValueError("probabilities must lie in [0, 1]")
    names = np.array(version, dtype=object)
    found = []
    for name in sorted(set(version)):
        own = names == name
        rows = np.flatnonzero(own & judged)
        waiting = int(own.sum()) - rows.size
        found.append(_grade(name, waiting, labels[rows], p[rows], draws=draws, seed=seed))
    return tuple(found)


def calibration_surprise(won: NDArray[np.float64], probability: NDArray[np.float64]) -> float:
    """Return the two-sided p-value of Spiegelhalter's z, nan where all are 0, 1/2 or 1.

    z = sum (y - p)(1 - 2p) / sqrt(sum (1 - 2p)² p (1 - p)), standard normal if calibrated
    (Spiegelhalter, Statistics in Medicine 5 (1986), section 4.1).
    """
    from scipy.special import ndtr

    variance = float(np.sum((1.0 - 2.0 * probability) ** 2 * probability * (1.0 - probability)))
    if variance <= 0.0:
        return float("nan")
    z = float(np.sum((won - probability) * (1.0 - 2.0 * probability))) / variance**0.5
    return float(2.0 * ndtr(-abs(z)))


def _grade(
    name: str,
    waiting: int,
    won: NDArray[np.float64],
    p: NDArray[np.float64],
    *,
    draws: int,
    seed: int,
) -> Grade:
    weight = np.ones_like(won)
    return Grade(
        version=name,
        graded=won.size,
        waiting=waiting,
        expected=float(p.sum()),
        won=float(won.sum()),
        table=reliability_table(won, p, edges=TENTHS),
        log_loss=bootstrap(MeanOf(log_losses(won, p)), weight, draws=draws, seed=seed),
        brier=bootstrap(MeanOf(brier_losses(won, p)), weight, draws=draws, seed=seed),
        calibration=corp(won, p),
        surprise=calibration_surprise(won, p),
    )
