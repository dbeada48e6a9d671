"""Hyperparameters of the model: every constant that somebody chose, with unit, reason and origin.

Each module declares those of one folder as plain values; all can be imported from here, and `TABLE` holds what is
known about each. The features' own are in `decision_features.hyperparameters`. ``docs/reference`` shows both tables.
"""

from __future__ import annotations

from decision_model.hyperparameters.delays import *  # noqa: F403
from decision_model.hyperparameters.evaluation import *  # noqa: F403
from decision_model.hyperparameters.rates import *  # noqa: F403
from decision_model.hyperparameters.regression import *  # noqa: F403
from decision_model.hyperparameters.revenue import *  # noqa: F403
from decision_model.hyperparameters.table import TABLE as TABLE
from decision_model.hyperparameters.trained import *  # noqa: F403
