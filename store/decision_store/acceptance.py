"""Acceptance of records: each is new, a repeat of what the log holds, or refused.

Only what may be known already asks the database: two caches of ids and of content keys answer "certainly new".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from decision_store.durable_files import make_folder
from decision_store.errors import (
    DecisionConflict,
    OutcomeConflict,
    StoreError,
    UnknownDecision,
    VoidDecision,
    VoidRecord,
)
from decision_store.facts import DECISIONS
from decision_store.fields import Matching
from decision_store.journal.append import Journal, sizes, unavailable
from decision_store.journal.comparing import as_row, decision_differences, outcome_differs
from decision_store.journal.id_cache import IdCache, outcome_cache, void_cache
from decision_store.journal.payloads import as_one_call, encode_decision, encode_outcome
from decision_store.names import NameTable
from decision_store.repeats import Repeats, repeated_decision, repeated_outcome
from decision_store.results import BulkResult, Receipt, Reject

if TYPE_CHECKING:
    import pyarrow as pa

    from decision_store.facts import Decision, Outcome

T = TypeVar("T")

_LOOKS = 4
"""Looks into a cache that others remove and make again meanwhile; what they leave open the fold settles."""

_CONFLICT = "id used before with other content"
_UNKNOWN = "unknown decision"
_VOID = "the id belongs to a record that was taken back"
_VOID_DECISION = "its decision was taken back"


class Acceptance:
    """Compares records with the log, and appends those that are new to its journal.

    Parameters
    ----------
    journal : Journal
        What new records are appended to.
    id_cache : IdCache
        The decision ids that the log holds.
    database_exists : callable
        Whether there is a database file.
    ask, names, fold : callable
        `Store.ask`, `Store.names` and `Store.fold`, which also rebuilds both caches.
    """

    def __init__(
        self,
        journal: Journal,
        id_cache: IdCache,
        *,
        database_exists: Callable[[], bool],
        ask: Callable[..., pa.Table],
        names: Callable[[], dict[str, NameTable]],
        fold: Callable[[], object],
    ) -> None:
        self._journal = journal
        self._id_cache = id_cache
        self._outcome_cache = outcome_cache(journal.folder)
        self._found = Repeats(journal.folder, ask)
        self._ask = ask
        self._names = names
        self._fold = fold
        self._database_exists = database_exists

    def decisions(
        self,
        batch: Sequence[Decision],
        timed: Sequence[bool],
        named: Sequence[bool],
        *,
        again: bool,
        dry_run: bool = False,
    ) -> list[Receipt | StoreError]:
        """Append those of these decisions that are new; return what happened to each.

        Parameters
        ----------
        timed, named : sequence of bool
            Whether the caller gave its time, and its id.
        again : bool
            Whether repeats are appended too.
        dry_run : bool
            Whether nothing is appended at all.
        """
        payloads = [
            encode_decision(d, timestamp_given=has_time)
            for d, has_time in zip(batch, timed, strict=True)
        ]
        suspects = [d.decision_id for d in batch if self._may_know(d.decision_id)]
        stored = self._stored("stored_decisions", "decision_id", suspects) if suspects else {}
        unnamed = [d for d, is_named in zip(batch, named, strict=True) if not is_named]
        # A dry run begins no log: it must not make the folder of the cache.
        again = again or (dry_run and not (self._id_cache.exists or self._database_exists()))
        similar: list[Mapping[str, Any]] = []
        if unnamed and not again:
            found = self._looked_up(self._found.cache, lambda: self._found.of_decisions(unnamed))
            similar = list(found)
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
            if len(batch) > 1:  # later ones may repeat it
                added = as_row(decision) or {}
                stored[decision.decision_id] = added
                similar.insert(0, added)
            fresh.append((decision, payload))
            results.append(
                Receipt(decision.decision_id, new=True, recorded_at=decision.recorded_at)
            )
        if fresh and not dry_run:
            self._prepare_folder()
            new = [decision for decision, _ in fresh]
            lines = as_one_call(payload for _, payload in fresh)
            self._found.write(new, lambda: self._journal.append(lines))
            self._id_cache.add([d.decision_id for d in new])
        return results

    def outcomes(
        self,
        batch: Sequence[Outcome],
        named: Sequence[bool],
        timed: Sequence[bool],
        *,
        again: bool,
        dry_run: bool = False,
    ) -> list[Receipt | StoreError]:
        """Append those of these outcomes that are new; return what happened to each, as `decisions` does."""
        named_ids = dict.fromkeys(outcome.decision_id for outcome in batch)
        unknown_ids = self._unknown_ids(self._id_cache.missing(named_ids))
        void_ids = self._void_ids(named_ids)
        ids = [o.outcome_id for o, is_named in zip(batch, named, strict=True) if is_named]
        ids = self._known_outcomes(ids)
        stored = self._stored("stored_outcomes", "outcome_id", ids) if ids else {}
        unnamed = [o for o, is_named in zip(batch, named, strict=True) if not is_named]
        similar: dict[str, list[Mapping[str, Any]]] = {}
        if unnamed and not again:
            similar = self._looked_up(self._found.cache, lambda: self._found.of_outcomes(unnamed))
        fresh: list[tuple[Outcome, bool]] = []
        results: list[Receipt | StoreError] = []
        for given, has_time, is_named in zip(batch, timed, named, strict=True):
            outcome = given
            row: Mapping[str, Any] | None = None
            if outcome.decision_id in unknown_ids:
                results.append(UnknownDecision(outcome.decision_id))
                continue
            if outcome.decision_id in void_ids:
                results.append(VoidDecision(outcome.decision_id, void_ids[outcome.decision_id]))
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
            if len(batch) > 1:
                added = as_row(outcome) or {}
                stored[outcome.outcome_id] = added
                similar.setdefault(outcome.decision_id, []).insert(0, added)
            fresh.append((outcome, has_time))
            results.append(Receipt(outcome.outcome_id, new=True, recorded_at=outcome.recorded_at))
        if fresh and not dry_run:
            new = [outcome for outcome, _ in fresh]
            self._outcome_cache.add([outcome.outcome_id for outcome in new])
            lines = as_one_call(encode_outcome(o, occurred_at_given=timed) for o, timed in fresh)
            self._found.write(new, lambda: self._journal.append(lines))
        return results

    def _known_outcomes(self, ids: list[str]) -> list[str]:
        """Return those ids of outcomes that are perhaps in the log."""
        if not self._outcome_cache.exists:
            return ids
        new = set(self._outcome_cache.missing(ids))
        return [each for each in ids if each not in new]

    def _may_know(self, decision_id: str) -> bool:
        return self._looked_up(self._id_cache, lambda: self._id_cache.has(decision_id))

    def _looked_up(self, cache: IdCache, look: Callable[[], T]) -> T:
        """Look something up in a cache that is there, and the same one, before the look and after it."""
        for _ in range(_LOOKS):
            before = cache.identity
            found = look()
            if cache.identity == before and (before is not None or not self._is_begun()):
                break
            if self._is_lost(cache):
                self._fold()  # makes the cache
        return found

    def _is_lost(self, cache: IdCache) -> bool:
        """Tell whether a cache is gone that the log had: that of a log not yet begun is only not made."""
        if cache.exists:
            return False
        # Looked at twice: another process that begins the log makes its caches before its first file.
        return self._is_begun() and not cache.exists

    def _is_begun(self) -> bool:
        return bool(sizes(self._journal.folder)) or self._database_exists()

    def _prepare_folder(self) -> None:
        """Make the journal folder and the caches of a log that is just beginning."""
        # Those of one that has begun may be gone this moment: an empty one would pass for complete.
        if not self._id_cache.exists and not self._is_begun():
            try:
                make_folder(self._journal.folder)
            except OSError as error:
                raise unavailable(self._journal.folder, error) from error
            self._found.cache.make()
            void_cache(self._journal.folder).make()
            self._outcome_cache.make()
            self._id_cache.make()  # the last: where it is, all are

    def _unknown_ids(self, decision_ids: list[str]) -> set[str]:
        """Return those ids that are really not in the log, and add the others to the cache."""
        if not decision_ids:
            return set()
        stored = self._stored("stored_decisions", "decision_id", decision_ids)
        self._id_cache.add_missing(stored)
        return set(decision_ids) - stored.keys()

    def _void_ids(self, decision_ids: Collection[str]) -> dict[str, str]:
        """Return those ids whose decision was taken back, each with the id of what took it back."""
        cache = void_cache(self._journal.folder)
        new = set(decision_ids)
        with suppress(StoreError):  # writing needs no database
            new = set(self._looked_up(cache, lambda: cache.missing(decision_ids)))
        suspects = [each for each in decision_ids if each not in new]
        if not suspects:
            return {}
        rows = self._ask("undoable", ids=suspects).to_pylist()
        return {
            row["id"]: row["voided_by"]
            for row in rows
            if row["kind"] == "decision" and row["voided"]
        }

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
        tables = self._names()
        same = {
            name
            for name in named
            if name in tables and tables[name].canonical(getattr(decision, name)) == row[name]
        }
        return [name for name in differing if name not in same]

    def _stored(self, question: str, key: str, ids: list[str]) -> dict[str, dict[str, Any]]:
        return {row[key]: row for row in self._ask(question, ids=ids).to_pylist()}


def bulk_result(
    kind: str, ids: Sequence[str], results: Sequence[Receipt | StoreError]
) -> BulkResult:
    """Count what happened to many records, and give the reason of each that was refused."""
    reasons: dict[type[StoreError], str] = {
        UnknownDecision: _UNKNOWN,
        VoidRecord: _VOID,
        VoidDecision: _VOID_DECISION,
    }
    rejected = tuple(
        Reject(kind, record_id, reasons.get(type(result), _CONFLICT))
        for record_id, result in zip(ids, results, strict=True)
        if isinstance(result, StoreError)
    )
    added = sum(bool(result) for result in results if isinstance(result, Receipt))
    return BulkResult(added, len(results) - added - len(rejected), rejected)


def _receipt(row: Mapping[str, Any], key: str) -> Receipt:
    return Receipt(row[key], new=False, recorded_at=row["recorded_at"].replace(tzinfo=UTC))


def _outcome_problem(
    outcome: Outcome, row: Mapping[str, Any], *, occurred_at_given: bool
) -> StoreError | None:
    if row.get("voided"):
        return VoidRecord("outcome", outcome.outcome_id)
    differs = outcome_differs(outcome, row, occurred_at_given=occurred_at_given)
    return OutcomeConflict(outcome.outcome_id) if differs else None
