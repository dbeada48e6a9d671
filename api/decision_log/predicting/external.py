"""Predictions of people, agents and other systems, kept beside our own to be graded."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING

from decision_store.errors import DecisionLogError
from decision_store.facts import GENERAL_TYPE, UNKNOWN_SOURCE, Prediction

if TYPE_CHECKING:
    from decision_store.store import Store

OURS = re.compile(r"rates|m\d{8}T\d{6}-.*")
"""Names under which this program itself predicts: the rates, and versions of the model."""

LONGEST_NAME = 100


class InvalidPrediction(DecisionLogError, ValueError):
    """A prediction given from outside cannot be kept."""

    def __init__(self, field: str, value: object, wanted: str) -> None:
        self.field = field
        self.value = value
        self.wanted = wanted
        super().__init__(field, value, wanted)

    def __str__(self) -> str:
        return f"The {self.field} is {self.value!r}, but it must be {self.wanted}."


def record_prediction(
    store: Store,
    opportunity_id: str,
    probability: float,
    *,
    predictor: str,
    predicted_at: datetime,
    opportunity_type: str = GENERAL_TYPE,
    opportunity_source: str = UNKNOWN_SOURCE,
) -> None:
    """Keep the probability that somebody else gave an opportunity.

    The same predictor, opportunity, moment and probability twice counts once.

    Parameters
    ----------
    store : Store
    opportunity_id : str
        By which its decision finds it.
    probability : float
        P(won), a fraction.
    predictor : str
        Who predicts, e.g. ``jarvis``.
    predicted_at : datetime
        Aware. Only predictions made no later than the decision are graded, and only those that were recorded, which
        is now, before its outcome was known.

    Raises
    ------
    InvalidPrediction
        A blank id, a probability that is none, or a name that is blank, too long, or one of ours.
    """
    name = " ".join(predictor.split())
    if not name or len(name) > LONGEST_NAME:
        raise InvalidPrediction("predictor", predictor, f"a name of 1 to {LONGEST_NAME} characters")
    if OURS.fullmatch(name):
        raise InvalidPrediction("predictor", predictor, "another name than those of our own models")
    if not opportunity_id.strip():
        raise InvalidPrediction("opportunity id", opportunity_id, "a text that is not blank")
    if not (math.isfinite(probability) and 0.0 <= probability <= 1.0):
        hint = ", e.g. 0.7 for 70 %" if 1.0 < probability <= 100.0 else ""
        raise InvalidPrediction("probability", probability, f"a fraction from 0 to 1{hint}")
    identity = f"{name}\n{opportunity_id}\n{predicted_at.isoformat()}\n{probability!r}"
    store.log_predictions(
        [
            Prediction(
                prediction_id=blake2b(identity.encode(), digest_size=16).hexdigest(),
                opportunity_id=opportunity_id,
                predicted_at=predicted_at,
                as_of=predicted_at,
                model_version=name,
                opportunity_type=opportunity_type,
                opportunity_source=opportunity_source,
                probability=probability,
                recorded_at=datetime.now(UTC),
            )
        ]
    )
