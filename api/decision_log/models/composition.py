"""Composition of a trained model: its members and their weights, named predictors, and actions that are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from decision_model.regression.posterior import sigmoid
from decision_model.trained.members import NAMES

if TYPE_CHECKING:
    from decision_model.trained.given_action import ActionEffects
    from decision_model.trained.model import TrainedModel
    from decision_model.trained.named_predictors import NamedPredictor

Row = dict[str, Any]

_MEANING = {
    "rate": "rates of type and source",
    "steady": "regression without fields that only say when",
    "full": "regression with every field",
    "base rate": "average of all decisions",
    "rules": "regression with rules on pairs of fields",
}


def composition(model: TrainedModel) -> Row:
    """Tell what a model is made of.

    Returns
    -------
    dict
        ``members``: ``name``, ``meaning`` and ``weight`` (shares that sum to 1), the heaviest first; ``named``: of each
        predictor that is listened to ``name``, ``weight`` (the probability that it knows something that the model does
        not), ``decisions`` (matured ones that it was judged by), ``at`` (a chance that the model alone gives), and
        ``lowest`` and ``highest``: ``stated`` (its lowest and its highest probability so far) and ``becomes`` (the
        chance after it); ``actions``: ``weight`` (the probability that the action tells anything), ``at``, and
        ``becomes`` by action, the best first; None where no action is used.
    """
    weights = model.pool.weights.tolist()
    members = [
        {"name": name, "meaning": _MEANING[name], "weight": weight}
        for name, weight in zip(NAMES, weights, strict=True)
    ]
    return {
        "members": sorted(members, key=lambda member: -member["weight"]),
        "named": [_named(one) for one in model.named],
        "actions": None if model.actions is None else _actions(model.actions, model.base),
    }


def _named(one: NamedPredictor) -> Row:
    def after(log_odds: float) -> Row:
        z, stated = np.array([one.middle]), sigmoid(np.array([log_odds]))
        return {
            "stated": float(stated[0]),
            "becomes": float(sigmoid(z + one.shift(z, stated))[0]),
        }

    return {
        "name": one.name,
        "weight": one.weight,
        "decisions": round(one.decisions),
        "at": float(sigmoid(np.array(one.middle))),
        "lowest": after(one.low),
        "highest": after(one.high),
    }


def _actions(actions: ActionEffects, base: float) -> Row:
    chances = sigmoid(base + actions.weight * np.array(actions.effects)).tolist()
    found = sorted(zip(actions.actions, chances, strict=True), key=lambda pair: -pair[1])
    return {
        "weight": actions.weight,
        "at": float(sigmoid(np.array(base))),
        "becomes": dict(found),
    }
