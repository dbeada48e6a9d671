"""What scoring adds to an opportunity: the documented keys, as a dictionary or as JSON bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from decision_log.estimates import Estimate
from decision_log.formula import recommendation, score_parts, total
from decision_log.opportunity import Opportunity
from decision_log.settings import Settings

Row = dict[str, Any]

ADDED_KEYS = frozenset(
    {
        "original_score", "adjusted_score", "predicted_revenue", "conversion_probability",
        "prediction_confidence", "historical_data", "recommendation", "reasoning", "score_parts",
        "interval", "expected_value", "model_version", "score_missing",
    }
)  # fmt: skip


class _Shared(NamedTuple):
    """What items with one estimate have in common: points beside the base part, and JSON."""

    estimate: Estimate
    points: float
    json: bytes


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
        self._tiers = settings.tiers
        self._version = version
        self._tier_json = {text: msgspec.json.encode(text).decode() for _, text in settings.tiers}
        self._shared: dict[int, _Shared] = {}

    def added(self, one: Opportunity, estimate: Estimate) -> Row:
        """Give the keys that scoring adds.

        Probabilities and rates are in percent, money in USD; ``expected_value`` is the expected
        revenue of one decision, by which money ranks best.
        """
        parts = score_parts(
            one.score, estimate.probability, estimate.revenue, estimate.confidence, self._weights
        )
        row: Row = {
            "original_score": None if one.score_missing else one.score,
            "adjusted_score": parts.total,
            **self._shared_keys(estimate),
            "recommendation": recommendation(parts.total, self._tiers),
            "score_parts": {name: round(part, 2) for name, part in parts._asdict().items()},
        }
        if one.score_missing:
            row["score_missing"] = True
        return row

    def spliced(self, raw: bytes, one: Opportunity, estimate: Estimate) -> tuple[float, str, bytes]:
        """Give adjusted score, recommendation, and the item's JSON with the added keys behind its own.

        The item's bytes are kept as they came, in their order; only an item that already has one of
        the added keys is written anew. The numbers are those of `added`: what depends on the
        estimate alone is worked out once for all items that share it.
        """
        if not ADDED_KEYS.isdisjoint(one.item):
            row = self.added(one, estimate)
            kept = {key: value for key, value in one.item.items() if key not in ADDED_KEYS}
            return (
                row["adjusted_score"],
                row["recommendation"],
                msgspec.json.encode({**kept, **row}),
            )
        shared = self._shared_json(estimate)
        base = one.score * self._weights.base
        score = total(base, shared.points)
        tier = recommendation(score, self._tiers)
        original = "null" if one.score_missing else repr(one.score)
        comma = "," if one.item else ""
        missing = ',"score_missing":true' if one.score_missing else ""
        own = (
            f'{comma}"original_score":{original},"adjusted_score":{score!r},'
            f'"recommendation":{self._tier_json[tier]}{missing},'
            f'"score_parts":{{"base":{round(base, 2)!r},'
        )
        return score, tier, b"".join((raw.rstrip()[:-1], own.encode(), shared.json))

    def _shared_keys(self, estimate: Estimate) -> Row:
        return {
            "predicted_revenue": round(estimate.revenue, 2),
            "conversion_probability": round(100 * estimate.probability, 2),
            "prediction_confidence": round(estimate.confidence, 3),
            "interval": [round(100 * estimate.low, 2), round(100 * estimate.high, 2)],
            "expected_value": round(estimate.revenue, 2),
            "historical_data": {
                "conversion_rate": round(100 * estimate.rate, 2),
                "avg_revenue": round(estimate.average_revenue, 2),
                "sample_size": estimate.sample_size,
            },
            "reasoning": estimate.reasoning,
            "model_version": self._version,
        }

    def _shared_json(self, estimate: Estimate) -> _Shared:
        known = self._shared.get(id(estimate))
        if known is None or known.estimate is not estimate:
            parts = score_parts(
                0.0, estimate.probability, estimate.revenue, estimate.confidence, self._weights
            )
            told = {
                name: round(part, 2) for name, part in parts._asdict().items() if name != "base"
            }
            # The estimate is kept beside its bytes, so that its id stays its own.
            known = _Shared(
                estimate,
                parts.conversion + parts.revenue + parts.confidence,
                msgspec.json.encode(told)[1:]
                + b","
                + msgspec.json.encode(self._shared_keys(estimate))[1:],
            )
            self._shared[id(estimate)] = known
        return known


def order(scores: Sequence[float]) -> list[int]:
    """Positions from the best score down; ties stay in input order."""
    return sorted(range(len(scores)), key=lambda i: -scores[i])
