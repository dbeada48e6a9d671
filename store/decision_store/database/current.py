"""Database kept current with the journal: folded before every answer, healed where it is damaged.

Where the file cannot be written, answers come from a copy in memory.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from decision_store.database import (
    completeness,
    forgetting,
    journal_positions,
    loading,
    merging,
    migrations,
    part_of_cells,
    queries,
    status,
    text_occurrences,
)
from decision_store.database import fold as folding
from decision_store.database.connection import Database, empty, in_memory
from decision_store.database.insights import differs, replace_active
from decision_store.database.transactions import registered
from decision_store.errors import (
    NotInJournal,
    NotPermitted,
    StoreDamaged,
    StoreError,
    StoreUnavailable,
)
from decision_store.journal import changes
from decision_store.journal.append import Journal, sizes
from decision_store.journal.lock import StoreLock
from decision_store.results import BulkResult, Reject

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from decision_store.database.connection import State
    from decision_store.database.fold import FoldReport
    from decision_store.database.forgetting import Target
    from decision_store.database.status import StoreStatus
    from decision_store.journal.id_cache import IdCache
    from decision_store.record_classes import FactTable

logger = logging.getLogger(__name__)


_Opener = Callable[[], AbstractContextManager["DuckDBPyConnection"]]


class _Thread(threading.local):
    """Whether a thread asks for one snapshot, and whether the database is current for that."""

    is_snapshot = is_current = False


class CurrentDatabase:
    """The database of one log, brought up to date with its journal by every reader.

    Parameters
    ----------
    path : Path
        The DuckDB file.
    journal : Journal
        What is folded into it.
    id_cache : IdCache
        Rebuilt by the fold where it is missing.
    """

    def __init__(self, path: Path, journal: Journal, id_cache: IdCache) -> None:
        self.path = path
        self.file = Database(path, StoreLock(journal.folder))
        self.journal_folder = journal.folder
        self._journal = journal
        self._id_cache = id_cache
        self._thread = _Thread()
        self._folded_at: tuple[object, ...] | None = None
        self._current_file: int | None = (
            None  # inode of the file whose schema was found to be the newest
        )
        self._seen: tuple[State, folding.Positions] | None = None
        """How far the file in that state has the journal, so that a fold need not open it to look."""

    @contextmanager
    def reading(self) -> Iterator[DuckDBPyConnection]:
        """Connect to everything acknowledged before the call."""
        with ExitStack() as opened:
            try:
                connection = self._open_current(opened, self.file.reading, empty)
            except StoreUnavailable as error:
                connection = self._answer_from_memory(error, opened)
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Answer what this thread asks inside from what was acknowledged before; see `Store.snapshot`."""
        thread = self._thread
        before = thread.is_snapshot, thread.is_current
        thread.is_snapshot = True
        try:
            yield
        finally:
            thread.is_snapshot, thread.is_current = before

    def _open_current(
        self, opened: ExitStack, open_file: _Opener, open_missing: _Opener
    ) -> DuckDBPyConnection:
        """Open the file with all facts in it; again, where somebody put an older one in its place meanwhile."""
        if not self._thread.is_current:
            self._bring_up_to_date()
            self._thread.is_current = self._thread.is_snapshot
        while self.file.exists:
            connection = opened.enter_context(open_file())
            inode = self.path.stat().st_ino
            if inode == self._current_file or migrations.is_current(connection, self.path):
                self._current_file = inode
                return connection
            opened.close()
            self._bring_up_to_date()
        return opened.enter_context(open_missing())

    def ask(
        self,
        questions: Sequence[str],
        parameters: Mapping[str, object],
        cells: pa.Table | None = None,
    ) -> list[pa.Table]:
        """Answer named questions with the same parameters; see `Store.ask_all`."""
        asked = [queries.find(question) for question in questions]
        lists = {name: value for name, value in parameters.items() if isinstance(value, pa.Array)}
        given = queries.bound(asked, parameters)
        sqls = [queries.with_tables(query.sql, lists) for query in asked]
        with self.reading() as connection, ExitStack() as opened:
            for name, values in lists.items():
                table = pa.table({name: values})
                opened.enter_context(registered(connection, table, queries.table_of(name)))
            if cells is not None:
                opened.enter_context(part_of_cells.only(connection, cells))
                sqls = [part_of_cells.of_the_whole(connection, sql) for sql in sqls]
            answers = []
            for sql, values in zip(sqls, given, strict=True):
                others = {name: value for name, value in values.items() if name not in lists}
                answers.append(connection.sql(sql, params=others).to_arrow_table())
            return answers

    def replace_insights(self, insights: Sequence[Mapping[str, Any]]) -> bool:
        """Make these the active insights; see `Store.replace_insights`."""
        (kept,) = self.ask(["insights"], {})
        if not differs(kept.to_pylist(), insights):
            return False
        with self.file.writing() as connection:
            replace_active(connection, insights, datetime.now(UTC).replace(tzinfo=None))
        return True

    def status(self, *, verify: bool) -> StoreStatus:
        """Describe the log and any damage to it; see `Store.status`."""
        return status.describe(self.file, self._journal.folder, verify=verify)

    def fold(self) -> FoldReport:
        """Bring what is pending in the journal into the database; every query does so itself.

        A damaged database is rebuilt first, where the journal provably holds everything; the old file is kept.
        """
        self._finish_forgetting()
        seen = self._file_state()
        try:
            return self._fold()
        except StoreDamaged as damaged:
            if not self._heal(damaged, seen):
                raise
        return self._fold()

    def load(self, tables: list[tuple[FactTable, pa.Table]]) -> BulkResult:
        """Write what is new in whole tables to the journal and fold it; see `Store.load_tables`."""
        from decision_store.journal import segments

        checked: list[tuple[FactTable, pa.Table]] = []
        while tables:
            facts, table = tables.pop(0)
            checked.append((facts, segments.checked(facts, table)))
            del table
        if not any(table.num_rows for _, table in checked):
            return BulkResult(0, 0, ())
        self._bring_up_to_date()
        with self.file.writing() as connection:
            found = loading.news(connection, checked)
            checked.clear()
            is_new = bool(found.tables)
            total = loading.write(
                connection, self._journal, self._id_cache, self.path, found.tables
            )
        if is_new:
            self._journal.announce()
        rejected = tuple(Reject(r.kind, r.id, r.reason) for r in found.rejected + total.rejected)
        return BulkResult(total.added, found.unchanged + total.unchanged, rejected)

    @contextmanager
    def isolated(self) -> Iterator[DuckDBPyConnection]:
        """Connect, read-only, to everything acknowledged before the call, in an instance of its own."""
        with ExitStack() as opened:
            yield self._open_current(opened, self.file.isolated, self.file.isolated)

    def compact(self) -> None:
        """Merge all small journal files, and rewrite the database without free pages."""
        self.fold()
        self._journal.close()  # so that its file can be merged, too
        with self.file.writing() as connection:
            merging.merge(connection, self._journal.folder, at_least=2, segments=True)
        with self.file.alone():
            self.file.rewrite()
        self._journal.announce()

    def concerned(self, **wanted: Any) -> Target:
        """Find what is to be forgotten; see `forgetting.resolve`.

        Raises
        ------
        NotInJournal
            The journal does not hold every row, so that the database could not be made again from it.
        """
        self.fold()
        with self.file.reading() as connection:
            reached = journal_positions.stored(connection)
            if lost := completeness.uncovered_rows(connection, self._journal.folder, reached):
                raise NotInJournal(self.path, lost)
            return forgetting.resolve(connection, **wanted)

    def forget(self, target: Target) -> None:
        """Forget people, decisions, or old texts."""
        with self.file.alone():
            forgetting.note(self._journal.folder, target)
        self._finish_forgetting()

    def occurrences(self, needles: Collection[str]) -> int:
        """Count the values of database and bulk loads that hold one of these texts."""
        with self.reading() as connection:
            return text_occurrences.count(connection, self._journal.folder, needles)

    def _finish_forgetting(self) -> None:
        """Complete what a call or a process that died began to forget."""
        if forgetting.is_unfinished(self._journal.folder):
            with self.file.alone():
                if forgetting.is_unfinished(self._journal.folder):
                    self._make_readable_or_put_aside()
                    forgetting.finish(self.file, self._journal.folder, self._id_cache)
            self._folded_at = None
            self._journal.announce()

    def _make_readable_or_put_aside(self) -> None:
        """Migrate an older file, and put a damaged one aside: forgetting makes the database from the journal.

        The journal was proved complete before anything was to be forgotten.
        """
        if not self.file.exists:
            return
        try:
            self.file.bring_to_newest_schema()
        except StoreDamaged as damaged:
            if not damaged.heals:
                raise
            status.put_aside(self.path)
            logger.warning("%s It is made again from the journal, without its insights", damaged)

    def rebuild(self, *, force: bool = False) -> Path | None:
        """Rebuild the database from the journal; see `decision_store.store.Store.rebuild`."""
        self._finish_forgetting()
        if not force:
            lost = 0
            with suppress(StoreDamaged):
                if self.file.exists:
                    # Migrated, so that it can be compared.
                    with self.file.writing() as connection:
                        reached = journal_positions.stored(connection)
                        lost = completeness.uncovered_rows(
                            connection, self._journal.folder, reached
                        )
            if lost:
                raise NotInJournal(self.path, lost)
        quarantined = status.quarantine(self.file)
        self._folded_at = None
        self.fold()
        return quarantined

    def _heal(self, damaged: StoreDamaged, seen: os.stat_result | None) -> bool:
        """Put a damaged database aside, where it can be rebuilt from the journal without loss."""
        if not damaged.heals or not completeness.journal_is_complete(self._journal.folder):
            return False
        kept = status.quarantine(self.file, unless_changed=seen)
        self._folded_at = None
        logger.warning(
            "%s It is rebuilt from the journal; the old file is kept as %s", damaged, kept
        )
        return True

    def _file_state(self) -> os.stat_result | None:
        try:
            return self.path.stat()
        except OSError:
            return None

    def _fold(self) -> FoldReport:
        with self.file.writing() as connection:
            report, reached = folding.fold(
                connection, self._journal.folder, self._id_cache, self.path
            )
            merged = merging.merge(connection, self._journal.folder)
        self._seen = None if merged or self.file.left is None else (self.file.left, reached)
        if merged or report != folding.FoldReport():
            self._journal.announce()
        return report

    def _answer_from_memory(self, error: StoreUnavailable, opened: ExitStack) -> DuckDBPyConnection:
        """Open a copy in memory, with what is pending, of a log that cannot be written now.

        Another program may hold the file, or it may not be writable. Where it cannot even be read, the copy is made
        from the journal, if that provably holds everything.
        """
        try:
            copy = self.file if self.file.exists else None
            connection = opened.enter_context(in_memory(copy))
            state = "the last state of the file"
        except StoreError:
            if not completeness.journal_is_complete(self._journal.folder):
                raise error from None
            connection = opened.enter_context(in_memory())
            state = "the journal alone"
        folding.fold(connection, self._journal.folder, self._id_cache, self.path)
        logger.warning("%s Answered in memory from %s, with all that was recorded", error, state)
        return connection

    def _bring_up_to_date(self) -> None:
        self._finish_forgetting()
        seen = self._file_state()
        try:
            self._fold_what_is_pending()
        except StoreDamaged as damaged:
            if not self._heal(damaged, seen):
                raise
            self._fold_what_is_pending()

    def _fold_what_is_pending(self) -> None:
        token = changes.token(self.path, self._journal.folder)
        if token == self._folded_at:
            return
        journalled = sizes(self._journal.folder)
        if not self.file.exists:
            if not journalled:
                return
            pending = sum(journalled.values())
        else:
            folded = self._positions()
            pending = sum(journal_positions.pending(journalled, folded or {}).values())
            if folded is not None and not pending:
                self._folded_at = token
                return
        try:
            self.fold()
        except StoreUnavailable as error:
            raise StoreUnavailable(
                self.path,
                f"{pending} bytes in its journal are not in the database yet, and it cannot be "
                f"written ({error.reason})",
                "Ask once as a user who may write there; then it can be read by all."
                if isinstance(error, NotPermitted)
                else error.remedy,
            ) from error

    def _positions(self) -> folding.Positions | None:
        """Return how far the file has the journal, None where its schema is not the newest."""
        if self._seen is not None and self._seen[0] == self.file.state:
            return self._seen[1]
        with self.file.reading() as connection:
            if not migrations.is_current(connection, self.path):
                return None
            self._seen = self.file.state, journal_positions.stored(connection)
        return self._seen[1]
