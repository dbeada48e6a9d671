"""Order of scored items: by score, and by expected value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from decision_log.predicting.number_columns import rounded

if TYPE_CHECKING:
    from numpy.typing import NDArray


def rank_by_value(values: Sequence[float]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Rank N items by expected value, and give each one's share of the total.

    Returns
    -------
    ranks : ndarray of intp, shape (N,)
        1 is the highest expected value; ties rank in input order.
    shares : ndarray, shape (N,)
        Fractions of the sum of all expected values; 0 where that is 0.

    Examples
    --------
    >>> ranks, shares = rank_by_value([10.0, 30.0, 0.0])
    >>> ranks.tolist(), shares.tolist()
    ([2, 1, 3], [0.25, 0.75, 0.0])
    """
    ranks = np.empty(len(values), np.intp)
    ranks[order(values)] = np.arange(1, len(values) + 1)
    total = sum(values)
    shares = np.asarray(values) / total if total > 0 else np.zeros(len(values))
    return ranks, rounded(shares, 4)


def order(scores: Sequence[float]) -> NDArray[np.intp]:
    """Positions from the best score down, shape (N,); ties stay in input order."""
    return np.argsort(-np.asarray(scores, np.float64), kind="stable")
