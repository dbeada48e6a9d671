"""Rates of groups with open decisions, under each scenario of the delays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np

from decision_model.delays.likelihood import OpenCounts, RatePosterior, rate_posterior
from decision_model.hyperparameters import OPEN_GROUPS_AT_ONCE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]


class Delays(Protocol):
    """Delays of types under J scenarios, such as `posterior.DelayPosterior`."""

    def only(self, group: Places) -> tuple[Self, Places]:
        """Keep the types that occur among R rows; return the places of the rows' types among them, too."""
        ...

    def won_by(self, group: Places, hours: Floats) -> Floats:
        """Share of wins on record at the age of each row, shape (R, J)."""
        ...

    def lost_by(self, group: Places, hours: Floats) -> Floats:
        """Share of losses on record at the age of each row, shape (R, J)."""
        ...


@dataclass(frozen=True, slots=True)
class OpenAges:
    """Rows of a histogram of the ages of open decisions, shape (R,) each.

    Parameters
    ----------
    group : ndarray of int
        Whose decisions they are, in ascending order.
    type : ndarray of int
        Whose delays they have.
    hours, count : ndarray
    """

    group: Places
    type: Places
    hours: Floats
    count: Floats


def open_posterior(
    delays: Delays, ages: OpenAges, alpha: Floats, beta: Floats, log_weight: Floats
) -> RatePosterior:
    """Give the posterior of each group's rate under each scenario; see `likelihood.rate_posterior`.

    Groups are worked on a few at a time, so that arrays stay in the cache.
    """
    result = RatePosterior(*np.zeros((3, *log_weight.shape)))
    size = max(1, OPEN_GROUPS_AT_ONCE // log_weight.shape[1])
    for first in range(0, len(alpha), size):
        part = slice(first, first + size)
        rows = slice(*np.searchsorted(ages.group, [first, first + size]))
        own, kind = delays.only(ages.type[rows])
        won_by, lost_by = (by(kind, ages.hours[rows]) for by in (own.won_by, own.lost_by))
        group, count = ages.group[rows] - first, ages.count[rows]
        table = OpenCounts.of(group, count, won_by, lost_by, len(alpha[part]))
        result.set(part, rate_posterior(table, alpha[part], beta[part], log_weight[part]))
    return result
