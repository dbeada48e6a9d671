"""Store: the one object that writes facts to the journal and queries the database."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from decision_store.acceptance import Acceptance
from decision_store.database.presence import is_present
from decision_store.facts import (
    ALIASES,
    AMENDMENTS,
    DECISIONS,
    FINDINGS,
    OUTCOMES,
    PREDICTIONS,
    Dismissal,
    Finding,
)
from decision_store.journal import changes
from decision_store.journal.append import Journal, sizes
from decision_store.journal.currency_file import CurrencyFile
from decision_store.journal.id_cache import IdCache, void_cache
from decision_store.journal.payloads import (
    as_one_call,
    encode,
    encode_amendment,
    retried,
)
from decision_store.journal.word_cache import WordCache
from decision_store.names import NameTable, name_tables
from decision_store.results import BulkResult, Receipt, Reject
from decision_store.writing import Writing

if TYPE_CHECKING:
    import pyarrow as pa

    from decision_store.database.connection import Database
    from decision_store.database.current import CurrentDatabase
    from decision_store.database.fold import FoldReport
    from decision_store.database.forgetting import Target
    from decision_store.database.status import StoreStatus
    from decision_store.facts import Amendment
    from decision_store.journal.latest import Call
    from decision_store.journal.name_cache import NameCache
    from decision_store.maintenance.backup import BackupReport
    from decision_store.record_classes import FactTable
    from decision_store.vocabulary import Vocabulary


__all__ = ["BulkResult", "Receipt", "Reject", "Store"]


class Store(Writing):
    """A log of decisions and outcomes that many processes and threads may use at once.

    Writing appends to a journal and never opens the database; a question first folds what is pending.

    Parameters
    ----------
    database : Path
        The DuckDB file. The journal is the folder beside it with the suffix ``.journal``. Nothing is
        created before the first write; a log that is not there yet answers like an empty one.
    """

    def __init__(self, database: Path) -> None:
        self.path = Path(database)
        self.journal_folder = self.path.with_suffix(".journal")
        self._journal = Journal(self.journal_folder)
        self._id_cache = IdCache(self.journal_folder / "ids")
        self._acceptance = Acceptance(
            self._journal,
            self._id_cache,
            database_exists=lambda: is_present(self.path),
            ask=self.ask,
            names=self.names,
            fold=self.fold,
        )
        self._opened: CurrentDatabase | None = None
        self._name_cache: NameCache | None = None

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the journal file. Facts are safe before: this only frees descriptors."""
        self._journal.close()

    # ---- writing -------------------------------------------------------------------------------

    def amend(self, amendments: Iterable[Amendment]) -> None:
        """Record what changes the meaning of earlier facts, with one wait for the disk."""
        batch = list(amendments)
        void = [a.decision_id for a in batch if a.action == "void" and not a.outcome_id]
        if void:
            void_cache(self.journal_folder).add(void)
        self._journal.append(as_one_call(map(encode_amendment, batch)))
        if any(amendment.action == "map" for amendment in batch):
            self.fold()  # writers look the words up in a cache that the fold writes

    def vocabulary(self, words: Vocabulary) -> Vocabulary:
        """Return a vocabulary with the words that this log was taught."""
        return WordCache(self.journal_folder).extend(words)

    @property
    def name_cache(self) -> NameCache:
        """Names of types, sources and makers met so far, to be asked without a database."""
        if self._name_cache is None:
            from decision_store.journal.name_cache import NameCache

            self._name_cache = NameCache(self.journal_folder)
        return self._name_cache

    @property
    def currency(self) -> str | None:
        """Code of the currency of all amounts, None where no import has named one yet."""
        return CurrencyFile(self.journal_folder).read()

    def keep_currency(self, code: str) -> str:
        """Keep the currency of the log unless it has one; return the one it has."""
        return CurrencyFile(self.journal_folder).keep(code)

    def latest_calls(self) -> Iterator[Call]:
        """Return the latest calls that recorded something, newest first; see `decision_store.journal.latest`."""
        from decision_store.journal.latest import latest_calls

        return latest_calls(self.journal_folder)

    def dismiss(self, rejects: Iterable[str]) -> None:
        """Record that rejects, given by their numbers, have been looked at; they are listed no longer."""
        now = datetime.now(UTC)
        self._journal.append(
            encode("dismissal", Dismissal(f"{number}-{os.urandom(4).hex()}", number, now))
            for number in rejects
        )

    def retry(self, rejects: Iterable[str]) -> int:
        """Fold rejected records once more; return how many have become facts, which are dismissed as rejects.

        It helps where the cause is gone: after an upgrade, or once what they refer to is there.
        """
        wanted = set(rejects)
        rows = [
            row for row in self.ask("rejects", limit=None).to_pylist() if row["reject"] in wanted
        ]
        taken: list[str] = []
        for row in rows:
            if (payload := retried(row["kind"], row["record"])) is None:
                continue
            self._journal.append([payload])
            report = self.fold()
            if report.added + report.unchanged and not report.rejected:
                taken.append(row["reject"])
        self.dismiss(taken)
        return len(taken)

    def load(
        self,
        decisions: pa.Table | None = None,
        outcomes: pa.Table | None = None,
        predictions: pa.Table | None = None,
        aliases: pa.Table | None = None,
        amendments: pa.Table | None = None,
        findings: pa.Table | None = None,
    ) -> BulkResult:
        """Bring in whole tables; all of it is on the disk and folded when this returns.

        Loading the same rows again changes nothing. Of rows with one id the first wins; a later one with
        other content is rejected.

        Parameters
        ----------
        decisions, outcomes, predictions, aliases, amendments, findings : pyarrow.Table, optional
            Columns as in ``decision_store.facts``; those that are not required may be missing.

        Raises
        ------
        InvalidRecord
            A column or value cannot be accepted; nothing was recorded.
        """
        given = (
            (DECISIONS, decisions),
            (OUTCOMES, outcomes),
            (PREDICTIONS, predictions),
            (ALIASES, aliases),
            (AMENDMENTS, amendments),
            (FINDINGS, findings),
        )
        return self.load_tables([(facts, table) for facts, table in given if table is not None])

    def load_tables(self, tables: list[tuple[FactTable, pa.Table]]) -> BulkResult:
        """Bring in whole tables as `load`, and let go of each once it is in the journal: the list is emptied."""
        return self._current.load(tables)

    def record_findings(self, findings: Iterable[Finding]) -> None:
        """Record which comparisons of the insights got which status."""
        self._journal.append(encode("finding", one) for one in findings)

    def replace_insights(self, insights: Sequence[Mapping[str, Any]]) -> bool:
        """Make these the active rows of the table ``insights``; unchanged ones write nothing.

        Parameters
        ----------
        insights : sequence of mapping
            With ``insight_id``, ``insight_type``, ``title``, ``description``, ``confidence_score`` and
            ``data_points``.

        Returns
        -------
        bool
            Whether anything changed.

        Raises
        ------
        StoreUnavailable
            It could not be written; the earlier ones stay active.
        """
        return self._current.replace_insights(insights)

    # ---- reading -------------------------------------------------------------------------------

    def fold(self) -> FoldReport:
        """Bring what is pending in the journal into the database; every query does so itself.

        A damaged database is rebuilt first, where the journal provably holds everything; the old file is kept.
        """
        return self._current.fold()

    def ask(self, question: str, **parameters: object) -> pa.Table:
        """Answer a question from everything acknowledged before the call.

        Parameters
        ----------
        question : str
            Name of a file in ``queries/``, whose first lines tell its parameters and columns.
        **parameters : object
            All of them, by name; moments are aware datetimes, and a list of many texts may be a `pyarrow.Array`.

        Returns
        -------
        pyarrow.Table
            Times are UTC without a zone.

        Raises
        ------
        TypeError
            A parameter is missing or not used.
        StoreUnavailable, StoreDamaged, NewerStore
            The log cannot be read.
        """
        (answer,) = self._current.ask([question], parameters)
        return answer

    def ask_all(
        self, questions: Sequence[str], cells: pa.Table | None = None, **parameters: object
    ) -> list[pa.Table]:
        """Answer questions with the file opened once; see `ask`.

        Parameters
        ----------
        questions : sequence of str
        cells : pyarrow.Table, optional
            With columns ``opportunity_source`` and ``opportunity_type``: the answers are about the decisions of these
            cells alone, as if there were no others.
        **parameters : object
            Each question gets those that it uses.

        Examples
        --------
        >>> import tempfile
        >>> from datetime import UTC, datetime
        >>> with Store(Path(tempfile.mkdtemp()) / "log.duckdb") as store:
        ...     cells, delays = store.ask_all(["cells", "delays"], as_of=datetime(2026, 1, 5, tzinfo=UTC))
        >>> cells.num_rows, delays.num_rows
        (0, 0)
        """
        return self._current.ask(questions, parameters, cells)

    def snapshot(self) -> AbstractContextManager[None]:
        """Answer several questions of one thread from what was acknowledged before the first of them.

        Otherwise each folds what has arrived since the last one, which takes longer than most answers.
        """
        return self._current.snapshot()

    def names(self) -> dict[str, NameTable]:
        """Return the known names of types, sources and decision makers, by field."""
        return name_tables(self.ask("names").to_pylist())

    def status(self, *, verify: bool = False) -> StoreStatus:
        """Describe the log and any damage to it, without changing anything.

        Parameters
        ----------
        verify : bool, default=False
            Also read every value of every table and the checksum of every segment, which takes seconds
            per gigabyte.
        """
        return self._current.status(verify=verify)

    def query(self, sql: str) -> pa.Table:
        """Answer one SELECT of the user's own, read-only; see `decision_store.maintenance.free_query`."""
        from decision_store.maintenance import free_query

        return free_query.run(self._current, sql)

    def compact(self) -> None:
        """Merge all small journal files, and rewrite the database without free pages."""
        self._current.compact()

    def concerned(
        self,
        *,
        senders: Collection[str] = (),
        decisions: Collection[str] = (),
        older_than: datetime | None = None,
    ) -> Target:
        """Find what `forget` would forget; nothing is changed.

        Parameters
        ----------
        senders, decisions : collection of str
            Senders in any spelling, and ids of decisions: their texts and identity go, counts and money stay.
        older_than : datetime, optional
            Only the texts go of decisions made before this moment; naive UTC.
        """
        return self._current.concerned(senders=senders, decisions=decisions, older_than=older_than)

    def forget(self, target: Target) -> None:
        """Forget what `concerned` found; see `decision_store.database.forgetting`."""
        if target:
            self._current.forget(target)

    def occurrences(self, needles: Collection[str]) -> int:
        """Count the values of database and bulk loads that hold one of these texts, in any case."""
        return self._current.occurrences(needles)

    def backup(self, folder: Path, extra: Iterable[Path] = ()) -> BackupReport:
        """Bring a backup in a folder up to date, while others write; see `decision_store.maintenance.backup`."""
        from decision_store.maintenance import backup

        return backup.back_up(self._current, folder, extra)

    def rebuild(self, *, force: bool = False) -> Path | None:
        """Rebuild the database from the journal; return where the old file was moved to.

        Parameters
        ----------
        force : bool, default=False
            Also where rows of the database are in no file of the journal, and so are lost.

        Raises
        ------
        NotInJournal
            Rows would be lost; nothing was changed.
        """
        return self._current.rebuild(force=force)

    def token(self) -> tuple[object, ...]:
        """Return a value that differs once any process has acknowledged a fact or folded; a few µs."""
        return changes.token(self.path, self.journal_folder)

    def journal_sizes(self) -> dict[str, int]:
        """Return the size in bytes of every journal file."""
        return sizes(self.journal_folder)

    def only_predictions_since(
        self, before: Mapping[str, int], by: re.Pattern[str] | None = None
    ) -> bool:
        """Tell whether nothing but predictions was journalled since; the database is not opened.

        Parameters
        ----------
        before : mapping
            What `journal_sizes` returned then.
        by : pattern, optional
            Whose predictions do not count as anything, by the names of model versions and predictors; by default
            everybody's. A bulk load counts as somebody else's.

        Returns
        -------
        bool
            False also where that cannot be determined, as when a journal file has been replaced.
        """
        return changes.only_predictions_since(self.journal_folder, before, by)

    @property
    def _current(self) -> CurrentDatabase:
        """The database; its modules are imported once it is needed, as writing does without."""
        if self._opened is None:
            from decision_store.database.current import CurrentDatabase

            self._opened = CurrentDatabase(self.path, self._journal, self._id_cache)
        return self._opened

    @property
    def _database(self) -> Database:
        return self._current.file
