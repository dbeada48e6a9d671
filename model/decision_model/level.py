"""Level of predictions: the share won of a log, on which all members of the pool agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from decision_model.hyperparameters import LEVEL_PRIOR, LEVEL_STEPS
from decision_model.special_functions import expit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def share_won(won: float, lost: float) -> float:
    """Posterior mean of the share won under the prior of the level, a fraction.

    With half a win it is nearly the estimator of Krichevsky and Trofimov, whose loss exceeds that of no share that
    is known from the start by more than half a logarithm of the decisions [1]_: 0 of 20 is 2 %, not 5.

    References
    ----------
    .. [1] Krichevsky, Trofimov, The performance of universal encoding, IEEE Transactions on Information Theory 27
       (1981), 199-207.

    Examples
    --------
    >>> round(share_won(0, 0), 2), round(share_won(0, 20), 3), round(share_won(3, 2), 2)
    (0.33, 0.023, 0.54)
    """
    return (won + LEVEL_PRIOR[0]) / (won + lost + sum(LEVEL_PRIOR))


def shift_to(share: float, z: Floats, weight: Floats, factor: Floats | float = 1.0) -> float:
    """Return what is added to log-odds, so that their mean probability is a share.

    Parameters
    ----------
    share : float
        In (0, 1).
    z, weight : ndarray, shape (N,)
        Log-odds, and how much each counts; 0 is returned where nothing does.
    factor : float or ndarray, shape (N,)
        By which log-odds are multiplied after the shift, as moderation does.

    Examples
    --------
    >>> z = np.array([-1.0, 0.0, 2.0])
    >>> shift = shift_to(0.2, z, np.ones(3))
    >>> round(float(expit(z + shift).mean()), 6)
    0.2
    """
    total = float(weight.sum())
    if total <= 0:
        return 0.0
    shift = 0.0
    for _ in range(LEVEL_STEPS):
        p = expit((z + shift) * factor)
        slope = max(float(weight @ (p * (1 - p) * factor)) / total, 1e-9)
        step = (share - float(weight @ p) / total) / slope
        shift += min(max(step, -1.0), 1.0)
        if abs(step) < 1e-9:
            break
    return shift
