"""Joint posterior draws of the rates of all cells, for sums and differences of them.

A rate's own interval says nothing about a difference of two rates: cells of one type or source share
its effect, and their errors are correlated. Draws keep that: a node of the grid of hyperparameters,
the effects of all types and sources together from Laplace's normal approximation, then each cell's
rate from its Beta given the effects and its own decisions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from decision_model.hyperparameters import INTERCEPT_SD
from decision_model.special_functions import expit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from decision_model.rates.partial_pooling import PooledRates

    Floats = NDArray[np.float64]


def draw_rates(pooled: PooledRates, n_draws: int, seed: int = 0) -> Floats:
    """Draw the rates of all fitted cells from their joint posterior.

    Parameters
    ----------
    pooled : PooledRates
        C cells.
    n_draws : int
        D.
    seed : int
        The same log gives the same draws.

    Returns
    -------
    ndarray, shape (D, C)

    Examples
    --------
    >>> from decision_model.rates.additive import Layout
    >>> from decision_model.rates.partial_pooling import PooledRates
    >>> counts = np.array([40.0, 10.0]), np.array([10.0, 40.0])
    >>> layout = Layout.of(("a", "b"), ("x", "x"), sum(counts))
    >>> draw_rates(PooledRates.fit(layout, *counts), 4000).mean(0).round(1)
    array([0.8, 0.2])
    """
    rng = np.random.default_rng(seed)
    layout, nodes = pooled.layout, pooled.nodes
    rates = np.empty((n_draws, len(pooled.won)))
    # Systematic sampling: as many draws of each node as its weight asks for.
    reached = np.cumsum(pooled.weight)
    node = np.searchsorted(reached / reached[-1], (np.arange(n_draws) + rng.random()) / n_draws)
    for one in np.unique(node):
        rows = np.flatnonzero(node == one)
        place = np.array([one])
        precision = layout.axes(nodes.sigma_type[place] ** -2, nodes.sigma_source[place] ** -2)
        factor = layout.factor(pooled.information[place], *precision, INTERCEPT_SD**-2)
        off_long, off_short = factor.draw(rng.standard_normal, len(rows))
        linear = (
            pooled.effects.short[one, :1]
            + off_short[:, :1]
            + (pooled.effects.long[one] + off_long)[:, layout.long]
            + (pooled.effects.short[one, 1:] + off_short[:, 1:])[:, layout.short]
        )
        mu, kappa = expit(linear), nodes.kappa[one]
        rates[rows] = rng.beta(kappa * mu + pooled.won, kappa * (1 - mu) + pooled.lost)
    order: Floats = rates[rng.permutation(n_draws)]
    return order
