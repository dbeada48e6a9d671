"""What we offer: log decisions, record outcomes, learn, score, see.

>>> import tempfile
>>> with DecisionLog(home=tempfile.mkdtemp()) as log:
...     log.log_decision("d-1", "coaching", "email", "Replied with offer")
...     log.record_outcome("d-1", "conversion", "success", 499.0, deal_closed=True)
...     log.get_conversion_rates()[0]["won"]
True
True
1

Names are imported on first use, so that a command that only writes to the log starts without
numpy and DuckDB.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from decision_log.facade import DecisionLog
    from decision_log.reports.summary import DecisionSummaryGenerator
    from decision_log.scoring.scorer import OpportunityScorer
    from decision_log.settings import Settings
    from decision_store.errors import DecisionLogError

_HOMES = {
    "DecisionLog": "decision_log.facade",
    "DecisionLogError": "decision_store.errors",
    "DecisionSummaryGenerator": "decision_log.reports.summary",
    "OpportunityScorer": "decision_log.scoring.scorer",
    "Settings": "decision_log.settings",
}

__all__ = [
    "DecisionLog",
    "DecisionLogError",
    "DecisionSummaryGenerator",
    "OpportunityScorer",
    "Settings",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
