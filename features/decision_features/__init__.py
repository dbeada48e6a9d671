"""What was known: the columns a model may look at, as of the moment of a decision.

The names below are imported when they are first used: rates need none of them but the hyperparameters.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from decision_features.dictionary import DataDictionary, Field, Kind, describe
    from decision_features.encoder import Encoder
    from decision_features.frame import OpportunityFrame
    from decision_features.history import SenderHistory, SenderRecords
    from decision_features.labels import Labels

_MODULES = {
    "DataDictionary": "decision_features.dictionary",
    "Encoder": "decision_features.encoder",
    "Field": "decision_features.dictionary",
    "Kind": "decision_features.dictionary",
    "Labels": "decision_features.labels",
    "OpportunityFrame": "decision_features.frame",
    "SenderHistory": "decision_features.history",
    "SenderRecords": "decision_features.history",
    "describe": "decision_features.dictionary",
}

__all__ = [
    "DataDictionary",
    "Encoder",
    "Field",
    "Kind",
    "Labels",
    "OpportunityFrame",
    "SenderHistory",
    "SenderRecords",
    "describe",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
