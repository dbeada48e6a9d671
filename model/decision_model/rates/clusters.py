r"""Repeated senders: how many independent decisions a cell's closed decisions are worth.

Decisions about one sender end alike. With the intraclass correlation rho of the results within a cell,
n decisions in clusters of sizes m are worth n / D, with the design effect

    D = 1 + rho (sum m^2 / n - 1)  [1]_.

rho is common to the log: the analysis of variance within cells [2]_, pulled to zero by `CLUSTER_PRIOR` degrees of
freedom, since few repeated senders say little. Without repeats D is 1.

References
----------
.. [1] Kish, Survey Sampling (1965), section 5.4, for clusters of unequal size.
.. [2] Donner, A review of inference procedures for the intraclass correlation coefficient, Int. Statist.
   Rev. 54 (1986), 67-82, section 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from decision_model.hyperparameters import CLUSTER_PRIOR, LARGEST_CLUSTER_CORRELATION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from decision_model.inputs.senders import SenderSums

    Floats = NDArray[np.float64]


def design_effects(sums: SenderSums, won: Floats, lost: Floats) -> Floats:
    """Return the design effect of each cell, at least 1.

    Examples
    --------
    >>> from decision_model.inputs.senders import SenderSums
    >>> lone = SenderSums(np.array([20.0]), np.array([20.0]), np.array([8.0]))
    >>> design_effects(lone, np.array([8.0]), np.array([12.0])).tolist()
    [1.0]
    >>> ten_of_each = SenderSums(np.array([6.0]), np.array([600.0]), np.array([30.0]))
    >>> design_effects(ten_of_each, np.array([30.0]), np.array([30.0])).round(1).tolist()
    [8.2]
    """
    n = won + lost
    size = np.maximum(n, 1.0)
    between = float(np.maximum(sums.wins_squared - won**2 / size, 0.0).sum())
    within = float(np.maximum(won - sums.wins_squared, 0.0).sum())
    free_between = float(np.maximum(sums.senders - (n > 0), 0.0).sum())
    free_within = float(np.maximum(n - sums.senders, 0.0).sum())
    if free_between <= 0 or free_within <= 0:
        return np.ones(len(n))
    typical = max(float((n - sums.squares / size)[n > 0].sum()) / free_between, 1.0)
    mean_between, mean_within = between / free_between, within / free_within
    gap = max(mean_between - mean_within, 0.0)
    rho = gap / max(gap + typical * mean_within, 1e-12)
    rho *= free_within / (free_within + CLUSTER_PRIOR)
    rho = min(rho, LARGEST_CLUSTER_CORRELATION)
    effect: Floats = 1.0 + rho * np.maximum(sums.squares / size - 1.0, 0.0)
    return effect
