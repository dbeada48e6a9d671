"""Predictor that uses the rates alone: one estimate per (type, source)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from decision_log.names import KnownNames
from decision_log.predicting.estimate import RATES_VERSION, Contributions, Estimate
from decision_log.predicting.estimates import CellEstimates
from decision_log.predicting.explain import cell_sentence

if TYPE_CHECKING:
    from decision_log.opportunity import Opportunity
    from decision_log.predicting.estimates import Estimates
    from decision_model.rates.model import RateModel
    from decision_model.rates.prediction import RatePrediction

    Cell = tuple[str, str]


class RatesPredictor:
    """Estimates by the cell of an opportunity alone; works from an empty log on.

    Parameters
    ----------
    model : RateModel
        The fitted rates.
    as_of : datetime
        The moment up to which it knows the log.
    names : KnownNames, optional
        The names of types and sources in the log.
    """

    def __init__(self, model: RateModel, as_of: datetime, names: KnownNames | None = None) -> None:
        self.version = RATES_VERSION
        self.as_of = as_of
        self.names = names or KnownNames()
        self.repeats = True
        self._model = model
        self._cells = CellEstimates()

    def estimate(self, items: Sequence[Opportunity]) -> Estimates:
        """Estimate each item by its cell."""
        cells = [item.cell for item in items]
        fresh = self._cells.unknown(cells)
        if fresh:
            found = self.of_cells(fresh)
            sentences = [
                f"{cell_sentence(*cell, one)} {self.names.note(*cell)}".rstrip()
                for cell, one in zip(fresh, found, strict=True)
            ]
            self._cells.add(fresh, found, sentences)
        return self._cells.of(self._cells.codes(cells))

    def of_cells(self, cells: Sequence[Cell]) -> list[Estimate]:
        """Estimate cells; the templates are left empty."""
        kinds, sources = ([cell[place] for cell in cells] for place in (0, 1))
        return estimates_of(self._model.predict(kinds, sources))

    def explain(self, item: Opportunity) -> tuple[Estimates, Contributions]:
        """Estimate one item; the log-odds of its cell's rate have no further parts."""
        estimates = self.estimate([item])
        p = float(estimates.probability[0])
        return estimates, Contributions(math.log(p) - math.log1p(-p), [])


def estimates_of(rates: RatePrediction) -> list[Estimate]:
    """Turn the rate model's arrays into one estimate for each (type, source); the templates are left empty."""
    columns = {name: getattr(rates, name).tolist() for name in rates.__slots__}
    rows = (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
    return [
        Estimate(
            probability=row["mean"],
            low=row["low"],
            high=row["high"],
            confidence=row["confidence"],
            revenue=row["revenue"],
            revenue_low=row["revenue_low"],
            revenue_high=row["revenue_high"],
            hours=row["hours"],
            hours_low=row["hours_low"],
            hours_high=row["hours_high"],
            rate=row["mean"],
            average_revenue=row["revenue"],
            won=round(row["won"]),
            lost=round(row["lost"]),
            open=round(row["open"]),
            immature=bool(row["immature"]),
            paid=round(row["paid"]),
            longest_hours=row["longest_hours"],
            template="",
        )
        for row in rows
    ]
