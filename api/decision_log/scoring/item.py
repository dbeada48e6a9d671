"""Scored item: the documented keys that scoring adds to an opportunity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from decision_log.opportunity import Opportunity
from decision_log.predicting.estimate import Estimate
from decision_log.scoring.formula import moved_sentence, recommendation, score_parts
from decision_log.scoring.input_checks import lacks_everything
from decision_log.settings import ScoreWeights, Settings

Row = dict[str, Any]

ADDED_KEYS = frozenset(
    {
        "original_score", "adjusted_score", "predicted_revenue", "conversion_probability",
        "prediction_confidence", "historical_data", "recommendation", "reasoning", "score_parts",
        "interval", "expected_value", "model_version", "score_missing", "insufficient_data",
        "expected_value_rank", "expected_value_share", "error",
    }
)  # fmt: skip

ALWAYS_ADDED = frozenset({"adjusted_score", "score_parts", "recommendation", "model_version"})
"""An item with all of these is an earlier result of scoring; its added keys are replaced."""

INPUT_PREFIX = "input."


def own_keys(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item without clashes with the keys that scoring adds.

    A clashing key is kept under ``input.``; an item that was scored before loses what was added then.

    Examples
    --------
    >>> own_keys({"id": 1, "reasoning": "theirs"})
    {'id': 1, 'input.reasoning': 'theirs'}
    """
    if ADDED_KEYS.isdisjoint(item):
        return dict(item)
    if item.keys() >= ALWAYS_ADDED:
        return {key: value for key, value in item.items() if key not in ADDED_KEYS}
    kept: dict[str, Any] = {}
    for key, value in item.items():
        name = key
        while name in ADDED_KEYS or (name != key and name in item):
            name = f"{INPUT_PREFIX}{name}"
        kept[name] = value
    return kept


def rank_by_value(values: Sequence[float]) -> tuple[list[int], list[float]]:
    """Rank items by expected value, and give each one's share of the total.

    Returns
    -------
    ranks : list of int
        1 is the highest expected value; ties rank in input order.
    shares : list of float
        Fractions of the sum of all expected values; 0 where that is 0.

    Examples
    --------
    >>> rank_by_value([10.0, 30.0, 0.0])
    ([2, 1, 3], [0.25, 0.75, 0.0])
    """
    ranks = [0] * len(values)
    for rank, place in enumerate(order(values), start=1):
        ranks[place] = rank
    total = sum(values)
    return ranks, [round(value / total, 4) if total > 0 else 0.0 for value in values]


def score_moved(one: Opportunity, estimate: Estimate, weights: ScoreWeights) -> str:
    """Say how and why the score of an opportunity moved from its base score."""
    parts = score_parts(
        one.score, estimate.probability, estimate.revenue, estimate.confidence, weights
    )
    return moved_sentence(
        one.score,
        parts,
        weights,
        given=not one.score_missing,
        probability=estimate.probability,
        revenue=estimate.revenue,
    )


class ItemScorer:
    """Applies the formula to an opportunity and its estimate.

    Parameters
    ----------
    settings : Settings
        Weights and tiers.
    version : str
        Model version to name.
    """

    def __init__(self, settings: Settings, version: str) -> None:
        self._weights = settings.weights
        self.tiers = settings.tiers
        self._version = version

    def added(self, one: Opportunity, estimate: Estimate) -> Row:
        """Give the keys that scoring adds.

        Probabilities and rates are in percent, money in USD; ``expected_value`` is the expected
        revenue of one decision, by which money ranks best.
        """
        own, shared = self.own(one, estimate), self.shared(estimate)
        return {**own, **shared, "reasoning": f"{self.moved(one, estimate)} {shared['reasoning']}"}

    def moved(self, one: Opportunity, estimate: Estimate) -> str:
        """Say how and why the score moved: the first sentence of its reasoning."""
        return score_moved(one, estimate, self._weights)

    def own(self, one: Opportunity, estimate: Estimate) -> Row:
        """Give those that depend on the item's base score, too."""
        parts = score_parts(
            one.score, estimate.probability, estimate.revenue, estimate.confidence, self._weights
        )
        score = parts.total
        row: Row = {
            "original_score": None if one.score_missing else one.score,
            "adjusted_score": score,
            "recommendation": recommendation(score, self.tiers),
            "score_parts": {
                "base": round(parts.base, 2),
                "conversion": round(parts.conversion, 2),
                "revenue": round(parts.revenue, 2),
                "confidence": round(parts.confidence, 2),
            },
        }
        if one.score_missing:
            row["score_missing"] = True
            if lacks_everything(one):
                row["insufficient_data"] = True
        return row

    def shared(self, estimate: Estimate) -> Row:
        """Give those that depend on the estimate alone; of the reasoning what follows the first sentence."""
        revenue = round(estimate.revenue, 2)
        return {
            "reasoning": estimate.reasoning,
            "predicted_revenue": revenue,
            "conversion_probability": round(100 * estimate.probability, 2),
            "prediction_confidence": round(estimate.confidence, 3),
            "interval": [round(100 * estimate.low, 2), round(100 * estimate.high, 2)],
            "expected_value": revenue,
            "historical_data": {
                "conversion_rate": round(100 * estimate.rate, 2),
                "avg_revenue": round(estimate.average_revenue, 2),
                "sample_size": estimate.sample_size,
            },
            "model_version": self._version,
        }


def order(scores: Sequence[float]) -> list[int]:
    """Positions from the best score down; ties stay in input order."""
    return sorted(range(len(scores)), key=lambda i: -scores[i])
