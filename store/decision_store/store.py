"""Store: write facts, query them."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from decision_store.durable_files import make_folder
from decision_store.errors import (
    DecisionConflict,
    NotInJournal,
    OutcomeConflict,
    StoreDamaged,
    StoreUnavailable,
    UnknownDecision,
)
from decision_store.facts import DECISIONS, OUTCOMES, PREDICTIONS
from decision_store.fields import Matching
from decision_store.journal.append import CHANGE_COUNTER, Journal, sizes, unavailable
from decision_store.journal.comparing import as_row, decision_differences, outcome_differs
from decision_store.journal.id_cache import IdCache
from decision_store.journal.payloads import (
    encode,
    encode_decision,
    encode_outcome,
    encode_prediction,
)
from decision_store.names import NameTable
from decision_store.results import BulkResult, Reject

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from decision_store.database.connection import Database
    from decision_store.database.fold import FoldReport
    from decision_store.database.status import StoreStatus
    from decision_store.facts import Alias, Decision, Outcome, Prediction

logger = logging.getLogger(__name__)

_CONFLICT = "id used before with other content"
_UNKNOWN = "unknown decision"


__all__ = ["BulkResult", "Reject", "Store"]

_PREDICTION_KINDS = (b'"kind":"prediction"', b'"table_kind":"prediction"')
"""In a journal line of a prediction, or of a segment of them; within a text the quotes are escaped."""


class Store:
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
        self._opened: Database | None = None
        self._folded_at: tuple[object, ...] | None = None

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the journal file. Facts are safe before: this only frees descriptors."""
        self._journal.close()

    # ---- writing -------------------------------------------------------------------------------

    def log_decision(self, decision: Decision, *, timestamp_given: bool = True) -> bool:
        """Log one decision; it is on the disk when this returns.

        Parameters
        ----------
        decision : Decision
            The fact.
        timestamp_given : bool, default=True
            Whether its time was given by the caller; one taken from the clock is not compared when the
            same id is logged again.

        Returns
        -------
        bool
            False where the same decision is in the log already.

        Raises
        ------
        DecisionConflict
            The id is in the log with other content.
        StoreUnavailable
            It could not be written; nothing was recorded.
        """
        payload = encode_decision(decision, timestamp_given=timestamp_given)
        if self._may_know(decision.decision_id):
            stored = self._stored("stored_decisions", "decision_id", [decision.decision_id])
            if row := stored.get(decision.decision_id):
                differing = decision_differences(decision, row, timestamp_given=timestamp_given)
                if differing := self._unless_merged(decision, row, differing):
                    raise DecisionConflict(decision.decision_id, differing)
                return False
        self._append_decisions([payload], [decision.decision_id])
        return True

    def log_decisions(
        self, decisions: Iterable[Decision], *, timestamp_given: bool = True
    ) -> BulkResult:
        """Log many decisions with one wait for the disk. Rejected ones do not keep out the others.

        ``timestamp_given`` as of `log_decision`, for all of them.
        """
        batch = list(decisions)
        suspects = [d.decision_id for d in batch if self._may_know(d.decision_id)]
        stored = self._stored("stored_decisions", "decision_id", suspects) if suspects else {}
        fresh: dict[str, Decision] = {}
        rejected: list[Reject] = []
        unchanged = 0
        for decision in batch:
            row = stored.get(decision.decision_id) or as_row(fresh.get(decision.decision_id))
            if row is None:
                fresh[decision.decision_id] = decision
            elif self._unless_merged(
                decision, row, decision_differences(decision, row, timestamp_given=timestamp_given)
            ):
                rejected.append(Reject("decision", decision.decision_id, _CONFLICT))
            else:
                unchanged += 1
        self._journal.append(
            encode_decision(d, timestamp_given=timestamp_given) for d in fresh.values()
        )
        self._id_cache.add(fresh)
        return BulkResult(len(fresh), unchanged, tuple(rejected))

    def record_outcome(
        self, outcome: Outcome, *, id_given: bool = False, occurred_at_given: bool = True
    ) -> bool:
        """Record one outcome; it is on the disk when this returns.

        Parameters
        ----------
        outcome : Outcome
            The fact.
        id_given : bool, default=False
            Whether the caller chose the outcome_id, and so may be repeating himself.
        occurred_at_given : bool, default=True
            Whether its time was given by the caller; one taken from the clock is not compared.

        Returns
        -------
        bool
            False where the same outcome is in the log already.

        Raises
        ------
        UnknownDecision
            Its decision is not in the log.
        OutcomeConflict
            The id is in the log with other content.
        StoreUnavailable
            It could not be written; nothing was recorded.
        """
        payload = encode_outcome(outcome, occurred_at_given=occurred_at_given)
        if not self._id_cache.has(outcome.decision_id) and self._unknown_ids([outcome.decision_id]):
            raise UnknownDecision(outcome.decision_id)
        if id_given:
            stored = self._stored("stored_outcomes", "outcome_id", [outcome.outcome_id])
            if row := stored.get(outcome.outcome_id):
                if outcome_differs(outcome, row, occurred_at_given=occurred_at_given):
                    raise OutcomeConflict(outcome.outcome_id)
                return False
        self._journal.append([payload])
        return True

    def record_outcomes(
        self, outcomes: Iterable[Outcome], *, ids_given: bool = False
    ) -> BulkResult:
        """Record many outcomes with one wait for the disk. Rejected ones do not keep out the others."""
        batch = list(outcomes)
        unknown_ids = self._unknown_ids(
            self._id_cache.missing(dict.fromkeys(outcome.decision_id for outcome in batch))
        )
        ids = [outcome.outcome_id for outcome in batch]
        stored = self._stored("stored_outcomes", "outcome_id", ids) if ids_given and ids else {}
        fresh: dict[str, Outcome] = {}
        rejected: list[Reject] = []
        unchanged = 0
        for outcome in batch:
            row = stored.get(outcome.outcome_id) or as_row(fresh.get(outcome.outcome_id))
            if outcome.decision_id in unknown_ids:
                rejected.append(Reject("outcome", outcome.outcome_id, _UNKNOWN))
            elif row is None:
                fresh[outcome.outcome_id] = outcome
            elif outcome_differs(outcome, row, occurred_at_given=True):
                rejected.append(Reject("outcome", outcome.outcome_id, _CONFLICT))
            else:
                unchanged += 1
        self._journal.append(encode_outcome(o, occurred_at_given=True) for o in fresh.values())
        return BulkResult(len(fresh), unchanged, tuple(rejected))

    def add_alias(self, alias: Alias) -> None:
        """Record that two names are one; the fold applies it to all facts, earlier ones too."""
        self._journal.append([encode("alias", alias)])

    def log_predictions(self, predictions: Iterable[Prediction]) -> None:
        """Log predictions, with one wait for the disk. The same prediction_id twice counts once."""
        self._journal.append(encode_prediction(p) for p in predictions)

    def load(
        self,
        decisions: pa.Table | None = None,
        outcomes: pa.Table | None = None,
        predictions: pa.Table | None = None,
    ) -> BulkResult:
        """Bring in whole tables; all of it is on the disk and folded when this returns.

        Loading the same rows again changes nothing. Of rows with one id the first wins; a later one with
        other content is rejected.

        Parameters
        ----------
        decisions, outcomes, predictions : pyarrow.Table, optional
            Columns as in ``decision_store.facts``; those that are not required may be missing.

        Raises
        ------
        InvalidRecord
            A column or value cannot be accepted; nothing was recorded.
        """
        from decision_store.database import fold as folding
        from decision_store.journal import segments

        given = ((DECISIONS, decisions), (OUTCOMES, outcomes), (PREDICTIONS, predictions))
        tables = [
            (facts, segments.checked(facts, table)) for facts, table in given if table is not None
        ]
        written = [
            part
            for facts, table in tables
            for part in segments.write(self.journal_folder, facts, table)
        ]
        if not written:
            return BulkResult(0, 0, ())
        self._bring_up_to_date()
        with self._database.writing() as connection:
            # Referred to under the lock, so that no other process folds it and takes the figures with it.
            self._journal.append(payload for _, payload in written)
            report = folding.fold(connection, self.journal_folder, self._id_cache, self.path)
        self._journal.announce()
        tallies = [report.segments[name] for name, _ in written if name in report.segments]
        if len(tallies) < len(written):
            raise StoreDamaged(self.path, "a file that was just written could not be read back")
        total = sum(tallies, folding.Tally())
        rejected = tuple(Reject(r.kind, r.id, r.reason) for r in total.rejected)
        return BulkResult(total.added, total.unchanged, rejected)

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
        from decision_store.database.insights import replace_active

        active = {row["insight_id"] for row in self.ask("insights").to_pylist()}
        if active == {row["insight_id"] for row in insights}:
            return False
        with self._database.writing() as connection:
            replace_active(connection, insights, datetime.now(UTC).replace(tzinfo=None))
        return True

    # ---- reading -------------------------------------------------------------------------------

    def fold(self) -> FoldReport:
        """Bring what is pending in the journal into the database; every query does so itself.

        A damaged database is rebuilt first, where the journal provably holds everything; the old file is kept.
        """
        seen = self._file_state()
        try:
            return self._fold()
        except StoreDamaged as damaged:
            if not self._heal(damaged, seen):
                raise
        return self._fold()

    def _heal(self, damaged: StoreDamaged, seen: os.stat_result | None) -> bool:
        """Put a damaged database aside, where it can be rebuilt from the journal without loss."""
        from decision_store.database import completeness, status

        if not damaged.heals or not completeness.journal_is_complete(self.journal_folder):
            return False
        kept = status.quarantine(self._database, unless_changed=seen)
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
        from decision_store.database import fold as folding

        with self._database.writing() as connection:
            report = folding.fold(connection, self.journal_folder, self._id_cache, self.path)
        if report != folding.FoldReport():
            self._journal.announce()
        return report

    def ask(self, question: str, **parameters: object) -> pa.Table:
        """Answer a question from everything acknowledged before the call.

        Parameters
        ----------
        question : str
            Name of a file in ``queries/``, whose first lines tell its parameters and columns.
        **parameters : object
            All of them, by name; moments are aware datetimes.

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
        from decision_store.database import queries

        query = queries.find(question)
        bound = query.bind(parameters)
        with self._reading() as connection:
            return connection.sql(query.sql, params=bound).to_arrow_table()

    def names(self) -> dict[str, NameTable]:
        """Return the known names of types, sources and decision makers, by field."""
        shown: dict[str, dict[str, str]] = {}
        for row in self.ask("names").to_pylist():
            shown.setdefault(row["field"], {})[row["key"]] = row["canonical"]
        return {field: NameTable(names) for field, names in shown.items()}

    def status(self, *, verify: bool = False) -> StoreStatus:
        """Describe the log and any damage to it, without changing anything.

        Parameters
        ----------
        verify : bool, default=False
            Also read every value of every table and the checksum of every segment, which takes seconds
            per gigabyte.
        """
        from decision_store.database import status

        return status.describe(self._database, self.journal_folder, verify=verify)

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
        from decision_store.database import completeness, status
        from decision_store.database import fold as folding

        if not force:
            lost = 0
            with suppress(StoreDamaged):
                if self._database.exists:
                    with (
                        self._database.writing() as connection
                    ):  # migrated, so that it can be compared
                        reached = folding.positions(connection)
                        lost = completeness.uncovered_rows(connection, self.journal_folder, reached)
            if lost:
                raise NotInJournal(self.path, lost)
        quarantined = status.quarantine(self._database)
        self._folded_at = None
        self.fold()
        return quarantined

    def token(self) -> tuple[object, ...]:
        """Return a value that differs once any process has acknowledged a fact or folded; a few µs."""
        return (
            *_stat(self.path),
            _change_counter(self.journal_folder),
            *_stat(self.journal_folder),
        )

    def journal_sizes(self) -> dict[str, int]:
        """Return the size in bytes of every journal file."""
        return sizes(self.journal_folder)

    def only_predictions_since(self, before: Mapping[str, int]) -> bool:
        """Tell whether nothing but predictions was journalled since; the database is not opened.

        Parameters
        ----------
        before : mapping
            What `journal_sizes` returned then.

        Returns
        -------
        bool
            False also where that cannot be told, as when a journal file has been replaced.
        """
        now = self.journal_sizes()
        if any(size > now.get(name, -1) for name, size in before.items()):
            return False
        for name, size in now.items():
            if size == before.get(name, 0):
                continue
            try:
                with (self.journal_folder / name).open("rb") as file:
                    file.seek(before.get(name, 0))
                    grown = file.read(size - before.get(name, 0))
            except OSError:
                return False
            if not all(
                any(kind in line for kind in _PREDICTION_KINDS) for line in grown.splitlines()
            ):
                return False
        return True

    @property
    def _database(self) -> Database:
        if self._opened is None:
            from decision_store.database.connection import Database
            from decision_store.journal.lock import StoreLock

            self._opened = Database(self.path, StoreLock(self.journal_folder))
        return self._opened

    @contextmanager
    def _reading(self) -> Iterator[DuckDBPyConnection]:
        from decision_store.database.connection import empty_log

        self._bring_up_to_date()
        if not self._database.exists:
            with empty_log() as connection:
                yield connection
            return
        with self._database.reading() as connection:
            yield connection

    def _bring_up_to_date(self) -> None:
        seen = self._file_state()
        try:
            self._fold_what_is_pending()
        except StoreDamaged as damaged:
            if not self._heal(damaged, seen):
                raise
            self._fold_what_is_pending()

    def _fold_what_is_pending(self) -> None:
        from decision_store.database import fold as folding
        from decision_store.database import migrations

        token = self.token()
        if token == self._folded_at:
            return
        journalled = sizes(self.journal_folder)
        if not self._database.exists:
            if not journalled:
                return
            pending = sum(journalled.values())
        else:
            with self._database.reading() as connection:
                current = migrations.is_current(connection, self.path)
                folded = folding.positions(connection) if current else {}
            pending = sum(folding.pending(journalled, folded).values())
            if current and not pending:
                self._folded_at = token
                return
        try:
            self.fold()
        except StoreUnavailable as error:
            raise StoreUnavailable(
                self.path,
                f"{pending} bytes in its journal are not in the database yet, and it cannot be "
                f"written ({error.reason})",
                "Ask once as a user who may write there; then it can be read by all.",
            ) from error

    def _may_know(self, decision_id: str) -> bool:
        if not self._id_cache.exists:
            there = bool(sizes(self.journal_folder)) or self._database.exists
            # Looked at twice: the cache of a log that is just beginning is made before its first file.
            if there and not self._id_cache.exists:
                self.fold()  # rebuilds the cache
        return self._id_cache.has(decision_id)

    def _append_decisions(self, payloads: Iterable[bytes], ids: Iterable[str]) -> None:
        if not self._id_cache.exists:
            try:
                make_folder(self.journal_folder)
            except OSError as error:
                raise unavailable(self.journal_folder, error) from error
            self._id_cache.make()
        self._journal.append(payloads)
        self._id_cache.add(ids)

    def _unknown_ids(self, decision_ids: list[str]) -> set[str]:
        """Return those ids that are really not in the log, and add the others to the cache."""
        if not decision_ids:
            return set()
        stored = self._stored("stored_decisions", "decision_id", decision_ids)
        self._id_cache.add_missing(stored)
        return set(decision_ids) - stored.keys()

    def _unless_merged(
        self, decision: Decision, row: dict[str, Any], differing: list[str]
    ) -> list[str]:
        """Leave out the names that differ only because they were merged or renamed since."""
        named = [name for name in differing if DECISIONS[name].matching is Matching.NAME]
        if not named:
            return differing
        tables = self.names()
        same = {
            name
            for name in named
            if name in tables and tables[name].canonical(getattr(decision, name)) == row[name]
        }
        return [name for name in differing if name not in same]

    def _stored(self, question: str, key: str, ids: list[str]) -> dict[str, dict[str, Any]]:
        return {row[key]: row for row in self.ask(question, ids=ids).to_pylist()}


def _stat(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def _change_counter(folder: Path) -> bytes:
    try:
        return (folder / CHANGE_COUNTER).read_bytes()
    except OSError:
        return b""
