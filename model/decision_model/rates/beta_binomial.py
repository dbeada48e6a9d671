r"""Likelihood of the wins and losses of cells whose rates are Beta distributed about their means.

With a = kappa mu and b = kappa (1 - mu), a cell with w wins and l losses of n has the log likelihood

    lgamma(a + w) - lgamma(a) + lgamma(b + l) - lgamma(b) - lgamma(kappa + n) + lgamma(kappa)

up to the binomial coefficient, which no parameter changes [1]_. Most cells of a large log have few decisions: what a
count of zero adds is zero, what a small whole number w adds is the logarithm of a (a + 1) ... (a + w - 1), and what n
adds is the same for all cells of one size.

References
----------
.. [1] Gelman et al., Bayesian Data Analysis, 3rd ed. (2013), section 5.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from decision_model.hyperparameters import FEW_IN_CELL
from decision_model.special_functions import digamma, expit, gammaln

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class BetaBinomial:
    """The likelihood of C cells.

    Parameters
    ----------
    won, lost : ndarray, shape (C,)
        Counts; not necessarily whole numbers.

    Examples
    --------
    >>> one = BetaBinomial(np.array([1.0]), np.array([0.0]))
    >>> one.log_likelihood(np.array([[0.0]]), np.array([[10.0]])).round(4).tolist()
    [-0.6931]
    """

    def __init__(self, won: Floats, lost: Floats) -> None:
        self.n = won + lost
        self._won, self._lost = _Counts(won), _Counts(lost)
        self._sizes, self._cells_of = np.unique(self.n, return_counts=True)

    def score(self, mu: Floats, kappa: Floats) -> Floats:
        """Differentiate the log likelihood of each cell by logit mu.

        Parameters
        ----------
        mu : ndarray, shape (G, C)
            Mean rates under G settings.
        kappa : ndarray, shape (G, 1)

        Returns
        -------
        ndarray, shape (G, C)
        """
        slope = self._won.slope(kappa * mu) - self._lost.slope(kappa * (1 - mu))
        return np.asarray(kappa * mu * (1 - mu) * slope)

    def log_likelihood(self, logit: Floats, kappa: Floats) -> Floats:
        """Sum over the cells, shape (G,); ``logit`` (G, C) is that of mu."""
        of_sizes = (gammaln(kappa) - gammaln(self._sizes + kappa)) @ self._cells_of
        won, lost = (self._won.rise(kappa * expit(logit)), self._lost.rise(kappa * expit(-logit)))
        return np.asarray(won + lost + of_sizes)


class _Counts:
    """Wins, or losses, of the cells that have any: whole numbers up to `FEW_IN_CELL`, most first, and all others."""

    def __init__(self, counts: Floats) -> None:
        few = (counts > 0) & (counts <= FEW_IN_CELL) & (counts == np.floor(counts))
        self._few = np.flatnonzero(few)[np.argsort(-counts[few], kind="stable")]
        self._more = [int((counts[self._few] > j).sum()) for j in range(1, FEW_IN_CELL)]
        self._others = np.flatnonzero((counts > 0) & ~few)
        self._of_others = counts[self._others]

    def slope(self, a: Floats) -> Floats:
        """Differentiate lgamma(a + count) - lgamma(a) by a, shape (G, C) as ``a``."""
        result = np.zeros_like(a)
        if self._few.size:
            own = a[:, self._few]
            total = 1 / own
            for j, more in enumerate(self._more, 1):
                total[:, :more] += 1 / (own[:, :more] + j)
            result[:, self._few] = total
        if self._others.size:
            own = a[:, self._others]
            result[:, self._others] = digamma(own + self._of_others) - digamma(own)
        return result

    def rise(self, a: Floats) -> Floats:
        """Sum lgamma(a + count) - lgamma(a) over the cells, shape (G,); ``a`` has shape (G, C)."""
        own = a[:, self._few]
        product = own.copy()
        for j, more in enumerate(self._more, 1):
            product[:, :more] *= own[:, :more] + j
        result = np.log(product).sum(1)
        if self._others.size:
            own = a[:, self._others]
            result += (gammaln(own + self._of_others) - gammaln(own)).sum(1)
        return np.asarray(result)
