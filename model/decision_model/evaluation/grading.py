"""Grades of stored predictions by the outcomes of their decisions.

A prediction counts if it was made no later than its decision and the decision has been followed
long enough (`follow_up.settled`). Of several predictions by one version for one decision the last
counts: it is the one people acted on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from decision_model.anytime import blocks_of
from decision_model.evaluation.bootstrap import Estimate, clusters_of, estimate, resampled
from decision_model.evaluation.calibration import Corp, ReliabilityTable, corp, reliability_table
from decision_model.evaluation.metrics import WeightedMean, brier_losses, checked, log_losses
from decision_model.evaluation.miscalibration import miscalibration_p

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

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
        P-value of the probabilities being calibrated, valid at every look; nan for too few decisions.
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
    senders: Sequence[Hashable] | None = None,
    days: Sequence[Hashable] | None = None,
    draws: int = 1000,
    seed: int = 0,
) -> tuple[Grade, ...]:
    """Return a grade per model version, in the order of their names.

    Parameters
    ----------
    version : sequence of str, length N
        Who predicted; rows in the order of their decisions.
    probability : ndarray, shape (N,)
        P(won), a fraction.
    won : ndarray, shape (N,)
        1 if the decision is won as of now, else 0.
    judged : ndarray of bool, shape (N,)
        Whether its decision has been followed long enough.
    senders, days : sequence of hashable, length N, optional
        Decisions about one sender or on one day end alike; None is a sender of its own. Intervals are those of
        resampled senders.
    """
    labels, p, _ = checked(won, probability)
    if len(version) != p.size or judged.shape != p.shape:
        raise ValueError("version, probability, won and judged must be equally long")
    if not np.all((p >= 0.0) & (p <= 1.0)):
        raise ValueError("probabilities must lie in [0, 1]")
    names = np.array(version, dtype=object)
    sender, day = (None if one is None else blocks_of(one) for one in (senders, days))
    found = []
    for name in sorted(set(version)):
        own = names == name
        rows = np.flatnonzero(own & judged)
        waiting = int(own.sum()) - rows.size
        own_sender, own_day = (None if one is None else one[rows] for one in (sender, day))
        found.append(
            _grade(
                name, waiting, labels[rows], p[rows], own_sender, own_day, draws=draws, seed=seed
            )
        )
    return tuple(found)


def _grade(
    name: str,
    waiting: int,
    won: NDArray[np.float64],
    p: NDArray[np.float64],
    sender: NDArray[np.intp] | None,
    day: NDArray[np.intp] | None,
    *,
    draws: int,
    seed: int,
) -> Grade:
    losses = {
        "log": WeightedMean(log_losses(won, p)),
        "brier": WeightedMean(brier_losses(won, p)),
    }
    blocks = [one for one in (sender, day) if one is not None]
    log_loss, brier = _intervals(losses, won.size, sender, draws=draws, seed=seed)
    return Grade(
        version=name,
        graded=won.size,
        waiting=waiting,
        expected=float(p.sum()),
        won=float(won.sum()),
        table=reliability_table(won, p, edges=TENTHS),
        log_loss=log_loss,
        brier=brier,
        calibration=corp(won, p),
        surprise=miscalibration_p(won, p, blocks),
    )


def _intervals(
    losses: Mapping[str, WeightedMean],
    size: int,
    sender: NDArray[np.intp] | None,
    *,
    draws: int,
    seed: int,
) -> list[Estimate]:
    """Give each mean loss the interval of resampled senders."""
    if not size:
        return [Estimate(float("nan"), float("nan"), float("nan")) for _ in losses]
    weight = np.ones(size)
    clusters = None if sender is None else clusters_of(sender.tolist(), size)
    drawn = resampled(losses, weight, clusters=clusters, draws=draws, seed=seed)
    return [
        estimate(float(one(weight[np.newaxis])[0]), drawn[name]) for name, one in losses.items()
    ]
