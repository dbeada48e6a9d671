"""What was known: the columns a model may look at, as of the moment of a decision."""

from decision_features.dictionary import DataDictionary, Field, Kind, describe
from decision_features.encoder import Encoder
from decision_features.frame import OpportunityFrame
from decision_features.history import SenderHistory, SenderRecords
from decision_features.labels import Labels

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
