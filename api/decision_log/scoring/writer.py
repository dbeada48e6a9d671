"""Writer of scored files: ranked by score, replaced atomically."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import msgspec

from decision_log.names import KnownNames
from decision_log.opportunity import InvalidOpportunity, Opportunity, read_opportunity
from decision_log.predicting.estimates import Estimates
from decision_log.predicting.interface import Predictor
from decision_log.scoring import garbage_collection
from decision_log.scoring.input_checks import InputChecks
from decision_log.scoring.item import ADDED_KEYS, own_keys
from decision_log.scoring.json_rows import NO_KEYS, JsonRows
from decision_log.scoring.kernel import Added, ScoringKernel
from decision_log.scoring.key_map import KeyMap
from decision_log.scoring.ranking import order
from decision_log.scoring.reader import OpportunityFile, Rejected
from decision_log.scoring.scored_file import LINES_SUFFIXES, ScoredFile
from decision_log.settings import Settings
from decision_store.durable_files import atomic_write
from decision_store.errors import CannotWrite

CHUNK = 2_000
"""Items decoded, scored and written together: their columns fit the processor's cache, and calls are shared by many."""

WRITTEN_TOGETHER = 200
"""Rows that are joined for one write: more do not stay in the processor's cache."""

INDENTED_UP_TO = 10_000
"""Files of up to so many items are indented for people; larger ones are for programs."""

Keep = Callable[[Sequence[Opportunity], Estimates, Added], None]
"""Called with items, their estimates and what scoring adds, a chunk at a time."""

DECODE = msgspec.json.Decoder().decode

ID_TYPES = frozenset({str, int})


def score_to_file(
    source: OpportunityFile,
    target: Path,
    *,
    predictor: Predictor,
    settings: Settings,
    now: datetime,
    top: int = 15,
    progress: Callable[[int, int | None], None] | None = None,
    keep: Keep | None = None,
    keys: KeyMap | None = None,
) -> ScoredFile:
    """Score every item and write them ranked; the file appears whole or not at all.

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
    report = ScoredFile(target, now, predictor.version, rejected=list(source.rejected))
    with closing(JsonRows(target)) as rows, garbage_collection.paused():
        kernel = ScoringKernel(settings, predictor.version)
        _score(source, rows, report, predictor, kernel, progress, keep, keys or KeyMap())
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

                write_parquet(
                    file, source.table, rows, ranked, None if keys is None else keys.of_items
                )
            elif target.suffix.lower() in LINES_SUFFIXES:
                _write_rows(file, rows, ranked, b"\n")
            else:
                _write(file, report, rows, ranked)
    return report


def _score(
    source: OpportunityFile,
    rows: JsonRows,
    report: ScoredFile,
    predictor: Predictor,
    kernel: ScoringKernel,
    progress: Callable[[int, int | None], None] | None,
    keep: Keep | None,
    keys: KeyMap,
) -> None:
    """Score every item into ``rows``, and count in the report."""
    sources: Counter[str] = Counter()
    tiers: Counter[int] = Counter()
    ids: set[str | int] = set()
    checks = InputChecks()
    total = len(source.items)
    for start in range(0, total, CHUNK):
        chunk = slice(start, start + CHUNK)
        opportunities, own = _read(source, chunk, rows, report, keys, predictor.names)
        checks.add(opportunities)
        estimates = predictor.estimate(opportunities)
        added = kernel(opportunities, estimates)
        rows.extend(own, added)
        tiers.update(added.tiers)
        sources.update([one.cell[1] for one in opportunities])
        report.repeated_ids += _repeated([one.item.get("id") for one in opportunities], ids)
        report.total_predicted_revenue += sum(estimates.revenue.tolist())
        if keep:
            keep(opportunities, estimates, added)
        if progress:
            progress(min(chunk.stop, total), total)
    report.warnings = checks.warnings()
    report.data_sources = dict(sources.most_common())
    of_text: Counter[str] = Counter()
    for place, (_, text) in enumerate(kernel.tiers):
        of_text[text] += tiers[place]
    report.priority_breakdown = {text: count for text, count in of_text.items() if count}


def _read(
    source: OpportunityFile,
    chunk: slice,
    rows: JsonRows,
    report: ScoredFile,
    keys: KeyMap,
    names: KnownNames,
) -> tuple[list[Opportunity], list[bytes]]:
    """Decode some items; return those that can be scored, with the beginning of each one's row; report the others."""
    opportunities: list[Opportunity] = []
    own: list[bytes] = []
    mapped = keys.changes_items
    for place, raw in zip(source.places[chunk], source.items[chunk], strict=True):
        item: Any = None
        try:
            item = DECODE(raw)
            one = read_opportunity(keys.apply(item) if mapped else item, names)
        except InvalidOpportunity as error:
            report.rejected.append(Rejected(place, error.reason, item))
        except (ValueError, RecursionError) as error:  # msgspec's own errors among them
            reason = f"it cannot be read ({error})"
            report.rejected.append(Rejected(place, reason, bytes(raw).decode("utf-8", "replace")))
        else:
            opportunities.append(one)
            rows.places.append(place)
            # Fields found under other names are written, too, where that hides nothing of the item.
            found = {k: v for k, v in one.item.items() if k not in item} if mapped else None
            if found or not item or not ADDED_KEYS.isdisjoint(item):
                own.append(_beginning(item if found is None else {**item, **found}))
            else:
                own.append(bytes(raw)[:-1] + b",")
    return opportunities, own


def _repeated(found: list[Any], known: set[str | int]) -> int:
    """Count the ids that are known already, and make the others known."""
    if not ID_TYPES.issuperset(map(type, found)):
        found = [one for one in found if type(one) in ID_TYPES]
    before = len(known)
    known.update(found)
    return len(found) - (len(known) - before)


def _beginning(item: Mapping[str, Any]) -> bytes:
    """Write the beginning of a row: an item under keys that do not clash with those that scoring adds."""
    kept = own_keys(item)
    return msgspec.json.encode(kept)[:-1] + b"," if kept else NO_KEYS


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
