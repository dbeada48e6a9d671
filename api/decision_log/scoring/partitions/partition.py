"""Partition function: one file in, one file out, nothing else is needed but the knowledge to score with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from decision_log.scoring.key_map import KeyMap
from decision_log.scoring.knowledge import Shipped, unpacked
from decision_log.scoring.part import parts
from decision_log.scoring.reader import read_opportunities
from decision_log.scoring.writer import score_to_file
from decision_model.regression.threads import one_blas_thread
from decision_store.durable_files import atomic_write

if TYPE_CHECKING:
    import pyarrow as pa

MOST_KEPT = 1_000
"""Scores of the best rows that a result names; with them the best of all files are found."""


class Task(NamedTuple):
    """One input file and where its output goes."""

    source: Path
    target: Path
    predictions: Path
    """Where its predictions are kept until the log has them."""
    rejected: Path
    """Where the items go that cannot be scored, as JSON Lines; there is no such file where all can."""


@dataclass(frozen=True, slots=True)
class Partition:
    """Result of scoring one file.

    Parameters
    ----------
    total, rejected, repeated_ids : int
        Scored items, items that could not be, and ids that were there before.
    score_sum, revenue_sum : float
        Of adjusted scores and expected revenues.
    tiers, sources : mapping of str to int
        Items by recommendation and by source.
    warnings : list of str
    best : list of float
        The highest scores, in order.
    """

    total: int
    rejected: int
    repeated_ids: int
    score_sum: float
    revenue_sum: float
    tiers: Mapping[str, int]
    sources: Mapping[str, int]
    warnings: list[str]
    best: list[float]


def score_partition(shipped: Shipped, task: Task, keys: KeyMap) -> Partition:
    """Score one file into another, which appears whole or not at all.

    It may run on any machine that reaches both folders; with the same knowledge the same input gives the same bytes.

    Raises
    ------
    UnreadableOpportunities, CannotWrite
        As of :meth:`OpportunityScorer.score_file`.
    """
    ready = unpacked(shipped)
    items = read_opportunities(task.source, envelope=keys.envelope)
    with one_blas_thread():
        report, predictions = score_to_file(
            items,
            task.target,
            map(ready.scorer(keys), parts(items)),
            version=ready.predictor.version,
            tiers=[text for _, text in ready.settings.tiers],
            now=ready.knowledge.moment,
            top=MOST_KEPT,
            columns=keys.of_items,
        )
    if predictions:
        _write_predictions(task.predictions, predictions)
    if report.rejected:
        with atomic_write(task.rejected) as file:
            file.writelines(msgspec.json.encode(one) + b"\n" for one in report.rejected)
    else:
        task.rejected.unlink(missing_ok=True)
    return Partition(
        total=report.total_opportunities,
        rejected=len(report.rejected),
        repeated_ids=report.repeated_ids,
        score_sum=report.sum_of_scores,
        revenue_sum=report.total_predicted_revenue,
        tiers=report.priority_breakdown,
        sources=report.data_sources,
        warnings=report.warnings,
        best=[row["adjusted_score"] for row in report.top],
    )


def _write_predictions(path: Path, tables: Sequence[pa.Table]) -> None:
    """Write the file of predictions that the run loads into the log."""
    import pyarrow as pa

    with atomic_write(path) as file, pa.ipc.new_file(file, tables[0].schema) as stream:
        for table in tables:
            stream.write_table(table)
