"""Gaussian posterior of a logistic regression: all that scoring needs of it, in NumPy alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Targets:
    """Evidence of each row for a win and for a loss, in units of one decision.

    A won decision is (1, 0), a lost one (0, 1). An open one carries part of a loss, or of a win.

    Parameters
    ----------
    won, lost : ndarray, shape (N,)
        At least 0.
    """

    won: Floats
    lost: Floats

    @property
    def weight(self) -> Floats:
        """Evidence per row."""
        return np.asarray(self.won + self.lost)

    def log_likelihood(self, z: Floats) -> Floats:
        """Return the log likelihood of log-odds of the rows in nats, of each column where they have shape (N, K)."""
        return np.asarray(self.won @ z - self.weight @ np.logaddexp(0, z))

    def take(self, rows: NDArray[np.intp]) -> Targets:
        """Take the given rows."""
        return Targets(self.won[rows], self.lost[rows])

    def as_rows(self) -> tuple[NDArray[np.intp], NDArray[np.bool_], Floats]:
        """Give the rows, classes and sample weights that a scikit-learn classifier takes.

        A row with evidence for both classes comes twice, one without any not at all.

        Returns
        -------
        rows : ndarray of intp, shape (M,)
        won : ndarray of bool, shape (M,)
        weight : ndarray, shape (M,)
        """
        won, lost = np.flatnonzero(self.won > 0), np.flatnonzero(self.lost > 0)
        rows = np.concatenate([won, lost])
        order = np.argsort(rows, kind="stable")
        is_won = np.repeat([True, False], [len(won), len(lost)])
        weight = np.concatenate([self.won[won], self.lost[lost]])
        return rows[order], is_won[order], weight[order]


@dataclass(frozen=True, slots=True)
class LogisticPosterior:
    """Gaussian (Laplace) approximation of the posterior of a logistic regression with P columns.

    Parameters
    ----------
    intercept : float
    weights : ndarray, shape (P,)
    precision : ndarray, shape (P,)
        Of each weight's prior, which is normal about 0; infinite where a weight is held at 0.
    covariance : ndarray, shape (P + 1, P + 1)
        Of (intercept, weights).

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> one = LogisticPosterior(-1.0, np.array([2.0]), np.array([1.0]), np.diag([0.1, 0.2]))
    >>> mean, variance = one.log_odds(csr_array([[0.0], [1.0]]))
    >>> mean.tolist(), variance.round(1).tolist()
    ([-1.0, 1.0], [0.1, 0.3])
    """

    intercept: float
    weights: Floats
    precision: Floats
    covariance: Floats

    @property
    def log_bayes_factor(self) -> float:
        """Evidence for these weights against none at all, in nats.

        The Savage-Dickey ratio [1]_ of prior to posterior density where all weights are zero, the posterior being
        the Gaussian approximation. Around 0 or below, the columns carry no information.

        References
        ----------
        .. [1] Dickey, The weighted likelihood ratio, linear hypotheses on normal location parameters,
           Annals of Mathematical Statistics 42 (1971).
        """
        free = np.flatnonzero(np.isfinite(self.precision))
        if not len(free):
            return 0.0
        weights, covariance = self.weights[free], self.covariance[np.ix_(free + 1, free + 1)]
        factor = np.linalg.cholesky(covariance)
        log_volume = 2 * np.log(np.diag(factor)).sum()
        distance = float(np.sum(np.linalg.solve(factor, weights) ** 2))
        return float(0.5 * (np.log(self.precision[free]).sum() + log_volume + distance))

    def log_odds(self, X: csr_array) -> tuple[Floats, Floats]:
        """Mean and variance of the log-odds of N rows, each of shape (N,)."""
        mean = self.intercept + X @ self.weights
        cross = X @ self.covariance[1:, 0]
        spread = X @ self.covariance[1:, 1:]
        own = np.asarray(X.multiply(spread).sum(axis=1)).ravel()
        return np.asarray(mean), np.maximum(self.covariance[0, 0] + 2 * cross + own, 0.0)

    def only(self, places: NDArray[np.intp]) -> LogisticPosterior:
        """Return the posterior of the intercept and of some of the weights, the others averaged over."""
        every = np.r_[0, places + 1]
        return LogisticPosterior(
            self.intercept,
            self.weights[places],
            self.precision[places],
            self.covariance[np.ix_(every, every)],
        )

    def widened(self, places: NDArray[np.intp], width: int) -> LogisticPosterior:
        """Put its columns at the given places among `width`; the others are held at 0."""
        weights, precision = np.zeros(width), np.full(width, np.inf)
        weights[places], precision[places] = self.weights, self.precision
        covariance, all_places = np.zeros((width + 1,) * 2), np.r_[0, places + 1]
        covariance[np.ix_(all_places, all_places)] = self.covariance
        return LogisticPosterior(self.intercept, weights, precision, covariance)


def moderated(mean: Floats, variance: Floats) -> Floats:
    """Log-odds of the predictive probability when the log-odds are N(mean, variance).

    MacKay's approximation; the error of the probability is below .02 (Bishop 2006, section 4.5.2).
    """
    return np.asarray(mean / np.sqrt(1 + np.pi * variance / 8))


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), without overflow."""
    e = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, 1.0, e) / (1 + e))


def logit(p: Floats) -> Floats:
    """log(p / (1 - p)), p kept within 1e-6 of the ends."""
    p = np.minimum(np.maximum(p, 1e-6), 1 - 1e-6)
    return np.asarray(np.log(p) - np.log1p(-p))
