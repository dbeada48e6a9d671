"""Manifest of a trained version: what it learnt from, and with which libraries."""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from decision_log.models.fields import field_rows
from decision_log.models.training_report import Counts, Row
from decision_model.trained.members import NAMES

if TYPE_CHECKING:
    from decision_features import DataDictionary
    from decision_model.inputs.history import History
    from decision_model.trained.model import TrainedModel


def training_manifest(
    history: History, counts: Counts, found: DataDictionary, model: TrainedModel, seed: int
) -> Row:
    """Return what the manifest of a version says of its training."""
    newest = history.moments.max()
    return {
        "training": {
            "as_of": history.as_of.isoformat(),
            "seed": seed,
            "decisions": len(history),
            **asdict(counts),
            "first_decision": str(history.moments.min()),
            "last_decision": str(newest),
        },
        # An example is a value of the log, such as somebody's address or text.
        "fields": [row | {"example": None} for row in field_rows(found)],
        "pool": dict(zip(NAMES, model.pool.weights.tolist(), strict=True)),
        "libraries": _libraries(),
    }


def _libraries() -> dict[str, str]:
    names = ("decision-log-roi", "numpy", "scipy", "scikit-learn")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}


def as_json(value: Any) -> Any:
    """Write evidence as JSON can: numpy's numbers as Python's, what is not finite as None."""
    if isinstance(value, Mapping):
        return {str(key): as_json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [as_json(inner) for inner in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, str | int) else str(value)
