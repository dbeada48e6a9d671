r"""The documented score, and what to do about it.

    adjusted_score = base_score * 0.4 + probability * 30 + min(revenue / 50, 20) + confidence * 10

with the probability a fraction (the documents write ``conversion_probability / 100``), revenue the
expected revenue per decision in USD and confidence in [0, 1].
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from decision_log.predicting.number_columns import FEW, amounts, percents, rounded
from decision_log.settings import DEFAULT_TIERS, ScoreWeights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class ScoreParts(NamedTuple):
    """The four parts of the scores of N items in points, each of shape (N,)."""

    base: Floats
    conversion: Floats
    revenue: Floats
    confidence: Floats

    @property
    def exact_total(self) -> Floats:
        """Their sum, kept in [0, 100]."""
        rest = self.conversion + self.revenue + self.confidence
        return np.minimum(np.maximum(self.base + rest, 0.0), 100.0)

    @property
    def total(self) -> Floats:
        """The adjusted score: their sum, kept in [0, 100], to one decimal."""
        return rounded(self.exact_total, 1)


def score_parts(
    base_score: Floats,
    probability: Floats,
    revenue: Floats,
    confidence: Floats,
    weights: ScoreWeights,
) -> ScoreParts:
    """Give the parts of the documented score of N items.

    Parameters
    ----------
    base_score : ndarray, shape (N,)
        0 to 100.
    probability, confidence : ndarray, shape (N,)
        Fractions.
    revenue : ndarray, shape (N,)
        Expected revenue per decision, USD; below zero counts as zero.
    weights : ScoreWeights
        The documented ones by default.

    Examples
    --------
    >>> given = (np.array([number]) for number in (85, 0.755, 350.50, 0.85))
    >>> parts = score_parts(*given, ScoreWeights())
    >>> [round(part.item(), 2) for part in parts], parts.total.item()
    ([34.0, 22.65, 7.01, 8.5], 72.2)
    """
    of_revenue = np.maximum(revenue / weights.revenue_divisor, 0.0)
    return ScoreParts(
        base_score * weights.base,
        probability * weights.conversion,
        np.minimum(of_revenue, weights.revenue_cap),
        confidence * weights.confidence,
    )


def moved_sentences(
    base_score: Floats,
    parts: ScoreParts,
    total: Floats,
    weights: ScoreWeights,
    given: Sequence[bool],
    probability: Floats,
    revenue: Floats,
) -> list[str]:
    """Say of N items from what base score to what score, and by which parts, each of the most it can be.

    Parameters
    ----------
    base_score : ndarray, shape (N,)
        0 to 100.
    parts : ScoreParts
    total : ndarray, shape (N,)
        The adjusted score, their sum.
    weights : ScoreWeights
    given : sequence of N bool
        Whether the base score was given, or taken because none was.
    probability : ndarray, shape (N,)
        Fractions.
    revenue : ndarray, shape (N,)
        Expected revenue per decision.

    Examples
    --------
    >>> weights = ScoreWeights()
    >>> base, chance, revenue, known = (np.array([number]) for number in (85, 0.755, 350.50, 0.85))
    >>> parts = score_parts(base, chance, revenue, known, weights)
    >>> (said,) = moved_sentences(base, parts, parts.total, weights, [True], chance, revenue)
    >>> said[:75]
    'From 85 to 72: 34 of 40 points for the base score, 23 of 30 for a chance of'
    >>> said[75:]
    ' 76 %, 7 of 20 for an expected revenue of 350, 8 of 10 for how much is known.'
    """
    of_base = f"of {100 * weights.base:.0f} points for the base score"
    of_conversion = f"of {weights.conversion:.0f} for a chance of"
    of_revenue = f"of {weights.revenue_cap:.0f} for an expected revenue of"
    of_confidence = f"of {weights.confidence:.0f} for how much is known."
    whole = np.rint(np.array([base_score, total, *parts])).astype(np.int64)
    rows = zip(*whole.tolist(), given, percents(probability), amounts(revenue), strict=True)
    return [
        (
            "Stays at "
            if is_given and start == end
            else f"From {start} to "
            if is_given
            else f"From {start} (no base score was given) to "
        )
        + f"{end}: {base} {of_base}, {conversion} {of_conversion} {chance}, "
        f"{brought} {of_revenue} {money}, {known} {of_confidence}"
        for start, end, base, conversion, brought, known, is_given, chance, money in rows
    ]


def tiers_of(scores: Floats, tiers: Sequence[tuple[float, str]] = DEFAULT_TIERS) -> list[int]:
    """Return the place of the tier of N scores: the first whose lowest score is reached, or else the last.

    Examples
    --------
    >>> [DEFAULT_TIERS[place][1] for place in tiers_of(np.array([72.2, 29.9]))]
    ['HIGH PRIORITY - Respond immediately', 'VERY LOW - Likely not worth pursuing']
    """
    lowest = [one for one, _ in tiers]
    last = len(tiers) - 1
    if len(scores) <= FEW:
        return [
            next((place for place, least in enumerate(lowest) if score >= least), last)
            for score in scores.tolist()
        ]
    reached = scores[:, None] >= np.array(lowest)
    places: list[int] = np.where(reached.any(axis=1), reached.argmax(axis=1), last).tolist()
    return places
