"""Decision log: log decisions, record outcomes, learn rates and a model, score opportunities.

>>> import tempfile
>>> with DecisionLog(home=tempfile.mkdtemp()) as log:
...     added = log.log_decision("d-1", "coaching", "email", "Replied with offer")
...     added = log.record_outcome("d-1", "conversion", "success", 499.0, deal_closed=True)
...     log.get_conversion_rates()[0]["won"]
1

Names are imported on first use, so that a command that only writes to the log starts without
numpy and DuckDB.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from decision_log.daily import run_day
    from decision_log.demo_checks import check_demo
    from decision_log.facade import DecisionLog
    from decision_log.functions import (
        calibration,
        describe_fields,
        diagnose,
        evaluate,
        generate_id,
        import_files,
        make_demo,
        train,
    )
    from decision_log.model_versions import Models
    from decision_log.reports.summary.generator import DecisionSummaryGenerator
    from decision_log.scoring.scorer import OpportunityScorer
    from decision_log.settings import Settings
    from decision_store.errors import DecisionLogError

_MODULES = {
    "DecisionLog": "decision_log.facade",
    "DecisionLogError": "decision_store.errors",
    "DecisionSummaryGenerator": "decision_log.reports.summary.generator",
    "Models": "decision_log.model_versions",
    "OpportunityScorer": "decision_log.scoring.scorer",
    "Settings": "decision_log.settings",
    "calibration": "decision_log.functions",
    "check_demo": "decision_log.demo_checks",
    "describe_fields": "decision_log.functions",
    "diagnose": "decision_log.functions",
    "evaluate": "decision_log.functions",
    "generate_id": "decision_log.functions",
    "import_files": "decision_log.functions",
    "make_demo": "decision_log.functions",
    "run_day": "decision_log.daily",
    "train": "decision_log.functions",
}

__all__ = [
    "DecisionLog",
    "DecisionLogError",
    "DecisionSummaryGenerator",
    "Models",
    "OpportunityScorer",
    "Settings",
    "calibration",
    "check_demo",
    "describe_fields",
    "diagnose",
    "evaluate",
    "generate_id",
    "import_files",
    "make_demo",
    "run_day",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
