"""Explanations in words: what the log knows of a cell, what the model adds, what moved an estimate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from decision_log.predicting.template import percent

if TYPE_CHECKING:
    from decision_log.predicting.estimate import Estimate

MATERIAL = 0.1
"""Log-odds below which a field is not worth a word: at even chances, two and a half points."""

MATERIAL_SHIFT = 0.02
"""From how many points away from the rate of its kind on an estimate needs a reason."""

SPEAKS_FOR, SPEAKS_AGAINST = "For it: ", "Against it: "
"""What stands before the reasons."""

OLD_DAYS = 45
"""A cell whose oldest decision is older is no longer called young."""

FEW_PAID = 5
"""With fewer paying wins of its own, little is known of what one brings."""

LEAST_REVENUE_SAID = 0.5
"""Less would be said to be nothing."""

LONGEST_VALUE = 40

LONGEST_READ = 4 * LONGEST_VALUE
"""Characters of a value that `shortened` looks at."""


def cell_sentence(kind: str, source: str, estimate: Estimate, *, with_interval: bool = True) -> str:
    """Say what the log knows about a cell: n, rate with interval, revenue, maturity.

    Where a model's own interval follows, the rate stands without one.

    It never speaks of a trend, and where there is no history it says so.
    """
    n = estimate.sample_size
    interval = f"{percent(estimate.low)} to {percent(estimate.high)}"
    around = f" ({interval})" if with_interval else ""
    if estimate.confidence == 0:
        return (
            f"No history yet: the log holds nothing to judge {kind} from {source} by. "
            f"{percent(estimate.probability)} is only a starting point ({interval})."
        )
    if n == 0:
        text = (
            f"No decision about {kind} from {source} yet; judged by the other types and sources, "
            f"about {percent(estimate.probability)} convert{around}."
        )
    else:
        ended = f"{estimate.won:,} won, {estimate.lost:,} lost and {estimate.open:,} still open"
        if not estimate.open:
            ended = f"{estimate.won:,} won and {estimate.lost:,} lost"
        text = (
            f"Of {_count(n, 'decision')} about {kind} from {source}, {ended}: "
            f"about {percent(estimate.probability)} convert{around}."
        )
    if estimate.immature:
        text += f" {_why_immature(estimate)}"
    if estimate.revenue >= LEAST_REVENUE_SAID:
        text += f" Expected revenue is {estimate.revenue:,.0f} per decision{_known_of(estimate)}."
    return text


def _why_immature(estimate: Estimate) -> str:
    """Say why a rate is preliminary, by how old its decisions are."""
    days = estimate.longest_hours / 24
    if days >= OLD_DAYS and estimate.won + estimate.lost == 0:
        return (
            f"None has an outcome on record, though the oldest is {days:,.0f} days old: either none "
            "was won or outcomes are not recorded, so the rate is little more than a guess."
        )
    if days >= OLD_DAYS:
        return (
            "Too many of them are open for what is known of how long outcomes take, so the rate is "
            "preliminary."
        )
    return (
        f"The oldest is {max(days, 1):,.0f} {'day' if days < 1.5 else 'days'} old, too young to "
        "exclude wins that take longer, so the rate is preliminary."
    )


def _known_of(estimate: Estimate) -> str:
    """Say so where too few paid to know what a win brings."""
    if estimate.paid >= FEW_PAID:
        return ""
    if not estimate.sample_size:
        return ", but little is known: it is judged by other types and sources"
    paid = (
        "none of these has"
        if not estimate.paid
        else (
            "only one of these has" if estimate.paid == 1 else f"only {estimate.paid} of these have"
        )
    )
    return f", but little is known: {paid} paid so far"


def model_sentence(revenue: float) -> str:
    """Write the template of what the trained model adds for one opportunity."""
    if revenue >= LEAST_REVENUE_SAID:
        return "The model gives this one {probability} ({low} to {high}) and expects a revenue of {revenue}."
    return "The model gives this one {probability} ({low} to {high})."


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n:,} {noun}s"


def pull(probability: float, rate: float, average: float, why: str) -> str:
    """Say what moved an estimate away from the rate of its kind, where no single field has.

    Parameters
    ----------
    probability, rate, average : float
        Of this one, of its kind, and of all decisions.
    why : str
        What speaks for and against it.

    Examples
    --------
    >>> pull(0.21, 0.27, 0.1, "For it: base score 80.")
    'Against it: the pull to the average of all decisions (10 %).'
    >>> pull(0.21, 0.27, 0.5, "For it: base score 80.")
    'Against it: many small things together.'
    >>> pull(0.21, 0.27, 0.1, "Against it: base score 5.")
    ''
    """
    moved = probability - rate
    label = SPEAKS_FOR if moved > 0 else SPEAKS_AGAINST
    if abs(moved) < MATERIAL_SHIFT or label in why:
        return ""
    if (average - rate) * moved > 0:
        return f"{label}the pull to the average of all decisions ({percent(average)})."
    return f"{label}many small things together."


def shortened(value: Any) -> str:
    """Return a value as one short line, numbers rounded for people; equal numbers are the same text.

    Examples
    --------
    >>> shortened(0.12345), shortened(-0.0), shortened(" two  words ")
    ('0.123', '0', 'two words')
    """
    if isinstance(value, float | np.floating):
        number = float(value) + 0.0  # minus zero becomes zero
        return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"
    if isinstance(value, list | tuple):
        value = ", ".join(str(one) for one in value)
    text = " ".join(str(value)[:LONGEST_READ].split())
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
