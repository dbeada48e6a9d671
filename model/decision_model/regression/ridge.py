"""Linear regression in which every block of columns has its own strength of shrinkage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decision_model.hyperparameters import (
    NOISE_PRIOR_ROWS,
    PRECISION_RANGE,
    RIDGE_PRECISION_RATE,
)
from decision_model.regression.gram import Gram, solved

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ridge:
    """y ~ N(intercept + X w, noise), w of block b ~ N(0, 1/α_b).

    Parameters
    ----------
    intercept, weights : float, ndarray of shape (P,)
    noise : float
        Variance of the residuals.
    precision : ndarray, shape (B,)
        α of each block.
    """

    intercept: float
    weights: Floats
    noise: float
    precision: Floats

    @classmethod
    def fit(
        cls,
        gram: Gram,
        y: Floats,
        widths: NDArray[np.intp],
        *,
        weight: Floats | None = None,
        variance: Floats | float = 0.0,
        noise_prior: float = 0.05,
        start: NDArray[np.float64] | None = None,
        rounds: int = 8,
    ) -> Ridge:
        """Weights and shrinkage by evidence (Bishop 2006, section 3.5.2).

        Parameters
        ----------
        gram : Gram
            Of the columns, shape (N, P); made once where they are regressed on many times.
        y : ndarray, shape (N,)
        weight : ndarray, shape (N,), optional
            Decisions each row stands for.
        variance : ndarray or float
            Of each y, where only its expectation is known.
        noise_prior : float
            Noise to expect while rows are few; worth four rows.
        start : ndarray, shape (B,), optional
            α to start from.
        """
        weight = np.ones(len(y)) if weight is None else weight
        total = float(weight.sum())
        block = np.repeat(np.arange(len(widths)), widths)
        alpha = np.full(len(widths), 10.0) if start is None else start
        if total < 1e-9:
            return cls(0.0, np.zeros(len(block)), noise_prior, alpha)
        X = gram.X
        centre, middle = float(weight @ y / total), X.T @ weight / total
        target = y - centre
        products = gram(weight) - total * np.outer(middle, middle)
        cross = X.T @ (weight * target)  # the weighted targets sum to 0
        extra = float(np.sum(weight * variance)) + NOISE_PRIOR_ROWS * noise_prior
        noise = (float(weight @ target**2) + extra) / (total + NOISE_PRIOR_ROWS)
        w = np.zeros(len(block))
        for _ in range(rounds):
            inner = products / noise
            inner[np.diag_indices_from(inner)] += alpha[block]
            w, diagonal = solved(inner, cross / noise)
            trace = np.bincount(block, diagonal, minlength=len(widths))
            square = np.bincount(block, w**2, minlength=len(widths))
            effective = np.maximum(widths - alpha * trace, 0.0)
            em = (widths + 2) / (square + trace + 2 * RIDGE_PRECISION_RATE)
            mackay = (effective + 2) / (square + 2 * RIDGE_PRECISION_RATE)
            alpha = np.clip(np.sqrt(em * mackay), *PRECISION_RANGE)
            left = float(weight @ (target - X @ w + middle @ w) ** 2)
            noise = (left + extra) / (max(total - effective.sum(), 1.0) + NOISE_PRIOR_ROWS)
        return cls(centre - float(middle @ w), w, noise, alpha)
