"""Regression of revenue: ridge regression of log revenue of won decisions, smeared back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from decision_model.hyperparameters import (
    MOST_REVENUE_ROWS,
    REVENUE_OUTLIER,
)
from decision_model.regression.gram import Gram
from decision_model.regression.ridge import Ridge

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RevenueRegression:
    """E[revenue | won] = P(revenue > 0 | won) * exp(a + x w) * smear.

    The smear is the mean of exp(residual): no distribution of the residuals is assumed [1]_. Residuals are cut at four
    spreads, so that one huge deal does not raise every estimate.

    Parameters
    ----------
    intercept, weights : float, ndarray of shape (P,)
        Of log revenue.
    smear : float
    paid : float
        P(revenue > 0 | won).
    spread : float
        Standard deviation of the residuals, natural logs.

    References
    ----------
    .. [1] Duan, Smearing estimate: a nonparametric retransformation method, JASA 78 (1983), 605-610.
    """

    intercept: float
    weights: Floats
    smear: float
    paid: float
    spread: float

    @classmethod
    def fit(
        cls, X: csr_array, revenue: Floats, widths: NDArray[np.intp], *, seed: int = 0
    ) -> RevenueRegression:
        """Fit to won decisions, shape (N, P) and (N,); one strength of shrinkage per block, by evidence."""
        paying = np.flatnonzero(revenue > 0)
        paid = (len(paying) + 0.5) / (len(revenue) + 1) if len(revenue) else 0.0
        if len(paying) < 2:
            return cls(float(np.log(revenue[paying]).sum()), np.zeros(X.shape[1]), 1.0,
                       paid if len(paying) else 0.0, 1.0)  # fmt: skip
        if len(paying) > MOST_REVENUE_ROWS:
            paying = np.sort(
                np.random.default_rng(seed).choice(paying, MOST_REVENUE_ROWS, replace=False)
            )
        X, log_revenue = X[paying], np.log(revenue[paying])
        fitted = Ridge.fit(Gram(X), log_revenue, widths)
        spread = float(np.sqrt(fitted.noise))
        residual = log_revenue - fitted.intercept - X @ fitted.weights
        cut = np.clip(residual, -REVENUE_OUTLIER * spread, REVENUE_OUTLIER * spread)
        return cls(fitted.intercept, fitted.weights, float(np.exp(cut).mean()), float(paid), spread)

    def predict(self, X: csr_array) -> Floats:
        """Tell the revenue to expect of each row if it is won."""
        return self.from_linear(X @ self.weights)

    def from_linear(self, sums: Floats) -> Floats:
        """Tell it from x w of each row."""
        logarithm = np.minimum(np.maximum(self.intercept + sums, -50), 50)
        return np.asarray(self.paid * self.smear * np.exp(logarithm))
