"""Log-odds of the rates of cells, each worked out once for as long as the rates stay the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from decision_model.hyperparameters import LARGEST_LOG_ODDS
from decision_model.quantiles import NORMAL_95
from decision_model.regression.posterior import logit

if TYPE_CHECKING:
    from decision_model.rates.model import RateModel

Floats = NDArray[np.float64]

MOST_CELLS = 50_000
"""Cells that are remembered: about 10 MB."""


class CellLogOdds:
    """What a rate model says of cells, as log-odds.

    Parameters
    ----------
    rates : RateModel
        It answers for each pair of type and source alone, whatever else is asked.
    """

    def __init__(self, rates: RateModel) -> None:
        self.rates = rates
        self._known: dict[tuple[str, str], tuple[float, float]] = {}

    def __call__(self, types: Sequence[str], sources: Sequence[str]) -> tuple[Floats, Floats]:
        """Return the log-odds of N cells at the level of the rates, and their variances, each of shape (N,)."""
        pairs = list(zip(types, sources, strict=True))
        known = self._known
        fresh = [pair for pair in dict.fromkeys(pairs) if pair not in known]
        if fresh:
            if len(known) + len(fresh) > MOST_CELLS:
                known, fresh = {}, list(dict.fromkeys(pairs))
            known.update(zip(fresh, self._of_cells(fresh), strict=True))
            self._known = known
        mean, variance = np.array([known[pair] for pair in pairs]).reshape(-1, 2).T
        return mean, variance

    def _of_cells(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[float, float]]:
        cells = self.rates.predict([kind for kind, _ in pairs], [source for _, source in pairs])
        at_level = logit(cells.mean) + self.rates.level_shift
        mean = np.minimum(np.maximum(at_level, -LARGEST_LOG_ODDS), LARGEST_LOG_ODDS)
        deviation = (logit(cells.high) - logit(cells.low)) / (2 * NORMAL_95)
        return list(zip(mean.tolist(), (deviation**2).tolist(), strict=True))
