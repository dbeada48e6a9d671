"""Result of scoring a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from decision_log.scoring.reader import Rejected

LINES_SUFFIXES = frozenset({".jsonl", ".ndjson"})
"""Of files with the scored items alone, one on each line."""


@dataclass(slots=True)
class ScoredFile:
    """Result of scoring a file.

    Parameters
    ----------
    path : Path
        The file.
    generated_at : datetime
        When.
    model_version : str
        Of the predictor.
    total_opportunities : int
        Scored items.
    average_score : float or None
        Of the adjusted scores.
    total_predicted_revenue : float
        USD, the sum of the expected revenues.
    priority_breakdown : dict
        Recommendation to number of items, best first.
    data_sources : dict
        Source to number of items.
    repeated_ids : int
        Scored items whose ``id`` an earlier one had already; they are scored all the same.
    rejected : list of Rejected
        Items that could not be scored.
    warnings : list of str
        What is probably wrong with the whole input, such as scores on another scale.
    top : list of dict
        The best items, as written.
    sum_of_scores : float
        Of the adjusted scores.
    unchanged : bool
        Whether nothing was written, as opportunities, log, hour, model, settings and program are those with
        which the file was written at ``generated_at``.
    """

    path: Path
    generated_at: datetime
    model_version: str
    total_opportunities: int = 0
    average_score: float | None = None
    total_predicted_revenue: float = 0.0
    priority_breakdown: dict[str, int] = field(default_factory=dict)
    data_sources: dict[str, int] = field(default_factory=dict)
    repeated_ids: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    top: list[dict[str, Any]] = field(default_factory=list)
    sum_of_scores: float = 0.0
    unchanged: bool = False

    def envelope(self) -> dict[str, Any]:
        """Give the documented keys that stand before the opportunities."""
        head = {
            "generated_at": self.generated_at.isoformat(),
            "model_version": self.model_version,
            "total_opportunities": self.total_opportunities,
            "average_score": self.average_score,
            "total_predicted_revenue": self.total_predicted_revenue,
            "priority_breakdown": self.priority_breakdown,
            "data_sources": self.data_sources,
        }
        return {**head, "warnings": self.warnings} if self.warnings else head
