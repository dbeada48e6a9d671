"""Grades of stored predictions by the outcomes of their decisions.

A prediction counts if it was made no later than its decision and the decision has been followed
long enough (`follow_up.settled`). Of several predictions by one version for one decision the last
counts: it is the one people acted on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from decision_model.evaluation.bootstrap import Estimate, bootstrap
from decision_model.evaluation.calibration import Corp, ReliabilityTable, corp, reliability_table
from decision_model.evaluation.metrics import WeightedMean, brier_losses, checked, log_losses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


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


def last_before_decision(
    version: Sequence[str],
    decision: Sequence[str],
    predicted_at: NDArray[np.datetime64],
    decided_at: NDArray[np.datetime64],
) -> NDArray[np.intp]:
    """Return positions of the predictions that count: per version and decision the last in time.

    Predictions made after their decision are left out: they might know its outcome. Of
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
        Who predicted.
    probability : ndarray, shape (N,)
        P(won), a fraction.
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
        log_loss=bootstrap(WeightedMean(log_losses(won, p)), weight, draws=draws, seed=seed),
        brier=bootstrap(WeightedMean(brier_losses(won, p)), weight, draws=draws, seed=seed),
        calibration=corp(won, p),
        surprise=calibration_surprise(won, p),
    )
