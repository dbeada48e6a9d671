"""Output of ``import``: what was understood, written and refused."""

from __future__ import annotations

from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from decision_cli.output.tables import console, plain, print_json, show_table
from decision_log.importing.report import causes
from decision_log.reports.tables.table import Column, Table
from decision_log.text.terminal_text import counted

if TYPE_CHECKING:
    from decision_log.importing.prepare import PreparedImport
    from decision_log.importing.report import ImportReport, Understanding

CAUSES = 20
WORDS = 20
COLUMNS = 100
REVIEWED = 10


def show_understood(prepared: PreparedImport) -> None:
    """Show what was understood of each file, before anything is written."""
    out = console()
    for each in prepared.history.understood:
        if each.layout:
            _show_table(out, each)
        else:
            for use in each.columns:
                out.print(plain(f"Note: {use.column}: {use.reading}"))
        for note in each.notes:
            out.print(plain(f"Note: {each.path.name}: {note}"))


def show_import(report: ImportReport, *, as_json: bool) -> None:
    """Show what an import read, changed and refused."""
    if as_json:
        print_json(_plain(asdict(report)))
        return
    out = console()
    decisions, outcomes = report.decisions_read, report.outcomes_read
    out.print(f"Read {counted(decisions, 'decision')} and {counted(outcomes, 'outcome')}.")
    if report.dry_run:
        out.print("Dry run: nothing was written.")
    else:
        out.print(f"{report.added:,} new, {report.unchanged:,} already in the log.")
    for note in report.notes:
        out.print(plain(f"Note: {note}"))
    _show_review(out, report)
    _show_refused(report)


def _show_table(out: Console, each: Understanding) -> None:
    encoding = f", {each.encoding}" if each.encoding else ""
    heading = f"{each.path.name}: {each.title}, {counted(each.rows, 'row')}{encoding}"
    columns = (
        Column("column", "Column", "name"),
        Column("use", "Taken for", "name"),
        Column("reading", "Read as", "name"),
        Column("example", "Example"),
    )
    rows = [
        {
            "column": use.column,
            "use": use.use,
            "reading": use.reading or "text",
            "example": use.example,
        }
        for use in each.columns[:COLUMNS]
    ]
    show_table(Table(heading, columns, rows))
    if len(each.columns) > COLUMNS:
        out.print(f"  … and {len(each.columns) - COLUMNS:,} further columns; --json lists all")
    if each.words:
        show_table(_word_table(each))
        if len(each.words) > WORDS:
            out.print(f"  … and {len(each.words) - WORDS} further words")
    if each.states:
        counts = ", ".join(f"{count:,} {state}" for state, count in each.states.items())
        money = f"; amounts in {each.currency}" if each.currency else ""
        out.print(plain(f"{counts}{money}"))


def _word_table(each: Understanding) -> Table:
    columns = (
        Column("word", "Status", "name"),
        Column("state", "Means", "name"),
        Column("count", "Rows", "count"),
        Column("because", "Because of"),
    )
    rows = [
        {
            "word": use.word,
            "state": use.state or "not known",
            "count": use.count,
            "because": use.because,
        }
        for use in each.words[:WORDS]
    ]
    return Table("Status words", columns, rows)


def _show_review(out: Console, report: ImportReport) -> None:
    if not report.review:
        return
    columns = (
        Column("payment", "Payment", "key"),
        Column("amount", "Amount", "money"),
        Column("email", "E-mail", "name"),
        Column("why", "Why"),
    )
    rows = [
        {
            "payment": item.payment.payment_id,
            "amount": item.payment.amount,
            "email": item.payment.email,
            "why": f"{item.reason}{': ' if item.candidates else ''}{', '.join(item.candidates[:3])}",
        }
        for item in report.review[:REVIEWED]
    ]
    show_table(Table(f"{len(report.review):,} to review, not counted", columns, rows))
    if report.review_file is not None:
        out.print(
            plain(
                f"All are in {report.review_file}: fill in decision_id there and import that file."
            )
        )


def _show_refused(report: ImportReport) -> None:
    found = causes(report)
    if not found:
        return
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    total = len(report.rejected) + len(report.conflicting)
    accepted = report.decisions_read + report.outcomes_read > 0
    refused = f"{counted(total, 'row')} {'was' if total == 1 else 'were'}"
    errors.print(f"{refused} not accepted{'; the others were' if accepted else ''}:")
    for cause in found[:CAUSES]:
        remedy = f"; {cause.remedy}" if cause.remedy else ""
        if cause.count > 1:
            errors.print(
                plain(f"  {counted(cause.count, 'row')}: {cause.text}{remedy} ({cause.places})")
            )
        else:
            errors.print(plain(f"  {cause.rows[0].rstrip('.')}{remedy}"))
    if len(found) > CAUSES:
        errors.print(f"  … and {len(found) - CAUSES:,} further causes; --json lists all")


def _plain(value: Any) -> Any:
    """Paths and enumerations as text, the rest as it is."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, Path) else value
