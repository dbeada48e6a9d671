"""Prediction ledger: predictions are buffered and written as facts, so that they can be graded later.

Making the same prediction again adds nothing; the first one counts.
"""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from decision_log.predicting.prediction_facts import (
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
        self._pending: list[Prediction] = []
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
        columns = prediction_columns(keys, estimates, scores, similar, templates)
        for made in records(source, columns, datetime.now(UTC)):
            with self._lock:
                if made.prediction_id in self._recent:
                    continue
                if len(self._recent) >= RECENT:
                    self._recent.clear()
                self._recent.add(made.prediction_id)
                self._pending.append(made)
                _unwritten.add(self)
        if len(self._pending) >= PENDING:
            self.flush()

    def flush(self) -> None:
        """Write what is buffered."""
        with self._lock:
            pending, self._pending = self._pending, []
            _unwritten.discard(self)
        if pending:
            try:
                self._store.log_predictions(pending)
            except DecisionLogError as error:
                not_kept(len(pending), error)


class PredictionStore(Protocol):
    """Where the predictions of a file go: the store, or a file on the way to it."""

    def load(self, *, predictions: pa.Table) -> object:
        """Take a table of predictions."""


class SimilarIds(Protocol):
    """The ids of the newest decisions of cells; see :meth:`SimilarDecisions.ids`."""

    def ids(self, cells: Sequence[tuple[str, str]]) -> list[str]:
        """Return for each cell a JSON list."""


class BulkPredictions:
    """Collects the predictions of a whole file, and loads them into the log at once.

    Parameters
    ----------
    source : Source
        Who predicts, and from what.
    similar : SimilarIds
        The similar past decisions of each cell.
    stored : collection of str
        Ids of predictions that the log has already: the first counts, so that they are not collected.
    """

    def __init__(
        self, source: Source, similar: SimilarIds, stored: Collection[str] = frozenset()
    ) -> None:
        self._source = source
        self._similar = similar
        self._stored = stored
        self._now = datetime.now(UTC)
        self._tables: list[pa.Table] = []

    def add(
        self, items: Sequence[Opportunity], estimates: Estimates, scores: Scores | None
    ) -> None:
        """Collect the predictions of some items; see `prediction_columns` for the arguments."""
        keys = identities(self._source, [one.item for one in items])
        if self._stored:
            ids, stored = keys.prediction_id, self._stored
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

    def write(self, store: PredictionStore) -> None:
        """Load all of it into the log; a log that cannot be written is no error."""
        import pyarrow as pa

        if not self._tables:
            return
        table = pa.concat_tables(self._tables)
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
