"""Writer of scored files: ranked by score, replaced atomically."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgspec

from decision_log.names import KnownNames
from decision_log.opportunity import InvalidOpportunity, Opportunity, read_opportunity
from decision_log.predicting.estimate import Estimate, Predictor
from decision_log.predicting.prediction_facts import Score
from decision_log.scoring.disk_list import DiskList
from decision_log.scoring.input_checks import InputChecks, lacks_everything
from decision_log.scoring.item import ADDED_KEYS, ItemScorer, order, own_keys, rank_by_value
from decision_log.scoring.key_map import KeyMap
from decision_log.scoring.reader import OpportunityFile, Rejected
from decision_log.settings import Settings
from decision_store.durable_files import atomic_write, make_folder
from decision_store.errors import CannotWrite

CHUNK = 500
"""Items decoded, scored and written together.

Their objects fit the processor's cache, and are too few to make Python look for garbage, which in a
file of a million items would walk through all of them each time: chunks of 5,000 take twice as long.
"""

INDENTED_UP_TO = 10_000
"""Files of up to so many items are indented for people; larger ones are for programs."""

Keep = Callable[[Sequence[Opportunity], Sequence[Estimate], Sequence[Score]], None]
"""Called with items, their estimates and scores, a chunk at a time."""

LINES_SUFFIXES = frozenset({".jsonl", ".ndjson"})

IN_MEMORY_UP_TO = 50_000
"""Items, about a kilobyte each, whose added JSON is kept in memory even where no two have the same."""

REMEMBERED = 50_000
"""Most estimates, and most pairs of estimate and base score, whose JSON is kept: about 50 MB."""

NO_KEYS = b"{}"
"""Stands for every item without keys of its own, however it was written."""

ID_TYPES = frozenset({str, int})

INSUFFICIENT = -1.0
"""Stands for the base score of an item that has neither score nor anything else to judge it by."""

DECODE, ENCODE = msgspec.json.Decoder().decode, msgspec.json.Encoder().encode


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
    if target.suffix.lower() == ".parquet":
        raise CannotWrite(target, "Parquet is only read; name a .json or .jsonl file")
    report = ScoredFile(target, now, predictor.version, rejected=list(source.rejected))
    # A model's estimates are all different: in a large file their JSON does not fit into memory.
    on_disk = not predictor.repeats and len(source.items) > IN_MEMORY_UP_TO
    with closing(_Rows(target, on_disk=on_disk)) as rows:
        item_scorer = ItemScorer(settings, predictor.version)
        _score(source, rows, report, predictor, item_scorer, progress, keep, keys or KeyMap())
        rows.rank()
        ranked = order(rows.scores)
        report.total_opportunities = len(ranked)
        report.average_score = round(sum(rows.scores) / len(ranked), 1) if ranked else None
        report.total_predicted_revenue = round(report.total_predicted_revenue, 2)
        report.rejected.sort(key=lambda one: one.index)
        report.top = [msgspec.json.decode(b"".join(rows.pieces(i))) for i in ranked[:top]]
        with atomic_write(target) as file:
            if target.suffix.lower() in LINES_SUFFIXES:
                _write_rows(file, rows, ranked, b"\n")
            else:
                _write(file, report, rows, ranked)
    return report


class _Added(NamedTuple):
    """What scoring adds to one item, as JSON in two pieces to stand behind the item's own keys."""

    score: float
    tier: str
    parts: str  # of the score, a JSON object
    own: bytes  # what depends on the base score, with a comma behind
    shared: bytes  # what depends on the estimate alone, without the closing brace


class _Known(NamedTuple):
    """Cached JSON of items with one estimate. Holding the estimate keeps its ``id`` from being reused."""

    estimate: Estimate
    by_score: dict[float | None, _Added]


