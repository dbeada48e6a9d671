"""Preparation of an import: files read and compared with the log, then written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from decision_log.currencies import LogCurrency, check_kept
from decision_log.importing.again import with_current_ids
from decision_log.importing.report import ImportReport
from decision_log.importing.review import write_review
from decision_log.importing.taken_back import TakenBack
from decision_log.records import Intake
from decision_log.settings import SettingValue
from decision_store.errors import ImportFailed
from decision_store.facts import (
    ALIASES,
    AMENDMENTS,
    DECISIONS,
    FINDINGS,
    OUTCOMES,
    PREDICTIONS,
)
from decision_store.importing import ImportOptions, read_history
from decision_store.importing.history import History
from decision_store.importing.reconciliation.changed_rows import (
    absent_rows,
    asking_about_changed_rows,
)
from decision_store.importing.reconciliation.known import settle_with_log
from decision_store.importing.reconciliation.matching import Matched, ReviewItem, match_payments
from decision_store.importing.reconciliation.meanings import with_meanings
from decision_store.importing.understanding import Question
from decision_store.record_classes import FactTable
from decision_store.store import Reject, Store


class ImportDoubtful(ImportFailed):
    """The files leave something open; nothing was written."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self.questions = tuple(questions)
        first = self.questions[0]
        super().__init__(first.path, first.text, f"Settle it with {first.option}")

    def __str__(self) -> str:
        lines = [f"  {each.path.name}: {each.text}. Use {options(each)}" for each in self.questions]
        return "Nothing was imported, because this is not certain:\n" + "\n".join(lines)


def options(question: Question) -> str:
    """Return the options that settle a question, as typed."""
    return f"{question.option}, or --yes" if question.acceptable else question.option


@dataclass(frozen=True, slots=True)
class PreparedImport:
    """Files that were read and compared with the log; nothing is written yet.

    Parameters
    ----------
    history : History
        What is new.
    read : tuple of (int, int)
        Decisions and outcomes in the files.
    unchanged : int
        Facts that the log holds already.
    review : tuple of ReviewItem
        Payments that need a person.
    notes : tuple of str
        For people.
    currency : str, optional
        Of the log from this import on; None where neither log nor file nor user names one.
    """

    store: Store
    history: History
    read: tuple[int, int]
    unchanged: int
    review: tuple[ReviewItem, ...]
    notes: tuple[str, ...]
    reports: Path
    currency: str | None = None

    @property
    def questions(self) -> tuple[Question, ...]:
        """What the files leave open."""
        return self.history.questions

    def write(self, *, accept: bool = False, dry_run: bool = False) -> ImportReport:
        """Write what is new.

        Parameters
        ----------
        accept : bool, default=False
            Whether questions that have a reading which loses nothing are settled by it (``--yes``).
        dry_run : bool, default=False
            Only report.

        Raises
        ------
        ImportDoubtful
            A question is open; nothing was written.
        """
        still_open = [each for each in self.questions if not (accept and each.acceptable)]
        if still_open and not dry_run:
            raise ImportDoubtful(still_open)
        added, unchanged = 0, self.unchanged
        conflicting: tuple[Reject, ...] = ()
        review_file = None
        if not dry_run:
            facts = self.history
            tables = (facts.decisions, facts.outcomes, *facts.others.values())
            if any(table.num_rows for table in tables):
                if self.currency:
                    check_kept(self.store.keep_currency(self.currency), self.currency)
                del facts, tables
                result = self.store.load_tables(self._handed_over())
                added, conflicting = result.added, result.rejected
                unchanged += result.unchanged
            if self.review:
                review_file = write_review(self.review, self.reports)
        return ImportReport(
            decisions_read=self.read[0],
            outcomes_read=self.read[1],
            added=added,
            unchanged=0 if dry_run else unchanged,
            rejected=self.history.rejected,
            conflicting=conflicting,
            notes=self.notes,
            dry_run=dry_run,
            understood=self.history.understood,
            review=self.review,
            review_file=review_file,
        )

    def _handed_over(self) -> list[tuple[FactTable, pa.Table]]:
        """Return the tables to load; they are no longer held here, for the memory of the load."""
        facts = self.history
        named = {"decisions": facts.decisions, "outcomes": facts.outcomes, **facts.others}
        nothing = {name: named[name].schema.empty_table() for name in ("decisions", "outcomes")}
        object.__setattr__(self, "history", replace(facts, others={}, **nothing))
        return [(table, named[table.name]) for table in _LOADED if table.name in named]


_LOADED = (DECISIONS, OUTCOMES, PREDICTIONS, ALIASES, AMENDMENTS, FINDINGS)
"""In the order in which they are loaded."""


def prepare_import(
    store: Store,
    paths: Sequence[Path],
    *,
    options: ImportOptions,
    intake: Intake,
    reports: Path,
    currency: SettingValue | None = None,
    again: bool = False,
    progress: Callable[[int, int | None], None] | None = None,
) -> PreparedImport:
    """Read files and compare them with the log.

    Parameters
    ----------
    again : bool, default=False
        Whether decisions that were taken back come again, under further ids.
    currency : SettingValue, optional
        The setting ``currency``: that of the log where it is not the default.

    Raises
    ------
    ImportFailed
        A file cannot be read at all, or the currencies of options, settings and log differ.
    """
    money = LogCurrency.of(store, currency, options)
    options = money.applied(options)
    history = read_history(
        paths,
        options=options,
        zone=intake.zone,
        now=intake.now,
        vocabulary=intake.vocabulary,
        stored=lambda ids: store.ask("stored_decisions", ids=ids),
        progress=progress,
    )
    history = money.asking(history)
    read = (history.decisions.num_rows, history.outcomes.num_rows + len(history.payments))
    taken_back = TakenBack.of(store.ask)
    history = with_current_ids(history, taken_back.decisions.keys(), store.ask, again=again)
    history = taken_back.left_out(history)
    settled = settle_with_log(
        history, store.ask, intake.now, taken_ids=frozenset(taken_back.outcomes)
    )
    new = asking_about_changed_rows(settled.history, store.ask)
    settled = replace(settled, history=new)
    notes = [*history.notes, *settled.notes, *absent_rows(history, store.ask)]
    matched = _matched(settled.history, history.decisions, store, intake.now)
    if history.payments:
        notes.append(
            f"payments: {matched.by_id} matched by id, {matched.by_email} by e-mail, "
            f"{len(matched.review)} to review"
        )
    outcomes = with_meanings(
        pa.concat_tables(
            [settled.history.outcomes, taken_back.left_out_outcomes(matched.outcomes)]
        ),
        options.vocabulary(intake.vocabulary),
    )
    notes += taken_back.notes()
    return PreparedImport(
        store,
        replace(settled.history, outcomes=outcomes),
        read,
        settled.unchanged + matched.unchanged + taken_back.count,
        matched.review,
        tuple(notes),
        reports,
        money.after(history),
    )


def _matched(history: History, decisions: pa.Table, store: Store, now: datetime) -> Matched:
    if not history.payments:
        return Matched(history.outcomes.slice(0, 0), 0, ())
    return match_payments(history.payments, decisions, store.ask, now)
