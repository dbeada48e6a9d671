"""Why a score is what it is, in a sentence or two that are true: evidence, rate, revenue."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decision_log.predicting.estimate import Estimate


def cell_sentence(kind: str, source: str, estimate: Estimate) -> str:
    """Say what the log knows about a cell: n, rate with interval, revenue, maturity.

    It never speaks of a trend, and where there is no history it says so.
    """
    n = estimate.sample_size
    interval = f"{_percent(estimate.low)} to {_percent(estimate.high)}"
    if estimate.confidence == 0:
        return (
            f"No history yet: the log holds nothing to judge {kind} from {source} by. "
            f"{_percent(estimate.probability)} is only a starting point ({interval})."
        )
    if n == 0:
        said = (
            f"No decision about {kind} from {source} yet; judged by the other types and sources, "
            f"about {_percent(estimate.probability)} convert ({interval})."
        )
    else:
        said = (
            f"Of {_count(n, 'decision')} about {kind} from {source}, {estimate.won} won, "
            f"{estimate.lost} lost and {estimate.open} still open: "
            f"about {_percent(estimate.probability)} convert ({interval})."
        )
    if estimate.immature:
        said += " Most of these are too fresh to tell, so the rate is preliminary."
    if estimate.revenue >= 0.5:
        said += f" Expected revenue is {estimate.revenue:,.0f} USD per decision."
    return said


def model_sentence(probability: float, low: float, high: float, revenue: float) -> str:
    """Say what the trained model makes of one opportunity."""
    said = f"The model gives this one {_percent(probability)} ({_percent(low)} to {_percent(high)})"
    if revenue >= 0.5:
        said += f" and expects {revenue:,.0f} USD of it"
    return f"{said}."


def _percent(fraction: float) -> str:
    percent = 100 * fraction
    return f"{percent:.1f} %" if percent < 10 else f"{percent:.0f} %"


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
