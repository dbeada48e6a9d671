"""Writing what was scored: all of it or nothing, best first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import msgspec

from decision_log.estimates import Predictor
from decision_log.opportunity import InvalidOpportunity, Opportunity, read_opportunity
from decision_log.opportunity_file import OpportunityFile, Rejected
from decision_log.scored_item import ItemScorer, order
from decision_log.settings import Settings
from decision_log.whole_files import replacing

CHUNK = 5_000
"""Items decoded and scored together: their objects fit the processor's cache and little memory."""

INDENTED_UP_TO = 10_000
"""Files of up to so many items are indented for people; larger ones are for programs."""


@dataclass(slots=True)
class ScoredFile:
    """What a run of scoring wrote.

    Parameters
    ----------
    path : Path
        The file.
    generated_at : datetime
        When.
    model_version : str
        Who estimated.
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
    rejected : list of Rejected
        Items that could not be scored.
    top : list of dict
        The best items, as written.
    """

    path: Path
    generated_at: datetime
    model_version: str
    total_opportunities: int = 0
    average_score: float | None = None
    total_predicted_revenue: float = 0.0
    priority_breakdown: dict[str, int] = field(default_factory=dict)
    data_sources: dict[str, int] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    top: list[dict[str, Any]] = field(default_factory=list)

    def envelope(self) -> dict[str, Any]:
        """Give the documented keys that stand before the opportunities."""
        return {
            "generated_at": self.generated_at.isoformat(),
            "model_version": self.model_version,
            "total_opportunities": self.total_opportunities,
            "average_score": self.average_score,
            "total_predicted_revenue": self.total_predicted_revenue,
            "priority_breakdown": self.priority_breakdown,
            "data_sources": self.data_sources,
        }


def score_to_file(
    source: OpportunityFile,
    target: Path,
    *,
    predictor: Predictor,
    settings: Settings,
    now: datetime,
    top: int = 15,
    progress: Callable[[int, int | None], None] | None = None,
) -> ScoredFile:
    """Score every item and write them ranked; the file appears whole or not at all.

    Raises
    ------
    CannotWrite
        The file cannot be written; what was there before is untouched.
    """
    report = ScoredFile(target, now, predictor.version, rejected=list(source.rejected))
    scores, rows = _score(source, report, predictor, settings, progress)
    ranked = order(scores)
    report.total_opportunities = len(rows)
    report.average_score = round(sum(scores) / len(scores), 1) if scores else None
    report.total_predicted_revenue = round(report.total_predicted_revenue, 2)
    report.rejected.sort(key=lambda one: one.index)
    report.top = [msgspec.json.decode(rows[i]) for i in ranked[:top]]
    with replacing(target) as file:
        _write(file, report, rows, ranked)
    return report


def _score(
    source: OpportunityFile,
    report: ScoredFile,
    predictor: Predictor,
    settings: Settings,
    progress: Callable[[int, int | None], None] | None,
) -> tuple[list[float], list[bytes]]:
    item_scorer = ItemScorer(settings, predictor.version)
    decode = msgspec.json.Decoder().decode
    scores: list[float] = []
    rows: list[bytes] = []
    sources: Counter[str] = Counter()
    tiers: Counter[str] = Counter()
    for start in range(0, len(source.items), CHUNK):
        chunk: list[tuple[bytes, Opportunity]] = []
        for index, raw in source.items[start : start + CHUNK]:
            item: object = None
            try:
                item = decode(raw)
                chunk.append((bytes(raw), read_opportunity(item)))
            except InvalidOpportunity as error:
                report.rejected.append(Rejected(index, error.reason, item))
            except (msgspec.DecodeError, RecursionError) as error:
                reason = f"it cannot be read ({error})"
                report.rejected.append(Rejected(index, reason, bytes(raw).decode()))
        opportunities = [one for _, one in chunk]
        estimates = predictor.estimate(opportunities)
        chosen: list[str] = []
        sources.update([one.cell[1] for one in opportunities])
        for (raw_bytes, one), estimate in zip(chunk, estimates, strict=True):
            score, tier, row = item_scorer.spliced(raw_bytes, one, estimate)
            scores.append(score)
            rows.append(row)
            chosen.append(tier)
        report.total_predicted_revenue += sum([estimate.revenue for estimate in estimates])
        tiers.update(chosen)
        if progress:
            progress(min(start + CHUNK, len(source.items)), len(source.items))
    report.data_sources = dict(sources.most_common())
    report.priority_breakdown = {text: tiers[text] for _, text in settings.tiers if tiers[text]}
    return scores, rows


def _write(
    file: IO[bytes], report: ScoredFile, rows: Sequence[bytes], ranked: Sequence[int]
) -> None:
    head = msgspec.json.encode(report.envelope())[:-1]
    rejected = msgspec.json.encode(report.rejected)
    if len(rows) <= INDENTED_UP_TO:
        listed = b",".join([rows[i] for i in ranked])
        whole = b"".join([head, b',"opportunities":[', listed, b'],"rejected":', rejected, b"}"])
        file.write(msgspec.json.format(whole, indent=2) + b"\n")
        return
    file.write(head + b',\n"opportunities":[\n')
    for start in range(0, len(ranked), CHUNK):
        end = b"\n" if start + CHUNK >= len(ranked) else b",\n"
        file.write(b",\n".join([rows[i] for i in ranked[start : start + CHUNK]]) + end)
    file.write(b'],\n"rejected":' + rejected + b"}\n")
