"""Types of the public results: dictionaries with documented keys.

Annotations are evaluated in these modules: ``NotRequired`` inside a text would count as required.
"""

from decision_log.results.interval import Interval
from decision_log.results.models import (
    AliasChange,
    CalibrationResult,
    EvaluationResult,
    FieldDescription,
    ModelDifference,
    ModelVersion,
    TrainingResult,
)
from decision_log.results.operating import DemoCheck, DemoResult, Diagnosis, ImportResult, Summary
from decision_log.results.predicting import (
    FieldContribution,
    HistoricalData,
    OutcomePrediction,
    ScoredItem,
    ScoreParts,
    SimilarDecision,
)
from decision_log.results.rates import ConversionRate, GroupRate, Insight, RateOfCell, Return
from decision_log.results.work import (
    DecisionHistory,
    DecisionToClose,
    FoundDecision,
    HistoryFact,
    NewSince,
    OldestOpen,
    OpportunityToAnswer,
    WorkList,
    WorkTotals,
)

__all__ = [
    "AliasChange",
    "CalibrationResult",
    "ConversionRate",
    "DecisionHistory",
    "DecisionToClose",
    "DemoCheck",
    "DemoResult",
    "Diagnosis",
    "EvaluationResult",
    "FieldContribution",
    "FieldDescription",
    "FoundDecision",
    "GroupRate",
    "HistoricalData",
    "HistoryFact",
    "ImportResult",
    "Insight",
    "Interval",
    "ModelDifference",
    "ModelVersion",
    "NewSince",
    "OldestOpen",
    "OpportunityToAnswer",
    "OutcomePrediction",
    "RateOfCell",
    "Return",
    "ScoreParts",
    "ScoredItem",
    "SimilarDecision",
    "Summary",
    "TrainingResult",
    "WorkList",
    "WorkTotals",
]
