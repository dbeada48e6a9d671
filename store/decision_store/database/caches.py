"""Caches beside the journal, kept by the fold: ids, those taken back, content keys, names, mapped words.

What one fold brings is added at its end: adding it chunk by chunk would read every file of a cache for each chunk.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from decision_store.database import amending, names
from decision_store.database.cache_entries import add_entries
from decision_store.journal.comparing import REPEAT_WITHIN, content_keys, decision_content_key
from decision_store.journal.id_cache import (
    IdCache,
    content_cache,
    outcome_cache,
    void_cache,
)
from decision_store.journal.name_cache import MOST_NAMES, NameCache
from decision_store.journal.word_cache import WordCache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future, ThreadPoolExecutor

    from duckdb import DuckDBPyConnection

    from decision_store.journal.read import Incoming

_OF_DECISIONS = [
    "opportunity_type", "opportunity_source", "sender", "opportunity_content", "opportunity_id",
]  # fmt: skip


_OF_OUTCOMES = ["decision_id", "outcome_type", "outcome_status"]

_MANY = 10_000
"""Ids from which on a thread of their own is worth its start."""


class Caches:
    """What a fold has to add to the caches.

    Parameters
    ----------
    folder : Path
        The journal folder.
    ids : IdCache
        Of the decision ids.
    is_new : bool, default=False
        Whether the database holds nothing before the fold: then what it brings is all that a cache has to hold.
    """

    def __init__(self, folder: Path, ids: IdCache, *, is_new: bool = False) -> None:
        self._folder = folder
        self._is_new = is_new
        self._ids = ids
        self._contents = content_cache(folder)
        self._voided = void_cache(folder)
        self._outcomes = outcome_cache(folder)
        self._makes_contents = is_new and not self._contents.exists
        self._new_outcomes = bytearray()
        self._new_voided = bytearray()
        self._new_ids = bytearray()
        self._new_contents = bytearray()
        self._has_names = False
        self._worker: ThreadPoolExecutor | None = None
        self._waiting: list[tuple[bytearray, Future[bytes]]] = []

    def note(self, arrived: Incoming) -> None:
        """Remember what one chunk brought; content keys only of what came one by one, where there are others."""
        self._has_names |= any(map(arrived.of, ("decision", "alias", "amendment")))
        for batch in arrived.of("decision"):
            ids = batch.table.column("decision_id")
            self._note(self._new_ids, len(ids), ids.to_pylist)
            own = [batch.one_by_one, *([_recent(batch.table)] if self._makes_contents else [])]
            for table in own:
                self._new_contents += self._contents.joined_digests(_decision_keys(table))
        for batch in arrived.of("amendment"):
            rows = batch.table.select(["action", "outcome_id", "decision_id"]).to_pylist()
            void = [
                row["decision_id"]
                for row in rows
                if row["action"] == "void" and not row["outcome_id"]
            ]
            self._new_voided += self._voided.joined_digests(void)
        for batch in arrived.of("outcome"):
            ids = batch.table.column("outcome_id")
            self._note(self._new_outcomes, len(ids), ids.to_pylist)
            rows = batch.table if self._makes_contents else batch.one_by_one
            words = rows.select(_OF_OUTCOMES)
            self._note(self._new_contents, len(words), partial(_outcome_keys, words))

    def _note(self, noted: bytearray, rows: int, texts: Callable[[], list[str]]) -> None:
        """Note texts; those of a bulk load by another thread, while the database takes the next rows."""
        if rows < _MANY:
            noted += IdCache.joined_digests(texts())
            return
        if self._worker is None:
            from concurrent.futures import ThreadPoolExecutor

            self._worker = ThreadPoolExecutor(1)
        work = self._worker.submit(lambda: IdCache.joined_digests(texts()))
        self._waiting.append((noted, work))

    def write(self, connection: DuckDBPyConnection) -> None:
        """Add what was noted; make a cache that is gone from the database."""
        for noted, work in self._waiting:
            noted.extend(work.result())
        self._waiting.clear()
        if self._worker is not None:
            self._worker.shutdown()
            self._worker = None
        self._add(
            self._ids,
            self._new_ids,
            lambda: _column(connection, "SELECT decision_id FROM every_decision"),
        )
        self._add(
            self._outcomes,
            self._new_outcomes,
            lambda: _column(connection, "SELECT outcome_id FROM outcomes"),
        )
        self._add(
            self._contents,
            self._new_contents,
            lambda: _contents(connection),
            is_all=self._makes_contents,
        )
        self._add(
            self._voided,
            self._new_voided,
            lambda: _column(
                connection,
                "SELECT DISTINCT decision_id FROM amendments WHERE action = 'void' AND outcome_id = ''",
            ),
        )
        if self._has_names:
            NameCache(self._folder).write(names.known(connection, MOST_NAMES))
        if amending.exist(connection):
            WordCache(self._folder).write(amending.vocabulary_of(connection))

    def _add(
        self,
        cache: IdCache,
        noted: bytearray,
        stored: Callable[[], Iterable[str]],
        *,
        is_all: bool = True,
    ) -> None:
        """Add what was noted to a cache; make one that is gone of what is stored.

        ``is_all``: whether all that came was noted.
        """
        if not cache.exists:
            if not (self._is_new and is_all):
                noted = bytearray(cache.joined_digests(stored()))
            # Writers must not see it before it is complete.
            complete = cache.beside()
            if noted:
                add_entries(complete, noted)
            if complete.take_place_of(cache):
                return
            shutil.rmtree(complete.folder, ignore_errors=True)
        if noted:
            add_entries(cache, noted)


def _column(connection: DuckDBPyConnection, query: str) -> list[str]:
    return connection.sql(query).to_arrow_table().column(0).to_pylist()  # type: ignore[no-any-return]


def _contents(connection: DuckDBPyConnection) -> Iterator[str]:
    """Yield the content keys of what the database holds: of decisions only the recent ones."""
    words = f"SELECT {', '.join(_OF_OUTCOMES)} FROM outcomes"  # noqa: S608
    for part in connection.sql(words).to_arrow_table().to_batches():
        yield from _outcome_keys(pa.Table.from_batches([part]))
    since = _since()
    recent = f"SELECT {', '.join(_OF_DECISIONS)} FROM decisions WHERE recorded_at >= $since"  # noqa: S608
    yield from _decision_keys(connection.sql(recent, params={"since": since}).to_arrow_table())


def _since() -> datetime:
    """Return from when on a decision may be repeated."""
    return datetime.now(UTC).replace(tzinfo=None) - 2 * REPEAT_WITHIN


def _recent(decisions: pa.Table) -> pa.Table:
    """Return those decisions that may be repeated."""
    since = pa.scalar(_since(), pa.timestamp("us"))
    return decisions.filter(pc.greater_equal(decisions.column("recorded_at"), since))


def _decision_keys(table: pa.Table) -> list[str]:
    keys = map(decision_content_key, table.select(_OF_DECISIONS).to_pylist())
    return [key for key in keys if key is not None]


def _outcome_keys(table: pa.Table) -> list[str]:
    return content_keys(table).to_pylist()  # type: ignore[no-any-return]
