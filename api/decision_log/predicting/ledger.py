"""What was predicted is kept as a fact, so that it can be graded once the outcomes are in.

A prediction is known by who made it (model version), from which facts (up to when the log had been
told anything), about what (the opportunity and a hash of all its inputs). Making the same one again
adds nothing; the first one counts.
"""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from decision_store.errors import DecisionLogError
from decision_store.facts import Prediction

if TYPE_CHECKING:
    import pyarrow as pa

    from decision_log.opportunity import Opportunity
    from decision_log.predicting.estimate import Estimate
    from decision_store.store import Store

PENDING = 256
"""Single predictions are written together: at the latest when there are so many, when the scorer looks
whether the log has grown, when it is closed, and when the program ends. A crash loses those that wait;
decisions and outcomes never wait."""

RECENT = 10_000
"""Ids remembered so as not to write the same prediction again and again."""

_logger = logging.getLogger(__name__)


class Source(NamedTuple):
    """Who predicts, and from what.

    Parameters
    ----------
    version : str
        Of the model, or ``rates``.
    facts_until : datetime
        When the newest fact that was used had been recorded.
    shadow : bool
        Whether nobody is shown what it says: it is kept only to be graded.
    """

    version: str
    facts_until: datetime
    shadow: bool = False


class Identity(NamedTuple):
    """By what a prediction is known again."""

    prediction_id: str
    opportunity_id: str
    inputs_hash: str


def identity(source: Source, item: Mapping[str, Any]) -> Identity:
    """Name a prediction about one opportunity.

    Examples
    --------
    >>> source = Source("rates", datetime(2026, 2, 8, tzinfo=UTC))
    >>> first = identity(source, {"id": "a1", "type": "coaching"})
    >>> first == identity(source, {"type": "coaching", "id": "a1"}), first.opportunity_id
    (True, 'a1')
    """
    return _identity(_begun(source), item)


def _begun(source: Source) -> blake2b:
    """Start the hash that names a prediction."""
    told = f"{source.version}\n{source.facts_until.isoformat()}\n"
    if source.shadow:  # a version that serves later says the same anew, and then people are told
        told += "shadow\n"
    return blake2b(told.encode(), digest_size=16)


def _identity(begun: blake2b, item: Mapping[str, Any]) -> Identity:
    inputs = blake2b(_canonical(item), digest_size=16).hexdigest()
    given = item.get("opportunity_id") or item.get("id")
    opportunity_id = _text(str(given)) if given else ""
    opportunity_id = opportunity_id or inputs
    name = begun.copy()
    name.update(f"{inputs}{opportunity_id}".encode())
    return Identity(name.hexdigest(), opportunity_id, inputs)


