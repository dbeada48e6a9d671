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
    AGES_AT_ONCE,
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
    nodes = np.zeros((int(ages.type.max(initial=0)) + 1, width), dtype=np.bool_)
    nodes[ages.type, below] = nodes[ages.type, below + 1] = True
    if len(ages.hours) < LEAST_ROWS_PER_SHARED_AGE * nodes.sum():
        return None
    tables = _Tables(delays, nodes, log_weight.shape[1])
    result = RatePosterior(*np.zeros((3, *log_weight.shape)))
    kind_of = np.zeros(len(alpha), dtype=np.intp)
    kind_of[ages.group] = ages.type
    order = np.argsort(kind_of, kind="stable")  # groups of one type together
    rank = np.argsort(order)[ages.group]
    rows = np.argsort(rank, kind="stable")
    size = max(1, OPEN_GROUPS_AT_ONCE // log_weight.shape[1])
    for first in range(0, len(order), size):
        part = order[first : first + size]
        of_part = rows[slice(*np.searchsorted(rank[rows], [first, first + len(part)]))]
        place = rank[of_part] - first
        counts = np.zeros((len(part), width))
        np.add.at(counts, (place, below[of_part]), ages.count[of_part] * (1 - share[of_part]))
        np.add.at(counts, (place, below[of_part] + 1), ages.count[of_part] * share[of_part])
        table = tables.summed(kind_of[part], counts)
        result.set(part, rate_posterior(table, alpha[part], beta[part], log_weight[part]))
    return result


class _Tables:
    """One open decision at each age that counts, under the scenarios of each type; made as the types come.

    Parameters
    ----------
    delays : Delays
        Of K types.
    nodes : ndarray of bool, shape (K, width)
        Which steps of age count.
    n_scenarios : int
    """

    def __init__(self, delays: Delays, nodes: NDArray[np.bool_], n_scenarios: int) -> None:
        self._delays, self._nodes = delays, nodes
        self._at_once = max(1, AGES_AT_ONCE // n_scenarios)
        self._made: dict[int, tuple[Places, OpenCounts]] = {}
        self._left = [int(kind) for kind in np.flatnonzero(nodes.any(1))]

    def summed(self, kinds: Places, counts: Floats) -> OpenCounts:
        """Add up the decisions of groups of these types, in ascending order; ``counts`` has shape (groups, width)."""
        present, first = np.unique(kinds, return_index=True)
        parts = []
        for kind, rows in zip(present, np.split(counts, first[1:]), strict=True):
            steps, table = self._of(int(kind))
            parts.append(table.summed(rows[:, steps]))
        self._made = {kind: one for kind, one in self._made.items() if kind >= int(present[-1])}
        return OpenCounts(
            np.concatenate([one.mass for one in parts]),
            np.concatenate([one.offset for one in parts]),
        )

    def _of(self, kind: int) -> tuple[Places, OpenCounts]:
        while kind not in self._made:
            self._make_some()
        return self._made[kind]

    def _make_some(self) -> None:
        """Work out the tables of the next types, as many as fit into the cache together."""
        kinds: list[int] = []
        total = 0
        while self._left and (not kinds or total < self._at_once):
            kinds.append(self._left.pop(0))
            total += int(self._nodes[kinds[-1]].sum())
        kind, steps = np.nonzero(self._nodes[kinds])
        hours = INSTANT_HOURS * np.exp2(steps / SHARED_AGES_PER_OCTAVE)
        own, place = self._delays.only(np.array(kinds)[kind])
        table = OpenCounts.of_each(own.won_by(place, hours), own.lost_by(place, hours))
        ends = np.searchsorted(kind, np.arange(len(kinds) + 1))
        for one, start, end in zip(kinds, ends, ends[1:], strict=False):
            part = OpenCounts(table.mass[start:end], table.offset[start:end])
            self._made[one] = steps[start:end], part


def _places(hours: Floats) -> tuple[Places, Floats]:
    """Return the step at or below each age, and how far it lies towards the next, shape (R,) each."""
    octaves = np.log2(np.maximum(hours, INSTANT_HOURS) / INSTANT_HOURS)
    place = SHARED_AGES_PER_OCTAVE * octaves
    below = np.floor(place).astype(np.intp)
    return below, place - below
