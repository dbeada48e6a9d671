"""The calibration part of the Brier score, for many weightings at once, so that it has an interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from decision_model.evaluation.calibration import reliability_table

if TYPE_CHECKING:
    from numpy.typing import NDArray


class WeightedReliability:
    """Reliability over quantile bins of the forecast, without the bias of finite bins.

    The figure is `calibration.BrierParts.reliability_debiased`. The bins are those of all decisions
    and stay the same in every draw; drawing with replacement makes observed
    shares noisier, and as the bins' effective sizes shrink likewise, that is taken off too.

    Unlike the calibration part of CORP it may be compared between a method with few different
    forecasts, such as one per cell, and one with a forecast of its own for every decision:
    recalibrating the latter fits more noise, so CORP's part is larger for it by chance alone.

    Parameters
    ----------
    won, probability : ndarray, shape (N,)
    bins : int
        At most so many; equal forecasts are never parted.

    Examples
    --------
    >>> won, p = np.array([1.0, 0.0, 1.0, 1.0]), np.array([0.5, 0.5, 0.75, 0.75])
    >>> WeightedReliability(won, p)(np.ones((1, 4))).tolist()  # 1/32 less the noise of two shares of two
    [-0.09375]
    """

    def __init__(
        self, won: NDArray[np.float64], probability: NDArray[np.float64], *, bins: int = 10
    ) -> None:
        table = reliability_table(won, probability, bins=bins)
        place = np.searchsorted(table.lower, probability, side="right") - 1
        self.inside = (np.arange(table.lower.size) == place[:, np.newaxis]).astype(np.float64)
        self.sums = np.hstack(
            [
                self.inside,
                self.inside * probability[:, np.newaxis],
                self.inside * won[:, np.newaxis],
            ]
        )

    def __call__(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return one figure per row of weights, shape (B, N) to (B,); nan without weight."""
        mass, predicted_sum, won = np.split(weights @ self.sums, 3, axis=1)
        squares = weights**2 @ self.inside
        held = mass > 0.0
        predicted = np.divide(predicted_sum, mass, out=np.zeros_like(mass), where=held)
        observed = np.divide(won, mass, out=np.zeros_like(mass), where=held)
        effective = np.divide(mass**2, squares, out=np.ones_like(mass), where=held)
        spread = observed * (1.0 - observed)
        free = effective - 1.0
        noise = np.divide(spread, free, out=np.zeros_like(spread), where=free > 1e-9)
        total = mass.sum(axis=1)
        part = (mass * ((predicted - observed) ** 2 - noise)).sum(axis=1)
        mean: NDArray[np.float64] = np.divide(
            part, total, out=np.full_like(total, np.nan), where=total > 0.0
        )
        return mean
