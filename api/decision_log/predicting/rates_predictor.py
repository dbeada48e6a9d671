"""Predictor that uses the rates alone: one estimate per (type, source)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from decision_log.names import KnownNames
from decision_log.predicting.estimate import RATES_VERSION, Contributions, Estimate
from decision_log.predicting.explain import cell_sentence
from decision_log.predicting.template import escaped

if TYPE_CHECKING:
    from decision_log.opportunity import Opportunity
    from decision_model.rates.model import RateModel
    from decision_model.rates.prediction import RatePrediction


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
        self._known: dict[tuple[str, str], Estimate] = {}

    def estimate(self, items: Sequence[Opportunity]) -> list[Estimate]:
        """Estimate each item by its cell."""
        known = self._known
        cells = [item.cell for item in items]
        fresh = [cell for cell in dict.fromkeys(cells) if cell not in known]
        if fresh:
            rates = self._model.predict(
                [kind for kind, _ in fresh], [source for _, source in fresh]
            )
            for cell, estimate in zip(fresh, estimates_of(fresh, rates), strict=True):
                note = self.names.note(*cell)
                template = f"{estimate.template} {escaped(note)}".rstrip()
                known[cell] = estimate._replace(template=template)
        return [known[cell] for cell in cells]

    def explain(self, item: Opportunity) -> tuple[Estimate, Contributions]:
        """Estimate one item; the log-odds of its cell's rate have no further parts."""
        estimate = self.estimate([item])[0]
        p = estimate.probability
        return estimate, Contributions(math.log(p) - math.log1p(-p), [])


def estimates_of(cells: Sequence[tuple[str, str]], rates: RatePrediction) -> list[Estimate]:
    """Turn the rate model's arrays into one estimate for each (type, source)."""
    columns = {name: getattr(rates, name).tolist() for name in rates.__slots__}
    estimates = []
    for i, (kind, source) in enumerate(cells):
        row = {name: column[i] for name, column in columns.items()}
        estimate = Estimate(
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
        estimates.append(estimate._replace(template=escaped(cell_sentence(kind, source, estimate))))
    return estimates