class _JsonScorer:
    """Encodes what :class:`ItemScorer` adds as JSON.

    A log has few cells and base scores repeat, so where the rates estimate, most items of a large file are
    scored by looking up what an equal one got. A model's estimates are all different.
    """

    def __init__(self, item_scorer: ItemScorer, *, repeats: bool) -> None:
        self._item_scorer = item_scorer
        self._repeats = repeats
        self._known: dict[int, _Known] = {}
        self._remembered = 0

    def added(self, one: Opportunity, estimate: Estimate) -> _Added:
        if not self._repeats:
            return self._encoded(one, _Known(estimate, {}))
        known = self._known.get(id(estimate))
        if known is None or known.estimate is not estimate:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
                self._remembered = 0
            known = self._known[id(estimate)] = _Known(estimate, {})
        requested: float | None = one.score
        if one.score_missing:
            requested = INSUFFICIENT if lacks_everything(one) else None
        added = known.by_score.get(requested)
        if added is None:
            added = self._encoded(one, known)
            if self._remembered < REMEMBERED:
                known.by_score[requested] = added
                self._remembered += 1
        return added

    def _encoded(self, one: Opportunity, known: _Known) -> _Added:
        own = self._item_scorer.own(one, known.estimate)
        equal = next(iter(known.by_score.values()), None)
        return _Added(
            own["adjusted_score"],
            own["recommendation"],
            ENCODE(own["score_parts"]).decode(),
            ENCODE(own)[1:-1] + b",",
            ENCODE(self._item_scorer.shared(known.estimate))[1:-1]
            if equal is None
            else equal.shared,
        )


class _Rows:
    """Scored items in input order, not put together yet.

    A million rows put together are more than a gigabyte; the input's bytes and what scoring adds are less than
    half of that where many items share it. Where they do not, it is kept on disk.
    """

    def __init__(self, target: Path, *, on_disk: bool) -> None:
        self.items: list[bytes | msgspec.Raw] = []
        self.scores = array("d")
        self.values = array("d")
        self._ranks: list[int] = []
        self._shares: list[float] = []
        self._target = target
        self._own: list[bytes] = []
        self._shared: list[bytes] = []
        self._on_disk: DiskList | None = None
        if on_disk:
            with self._writing():
                make_folder(target.parent)
                self._on_disk = DiskList(target.parent)

    def extend(self, added: Sequence[_Added]) -> None:
        """Append what was added to the newest items."""
        self.scores.extend([one.score for one in added])
        if self._on_disk is None:
            self._own.extend([one.own for one in added])
            self._shared.extend([one.shared for one in added])
        else:
            with self._writing():
                self._on_disk.extend([one.own + one.shared for one in added])

    def rank(self) -> None:
        """Rank all rows by expected value, once the last is there."""
        self._ranks, self._shares = rank_by_value(self.values)

    def pieces(self, i: int) -> tuple[bytes, ...]:
        """Give one row's JSON: the item's own keys as they came, and the added ones behind."""
        item = self.items[i]
        start = (b"{",) if item is NO_KEYS else (bytes(item)[:-1], b",")
        rank = b',"expected_value_rank":%d,"expected_value_share":%.4g}' % (
            self._ranks[i],
            self._shares[i],
        )
        if self._on_disk is None:
            return (*start, self._own[i], self._shared[i], rank)
        return (*start, self._on_disk[i], rank)

    def close(self) -> None:
        """Delete the file."""
        if self._on_disk is not None:
            self._on_disk.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise CannotWrite(self._target, error.strerror or str(error)) from None


