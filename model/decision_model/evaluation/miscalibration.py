"""Test of calibration that is valid at every look.

Two ways of being wrong are looked for: too high or too low throughout, and too far from or too close to the
middle (the slope in log-odds), from the first decision on or from a later one on. Their evidence is averaged (see
`anytime`). The variance of the difference between seen and said is known if the probabilities are right, the sum of
p (1 - p), and is multiplied by the design effect of the residuals: decisions of one sender or one day end alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import logit

from decision_model.anytime import anytime_p, average, inflation, log_evidence
from decision_model.hyperparameters import (
    EXPECTED_MISCALIBRATION,
    FIRST_LATER_START,
    LEAST_AFTER_START,
    SEQUENTIAL_PROBABILITY_FLOOR,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from decision_model.anytime import Blocks

    Floats = NDArray[np.float64]


def miscalibration_p(won: Floats, probability: Floats, blocks: Sequence[Blocks] = ()) -> float:
    """Return the p-value of "these probabilities are calibrated", valid at every look.

    Looking after each decision and reporting a p-value at or below .05 once errs in at most one of twenty logs with
    calibrated probabilities, as far as the approximation holds (see ``docs/explanation/statistics.md``).

    Parameters
    ----------
    won : ndarray, shape (N,)
        1 or 0, in the order of the decisions.
    probability : ndarray, shape (N,)
        What had been said, fractions; kept within `SEQUENTIAL_PROBABILITY_FLOOR` of 0 and 1.
    blocks : sequence of ndarray of int, shape (N,)
        What decisions may resemble each other by, such as their sender and their day.

    Returns
    -------
    float
        In (0, 1]; nan for fewer than `LEAST_AFTER_START` decisions.

    Examples
    --------
    >>> said = np.full(300, 0.5)
    >>> won = np.tile([1.0, 0.0, 0.0, 0.0], 75)
    >>> miscalibration_p(won, said) < 0.001
    True
    >>> miscalibration_p(won, np.full(300, 0.25))
    1.0
    """
    n = won.size
    if n < LEAST_AFTER_START:
        return float("nan")
    floor = SEQUENTIAL_PROBABILITY_FLOOR
    p = np.clip(probability, floor, 1.0 - floor)
    starts = [0, *_later_starts(n)]
    later = [1.0 / (j * (j + 1.0)) for j in range(1, len(starts))]
    evidence = [
        _from_start(won[start:], p[start:], [block[start:] for block in blocks]) for start in starts
    ]
    # Starts that are still to come have no evidence yet, and keep their part of the weight.
    unseen = 1.0 - sum(later)
    return anytime_p(average([*evidence, 0.0], [1.0, *later, max(unseen, 0.0) + 1e-12]))


def _later_starts(n: int) -> list[int]:
    most = n - LEAST_AFTER_START
    return [start for j in range(n.bit_length()) if (start := FIRST_LATER_START << j) <= most]


def _from_start(won: Floats, p: Floats, blocks: Sequence[Blocks]) -> float:
    """Evidence of both directions, averaged."""
    log_odds = logit(p)
    spread = float(log_odds.std())
    every = np.ones((p.size, 1))
    steep = np.clip((log_odds - log_odds.mean()) / max(spread, 1e-9), -3.0, 3.0)[:, None]
    # Where all probabilities are nearly the same there is no slope.
    direction = every if spread < 10.0 * SEQUENTIAL_PROBABILITY_FLOOR else np.hstack([every, steep])
    variance = (p * (1.0 - p))[:, None] * direction
    moved, size = ((won - p)[:, None] * direction).sum(0), (direction**2).sum(0)
    expected = (variance * direction).sum(0)
    residual = (won - p)[:, None] * direction - variance * direction * (moved / expected)
    effect = np.array([inflation(column, blocks) for column in residual.T])
    return average(
        log_evidence(moved / size, expected * effect / size**2, EXPECTED_MISCALIBRATION**2)
    )
