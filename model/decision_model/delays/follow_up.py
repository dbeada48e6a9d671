"""Which decisions have been followed long enough to be judged.

Judging only what has closed would favour what closes fast: where wins arrive sooner than losses,
the newest closed decisions are nearly all wins. So whether a decision is judged may depend on its
age and kind, never on what became of it.

The rule: an age is *settled* if the wins still to come among decisions of that age are at most 5 %
of all their wins. Every decision older than the youngest age from which on all ages are settled is
judged: won or not, as known. Those still open there count as not won.

How many wins are still to come at age a is read off the log. With wins and losses as competing
events and open decisions censored at their age, let W(a) be the cumulative incidence of wins
and S(a) the share still open (Aalen-Johansen estimator [1]_). An open decision of age a is then
still won with probability q(a) = (W(∞) - W(a)) / S(a), and a group of n decisions will have
n W(∞) wins. The group is settled if the sum of q over its open ones is at most 5 % of n W(∞).

* Where only wins are ever recorded this is F(a) >= 95 %, with F = W / W(∞) the distribution of
  the time to a win.
* Where losses are recorded as fast as wins, few decisions are open and an age settles sooner;
  where every decision of some age is closed, the age is settled however slow wins are.
* Where losses come late but wins early, the open ones have a small q and do not hold it up.

W(∞) is W at the longest follow-up: wins slower than the whole log cannot be seen. `Settled.ample`
says whether the log is long enough to believe that there are none [2]_.

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

from decision_model.evaluation.history import State

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray

    from decision_model.evaluation.history import History

MIN_WINS_OF_A_KIND = 50
"""A kind with fewer wins is judged by the delays of the others, as 50 delays show the 95 % point to
within a third only."""

_GROUP = 100  # decisions looked at together; the share of open ones is then known to ± .1


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

    hours: NDArray[np.float64]
    won: NDArray[np.float64]
    open: NDArray[np.float64]

    def won_by(self, hours: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the share of decisions won within so many hours."""
        return _step(self.hours, self.won, hours, before=0.0)

    def win_to_come(self, hours: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the chance that a decision still open after so many hours is yet won."""
        ultimate = self.won[-1] if self.won.size else 0.0
        still_open = _step(self.hours, self.open, hours, before=1.0)
        ahead = ultimate - self.won_by(hours)
        chance = np.divide(ahead, still_open, out=np.zeros_like(ahead), where=still_open > 1e-12)
        return np.clip(chance, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Settled:
    """Which decisions may be judged.

    Parameters
    ----------
    judged : ndarray of bool, shape (N,)
        Old enough for their kind.
    from_age : ndarray, shape (N,)
        Hours after which a decision of this kind is judged; inf where none is yet.
    ample : bool
        Whether the log is long enough to believe that all wins have been seen.
    """

    judged: NDArray[np.bool_]
    from_age: NDArray[np.float64]
    ample: bool


def incidence(state: NDArray[np.int8], hours: NDArray[np.float64]) -> Incidence:
    """Return the Aalen-Johansen estimate from states and hours (delay, or age of an open one).

    Examples
    --------
    >>> found = incidence(np.array([1, 2, 0, 1], dtype=np.int8), np.array([1.0, 2.0, 2.0, 4.0]))
    >>> found.won.tolist(), found.open.tolist()
    ([0.25, 0.25, 0.75], [0.75, 0.5, 0.0])
    """
    times, place = np.unique(hours, return_inverse=True)
    wins = np.bincount(place[state == State.WON], minlength=times.size)
    losses = np.bincount(place[state == State.LOST], minlength=times.size)
    leaving = np.bincount(place, minlength=times.size)
    at_risk = hours.size - np.cumsum(leaving) + leaving
    still_open = np.cumprod(1.0 - (wins + losses) / at_risk, dtype=np.float64)
    before = np.r_[1.0, still_open[:-1]]
    return Incidence(times, np.cumsum(before * wins / at_risk), still_open)


def settled(
    history: History, *, kinds: Sequence[Hashable] | None = None, share: float = 0.95
) -> Settled:
    """Return which decisions have been followed long enough to be judged.

    Parameters
    ----------
    history : History
        As known at the end: the moment from which one looks back.
    kinds : sequence, optional
        Kind of each decision, such as its cell; delays are estimated per kind where it has at
        least 50 wins, over all others together elsewhere. Default: one kind.
    share : float
        Share of the wins that must be in, in (0, 1).

    Returns
    -------
    Settled
        Nothing is judged where nothing was ever won, unless all decisions are closed.
    """
    if not 0.0 < share < 1.0:
        raise ValueError(f"share must lie in (0, 1), but it is {share!r}")
    size = len(history)
    age, from_age = history.age, np.full(size, np.inf)
    for group in _groups(history, kinds):
        state, hours = history.state[group], history.hours[group]
        from_age[group] = _settled_age(state, hours, age[group], share)
    return Settled(age >= from_age, from_age, _ample(history.state, history.hours, age))


def _groups(history: History, kinds: Sequence[Hashable] | None) -> list[NDArray[np.intp]]:
    """Return the positions of each kind with wins enough, and of all the others together."""
    size = len(history)
    if size == 0:
        return []
    if kinds is None:
        return [np.arange(size)]
    if len(kinds) != size:
        raise ValueError(f"{size} decisions need as many kinds, but there are {len(kinds)}")
    code: dict[Hashable, int] = {}
    place = np.array([code.setdefault(kind, len(code)) for kind in kinds], dtype=np.intp)
    wins = np.bincount(place, history.won, minlength=len(code))
    enough = np.flatnonzero(wins >= MIN_WINS_OF_A_KIND)
    groups = [np.flatnonzero(place == kind) for kind in enough]
    rest = np.flatnonzero(~np.isin(place, enough))
    return groups if rest.size == 0 else [*groups, rest]


def _settled_age(
    state: NDArray[np.int8], hours: NDArray[np.float64], age: NDArray[np.float64], share: float
) -> float:
    """Return the age from which on every group of decisions has (nearly) all its wins."""
    delays = incidence(state, hours)
    is_open = state == State.OPEN
    ultimate = delays.won[-1]
    if ultimate == 0.0:
        return float(age.min()) if not is_open.any() else float("inf")
    order = np.argsort(-age, kind="stable")  # oldest first
    to_come = np.where(is_open, delays.win_to_come(age), 0.0)[order]
    group = min(_GROUP, max(1, age.size // 5))
    # Sums over the `group` decisions up to and including each one; fewer at the oldest end.
    total = np.cumsum(to_come)
    ahead = total - np.r_[np.zeros(group), total[:-group]]
    counted = np.minimum(np.arange(1, age.size + 1), group)
    unsettled = ahead > (1.0 - share) * counted * ultimate + 1e-9
    unsettled &= counted == group  # a handful at the oldest end proves nothing
    first = int(np.argmax(unsettled)) if unsettled.any() else age.size
    if first == 0:
        return float("inf")
    # Decisions of one age stand or fall together.
    oldest_unsettled = age[order][first] if first < age.size else -np.inf
    settled_ages = age[age > oldest_unsettled]
    return float(settled_ages.min()) if settled_ages.size else float("inf")


def _ample(state: NDArray[np.int8], hours: NDArray[np.float64], age: NDArray[np.float64]) -> bool:
    wins = hours[state == State.WON]
    if wins.size == 0:
        return False
    if not (state == State.OPEN).any():
        return True  # nothing can follow
    last, longest = wins.max(), age.max()
    late = np.count_nonzero(wins > 2.0 * last - longest)
    return bool((1.0 - late / state.size) ** state.size < 0.05)


def _step(
    at: NDArray[np.float64],
    value: NDArray[np.float64],
    hours: NDArray[np.float64],
    *,
    before: float,
) -> NDArray[np.float64]:
    """Return the value of a right-continuous step function."""
    steps = np.concatenate([[before], value])
    return steps[np.searchsorted(at, hours, side="right")]