def _score(
    source: OpportunityFile,
    rows: _Rows,
    report: ScoredFile,
    predictor: Predictor,
    item_scorer: ItemScorer,
    progress: Callable[[int, int | None], None] | None,
    keep: Keep | None,
    keys: KeyMap,
) -> None:
    """Score every item into ``rows``, and count in the report."""
    json_scorer = _JsonScorer(item_scorer, repeats=predictor.repeats)
    sources: Counter[str] = Counter()
    tiers: Counter[str] = Counter()
    ids: set[str | int] = set()
    checks = InputChecks()
    total = len(source.items)
    for start in range(0, total, CHUNK):
        chunk = range(start, min(start + CHUNK, total))
        opportunities = _read(source, chunk, rows, report, keys, predictor.names)
        checks.add(opportunities)
        estimates = predictor.estimate(opportunities)
        added = [
            json_scorer.added(one, estimate)
            for one, estimate in zip(opportunities, estimates, strict=True)
        ]
        rows.extend(added)
        rows.values.extend([round(estimate.revenue, 2) for estimate in estimates])
        tiers.update([one.tier for one in added])
        sources.update([one.cell[1] for one in opportunities])
        report.repeated_ids += _repeated([one.item.get("id") for one in opportunities], ids)
        report.total_predicted_revenue += sum([estimate.revenue for estimate in estimates])
        if keep:
            keep(opportunities, estimates, [Score(one.score, one.parts) for one in added])
        if progress:
            progress(chunk.stop, total)
    report.warnings = checks.warnings()
    report.data_sources = dict(sources.most_common())
    report.priority_breakdown = {text: tiers[text] for _, text in item_scorer.tiers if tiers[text]}


def _read(
    source: OpportunityFile,
    chunk: range,
    rows: _Rows,
    report: ScoredFile,
    keys: KeyMap,
    names: KnownNames,
) -> list[Opportunity]:
    """Decode some items; put those that can be scored into ``rows``, the others into the report."""
    opportunities: list[Opportunity] = []
    mapped = keys.changes_items
    for i in chunk:
        raw = source.items[i]
        item: Any = None
        try:
            item = DECODE(raw)
            one = read_opportunity(keys.apply(item) if mapped else item, names)
        except InvalidOpportunity as error:
            report.rejected.append(Rejected(source.places[i], error.reason, item))
        except (ValueError, RecursionError) as error:  # msgspec's own errors among them
            reason = f"it cannot be read ({error})"
            report.rejected.append(
                Rejected(source.places[i], reason, bytes(raw).decode("utf-8", "replace"))
            )
        else:
            opportunities.append(one)
            # Fields found under other names are written, too, where that hides nothing of the item.
            found = {k: v for k, v in one.item.items() if k not in item} if mapped else {}
            keep = item and not found and ADDED_KEYS.isdisjoint(item)
            rows.items.append(raw if keep else _without_clashes({**item, **found}))
    return opportunities


def _repeated(found: list[Any], known: set[str | int]) -> int:
    """Count the ids that are known already, and make the others known."""
    usable = [one for one in found if type(one) in ID_TYPES]
    before = len(known)
    known.update(usable)
    return len(usable) - (len(known) - before)


def _without_clashes(item: Mapping[str, Any]) -> bytes:
    """Write an item under keys that do not clash with those that scoring adds."""
    kept = own_keys(item)
    return msgspec.json.encode(kept) if kept else NO_KEYS


def _write(file: IO[bytes], report: ScoredFile, rows: _Rows, ranked: Sequence[int]) -> None:
    head = msgspec.json.encode(report.envelope())[:-1]
    rejected = msgspec.json.encode(report.rejected)
    if len(ranked) <= INDENTED_UP_TO:
        whole = BytesIO()
        _write_whole(whole, head, rows, ranked, rejected)
        file.write(msgspec.json.format(whole.getvalue(), indent=2) + b"\n")
    else:
        _write_whole(file, head, rows, ranked, rejected)


def _write_whole(
    file: IO[bytes], head: bytes, rows: _Rows, ranked: Sequence[int], rejected: bytes
) -> None:
    file.write(head + b',\n"opportunities":[\n')
    _write_rows(file, rows, ranked, b",\n")
    file.write(b'],\n"rejected":' + rejected + b"}\n")


def _write_rows(file: IO[bytes], rows: _Rows, ranked: Sequence[int], separator: bytes) -> None:
    """Write rows, each but the last followed by ``separator``, the last by a new line."""
    for start in range(0, len(ranked), CHUNK):
        pieces: list[bytes] = []
        for i in ranked[start : start + CHUNK]:
            pieces += rows.pieces(i)
            pieces.append(separator)
        if start + CHUNK >= len(ranked):
            pieces[-1] = b"\n"
        file.write(b"".join(pieces))
