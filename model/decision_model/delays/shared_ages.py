"""Open decisions of many cells, laid on ages that all cells of one type share.

Under one scenario the shares of wins and losses on record by an age are the same for all cells of a type. So they are
worked out once per type, at ages a step of `SHARED_AGES_PER_OCTAVE` apart; each open decision counts in part at the age
below its own and in part at the one above, by its place between their logarithms. The log likelihood of the open
decisions is linear in their number, so what it errs by is that of interpolating it in log(age), of second order in the
step, as where ages are joined at their mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from decision_model.delays.likelihood import OpenCounts, RatePosterior, rate_posterior
from decision_model.hyperparameters import (
    INSTANT_HOURS,
    LEAST_ROWS_PER_SHARED_AGE,
    OPEN_GROUPS_AT_ONCE,
    SHARED_AGES_PER_OCTAVE,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from decision_model.delays.open_rates import Delays, OpenAges

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]


def posterior_at_shared_ages(
    delays: Delays, ages: OpenAges, alpha: Floats, beta: Floats, log_weight: Floats
) -> RatePosterior | None:
    """Give what `open_rates.open_posterior` gives, None where cells are too few to share ages.

    All rows of a group have one type.
    """
    below, share = _places(ages.hours)
    width = int(below.max(initial=0)) + 2
    kinds = np.unique(ages.type)
    nodes = np.zeros((int(kinds.max(initial=0)) + 1, width), dtype=np.bool_)
    nodes[ages.type, below] = nodes[ages.type, below + 1] = True
    if len(ages.hours) < LEAST_ROWS_PER_SHARED_AGE * nodes.sum():
        return None
    result = RatePosterior(*np.zeros((3, *log_weight.shape)))
    order = np.argsort(ages.type, kind="stable")
    ends = np.searchsorted(ages.type[order], kinds, side="right")
    for kind, rows in zip(kinds, np.split(order, ends[:-1]), strict=True):
        steps = np.flatnonzero(nodes[kind])
        table = _tabulated(delays, int(kind), steps)
        groups, of_row = np.unique(ages.group[rows], return_inverse=True)
        counts = np.zeros((len(groups), len(steps)))
        at, count = np.searchsorted(steps, below[rows]), ages.count[rows]
        np.add.at(counts, (of_row, at), count * (1 - share[rows]))
        np.add.at(counts, (of_row, at + 1), count * share[rows])
        size = max(1, OPEN_GROUPS_AT_ONCE // log_weight.shape[1])
        for first in range(0, len(groups), size):
            part = groups[first : first + size]
            whole = table.summed(counts[first : first + size])
            found = rate_posterior(whole, alpha[part], beta[part], log_weight[part])
            result.set(part, found)
    return result


def _places(hours: Floats) -> tuple[Places, Floats]:
    """Return the step at or below each age, and how far it lies towards the next, shape (R,) each."""
    octaves = np.log2(np.maximum(hours, INSTANT_HOURS) / INSTANT_HOURS)
    place = SHARED_AGES_PER_OCTAVE * octaves
    below = np.floor(place).astype(np.intp)
    return below, place - below


def _tabulated(delays: Delays, kind: int, steps: Places) -> OpenCounts:
    """Tabulate one open decision at each of some steps, under the scenarios of a type."""
    hours = INSTANT_HOURS * np.exp2(steps / SHARED_AGES_PER_OCTAVE)
    own, kinds = delays.only(np.full(len(steps), kind))
    return OpenCounts.of_each(own.won_by(kinds, hours), own.lost_by(kinds, hours))
