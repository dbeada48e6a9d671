r"""Comparisons of rates, like with like, with control of the error over all that were tried.

A level of one factor (a source, a maker) is compared with the others inside strata (types, cells), so
that it is not praised or blamed for what it is given. The weight of a stratum is n1 n0 / (n1 + n0), as
of Mantel and Haenszel [1]_: a stratum with one side only has none. The *overlap* is the share of the
level's decisions that lie in strata with both sides.

Comparisons are linear in the rates. With draws x of all of them, T = mean(x) / sd(x), and the step-down
maximum of |x - mean| / sd over a family gives p-values that hold for all its members together and
know of their correlations [2]_. Families share the error by weights, and pass on what they do not need [3]_;
those whose draws are of one posterior share it by the smallest weighted p-value of each draw [2]_. The
draws must not be shrunk (`PooledRates` at the widest effects): shrinkage makes wrong claims rarer than
asked for, and right ones with them.

References
----------
.. [1] Mantel and Haenszel, Statistical aspects of the analysis of data from retrospective studies of
   disease, J. Natl. Cancer Inst. 22 (1959), 719-748.
.. [2] Westfall and Young, Resampling-Based Multiple Testing (1993), section 2.6; Hothorn, Bretz and Westfall,
   Simultaneous inference in general parametric models, Biometrical J. 50 (2008), 346-363.
.. [3] Holm, A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6 (1979), section 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Standardised:
    """A level of a factor beside the others in the same strata.

    Parameters
    ----------
    own, others : ndarray, shape (C,)
        Weights over the cells, each summing to one: the two standardised rates are products with the
        cells' rates. Zero where nothing is comparable.
    overlap : float
        Share of the level's decisions in strata that have others.
    decisions, others_decisions : float
        In those strata.
    """

    own: Floats
    others: Floats
    overlap: float
    decisions: float
    others_decisions: float


def standardised(
    level: Sequence[object], stratum: Sequence[object], decisions: Floats, *, which: object
) -> Standardised:
    """Weigh the cells of one level and of the others by a common mix of strata.

    Parameters
    ----------
    level, stratum : sequence of length C
        Of each cell.
    decisions : ndarray, shape (C,)
    which : object
        The level to compare.

    Examples
    --------
    >>> both = standardised("xxyy", "abab", np.array([10.0, 30, 30, 10]), which="x")
    >>> both.own.tolist(), both.others.tolist(), both.overlap
    ([0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5], 1.0)
    """
    place = {name: i for i, name in enumerate(dict.fromkeys(stratum))}
    of_stratum = np.array([place[name] for name in stratum], dtype=np.intp)
    mine = np.array([name == which for name in level], dtype=np.bool_)
    sides = [
        np.bincount(of_stratum, np.where(side, decisions, 0.0), len(place))
        for side in (mine, ~mine)
    ]
    both = (sides[0] > 0) & (sides[1] > 0)
    size = np.maximum(sides[0] + sides[1], 1e-300)
    weight = np.where(both, sides[0] * sides[1] / size, 0.0)
    weight = weight / max(weight.sum(), 1e-300)
    own, others = (
        np.where(
            side & both[of_stratum],
            weight[of_stratum] * decisions / np.maximum(n[of_stratum], 1e-300),
            0.0,
        )
        for side, n in ((mine, sides[0]), (~mine, sides[1]))
    )
    total = sides[0].sum()
    return Standardised(
        own,
        others,
        float(sides[0][both].sum() / total) if total else 0.0,
        float(sides[0][both].sum()),
        float(sides[1][both].sum()),
    )


def adjusted_p(
    draws: Floats,
    family: Sequence[str],
    weight: Mapping[str, float],
    joint: Collection[str] = (),
) -> Floats:
    """Return the p-value of each comparison, adjusted for all that were tried.

    Reporting those at or below an error errs at all in at most that share of logs without effect.

    Parameters
    ----------
    draws : ndarray, shape (D, K)
        Posterior draws of K differences, not shrunk. One without spread is never supported.
    family : sequence of str, length K
        Within a family correlations are used.
    weight : mapping
        Share of the error of each family; only ratios among those present matter.
    joint : collection of str
        Families whose draws are of one posterior: correlations between them are used as well.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal([0.0, 5.0, 0.5], 1.0, (4000, 3))
    >>> (adjusted_p(x, ["a", "a", "b"], {"a": 0.5, "b": 0.5}) < 0.05).tolist()
    [False, True, False]
    >>> same = x[:, [1, 1]]
    >>> alone, together = (adjusted_p(same, ["a", "b"], {"a": 1, "b": 1}, one) for one in ((), "ab"))
    >>> bool((together <= alone).all())
    True
    """
    mean, sd = draws.mean(0), draws.std(0)
    safe = np.where(sd > 0, sd, 1.0)
    statistic = np.where(sd > 0, np.abs(mean) / safe, 0.0)
    noise = np.abs(draws - mean) / safe
    places = {
        name: [k for k, one in enumerate(family) if one == name] for name in dict.fromkeys(family)
    }
    live = {name: _Family(statistic, noise, members) for name, members in places.items()}
    result, reached = np.ones(draws.shape[1]), 0.0
    while live and reached < 1.0:
        total = sum(weight[name] for name in live)
        best, least = "", np.inf
        groups = [[name for name in live if name in joint]]
        groups += [[name] for name in live if name not in joint]
        for names in filter(None, groups):
            share = sum(weight[name] for name in names)
            smallest = np.min([live[name].shares / weight[name] for name in names], axis=0)
            for name in names:
                as_small = np.count_nonzero(smallest <= live[name].p / weight[name])
                p = max((as_small + 1) / (len(draws) + 1), live[name].p) * total / share
                if p < least:
                    best, least = name, p
        reached = min(max(reached, least), 1.0)
        result[live[best].clearest] = reached
        places[best].remove(live[best].clearest)
        if places[best]:
            live[best] = _Family(statistic, noise, places[best])
        else:
            del live[best]
    return result


class _Family:
    """Members of a family that are not decided: the clearest, its p-value in the family, and that of each draw."""

    def __init__(self, statistic: Floats, noise: Floats, members: Sequence[int]) -> None:
        largest = noise[:, members].max(1)
        n = len(largest)
        self.clearest = max(members, key=lambda one: float(statistic[one]))
        exceeded = np.count_nonzero(largest >= statistic[self.clearest])
        self.p = (exceeded + 1) / (n + 1)
        self.shares = (n - np.searchsorted(np.sort(largest), largest)) / n


def decisions_needed(draws: Floats, n: float, critical: float) -> float:
    """Tell how many decisions in all would decide a comparison if the difference stays as it is.

    With so many, the statistic exceeds ``critical`` with a probability of 80 %; inf where no
    difference is seen.

    Parameters
    ----------
    draws : ndarray, shape (D,)
        Of the difference.
    n : float
        Decisions so far.
    critical : float
        Standard deviations that it must differ from zero.
    """
    sd = float(draws.std())
    seen = abs(float(draws.mean())) / sd if sd > 0 else 0.0
    return n * ((critical + 0.8416) / seen) ** 2 if seen > 0 else float("inf")
