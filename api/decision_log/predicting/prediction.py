"""Prediction for one opportunity, with its evidence, as the documented dictionary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from decision_log.predicting.estimate import days
from decision_log.rows import known, percent

if TYPE_CHECKING:
    from collections.abc import Callable

    from decision_log.opportunity import Opportunity
    from decision_log.predicting.estimates import Estimates
    from decision_log.predicting.interface import Predictor
    from decision_log.predicting.similar import Similar
    from decision_log.results import OutcomePrediction


def predict_outcome(
    predictor: Predictor, one: Opportunity, similar: Similar, moved: Callable[[Estimates], str]
) -> tuple[OutcomePrediction, Estimates, str]:
    """Predict the outcome of one opportunity; see :meth:`DecisionLog.predict_outcome`.

    Parameters
    ----------
    predictor : Predictor
    one : Opportunity
    similar : Similar
        Similar decisions.
    moved : callable
        Says how the score moves by an estimate, the first sentence of the reasoning.

    Returns
    -------
    dict, Estimates, str
        The documented answer, the estimate it rests on, and its reasons as a template.
    """
    estimates, made_of = predictor.explain(one)
    estimate = estimates[0]
    if similar.sentence:
        estimate = estimate._replace(template=f"{estimate.template} {similar.sentence}")
    if estimate.confidence == 0:
        outcome = "unknown"
    else:
        outcome = "conversion" if estimate.probability >= 0.5 else "no_conversion"
    row: OutcomePrediction = {
        "predicted_outcome": outcome,
        "conversion_probability": percent(estimate.probability),
        "interval": [percent(estimate.low), percent(estimate.high)],
        "usual_probability": percent(estimate.rate),
        "predicted_revenue": round(estimate.revenue, 2),
        "revenue_interval": [round(estimate.revenue_low, 2), round(estimate.revenue_high, 2)],
        "avg_time_to_close_hours": known(estimate.hours),
        "avg_time_to_close_days": days(estimate.hours),
        "confidence": round(estimate.confidence, 3),
        "reasoning": f"{moved(estimates)} {estimate.reasoning}",
        "similar_count": estimate.sample_size,
        "similar_decisions": similar.rows,
        "contributions": [
            {"field": part.field, "log_odds": part.log_odds, "value": part.value}
            for part in made_of.parts
        ],
        "base_log_odds": made_of.base,
        "model_version": predictor.version,
    }
    return row, estimates, estimate.template
