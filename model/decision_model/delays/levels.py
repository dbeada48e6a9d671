"""Levels of tilt over which the likelihood of open decisions is interpolated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from decision_model.hyperparameters import HIGHEST_LOG_RATIO, LIKELIHOOD_LEVELS, LOG_RATIO_SCALE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# log(1 + tilt (1 - 2p)) is a difference of two softplus functions of log((1 + tilt) / (1 - tilt)),
# smooth alike for every p in that scale. The levels lie closer together where decisions do, at 0.
REACH = float(np.arcsinh(HIGHEST_LOG_RATIO / LOG_RATIO_SCALE))
_LOG_RATIOS = LOG_RATIO_SCALE * np.sinh(np.linspace(-REACH, REACH, LIKELIHOOD_LEVELS))
LEVELS = np.tanh(_LOG_RATIOS / 2)


def log_gain(rate: Floats, rest: Floats) -> Floats:
    """log(1 + tilt (1 - 2 p)) at each level of tilt, shape (..., levels, points).

    Parameters
    ----------
    rate, rest : ndarray, shape (..., points)
        p and 1 - p.
    """
    levels = LEVELS[:, None]
    gain: Floats = np.log((1 + levels) * rest[..., None, :] + (1 - levels) * rate[..., None, :])
    return gain
