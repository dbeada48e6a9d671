"""What scoring adds to an opportunity: the documented keys, as a dictionary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from decision_log.opportunity import Opportunity
from decision_log.predicting.estimate import Estimate
from decision_log.scoring.formula import recommendation, score_parts
from decision_log.settings import Settings

Row = dict[str, Any]

ADDED_KEYS = frozenset(
    {
        "original_score", "adjusted_score", "predicted_revenue", "conversion_probability",
        "prediction_confidence", "historical_data", "recommendation", "reasoning", "score_parts",
        "interval", "expected_value", "model_version", "score_missing",
    }
)  # fmt: skip


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
        return {**self.own(one, estimate), **self.shared(estimate)}

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
        return row

    def shared(self, estimate: Estimate) -> Row:
        """Give those that depend on the estimate alone."""
        revenue = round(estimate.revenue, 2)
        return {
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
            "reasoning": estimate.reasoning,
            "model_version": self._version,
        }


def order(scores: Sequence[float]) -> list[int]:
    """Positions from the best score down; ties stay in input order."""
    return sorted(range(len(scores)), key=lambda i: -scores[i])
