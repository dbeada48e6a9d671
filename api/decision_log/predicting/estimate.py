"""What we expect of one opportunity, and who says so."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

from decision_log.predicting.explain import cell_sentence

if TYPE_CHECKING:
    from decision_log.scoring.opportunity import Opportunity
    from decision_model.rates.model import RateModel, RatePrediction

RATES_VERSION = "rates"
"""Model version of a prediction that rests on the rates alone."""


class Estimate(NamedTuple):
    """What is expected of one opportunity.

    Parameters
    ----------
    probability, low, high : float
        P(won), a fraction, and its 95 % interval.
    confidence : float
        In [0, 1]; 0 without any evidence.
    revenue, revenue_low, revenue_high : float
        Expected revenue per decision in USD, with a 95 % interval.
    hours, hours_low, hours_high : float
        Median hours to a win and the central 80 %; NaN where no win is known.
    rate : float
        The cell's own rate, a fraction.
    average_revenue : float
        What the cell brought per decision so far, pooled, USD.
    won, lost, open : int
        The cell's decisions.
    immature : bool
        Most of the cell's evidence is still open.
    reasoning : str
        A sentence or two for people.
    """

    probability: float
    low: float
    high: float
    confidence: float
    revenue: float
    revenue_low: float
    revenue_high: float
    hours: float
    hours_low: float
    hours_high: float
    rate: float
    average_revenue: float
    won: int
    lost: int
    open: int
    immature: bool
    reasoning: str

    @property
    def sample_size(self) -> int:
        """Decisions of the same cell."""
        return self.won + self.lost + self.open


class Contribution(NamedTuple):
    """What one field adds to the log-odds of one opportunity.

    Parameters
    ----------
    field : str
        ``rate``, or the name of a field.
    log_odds : float
        Above 0 speaks for it.
    value : str
        The field's value, in words.
    """

    field: str
    log_odds: float
    value: str


class Contributions(NamedTuple):
    """What a probability is made of: ``base`` plus the parts is its log-odds, exactly.

    Parameters
    ----------
    base : float
        What is there before anything is known of the opportunity.
    parts : list of Contribution
        Largest first; empty where nothing but the cell's rate was looked at.
    """

    base: float
    parts: list[Contribution]


class Predictor(Protocol):
    """Whoever estimates opportunities: the rates, or a trained model with the rates.

    Parameters
    ----------
    version : str
        Model version.
    as_of : datetime
        The moment up to which it knows the log.
    repeats : bool
        Whether many items get the very same estimate, so that what was made of it is worth keeping.
    """

    version: str
    as_of: datetime
    repeats: bool

    def estimate(self, items: Sequence[Opportunity]) -> list[Estimate]:
        """Estimate each item, in order; an item's answer does not depend on the others."""

    def contributions(self, item: Opportunity) -> Contributions:
        """Tell what the probability of one item is made of."""


class RatesPredictor:
    """Estimates by the cell of an opportunity alone; works from an empty log on.

    Parameters
    ----------
    model : RateModel
        The fitted rates.
    as_of : datetime
        The moment up to which it knows the log.
    """

    def __init__(self, model: RateModel, as_of: datetime) -> None:
        self.version = RATES_VERSION
        self.as_of = as_of
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
            known.update(zip(fresh, estimates_of(fresh, rates), strict=True))
        return [known[cell] for cell in cells]

    def contributions(self, item: Opportunity) -> Contributions:
        """Tell the log-odds of the cell's rate; there are no other parts."""
        p = self.estimate([item])[0].probability
        return Contributions(math.log(p) - math.log1p(-p), [])


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
            reasoning="",
        )
        estimates.append(estimate._replace(reasoning=cell_sentence(kind, source, estimate)))
    return estimates


def days(hours: float) -> float | None:
    """Hours as days to one decimal; None where unknown (NaN)."""
    return None if math.isnan(hours) else round(hours / 24, 1)
