"""Shift of given log-odds: what a few columns add to them, and the evidence that they add anything."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from decision_model.hyperparameters import SHIFT_STEPS
from decision_model.regression.posterior import Targets, sigmoid

Floats = NDArray[np.float64]


def fit_shift(
    z: Floats, targets: Targets, design: Floats, precision: Floats
) -> tuple[Floats, float]:
    """Fit what a few columns add to given log-odds, by Laplace's approximation.

    Parameters
    ----------
    z : ndarray, shape (N,)
        Log-odds that stay as they are.
    targets : Targets
        Of N decisions.
    design : ndarray, shape (N, K)
    precision : ndarray, shape (K,)
        Of the coefficients' normal priors about 0.

    Returns
    -------
    coefficients : ndarray, shape (K,)
    gain : float
        Log Bayes factor against adding nothing, in nats.
    """
    found, weight = np.zeros(len(precision)), targets.weight
    for _ in range(SHIFT_STEPS):
        p = sigmoid(z + design @ found)
        gradient = design.T @ (targets.won - weight * p) - precision * found
        hessian = (design * (weight * p * (1 - p))[:, None]).T @ design + np.diag(precision)
        step = np.linalg.solve(hessian, gradient)
        found = found + step / max(1.0, float(np.abs(step).max()))
    gain = float(targets.log_likelihood(z + design @ found) - targets.log_likelihood(z))
    gain -= 0.5 * float(precision @ found**2)
    gain += 0.5 * float(np.log(precision).sum() - np.linalg.slogdet(hessian)[1])
    return found, gain
