"""Writer of scored files: ranked by score, replaced atomically."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import msgspec

from decision_log.scoring import garbage_collection
from decision_log.scoring.input_checks import InputChecks
from decision_log.scoring.json_rows import JsonRows
from decision_log.scoring.part import ScoredPart
from decision_log.scoring.ranking import order
from decision_log.scoring.reader import OpportunityFile
from decision_log.scoring.scored_file import LINES_SUFFIXES, ScoredFile
from decision_store.durable_files import atomic_write
from decision_store.errors import CannotWrite

if TYPE_CHECKING:
    import pyarrow as pa

WRITTEN_TOGETHER = 200
"""Rows that are joined for one write: more do not stay in the processor's cache."""

INDENTED_UP_TO = 10_000
"""Files of up to so many items are indented for people; larger ones are for programs."""

ID_TYPES = frozenset({str, int})


def score_to_file(
    source: OpportunityFile,
    target: Path,
    scored: Iterable[ScoredPart],
    *,
    version: str,
    tiers: Sequence[str],
    now: datetime,
    top: int = 15,
    progress: Callable[[int, int | None], None] | None = None,
    columns: Mapping[str, str] | None = None,
) -> tuple[ScoredFile, list[pa.Table]]:
    """Write all items ranked; the file appears whole or not at all.

    Parameters
    ----------
    source : OpportunityFile
        The input.
    scored : iterable of ScoredPart
        Its parts, in their order; they are asked for while the file is made.
    version : str
        Of the predictor.
    tiers : sequence of str
        Recommendations, best first.
    columns : mapping of str to str, optional
        As of `decision_log.scoring.parquet_rows.write_parquet`.

    Returns
    -------
    report : ScoredFile
    predictions : list of pyarrow.Table
        What is to be kept in the log.

    Raises
    ------
    CannotWrite
        The file cannot be written; what was there before is untouched.
    """
    is_parquet = target.suffix.lower() == ".parquet"
    if is_parquet and source.table is None:
        raise CannotWrite(
            target, "Parquet is written from Parquet only; name a .json or .jsonl file"
        )
    report = ScoredFile(target, now, version, rejected=list(source.rejected))
    with closing(JsonRows(target)) as rows, garbage_collection.paused():
        done, total = 0, len(source.items)

        def advance(items: int) -> None:
            nonlocal done
            done += items
            if progress:
                progress(done, total)

        predictions = _merge(report, rows, scored, tiers, advance)
        rows.rank()
        ranked = order(rows.scores).tolist()
        report.total_opportunities = len(ranked)
        report.sum_of_scores = sum(rows.scores)
        report.average_score = round(report.sum_of_scores / len(ranked), 1) if ranked else None
        report.total_predicted_revenue = round(report.total_predicted_revenue, 2)
        report.rejected.sort(key=lambda one: one.index)
        report.top = [msgspec.json.decode(row) for row in rows.rows(ranked[:top])]
        with atomic_write(target) as file:
            if is_parquet:
                from decision_log.scoring.parquet_rows import write_parquet

                write_parquet(file, source.table, rows, ranked, columns)
            elif target.suffix.lower() in LINES_SUFFIXES:
                _write_rows(file, rows, ranked, b"\n")
            else:
                _write(file, report, rows, ranked)
    return report, predictions


def _merge(
    report: ScoredFile,
    rows: JsonRows,
    found: Iterable[ScoredPart],
    tier_texts: Sequence[str],
    progress: Callable[[int], None],
) -> list[pa.Table]:
    """Take in the parts, in their order: rows and counts; return the predictions to be kept."""
    sources: Counter[str] = Counter()
    tiers: Counter[int] = Counter()
    ids: set[str | int] = set()
    checks = InputChecks()
    predictions: list[pa.Table] = []
    for part in found:
        rows.extend(part)
        report.rejected += part.rejected
        report.repeated_ids += _repeated(part.ids, ids)
        report.total_predicted_revenue += part.revenue
        tiers.update(part.tiers)
        sources.update(part.sources)
        checks.include(part.checks)
        predictions += part.predictions
        progress(part.size)
    report.warnings = checks.warnings()
    report.data_sources = dict(sources.most_common())
    of_text: Counter[str] = Counter()
    for place, text in enumerate(tier_texts):
        of_text[text] += tiers[place]
    report.priority_breakdown = {text: count for text, count in of_text.items() if count}
    return predictions


def _repeated(found: list[Any], known: set[str | int]) -> int:
    """Count the ids that are known already, and make the others known."""
    if not ID_TYPES.issuperset(map(type, found)):
        found = [one for one in found if type(one) in ID_TYPES]
    before = len(known)
    known.update(found)
    return len(found) - (len(known) - before)


def _write(file: IO[bytes], report: ScoredFile, rows: JsonRows, ranked: Sequence[int]) -> None:
    head = msgspec.json.encode(report.envelope())[:-1]
    rejected = msgspec.json.encode(report.rejected)
    if len(ranked) <= INDENTED_UP_TO:
        whole = BytesIO()
        _write_whole(whole, head, rows, ranked, rejected)
        file.write(msgspec.json.format(whole.getvalue(), indent=2) + b"\n")
    else:
        _write_whole(file, head, rows, ranked, rejected)


def _write_whole(
    file: IO[bytes], head: bytes, rows: JsonRows, ranked: Sequence[int], rejected: bytes
) -> None:
    file.write(head + b',\n"opportunities":[\n')
    _write_rows(file, rows, ranked, b",\n")
    file.write(b'],\n"rejected":' + rejected + b"}\n")


def _write_rows(file: IO[bytes], rows: JsonRows, ranked: Sequence[int], separator: bytes) -> None:
    """Write rows, each but the last followed by ``separator``, the last by a new line."""
    for start in range(0, len(ranked), WRITTEN_TOGETHER):
        some = rows.joined(ranked[start : start + WRITTEN_TOGETHER], separator)
        is_last = start + WRITTEN_TOGETHER >= len(ranked)
        file.write(some.removesuffix(separator) + b"\n" if is_last else some)
