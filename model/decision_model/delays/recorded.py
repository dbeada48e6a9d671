"""Shares of wins and losses that are on record by the ages of many rows, interpolated between a few ages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from decision_model.delays.posterior import weights_of
from decision_model.hyperparameters import AGE_STEPS_PER_OCTAVE, AGES_AT_ONCE, INSTANT_HOURS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from decision_model.delays.posterior import DelayPosterior

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]


def recorded_by(
    delays: DelayPosterior, group: Places, hours: Floats, per_octave: int = AGE_STEPS_PER_OCTAVE
) -> tuple[Floats, Floats]:
    """Return the shares of wins and of losses on record at the ages of R rows, means over the scenarios.

    Between ``per_octave`` ages per doubling the shares are interpolated in log(hours): a hundred thousand rows cost
    little more than a thousand, and a row's answer does not depend on the others.

    Parameters
    ----------
    delays : DelayPosterior
        Of N types.
    group : ndarray of int, shape (R,)
        Type of each row.
    hours : ndarray of float, shape (R,)
        Its age; below `INSTANT_HOURS` it is that.
    per_octave : int

    Returns
    -------
    won_by, lost_by : ndarray, shape (R,)
        Fractions: F, and rho G.
    """
    place = np.log2(np.maximum(hours, INSTANT_HOURS) / INSTANT_HOURS) * per_octave
    below = np.floor(place).astype(np.intp)
    width = int(below.max(initial=0)) + 2
    first = group * width + below
    keys, rows = np.unique(np.concatenate([first, first + 1]), return_inverse=True)
    types, steps = np.divmod(keys, width)
    ages = INSTANT_HOURS * np.exp2(steps / per_octave)
    won, lost = np.zeros(len(keys)), np.zeros(len(keys))
    size = max(1, AGES_AT_ONCE // delays.log_weight.shape[1])
    for first_key in range(0, len(keys), size):
        part = slice(first_key, first_key + size)
        own, kind = delays.only(types[part])
        weight = weights_of(own.log_weight)[kind]
        won[part] = (weight * own.won_by(kind, ages[part])).sum(1)
        lost[part] = (weight * own.lost_by(kind, ages[part])).sum(1)
    low, high = rows.reshape(2, -1)
    share = place - below
    return (
        won[low] * (1 - share) + won[high] * share,
        lost[low] * (1 - share) + lost[high] * share,
    )
