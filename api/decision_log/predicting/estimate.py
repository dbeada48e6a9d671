"""Values of a prediction: the estimate, and its contributions."""

from __future__ import annotations

import math
from typing import NamedTuple

from decision_log.predicting.template import rendered

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
    paid : int
        The cell's won decisions that brought revenue.
    longest_hours : float
        Age of the cell's oldest decision.
    template : str
        A sentence or two for people, as a template; see :mod:`decision_log.predicting.template`.
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
    paid: int
    longest_hours: float
    template: str

    @property
    def reasoning(self) -> str:
        """The template with the numbers filled in."""
        return rendered(self.template, self.probability, self.low, self.high, self.revenue)

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
    """Parts of a probability's log-odds: ``base`` plus the parts is exactly their sum.

    Parameters
    ----------
    base : float
        The log-odds before anything is known of the opportunity.
    parts : list of Contribution
        Largest first; empty where only the cell's rate was used.
    """

    base: float
    parts: list[Contribution]


def days(hours: float) -> float | None:
    """Hours as days to one decimal; None where unknown (NaN)."""
    return None if math.isnan(hours) else round(hours / 24, 1)
