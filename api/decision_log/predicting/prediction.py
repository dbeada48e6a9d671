"""Prediction for one opportunity, with its evidence, as the documented dictionary."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from decision_log.predicting.estimate import days
from decision_log.rows import iso, known, percent

if TYPE_CHECKING:
    from decision_log.opportunity import Opportunity
    from decision_log.predicting.estimate import Estimate, Predictor
    from decision_log.results import OutcomePrediction, SimilarDecision
    from decision_store.store import Store

SIMILAR_SHOWN = 5


def predict_outcome(
    store: Store, predictor: Predictor, one: Opportunity, *, as_of: datetime
) -> tuple[OutcomePrediction, Estimate]:
    """Predict the outcome of one opportunity; see :meth:`DecisionLog.predict_outcome`.

    Returns
    -------
    dict, Estimate
        The documented answer, and the estimate it rests on.
    """
    estimate = predictor.estimate([one])[0]
    made_of = predictor.contributions(one)
    kind, source = one.cell
    similar = store.ask(
        "similar",
        opportunity_type=kind,
        opportunity_source=source,
        as_of=as_of,
        limit=SIMILAR_SHOWN,
    )
    if estimate.confidence == 0:
        outcome = "unknown"
    else:
        outcome = "conversion" if estimate.probability >= 0.5 else "no_conversion"
    row: OutcomePrediction = {
        "predicted_outcome": outcome,
        "conversion_probability": percent(estimate.probability),
        "interval": [percent(estimate.low), percent(estimate.high)],
        "predicted_revenue": round(estimate.revenue, 2),
        "revenue_interval": [round(estimate.revenue_low, 2), round(estimate.revenue_high, 2)],
        "avg_time_to_close_hours": known(estimate.hours),
        "avg_time_to_close_days": days(estimate.hours),
        "confidence": round(estimate.confidence, 3),
        "reasoning": estimate.reasoning,
        "similar_count": estimate.sample_size,
        "similar_decisions": [_similar(row) for row in similar.to_pylist()],
        "contributions": [
            {"field": part.field, "log_odds": part.log_odds, "value": part.value}
            for part in made_of.parts
        ],
        "base_log_odds": made_of.base,
        "model_version": predictor.version,
    }
    return row, estimate


def _similar(row: dict[str, Any]) -> SimilarDecision:
    return {
        "decision_id": row["decision_id"],
        "timestamp": iso(row["timestamp"]),
        "content": row["opportunity_content"],
        "action_taken": row["action_taken"],
        "state": row["state"],
        "revenue": round(row["revenue"], 2),
        "hours": round(row["hours"], 1),
    }
