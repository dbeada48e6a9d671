"""Store: write facts, query them."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from decision_store.durable_files import make_folder
from decision_store.errors import (
    DecisionConflict,
    NotInJournal,
    OutcomeConflict,
    StoreDamaged,
    StoreError,
    StoreUnavailable,
    UnknownDecision,
    VoidRecord,
)
from decision_store.facts import ALIASES, AMENDMENTS, DECISIONS, OUTCOMES, PREDICTIONS, Dismissal
from decision_store.fields import Matching
from decision_store.journal.append import CHANGE_COUNTER, Journal, sizes, unavailable
from decision_store.journal.comparing import as_row, decision_differences, outcome_differs
from decision_store.journal.id_cache import IdCache
from decision_store.journal.payloads import (
    encode,
    encode_amendment,
    encode_decision,
    encode_outcome,
    encode_prediction,
    retried,
)
from decision_store.names import NameTable
from decision_store.repeats import (
    Repeats,
    repeated_decision,
    repeated_outcome,
)
from decision_store.results import BulkResult, Receipt, Reject

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from decision_store.database.connection import Database
    from decision_store.database.fold import FoldReport
    from decision_store.database.status import StoreStatus
    from decision_store.facts import Alias, Amendment, Decision, Outcome, Prediction
    from decision_store.vocabulary import Vocabulary

logger = logging.getLogger(__name__)

_CONFLICT = "id used before with other content"
_UNKNOWN = "unknown decision"
_VOID = "the id belongs to a record that was taken back"


__all__ = ["BulkResult", "Receipt", "Reject", "Store"]

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
        self._found = Repeats(self.journal_folder, self.ask)
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

    def log_decision(
        self,
        decision: Decision,
        *,
        timestamp_given: bool = True,
        id_given: bool = True,
        again: bool = False,
    ) -> Receipt:
        """Log one decision; it is on the disk when this returns.

        Parameters
        ----------
        decision : Decision
            The fact.
        timestamp_given : bool, default=True
            Whether its time was given by the caller; one taken from the clock is not compared when the
            same decision is logged again.
        id_given : bool, default=True
            Whether the caller chose the decision_id; otherwise the same content within 24 hours is a repeat.
        again : bool, default=False
            Log it even if it looks like a repeat.

        Returns
        -------
        Receipt
            Not new where the same decision is in the log already.

        Raises
        ------
        DecisionConflict
            The id is in the log with other content.
        VoidRecord
            The id belongs to a decision that was taken back.
        StoreUnavailable
            It could not be written; nothing was recorded.
        """
        (result,) = self._log([decision], [timestamp_given], [id_given], again=again)
        if isinstance(result, Receipt):
            return result
        raise result

    def log_decisions(
        self,
        decisions: Iterable[Decision],
        *,
        timestamp_given: bool | Sequence[bool] = True,
        ids_given: bool | Sequence[bool] = True,
        again: bool = False,
    ) -> BulkResult:
        """Log many decisions with one wait for the disk. Rejected ones do not keep out the others.

        The flags are those of `log_decision`, one for all or one for each.
        """
        batch = list(decisions)
        results = self._log(
            batch, _each(timestamp_given, batch), _each(ids_given, batch), again=again
        )
        return _bulk_result("decision", [d.decision_id for d in batch], results)

    def record_outcome(
        self,
        outcome: Outcome,
        *,
        id_given: bool = False,
        occurred_at_given: bool = True,
        again: bool = False,
    ) -> Receipt:
        """Record one outcome; it is on the disk when this returns.

        Parameters
        ----------
        outcome : Outcome
            The fact.
        id_given : bool, default=False
            Whether the caller chose the outcome_id; otherwise the same content as an outcome that stands is a
            repeat: with the same time where one is given, and without one within 24 hours.
        occurred_at_given : bool, default=True
            Whether its time was given by the caller; one taken from the clock is not compared.
        again : bool, default=False
            Record it even if it looks like a repeat.

        Returns
        -------
        Receipt
            Not new where the same outcome is in the log already.

        Raises
        ------
        UnknownDecision
            Its decision is not in the log.
        OutcomeConflict
            The id is in the log with other content.
        VoidRecord
            The id belongs to an outcome that was taken back.
        StoreUnavailable
            It could not be written; nothing was recorded.
        """
        (result,) = self._record([outcome], [id_given], [occurred_at_given], again=again)
        if isinstance(result, Receipt):
            return result
        raise result

    def record_outcomes(
        self,
        outcomes: Iterable[Outcome],
        *,
        ids_given: bool | Sequence[bool] = False,
        occurred_at_given: bool | Sequence[bool] = True,
        again: bool = False,
    ) -> BulkResult:
        """Record many outcomes with one wait for the disk. Rejected ones do not keep out the others.

        The flags are those of `record_outcome`, one for all or one for each.
        """
        batch = list(outcomes)
        results = self._record(
            batch, _each(ids_given, batch), _each(occurred_at_given, batch), again=again
        )
        return _bulk_result("outcome", [o.outcome_id for o in batch], results)

    def amend(self, amendments: Iterable[Amendment]) -> None:
        """Record what changes the meaning of earlier facts, with one wait for the disk."""
        batch = list(amendments)
        self._journal.append(encode_amendment(amendment) for amendment in batch)
        if any(amendment.action == "map" for amendment in batch):
            self.fold()  # writers look the words up in a cache that the fold writes

    def vocabulary(self, words: Vocabulary) -> Vocabulary:
        """Return a vocabulary with the words that this log was taught."""
        from decision_store.journal.word_cache import WordCache

        return WordCache(self.journal_folder).extend(words)

    @property
    def currency(self) -> str | None:
        """Code of the currency of all amounts, None where no import has named one yet."""
        from decision_store.journal.currency_file import CurrencyFile

        return CurrencyFile(self.journal_folder).read()

    def keep_currency(self, code: str) -> str:
        """Keep the currency of the log unless it has one; return the one it has."""
        from decision_store.journal.currency_file import CurrencyFile

        return CurrencyFile(self.journal_folder).keep(code)

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
        aliases: pa.Table | None = None,
        amendments: pa.Table | None = None,
    ) -> BulkResult:
        """Bring in whole tables; all of it is on the disk and folded when this returns.

        Loading the same rows again changes nothing. Of rows with one id the first wins; a later one with
        other content is rejected.

        Parameters
        ----------
        decisions, outcomes, predictions, aliases, amendments : pyarrow.Table, optional
            Columns as in ``decision_store.facts``; those that are not required may be missing.

        Raises
        ------
        InvalidRecord
            A column or value cannot be accepted; nothing was recorded.
        """
        from decision_store.database import fold as folding
        from decision_store.journal import segments

        given = (
            (DECISIONS, decisions),
            (OUTCOMES, outcomes),
            (PREDICTIONS, predictions),
            (ALIASES, aliases),
            (AMENDMENTS, amendments),
        )
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
            False also where that cannot be determined, as when a journal file has been replaced.
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
        from decision_store.database.connection import in_memory

        with ExitStack() as opened:
            try:
                self._bring_up_to_date()
                found = self._database.reading() if self._database.exists else in_memory()
                connection = opened.enter_context(found)
            except StoreUnavailable as error:
                connection = self._answer_from_memory(error, opened)
            yield connection

    def _answer_from_memory(self, error: StoreUnavailable, opened: ExitStack) -> DuckDBPyConnection:
        """Open a copy in memory, with what is pending, of a log that cannot be written now.

        Another program may hold the file, or it may not be writable. Where it cannot even be read, the copy is made
        from the journal, if that provably holds everything.
        """
        from decision_store.database import completeness
        from decision_store.database import fold as folding
        from decision_store.database.connection import in_memory

        try:
            copy = self._database if self._database.exists else None
            connection = opened.enter_context(in_memory(copy))
            state = "the last state of the file"
        except StoreError:
            if not completeness.journal_is_complete(self.journal_folder):
                raise error from None
            connection = opened.enter_context(in_memory())
            state = "the journal alone"
        folding.fold(connection, self.journal_folder, self._id_cache, self.path)
        logger.warning("%s Answered in memory from %s, with all that was recorded", error, state)
        return connection

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

    def _log(
        self,
        batch: Sequence[Decision],
        timed: Sequence[bool],
        named: Sequence[bool],
        *,
        again: bool,
    ) -> list[Receipt | StoreError]:
        payloads = [
            encode_decision(d, timestamp_given=has_time)
            for d, has_time in zip(batch, timed, strict=True)
        ]
        suspects = [d.decision_id for d in batch if self._may_know(d.decision_id)]
        stored = self._stored("stored_decisions", "decision_id", suspects) if suspects else {}
        unnamed = [d for d, is_named in zip(batch, named, strict=True) if not is_named]
        similar = [] if again or not unnamed else list(self._repeats().of_decisions(unnamed))
        fresh: list[tuple[Decision, bytes]] = []
        results: list[Receipt | StoreError] = []
        for decision, payload, has_time, is_named in zip(
            batch, payloads, timed, named, strict=True
        ):
            row: Mapping[str, Any] | None = stored.get(decision.decision_id)
            if row is None and not is_named and not again:
                row = repeated_decision(decision, similar, timestamp_given=has_time)
            elif row is not None and (
                problem := self._decision_problem(decision, row, timestamp_given=has_time)
            ):
                results.append(problem)
                continue
            if row is not None:
                results.append(_receipt(row, "decision_id"))
                continue
            added = as_row(decision) or {}
            stored[decision.decision_id] = added
            similar.insert(0, added)
            fresh.append((decision, payload))
            results.append(
                Receipt(decision.decision_id, new=True, recorded_at=decision.recorded_at)
            )
        if fresh:
            self._prepare_folder()
            self._repeats().remember(decision for decision, _ in fresh)
            self._journal.append(payload for _, payload in fresh)
            self._id_cache.add([d.decision_id for d, _ in fresh])
        return results

    def _record(
        self, batch: Sequence[Outcome], named: Sequence[bool], timed: Sequence[bool], *, again: bool
    ) -> list[Receipt | StoreError]:
        unknown_ids = self._unknown_ids(
            self._id_cache.missing(dict.fromkeys(outcome.decision_id for outcome in batch))
        )
        ids = [o.outcome_id for o, is_named in zip(batch, named, strict=True) if is_named]
        stored = self._stored("stored_outcomes", "outcome_id", ids) if ids else {}
        unnamed = [o for o, is_named in zip(batch, named, strict=True) if not is_named]
        similar = {} if again or not unnamed else self._repeats().of_outcomes(unnamed)
        fresh: list[tuple[Outcome, bool]] = []
        results: list[Receipt | StoreError] = []
        for given, has_time, is_named in zip(batch, timed, named, strict=True):
            outcome = given
            row: Mapping[str, Any] | None = None
            if outcome.decision_id in unknown_ids:
                results.append(UnknownDecision(outcome.decision_id))
                continue
            if is_named:
                row = stored.get(outcome.outcome_id)
                if row and (problem := _outcome_problem(outcome, row, occurred_at_given=has_time)):
                    results.append(problem)
                    continue
            elif not again:
                rows = similar.get(outcome.decision_id, [])
                row = repeated_outcome(outcome, rows, occurred_at_given=has_time)
                if any(other["outcome_id"] == outcome.outcome_id for other in rows):
                    outcome = replace(
                        given, outcome_id=str(uuid4())
                    )  # the old one is void, or long ago
            if row is not None:
                results.append(_receipt(row, "outcome_id"))
                continue
            added = as_row(outcome) or {}
            stored[outcome.outcome_id] = added
            similar.setdefault(outcome.decision_id, []).insert(0, added)
            fresh.append((outcome, has_time))
            results.append(Receipt(outcome.outcome_id, new=True, recorded_at=outcome.recorded_at))
        if fresh:
            self._repeats().remember(outcome for outcome, _ in fresh)
            self._journal.append(encode_outcome(o, occurred_at_given=timed) for o, timed in fresh)
        return results

    def _repeats(self) -> Repeats:
        if not self._found.cache.exists:
            if self.path.exists() or sizes(self.journal_folder):
                self.fold()  # rebuilds the cache
            else:
                self._found.cache.make()
        return self._found

    def _prepare_folder(self) -> None:
        """Make the journal folder and the caches of a log that is just beginning."""
        if not self._id_cache.exists:
            try:
                make_folder(self.journal_folder)
            except OSError as error:
                raise unavailable(self.journal_folder, error) from error
            self._id_cache.make()

    def _unknown_ids(self, decision_ids: list[str]) -> set[str]:
        """Return those ids that are really not in the log, and add the others to the cache."""
        if not decision_ids:
            return set()
        stored = self._stored("stored_decisions", "decision_id", decision_ids)
        self._id_cache.add_missing(stored)
        return set(decision_ids) - stored.keys()

    def _decision_problem(
        self, decision: Decision, row: Mapping[str, Any], *, timestamp_given: bool
    ) -> StoreError | None:
        if row.get("voided"):
            return VoidRecord("decision", decision.decision_id)
        differing = decision_differences(decision, row, timestamp_given=timestamp_given)
        differing = self._unless_merged(decision, row, differing)
        return DecisionConflict(decision.decision_id, differing) if differing else None

    def _unless_merged(
        self, decision: Decision, row: Mapping[str, Any], differing: list[str]
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


def _each(flag: bool | Sequence[bool], batch: Sequence[object]) -> Sequence[bool]:
    return [flag] * len(batch) if isinstance(flag, bool) else flag


def _receipt(row: Mapping[str, Any], key: str) -> Receipt:
    return Receipt(row[key], new=False, recorded_at=row["recorded_at"].replace(tzinfo=UTC))


def _outcome_problem(
    outcome: Outcome, row: Mapping[str, Any], *, occurred_at_given: bool
) -> StoreError | None:
    if row.get("voided"):
        return VoidRecord("outcome", outcome.outcome_id)
    differs = outcome_differs(outcome, row, occurred_at_given=occurred_at_given)
    return OutcomeConflict(outcome.outcome_id) if differs else None


def _bulk_result(
    kind: str, ids: Sequence[str], results: Sequence[Receipt | StoreError]
) -> BulkResult:
    reasons: dict[type[StoreError], str] = {UnknownDecision: _UNKNOWN, VoidRecord: _VOID}
    rejected = tuple(
        Reject(kind, record_id, reasons.get(type(result), _CONFLICT))
        for record_id, result in zip(ids, results, strict=True)
        if isinstance(result, StoreError)
    )
    added = sum(bool(result) for result in results if isinstance(result, Receipt))
    return BulkResult(added, len(results) - added - len(rejected), rejected)


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
