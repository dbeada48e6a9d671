"""Import of history: understand the files, ask about what they leave open, write, report."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from decision_log.currencies import LogCurrency, check_kept
from decision_log.records import Intake
from decision_log.settings import SettingValue
from decision_log.taken_back import TakenBack
from decision_store import date_formats
from decision_store.csv_cells import inert
from decision_store.durable_files import atomic_write_text
from decision_store.errors import ImportFailed
from decision_store.facts import BY_KIND
from decision_store.importing import ImportOptions, RejectedRow, read_history
from decision_store.importing.history import History
from decision_store.importing.reconciliation.known import settle_with_log
from decision_store.importing.reconciliation.matching import Matched, ReviewItem, match_payments
from decision_store.importing.reconciliation.meanings import with_meanings
from decision_store.importing.understanding import Question, Understanding
from decision_store.store import Reject, Store
from decision_store.vocabulary import OPEN

__all__ = [
    "Cause",
    "ImportDoubtful",
    "ImportOptions",
    "ImportReport",
    "PreparedImport",
    "Understanding",
    "causes",
    "load_recipe",
    "prepare_import",
    "save_recipe",
]

_TIMES = frozenset({"timestamp", "received_at", "occurred_at", "recorded_at"})

_EXAMPLES = 3
_KINDS = frozenset(BY_KIND)

REVIEW_COLUMNS = (
    "outcome_id", "decision_id", "outcome_type", "outcome_status", "revenue_generated", "occurred_at",
    "notes", "email", "candidates", "review_reason",
)  # fmt: skip
"""Columns of a review file; with ``decision_id`` filled in it can be imported."""


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
class ImportReport:
    """What an import read and what it changed.

    Parameters
    ----------
    decisions_read, outcomes_read : int
        Acceptable rows in the files.
    added, unchanged : int
        Of those: new in the log, and there before. Both 0 in a dry run.
    rejected : tuple of RejectedRow
        Rows that cannot be read, by number and reason.
    conflicting : tuple of Reject
        Rows that contradict what the log holds, by id and reason.
    notes : tuple of str
        Such as columns that went into the context.
    dry_run : bool
        Nothing was written.
    understood : tuple of Understanding
        Of each table whose layout or formats had to be found out.
    review : tuple of ReviewItem
        Payments whose decision is not certain; not counted.
    review_file : Path, optional
        Where they are listed, to be completed and imported.
    """

    decisions_read: int
    outcomes_read: int
    added: int
    unchanged: int
    rejected: tuple[RejectedRow, ...]
    conflicting: tuple[Reject, ...]
    notes: tuple[str, ...]
    dry_run: bool
    understood: tuple[Understanding, ...] = ()
    review: tuple[ReviewItem, ...] = ()
    review_file: Path | None = None


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
                result = self.store.load(facts.decisions, facts.outcomes, **facts.others)
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


def prepare_import(
    store: Store,
    paths: Sequence[Path],
    *,
    options: ImportOptions,
    intake: Intake,
    reports: Path,
    currency: SettingValue | None = None,
    progress: Callable[[int, int | None], None] | None = None,
) -> PreparedImport:
    """Read files and compare them with the log.

    Parameters
    ----------
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
    history = taken_back.left_out(history)
    settled = settle_with_log(history, store.ask, intake.now)
    notes = [*history.notes, *settled.notes]
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


def write_review(items: Sequence[ReviewItem], folder: Path) -> Path:
    """Write the payments to review as a CSV file that can be completed and imported."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(REVIEW_COLUMNS)
    for item in items:
        payment = item.payment
        kind = "payment" if payment.amount >= 0 else "refund"
        cells: list[Any] = [
            payment.payment_id, "", kind, payment.status, payment.amount, payment.occurred_at,
            payment.notes, payment.email, " ".join(item.candidates), item.reason,
        ]  # fmt: skip
        writer.writerow([inert(cell) if isinstance(cell, str) else cell for cell in cells])
    path = folder / f"review-{items[0].payment.path.stem}.csv"
    atomic_write_text(path, text.getvalue())
    path.chmod(0o600)
    return path


def load_recipe(path: Path) -> ImportOptions:
    """Read the options kept in a file.

    Raises
    ------
    ImportFailed
        It is no recipe.
    """
    return ImportOptions.load(path)


def save_recipe(path: Path, stated: ImportOptions, report: ImportReport) -> Path:
    """Keep what was stated and accepted, so that the next file of this kind is read alike.

    The layout is kept where all files had the same; a word that was accepted although it is not
    known is open the next time, too.
    """
    layouts = {each.layout for each in report.understood if each.layout}
    words = {
        use.word: OPEN
        for each in report.understood
        for use in each.words
        if use.state is None and use.word != "(empty)"
    }
    kept = replace(
        stated,
        layout=stated.layout or (layouts.pop() if len(layouts) == 1 else None),
        values={**stated.values, **words},
    )
    return atomic_write_text(path, kept.dump())


@dataclass(frozen=True, slots=True)
class Cause:
    """Rows that were refused for one reason.

    Parameters
    ----------
    text : str
        The reason.
    count : int
        How many rows.
    rows : tuple of str
        Each row with its place and full reason.
    remedy : str
        What to do; empty where the reason says it.
    places : str
        Where the first of them are, and a value of the first, in short.
    """

    text: str
    count: int
    rows: tuple[str, ...]
    remedy: str = ""
    places: str = ""


def causes(report: ImportReport) -> list[Cause]:
    """Summarise refused rows by their cause, the most frequent first."""
    found: dict[tuple[str, str], list[tuple[str, str, str, str]]] = {}
    for row in report.rejected:
        text, _, value = row.reason.rstrip(".").partition(", but it is ")
        name = text.split(" ", 1)[0]
        remedy = ""
        if name in _TIMES and value and (shape := date_formats.shape_of(value.strip("'\""))):
            text, remedy = f"{name} looks like {shape[0]}", shape[1]
        line = f"{row.path.name}, {row.kind or 'file'} row {row.row_number}: {row.reason}"
        place = (row.path.name, str(row.row_number), value, line)
        found.setdefault((text, remedy), []).append(place)
    for reject in report.conflicting:
        line = f"{reject.kind} {reject.id}: {reject.reason}"
        key = (f"{reject.kind}s: {reject.reason}", "")
        found.setdefault(key, []).append((reject.kind, reject.id, "", line))
    listed = [
        Cause(text, len(rows), tuple(line for *_, line in rows), remedy, _places(rows))
        for (text, remedy), rows in found.items()
    ]
    return sorted(listed, key=lambda cause: -cause.count)


def _places(rows: Sequence[tuple[str, str, str, str]]) -> str:
    """Say where the first rows of one cause are: ``leads.csv rows 2, 3, 4, …, such as 'x'``."""
    first, _, value, _ = rows[0]
    here = [number for name, number, _, _ in rows if name == first]
    more = ", …" if len(rows) > len(here[:_EXAMPLES]) else ""
    listed = (
        f"{first} {'rows' if first not in _KINDS else 'ids'} {', '.join(here[:_EXAMPLES])}{more}"
    )
    return f"{listed}, such as {value}" if value else listed


def _matched(history: History, decisions: pa.Table, store: Store, now: datetime) -> Matched:
    if not history.payments:
        return Matched(history.outcomes.slice(0, 0), 0, ())
    return match_payments(history.payments, decisions, store.ask, now)
