r"""Alarm for a break in the rates, valid at every look, also where decisions come in bursts.

Each cell is expected to win at the rate of the whole log. What newer slices of time won beyond that is compared with
what older ones did, at a few moments of a change; D is the difference of the two means and A its variance, the
binomial one times the design effect that slices, pairs and quadruples of slices show about the two means. The evidence
of `anytime` for a shift of about `EXPECTED_BREAK` is averaged over the moments. An open decision counts as a
win or a loss as far as its age tells.

Unlike a ratio of likelihoods, this grows only with differences that are large beside what bursts make, and a
design effect that few slices show is taken as larger than it looks. With fewer than `FEWEST_FOR_BREAK` decisions
nothing is claimed: ten bursts of ten cannot tell a break from bursts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from decision_model.anytime import average, log_evidence
from decision_model.hyperparameters import (
    BREAK_MOMENTS,
    BREAK_SLICES_TOGETHER,
    EXPECTED_BREAK,
    FEWEST_BESIDE_BREAK,
    FEWEST_FOR_BREAK,
    FORGETTING_SLICES,
    UNSURE_DESIGN_EFFECT,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from decision_model.inputs.time_slices import TimeSlices

    Floats = NDArray[np.float64]


def break_evidence(slices: TimeSlices, won_by: Floats, lost_by: Floats) -> float:
    """Return the logarithm of the evidence that rates have changed; at or below 0 none.

    Parameters
    ----------
    slices : TimeSlices
    won_by, lost_by : ndarray, shape (R,)
        Shares of wins and of losses that are on record at the age of each row.

    Examples
    --------
    >>> from decision_model.inputs.time_slices import TimeSlices
    >>> age = np.arange(400.0)
    >>> state = np.where((np.arange(400) < 200) & (np.arange(400) % 2 == 0), 1, 2)
    >>> half_won_lately = TimeSlices.of(np.zeros(400, int), age, state)
    >>> every = np.ones(len(half_won_lately.cell))
    >>> break_evidence(half_won_lately, every, every) > 20
    True
    """
    wins, losses, p = slices.effective(won_by, lost_by)
    n = wins + losses
    beyond, variance, size = (
        np.bincount(slices.index, values, FORGETTING_SLICES)[::-1].astype(np.float64)
        for values in (wins - p * n, p * (1 - p) * n, n)
    )
    if size.sum() < FEWEST_FOR_BREAK:
        return 0.0
    return average([_at(beyond, variance, size, newest) for newest in BREAK_MOMENTS])


def _at(beyond: Floats, variance: Floats, size: Floats, newest: int) -> float:
    """Evidence of a change before the newest slices; the arrays have the oldest first."""
    new = np.arange(FORGETTING_SLICES) >= FORGETTING_SLICES - newest
    n_new, n_old = size[new].sum(), size[~new].sum()
    if min(n_new, n_old) < FEWEST_BESIDE_BREAK:
        return 0.0
    mean_new, mean_old = beyond[new].sum() / n_new, beyond[~new].sum() / n_old
    independent = variance[new].sum() / n_new**2 + variance[~new].sum() / n_old**2
    rest = beyond - size * np.where(new, mean_new, mean_old)
    effect = 1.0
    for together in BREAK_SLICES_TOGETHER:
        blocks = FORGETTING_SLICES // together
        sums = rest.reshape(blocks, together).sum(1)
        seen = float((sums**2).sum() / variance.sum()) * blocks / (blocks - 2)
        effect = max(effect, seen * (1 + UNSURE_DESIGN_EFFECT * np.sqrt(2 / (blocks - 2))))
    found = log_evidence(mean_new - mean_old, max(independent * effect, 1e-12), EXPECTED_BREAK**2)
    return float(found)
