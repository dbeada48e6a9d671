"""Prediction ledger: predictions are buffered and written as facts, so that they can be graded later.

Making the same prediction again adds nothing; the first one counts.
"""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

from decision_log.predicting.prediction_facts import (
    Identities,
    Scores,
    Source,
    arrow_table,
    identities,
    prediction_columns,
    records,
)
from decision_store.errors import DecisionLogError

if TYPE_CHECKING:
    import pyarrow as pa

    from decision_log.opportunity import Opportunity
    from decision_log.predicting.estimates import Estimates
    from decision_store.facts import Prediction
    from decision_store.store import Store

PENDING = 256
"""Single predictions are written together: at the latest when there are so many, when the scorer looks
whether the log has grown, when it is closed, and when the program ends. A crash loses those that wait;
decisions and outcomes never wait."""

RECENT = 10_000
"""Ids remembered so as not to write the same prediction again and again."""

_logger = logging.getLogger(__name__)


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
        self._pending: list[_Noted] = []
        self._count = 0
        self._recent: set[str] = set()

    def unknown(self, source: Source, items: Sequence[Opportunity]) -> list[Opportunity]:
        """Return those of the items whose prediction by this source is not in memory."""
        keys = identities(source, [one.item for one in items])
        return [
            one
            for one, key in zip(items, keys.prediction_id, strict=True)
            if key not in self._recent
        ]

    def note(
        self,
        source: Source,
        items: Sequence[Opportunity],
        estimates: Estimates,
        scores: Scores | None,
        similar: Sequence[str],
        templates: Sequence[str] | None = None,
    ) -> None:
        """Buffer predictions; see `prediction_columns` for the arguments."""
        keys = identities(source, [one.item for one in items])
        new: list[int] = []
        with self._lock:
            for row, one in enumerate(keys.prediction_id):
                if one not in self._recent:
                    if len(self._recent) >= RECENT:
                        self._recent.clear()
                    self._recent.add(one)
                    new.append(row)
            if not new:
                return
            noted = _Noted(source, datetime.now(UTC), keys, estimates, scores, similar, templates)
            self._pending.append(noted if len(new) == len(items) else noted.take(new))
            self._count += len(new)
            _unwritten.add(self)
        if self._count >= PENDING:
            self.flush()

    def flush(self) -> None:
        """Write what is buffered."""
        with self._lock:
            pending, self._pending = self._pending, []
            count, self._count = self._count, 0
            _unwritten.discard(self)
        if pending:
            try:
                self._store.log_predictions(record for one in pending for record in one.records())
            except DecisionLogError as error:
                not_kept(count, error)


class _Noted(NamedTuple):
    """Predictions of one call that wait to be written; see `Ledger.note`."""

    source: Source
    moment: datetime
    keys: Identities
    estimates: Estimates
    scores: Scores | None
    similar: Sequence[str]
    templates: Sequence[str] | None

    def take(self, rows: Sequence[int]) -> _Noted:
        """Return some of them."""
        return self._replace(
            keys=self.keys.take(rows),
            estimates=self.estimates.take(rows),
            scores=None if self.scores is None else self.scores.take(rows),
            similar=[self.similar[row] for row in rows],
            templates=None if self.templates is None else [self.templates[row] for row in rows],
        )

    def records(self) -> list[Prediction]:
        """Return what is written of them."""
        columns = prediction_columns(
            self.keys, self.estimates, self.scores, self.similar, self.templates
        )
        return records(self.source, columns, self.moment)


class SimilarIds(Protocol):
    """The ids of the newest decisions of cells; see :meth:`SimilarDecisions.ids`."""

    def ids(self, cells: Sequence[tuple[str, str]]) -> list[str]:
        """Return for each cell a JSON list."""


class BulkPredictions:
    """Collects the predictions of a file.

    Parameters
    ----------
    source : Source
        Who predicts, and from what.
    similar : SimilarIds
        The similar past decisions of each cell.
    stored : collection of str
        Ids of predictions that the log has already: the first counts, so that they are not collected.

    Attributes
    ----------
    stored : collection of str
        The same.
    """

    def __init__(
        self, source: Source, similar: SimilarIds, stored: Collection[str] = frozenset()
    ) -> None:
        self._source = source
        self._similar = similar
        self.stored = stored
        self._now = datetime.now(UTC)
        self._tables: list[pa.Table] = []

    @property
    def version(self) -> str:
        """The version that predicts."""
        return self._source.version

    def add(
        self, items: Sequence[Opportunity], estimates: Estimates, scores: Scores | None
    ) -> None:
        """Collect the predictions of some items; see `prediction_columns` for the arguments."""
        keys = identities(self._source, [one.item for one in items])
        if self.stored:
            ids, stored = keys.prediction_id, self.stored
            new = [row for row, one in enumerate(ids) if one not in stored]
            if len(new) < len(ids):
                items, keys, estimates = (
                    [items[row] for row in new],
                    keys.take(new),
                    estimates.take(new),
                )
                scores = None if scores is None else scores.take(new)
        if items:
            similar = self._similar.ids([one.cell for one in items])
            columns = prediction_columns(keys, estimates, scores, similar)
            self._tables.append(arrow_table(self._source, columns, self._now))

    def take(self) -> list[pa.Table]:
        """Return what was collected since the last call."""
        taken, self._tables = self._tables, []
        return taken


def load_predictions(store: Store, tables: Sequence[pa.Table]) -> None:
    """Load predictions into the log; one that cannot be written is no error."""
    import pyarrow as pa

    if not tables:
        return
    table = pa.concat_tables(tables)
    try:
        store.load(predictions=table)
    except DecisionLogError as error:
        not_kept(table.num_rows, error)


def stored_ids(store: Store, source: Source) -> frozenset[str]:
    """Return the ids of the predictions by a source that the log has; none where it cannot be asked."""
    try:
        known = store.ask(
            "prediction_ids", model_version=source.version, facts_until=source.facts_until
        )
    except DecisionLogError:
        return frozenset()
    return frozenset(known.column(0).to_pylist())


def not_kept(count: int, error: Exception) -> None:
    """Warn that predictions will not be graded."""
    _logger.warning(
        "%d predictions were made but not kept, so they cannot be graded: %s", count, error
    )


_unwritten: set[Ledger] = set()
"""Ledgers with something to write; kept here, so that they are flushed at exit even if never closed."""


@atexit.register
def _flush_all() -> None:
    for ledger in list(_unwritten):
        ledger.flush()
