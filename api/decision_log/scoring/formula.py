r"""The documented score, and what to do about it.

    adjusted_score = base_score * 0.4 + probability * 30 + min(revenue / 50, 20) + confidence * 10

with the probability a fraction (the documents write ``conversion_probability / 100``), revenue the
expected revenue per decision in USD and confidence in [0, 1].
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from decision_log.predicting.template import percent
from decision_log.settings import DEFAULT_TIERS, ScoreWeights


class ScoreParts(NamedTuple):
    """The four parts of a score, in points."""

    base: float
    conversion: float
    revenue: float
    confidence: float

    @property
    def total(self) -> float:
        """The adjusted score: their sum, kept in [0, 100], to one decimal."""
        return total(self.base, self.conversion + self.revenue + self.confidence)


def total(base: float, rest: float) -> float:
    """Add the base part and the other three up: in [0, 100], one decimal."""
    return round(min(max(base + rest, 0.0), 100.0), 1)


def score_parts(
    base_score: float,
    probability: float,
    revenue: float,
    confidence: float,
    weights: ScoreWeights,
) -> ScoreParts:
    """Give the parts of the documented score.

    Parameters
    ----------
    base_score : float
        0 to 100.
    probability, confidence : float
        Fractions.
    revenue : float
        Expected revenue per decision, USD; below zero counts as zero.
    weights : ScoreWeights
        The documented ones by default.

    Examples
    --------
    >>> parts = score_parts(85, 0.755, 350.50, 0.85, ScoreWeights())
    >>> [round(part, 2) for part in parts], parts.total
    ([34.0, 22.65, 7.01, 8.5], 72.2)
    """
    return ScoreParts(
        base_score * weights.base,
        probability * weights.conversion,
        min(max(revenue / weights.revenue_divisor, 0.0), weights.revenue_cap),
        confidence * weights.confidence,
    )


def moved_sentence(
    base_score: float,
    parts: ScoreParts,
    weights: ScoreWeights,
    *,
    given: bool,
    probability: float,
    revenue: float,
) -> str:
    """Say from what base score to what score, and by which parts, each of the most it can be.

    Parameters
    ----------
    base_score : float
        0 to 100.
    parts : ScoreParts
        Of that score.
    weights : ScoreWeights
    given : bool
        Whether the base score was given, or taken because none was.
    probability : float
        A fraction.
    revenue : float
        Expected revenue per decision.

    Examples
    --------
    >>> weights = ScoreWeights()
    >>> parts = score_parts(85, 0.755, 350.50, 0.85, weights)
    >>> said = moved_sentence(85, parts, weights, given=True, probability=0.755, revenue=350.50)
    >>> said[:75]
    'From 85 to 72: 34 of 40 points for the base score, 23 of 30 for a chance of'
    >>> said[75:]
    ' 76 %, 7 of 20 for an expected revenue of 350, 8 of 10 for how much is known.'
    """
    first, last = f"{base_score:.0f}", f"{parts.total:.0f}"
    known = "" if given else " (no base score was given)"
    start = f"From {first}{known} to {last}" if first != last or not given else f"Stays at {last}"
    return (
        f"{start}: {parts.base:.0f} of {100 * weights.base:.0f} points for the base score, "
        f"{parts.conversion:.0f} of {weights.conversion:.0f} for a chance of {percent(probability)}, "
        f"{parts.revenue:.0f} of {weights.revenue_cap:.0f} for an expected revenue of {revenue:,.0f}, "
        f"{parts.confidence:.0f} of {weights.confidence:.0f} for how much is known."
    )


def recommendation(score: float, tiers: Sequence[tuple[float, str]] = DEFAULT_TIERS) -> str:
    """Say what to do at a score.

    Examples
    --------
    >>> recommendation(72.2)
    'HIGH PRIORITY - Respond immediately'
    >>> recommendation(29.9)
    'VERY LOW - Likely not worth pursuing'
    """
    for lowest, text in tiers:
        if score >= lowest:
            return text
    return tiers[-1][1]
