"""What happened: decisions, outcomes and predictions, safe from many processes."""

from __future__ import annotations

from decision_store.errors import (
    DecisionConflict,
    DecisionLogError,
    ImportFailed,
    InvalidRecord,
    NewerStore,
    OutcomeConflict,
    StoreDamaged,
    StoreError,
    StoreUnavailable,
    UnknownDecision,
    WriteUncertain,
)
from decision_store.facts import Decision, Outcome, Prediction
from decision_store.store import BulkResult, Reject, Store

__all__ = [
    "BulkResult",
    "Decision",
    "DecisionConflict",
    "DecisionLogError",
    "ImportFailed",
    "InvalidRecord",
    "NewerStore",
    "Outcome",
    "OutcomeConflict",
    "Prediction",
    "Reject",
    "Store",
    "StoreDamaged",
    "StoreError",
    "StoreUnavailable",
    "UnknownDecision",
    "WriteUncertain",
]
