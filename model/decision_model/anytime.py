r"""Evidence that a mean differs from zero, valid at every look, where values depend on each other.

The mean D of n values with variance A is compared under two hypotheses: D normal about zero with variance
A, or about a shift that is itself normal with variance T. Their likelihood ratio

    E = sqrt(A / (A + T)) exp(D^2 / 2 (1 / A - 1 / (A + T)))

is, as n grows, a martingale with mean one while there is no shift, so that it ever reaches 1/alpha with a
probability of at most alpha (Ville), however often one looks [1]_. Being asymptotic it needs a variance that is
right: values that come in bursts, from one sender or on one day resemble each other, and A is multiplied by the
largest design effect that any blocking of the values shows (`inflation`). Averages of such ratios are again
ratios of this kind, so several directions and several moments of a change share one error.

Nothing is kept between looks: the ratio is computed each time from all values so far.

References
----------
.. [1] Robbins, Statistical methods related to the law of the iterated logarithm, Ann. Math. Statist. 41
   (1970), section 3 (normal mixtures); Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas, Time-uniform central
   limit theory and asymptotic confidence sequences, Ann. Statist. 52 (2024), theorem 2.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from decision_model.hyperparameters import FEWEST_BLOCKS, RUN_LENGTHS

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Blocks = NDArray[np.intp]


def log_evidence(difference: ArrayLike, variance: ArrayLike, prior_variance: ArrayLike) -> Floats:
    """Return the logarithm of E, elementwise.

    Parameters
    ----------
    difference : array_like
        Means, of which the question is whether they differ from zero.
    variance : array_like
        Of those means, above zero.
    prior_variance : array_like
        Of the shift that is looked for: the evidence grows fastest for shifts of its root.

    Examples
    --------
    >>> log_evidence([0.0, 0.4], 0.01, 0.01).round(1).tolist()
    [-0.3, 3.7]
    """
    d, a, t = (np.asarray(x, dtype=np.float64) for x in (difference, variance, prior_variance))
    result: Floats = 0.5 * np.log(a / (a + t)) + 0.5 * d * d * (1.0 / a - 1.0 / (a + t))
    return result


def average(log_values: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Return the log of the weighted average of evidence; equal weights by default."""
    values = np.asarray(log_values, dtype=np.float64)
    share = np.ones(values.size) if weight is None else np.asarray(weight, dtype=np.float64)
    return float(np.logaddexp.reduce(values + np.log(share / share.sum())))


def anytime_p(log_value: float) -> float:
    """Return the p-value, valid at every look, of evidence: 1 / E, at most 1."""
    return float(np.exp(-max(log_value, 0.0)))


def blocks_of(names: Sequence[Hashable]) -> Blocks:
    """Number the blocks of values by their names; a value named None is a block of its own.

    Examples
    --------
    >>> blocks_of(["ann", None, "ann", None]).tolist()
    [0, 1, 0, 2]
    """
    place: dict[Hashable, int] = {}
    return np.array(
        [
            place.setdefault(("alone", i) if name is None else ("named", name), len(place))
            for i, name in enumerate(names)
        ],
        dtype=np.intp,
    )


def inflation(values: Floats, blockings: Iterable[Blocks] = ()) -> float:
    """Return the design effect of the mean of values: the largest that any blocking of them shows, at least 1.

    Parameters
    ----------
    values : ndarray, shape (N,) or (N, K)
        In time order, each column with a mean of about zero. The columns share one effect.
    blockings : iterable of ndarray of int, shape (N,)
        Block of each value, such as its sender or its day. Runs of `RUN_LENGTHS` values are always tried. With
        fewer than `FEWEST_BLOCKS` blocks nothing can be measured, and all values of one count as equal.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> inflation(np.repeat(rng.normal(size=200), 10), [np.arange(2000) // 10]) > 8
    True
    """
    x = values.reshape(len(values), -1)
    n = len(x)
    squares = float((x * x).sum())
    runs = (np.arange(n) // length for length in RUN_LENGTHS if n >= length * FEWEST_BLOCKS)
    return max(1.0, *(_effect(x, squares, block) for block in (*runs, *blockings)), 1.0)


def _effect(x: Floats, squares: float, names: Blocks) -> float:
    _, block, size = np.unique(names, return_inverse=True, return_counts=True)
    if size.size == len(x):
        return 1.0
    if size.size < FEWEST_BLOCKS:
        return float((size * size).sum() / len(x))
    if squares <= np.finfo(np.float64).eps * x.size:  # all equal
        return 1.0
    sums = np.stack([np.bincount(block, column, size.size) for column in x.T])
    return float((sums * sums).sum() / squares) * size.size / (size.size - 1.0)
