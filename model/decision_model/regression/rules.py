"""Rules: conditions on one or two fields, added to a regression where fields interact, in NumPy alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Number = TypeVar("Number", bound=np.generic)

HALVES = 2
"""Rules found on one half of the decisions are weighed on the other."""


@dataclass(frozen=True, slots=True)
class RuleEnsemble:
    """What R rules change in the log-odds of a regression with P columns [1]_.

    A rule holds where each of its fields lies in an interval. The levels of a category are compared by their rank, in
    the order of their mean residuals where the rule was found. The log-odds are those of the regression, plus ``shift``
    on its columns (with the rules at hand, other weights fit better), plus the weights of the rules that hold.

    Parameters
    ----------
    fields : ndarray of int, shape (R, 2)
        Fields of each rule, places among the F values of `decision_features.encoded.Encoded`; F where it has one
        field only.
    low, high : ndarray, shape (R, 2)
        A field's value must lie in (low, high].
    missing : ndarray of uint8, shape (R, 2)
        Whether a missing value fulfils the condition.
    half : ndarray of int, shape (R,)
        Whose ranks apply: 0 or 1.
    ranks : ndarray, shape (2, T)
        Of the codes of all categories, field after field, by half.
    sizes : ndarray of int, shape (F,)
        Codes of each field; 0 for a number.
    weights : ndarray, shape (R,)
    shift : ndarray, shape (P + 1,)
        Change of (intercept, weights) of the regression.

    References
    ----------
    .. [1] Friedman, Popescu, Predictive learning via rule ensembles, Annals of Applied Statistics 2 (2008), 916-954.

    Examples
    --------
    >>> one = RuleEnsemble(
    ...     fields=np.array([[0, 1]]), low=np.array([[1.0, -np.inf]]), high=np.array([[np.inf, 0.0]]),
    ...     missing=np.array([[0, 0]], np.uint8), half=np.array([0]), ranks=np.array([[0.0, 1.0], [1.0, 0.0]]),
    ...     sizes=np.array([0, 2]), weights=np.array([0.5]), shift=np.zeros(1),
    ... )
    >>> one.holds(np.array([[2.0, 0.0], [2.0, 1.0], [np.nan, 0.0]])).ravel().tolist()
    [True, False, False]
    """

    fields: NDArray[np.int64]
    low: Floats
    high: Floats
    missing: NDArray[np.uint8]
    half: NDArray[np.int64]
    ranks: Floats
    sizes: NDArray[np.int64]
    weights: Floats
    shift: Floats

    def __len__(self) -> int:
        return len(self.weights)

    def holds(self, values: Floats) -> NDArray[np.bool_]:
        """Tell which rules hold for N opportunities, shape (N, F) to (N, R)."""
        return Conditions(self)(values)

    def added(self, values: Floats) -> Floats:
        """Sum of the weights of the rules that hold, shape (N, F) to (N,)."""
        return np.asarray(self.holds(values) @ self.weights)

    def pairs(self) -> tuple[tuple[tuple[int, int], ...], NDArray[np.intp]]:
        """Return the pairs of fields that rules name, and each rule's pair; of one field twice the same."""
        first, second = self.fields.min(axis=1), self.fields.max(axis=1)
        second = np.where(second == len(self.sizes), first, second)
        width = len(self.sizes)
        keys = first * width + second
        found = distinct(keys)
        return tuple(divmod(key, width) for key in found.tolist()), found.searchsorted(keys)


def distinct(values: NDArray[Number]) -> NDArray[Number]:
    """Return the different values, ascending, as `numpy.unique` does, which takes a cold prediction 20 ms to load.

    Examples
    --------
    >>> distinct(np.array([3, 1, 3])).tolist()
    [1, 3]
    """
    ordered = np.sort(values)
    is_new = np.append(np.ones(len(ordered[:1]), np.bool_), ordered[1:] != ordered[:-1])
    return np.asarray(ordered[is_new])


class Conditions:
    """The conditions of an ensemble's rules, laid out so as to ask many times.

    Parameters
    ----------
    rules : RuleEnsemble
    """

    def __init__(self, rules: RuleEnsemble) -> None:
        size = len(rules.sizes) + 1
        self._levels = np.flatnonzero(rules.sizes)
        starts = np.cumsum(rules.sizes) - rules.sizes
        self._starts = starts[self._levels]
        self._ranks = rules.ranks
        # The fields of either half, the column that every interval holds last, stand side by side.
        columns = rules.half[:, None] * size + rules.fields
        self._sides = [
            (
                columns[:, side],
                rules.low[:, side, None],
                rules.high[:, side, None],
                np.flatnonzero(rules.missing[:, side]),
            )
            for side in range(rules.fields.shape[1])
        ]

    def __call__(self, values: Floats) -> NDArray[np.bool_]:
        """Tell which of R rules hold for N opportunities, shape (N, F) to (N, R)."""
        # Field by field: what a rule looks at lies side by side.
        n, size = values.shape[0], values.shape[1] + 1
        both = np.zeros((HALVES * size, n))
        codes = self._starts[:, None] + values.T[self._levels].astype(np.intp)
        for half in range(HALVES):
            both[half * size : half * size + size - 1] = values.T
            both[half * size + self._levels] = self._ranks[half][codes]
        answer: NDArray[np.bool_] | None = None
        for columns, low, high, missing in self._sides:
            value = both[columns]
            holds = (value > low) & (value <= high)
            if len(missing):
                holds[missing] |= np.isnan(value[missing])
            answer = holds if answer is None else answer & holds
        return np.ones((n, 0), dtype=bool) if answer is None else answer.T


def by_rank(
    values: Floats, sizes: NDArray[np.int64], ranks: Floats, starts: NDArray[np.int64]
) -> Floats:
    """Replace codes by their ranks, and append a column of zeros, which every interval holds."""
    ranked = np.column_stack([values, np.zeros(len(values))])
    levels = np.flatnonzero(sizes)
    ranked[:, levels] = ranks[starts[levels] + values[:, levels].astype(np.intp)]
    return ranked
