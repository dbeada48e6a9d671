"""Settled age: which decisions have been followed long enough to be judged.

Judging only what has closed would favour what closes fast: where wins arrive sooner than losses,
the newest closed decisions are nearly all wins. So whether a decision is judged may depend on its
age and type, never on its state.

The *settled age* of a type is the number of hours by which 95 % of all its wins have been recorded.
It is read off the Aalen-Johansen estimate [1]_ of the cumulative incidence of wins, with wins and
losses as competing events and open decisions censored at their age. Delays run from the decision to
the moment its closing outcome was *recorded*, and are counted in bins an eighth of a doubling wide.

* Where nothing is open, everything is settled.
* A type with fewer than 20 wins takes the age of all types together where that is higher.
* Wins slower than the whole log cannot be seen. ``ample`` says whether follow-up is long enough to
  believe that there are none: at most 5 % are open, or the log is 45 days old and the test of
  Maller and Zhou [2]_ holds.

The SQL macro ``settled_ages`` of the store applies the same rule to the same bins, for the view that
people's own SQL reads; a property test holds the two together.

References
----------
.. [1] Aalen, Johansen, An empirical transition matrix for non-homogeneous Markov chains based on
   censored observations, Scand. J. Statist. 5 (1978), section 3 for two competing events.
.. [2] Maller, Zhou, Estimating the proportion of immunes in a censored sample, Biometrika 79
   (1992), section 3: (1 - N/n)^n < .05, with N the events within (2 t* - t, t*] for the
   last event t* and the longest follow-up t.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from decision_features.labels import LOST, OPEN, WON
from decision_model.hyperparameters import (
    AMPLE_HOURS,
    AMPLE_OPEN_SHARE,
    BINS_PER_DOUBLING,
    SETTLED_LEAST_WINS,
    SETTLED_SHARE,
    SHORTEST_BIN_HOURS,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray

    from decision_model.inputs.evidence import Evidence
    from decision_model.inputs.history import History

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Incidence:
    """Cumulative incidence of wins, and the share still open, by hours since the decision.

    Parameters
    ----------
    hours : ndarray, shape (K,)
        Increasing.
    won, open : ndarray, shape (K,)
        Share won by then, and share neither won nor lost by then.
    """

    hours: Floats
    won: Floats
    open: Floats


@dataclass(frozen=True, slots=True)
class Settled:
    """Which decisions may be judged.

    Parameters
    ----------
    judged : ndarray of bool, shape (N,)
        Older than the settled age of their type.
    from_age : ndarray, shape (N,)
        That age in hours; inf where nothing was won yet.
    ample_by_type : ndarray of bool, shape (N,)
        Whether follow-up of the decision's type is ample.
    ample : bool
        Whether that of the whole log is.
    """

    judged: NDArray[np.bool_]
    from_age: Floats
    ample_by_type: NDArray[np.bool_]
    ample: bool


def delay_bins(hours: Floats) -> NDArray[np.int64]:
    """Return the bin of each delay: floor(8 log2(hours)), with hours at least 1/64."""
    bins = np.floor(BINS_PER_DOUBLING * np.log2(np.maximum(hours, SHORTEST_BIN_HOURS)))
    return np.asarray(bins, dtype=np.int64)


def incidence(state: NDArray[np.int8], hours: NDArray[np.float64]) -> Incidence:
    """Return the Aalen-Johansen estimate from states and hours (delay, or age of an open one).

    Examples
    --------
    >>> found = incidence(np.array([1, 2, 0, 1], dtype=np.int8), np.array([1.0, 2.0, 2.0, 4.0]))
    >>> found.won.tolist(), found.open.tolist()
    ([0.25, 0.25, 0.75], [0.75, 0.5, 0.0])
    """
    times, place = np.unique(hours, return_inverse=True)
    wins = np.bincount(place[state == WON], minlength=times.size)
    losses = np.bincount(place[state == LOST], minlength=times.size)
    leaving = np.bincount(place, minlength=times.size)
    at_risk = hours.size - np.cumsum(leaving) + leaving
    still_open = np.cumprod(1.0 - (wins + losses) / at_risk, dtype=np.float64)
    before = np.r_[1.0, still_open[:-1]]
    return Incidence(times, np.cumsum(before * wins / at_risk), still_open)


def settled(history: History, *, kinds: Sequence[Hashable] | None = None) -> Settled:
    """Return which decisions of a history have been followed long enough to be judged.

    Parameters
    ----------
    history : History
        As known at the end: the moment from which one looks back.
    kinds : sequence, optional
        Type of each decision. Default: one for all.
    """
    return settled_decisions(history.state, history.hours, history.age, kinds)


def settled_decisions(
    state: NDArray[np.int8],
    hours: Floats,
    age: Floats,
    kinds: Sequence[Hashable] | None = None,
) -> Settled:
    """Return which of N decisions have been followed long enough to be judged.

    Parameters
    ----------
    state : ndarray of int8, shape (N,)
        0 open, 1 won, 2 lost.
    hours : ndarray, shape (N,)
        Delay of a closed decision, age of an open one.
    age : ndarray, shape (N,)
        Hours since the decision, whatever its state.
    kinds : sequence of length N, optional
        Type of each decision. Default: one for all.
    """
    size = state.size
    if kinds is not None and len(kinds) != size:
        raise ValueError(f"{size} decisions need as many kinds, but there are {len(kinds)}")
    code: dict[Hashable, int] = {}
    place = np.array(
        [code.setdefault(kind, len(code)) for kind in (kinds if kinds is not None else [0] * size)],
        dtype=np.intp,
    )
    whole = _settled_age(state, hours)
    from_age, ample = np.full(size, np.inf), np.zeros(size, dtype=np.bool_)
    order = np.argsort(place, kind="stable")
    for rows in np.split(order, np.cumsum(np.bincount(place, minlength=len(code)))[:-1]):
        from_age[rows] = _age_of_type(state[rows], hours[rows], whole)
        ample[rows] = _ample(state[rows], hours[rows], age[rows])
    return Settled(age >= from_age, from_age, ample, _ample(state, hours, age))


def _age_of_type(state: NDArray[np.int8], hours: Floats, whole: float) -> float:
    if not (state == OPEN).any():
        return 0.0
    own = _settled_age(state, hours)
    if np.count_nonzero(state == WON) >= SETTLED_LEAST_WINS:
        return own
    known = [age for age in (own, whole) if np.isfinite(age)]
    return max(known, default=np.inf)


def _settled_age(state: NDArray[np.int8], hours: Floats) -> float:
    """Upper edge of the bin by which ``SETTLED_SHARE`` of the wins are recorded; inf without a win."""
    if not (state == WON).any():
        return np.inf
    delays = incidence(state, delay_bins(hours).astype(np.float64))
    reached = delays.won >= SETTLED_SHARE * delays.won[-1] - 1e-9
    return float(2.0 ** ((delays.hours[np.argmax(reached)] + 1) / BINS_PER_DOUBLING))


def _ample(state: NDArray[np.int8], hours: Floats, age: Floats) -> bool:
    if not state.size:
        return False
    wins = hours[state == WON]
    # By bins, at the mean of each, as the store counts them.
    _, place = np.unique(delay_bins(wins), return_inverse=True)
    count = np.bincount(place).astype(np.float64)
    mean = np.bincount(place, wins) / count
    return ample(int(np.count_nonzero(state == OPEN)), state.size, mean, count, float(age.max()))


def ample(n_open: float, n: float, wins: Floats, count: Floats, longest: float) -> bool:
    """Tell whether follow-up is long enough to believe that no slower wins are still to come.

    Parameters
    ----------
    n_open, n : float
        Open decisions, and all.
    wins, count : ndarray, shape (R,)
        Histogram of the delays of wins in hours.
    longest : float
        Age of the oldest decision in hours.
    """
    if n_open <= AMPLE_OPEN_SHARE * n:
        return True
    if not wins.size or longest < AMPLE_HOURS:
        return False
    late = count[wins > 2.0 * wins.max() - longest].sum()
    return bool((1.0 - late / n) ** n < 0.05)


def ample_types(evidence: Evidence, group: NDArray[np.intp], n: int) -> NDArray[np.bool_]:
    """Tell for each of ``n`` types whether its follow-up is ample; ``group`` (C,) numbers them."""
    longest = np.zeros(n)
    np.maximum.at(longest, group, evidence.follow_up)
    n_open = np.bincount(group, evidence.open, n)
    total = np.bincount(group, evidence.decisions, n)
    rows = np.flatnonzero((evidence.delay_state == WON) & (evidence.delay_count > 0))
    of_row = group[evidence.delay_cell[rows]]
    order = rows[np.argsort(of_row, kind="stable")]
    parts = np.split(order, np.cumsum(np.bincount(of_row, minlength=n))[:-1]) if n else []
    hours, count = evidence.delay_hours, evidence.delay_count
    return np.array(
        [
            ample(n_open[kind], total[kind], hours[part], count[part], longest[kind])
            for kind, part in enumerate(parts)
        ],
        dtype=np.bool_,
    )