def _canonical(item: Mapping[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(item, order="sorted")
    except (TypeError, ValueError, RecursionError):  # a Python object that JSON does not know
        return repr(sorted(item.items(), key=lambda pair: str(pair[0]))).encode("utf-8", "replace")


def _text(value: str) -> str:
    """Make a text that can be stored: no NUL, no half of a character."""
    if value.isascii() and "\0" not in value:
        return value
    return value.replace("\0", "").encode("utf-8", "replace").decode()


class Ledger:
    """Keeps single predictions until they are written together.

    Parameters
    ----------
    store : Store
        Where they go. One that cannot be written is no error: a warning is logged, scoring goes on.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._pending: list[Prediction] = []
        self._recent: set[str] = set()

    def unknown(self, source: Source, items: Sequence[Opportunity]) -> list[Opportunity]:
        """Give those of the items of which this source has not said the same lately."""
        begun = _begun(source)
        return [
            one for one in items if _identity(begun, one.item).prediction_id not in self._recent
        ]

    def note(
        self,
        source: Source,
        items: Sequence[Opportunity],
        estimates: Sequence[Estimate],
        scores: Sequence[tuple[float, Mapping[str, float]] | None],
    ) -> None:
        """Keep what was said of each item.

        Parameters
        ----------
        source : Source
            Who predicts, and from what.
        items, estimates, scores : aligned
            The adjusted score comes with its parts; None where nothing was scored.
        """
        now, begun = datetime.now(UTC), _begun(source)
        for one, estimate, scored in zip(items, estimates, scores, strict=True):
            known = _identity(begun, one.item)
            if known.prediction_id in self._recent:
                continue
            made = Prediction(
                prediction_id=known.prediction_id,
                opportunity_id=known.opportunity_id,
                predicted_at=now,
                as_of=source.facts_until,
                model_version=source.version,
                opportunity_type=_text(one.cell[0]),
                opportunity_source=_text(one.cell[1]),
                probability=estimate.probability,
                low=estimate.low,
                high=estimate.high,
                expected_revenue=estimate.revenue,
                confidence=estimate.confidence,
                inputs_hash=known.inputs_hash,
                adjusted_score=None if scored is None else scored[0],
                score_parts={} if scored is None else scored[1],
                shadow=source.shadow,
            )
            with self._lock:
                if len(self._recent) >= RECENT:
                    self._recent.clear()
                self._recent.add(known.prediction_id)
                self._pending.append(made)
                _waiting.add(self)
        if len(self._pending) >= PENDING:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        with self._lock:
            waiting, self._pending = self._pending, []
            _waiting.discard(self)
        if waiting:
            try:
                self._store.log_predictions(waiting)
            except DecisionLogError as error:
                not_kept(len(waiting), error)


class PredictionColumns:
    """Collects the predictions of a whole file, and brings them into the log at once.

    Parameters
    ----------
    source : Source
        Who predicts, and from what.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._now = datetime.now(UTC)
        self._tables: list[pa.Table] = []

    def add(
        self,
        items: Sequence[Opportunity],
        estimates: Sequence[Estimate],
        scores: Sequence[float | None],
    ) -> None:
        """Keep what was said of each item; its score is None where nothing was scored."""
        import pyarrow as pa

        if not items:
            return
        begun = _begun(self._source)
        names = [_identity(begun, one.item) for one in items]
        texts = {
            "prediction_id": [name.prediction_id for name in names],
            "opportunity_id": [name.opportunity_id for name in names],
            "inputs_hash": [name.inputs_hash for name in names],
            "opportunity_type": [_text(one.cell[0]) for one in items],
            "opportunity_source": [_text(one.cell[1]) for one in items],
        }
        numbers = {
            "probability": [e.probability for e in estimates],
            "low": [e.low for e in estimates],
            "high": [e.high for e in estimates],
            "expected_revenue": [e.revenue for e in estimates],
            "confidence": [e.confidence for e in estimates],
            "adjusted_score": scores,
        }
        columns = {name: pa.array(values, pa.string()) for name, values in texts.items()}
        columns |= {name: pa.array(values, pa.float64()) for name, values in numbers.items()}
        self._tables.append(pa.table(columns))

    def write(self, store: Store) -> None:
        """Bring all of it into the log; a log that cannot be written is no error."""
        import pyarrow as pa

        if not self._tables:
            return
        table = pa.concat_tables(self._tables)
        size = table.num_rows
        same = {
            "model_version": pa.scalar(self._source.version, pa.string()),
            "predicted_at": pa.scalar(_naive(self._now), pa.timestamp("us")),
            "as_of": pa.scalar(_naive(self._source.facts_until), pa.timestamp("us")),
            "shadow": pa.scalar(self._source.shadow, pa.bool_()),
        }
        for name, value in same.items():
            table = table.append_column(name, pa.repeat(value, size))
        try:
            store.load(predictions=table)
        except DecisionLogError as error:
            not_kept(size, error)


def not_kept(count: int, error: Exception) -> None:
    """Say that predictions will not be graded."""
    _logger.warning(
        "%d predictions were made but not kept, so they cannot be graded: %s", count, error
    )


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


_waiting: set[Ledger] = set()
"""Ledgers with something to write; kept here, so that one nobody closed is not lost."""


@atexit.register
def _flush_all() -> None:
    for ledger in list(_waiting):
        ledger.flush()
