"""Predictions of the rate model for (type, source) pairs, and their confidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from decision_model.hyperparameters import CONFIDENCE_DECISIONS, MOST_BORROWED_CONFIDENCE

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RatePrediction:
    """What is known about N (type, source) pairs; every field is an array of length N.

    Parameters
    ----------
    mean, low, high : ndarray of float
        Posterior mean of P(won), a fraction, and its central 95 % interval.
    evidence : ndarray of float
        How many closed decisions of the very cell the prediction is worth: its own, its open ones
        as far as they have matured, and what other cells lend. 0 in an empty log.
    confidence : ndarray of float
        ``confidence(own, lent)``, and at most .65 while immature.
    revenue, revenue_low, revenue_high : ndarray of float
        Expected revenue in USD of one more decision, won or not, with a 95 % interval of that
        expectation. 0 where nothing ever paid.
    hours, hours_low, hours_high : ndarray of float
        Time to close: median hours until a win occurs, and the central 80 %, open decisions taken
        into account. NaN while the log holds no win.
    pending, pending_low, pending_high : ndarray of float
        Revenue still expected from the cell's open decisions, USD, with a 95 % interval of what they
        will bring.
    immature : ndarray of bool
        Whether the cell's own evidence is still to come: more than 5 % of its decisions are open and
        either follow-up of its type is not ample (`delays.follow_up.ample`), or all its decisions
        together tell less than half of what as many closed ones would.
    won, lost, open : ndarray of float
        The cell's own decisions by state; 0 for a pair never seen.
    paid : ndarray of float
        Those won that brought revenue.
    longest_hours : ndarray of float
        Age of the cell's oldest decision.
    """

    mean: Floats
    low: Floats
    high: Floats
    evidence: Floats
    confidence: Floats
    revenue: Floats
    revenue_low: Floats
    revenue_high: Floats
    hours: Floats
    hours_low: Floats
    hours_high: Floats
    pending: Floats
    pending_low: Floats
    pending_high: Floats
    immature: NDArray[np.bool_]
    won: Floats
    lost: Floats
    open: Floats
    paid: Floats
    longest_hours: Floats

    def take(self, chosen: NDArray[np.intp]) -> RatePrediction:
        """Rows by position, repeated where asked."""
        return RatePrediction(*(getattr(self, name)[chosen] for name in self.__slots__))

    def extended(self, more: RatePrediction) -> RatePrediction:
        """Append the rows of another."""
        return RatePrediction(
            *(np.append(getattr(self, name), getattr(more, name)) for name in self.__slots__)
        )


CellRates = RatePrediction
"""The prediction for the fitted cells, in the order of the evidence."""


def confidence(own: ArrayLike, lent: ArrayLike = 0.0) -> Floats:
    """Turn decisions into a number in [0, 1): 0 with none, .7 with 5 own, .91 with 10.

    Parameters
    ----------
    own : array_like
        Matured decisions of the very cell; effective ones count in part.
    lent : array_like
        What other cells lend; alone it gives at most .5.

    Examples
    --------
    >>> confidence(np.array([0.0, 5.0, 10.0])).round(3)
    array([0.  , 0.7 , 0.91])
    >>> float(confidence(0.0, 1000.0))
    0.5
    """
    own, lent = np.asarray(own, dtype=np.float64), np.asarray(lent, dtype=np.float64)
    borrowed = MOST_BORROWED_CONFIDENCE * (1 - 0.3 ** (lent / CONFIDENCE_DECISIONS))
    start = borrowed + (0.7 - borrowed) * np.minimum(own / CONFIDENCE_DECISIONS, 1)
    result: Floats = np.where(
        own < CONFIDENCE_DECISIONS, start, 1 - 0.3 ** (own / CONFIDENCE_DECISIONS)
    )
    return result
