"""Output of the commands that record, score and report: text and tables for people, or JSON."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from decision_cli.output.streams import is_unicode
from decision_cli.output.tables import (
    Rows,
    console,
    plain,
    print_json,
    show_lines,
    show_rows,
)
from decision_log.reports.summary.text import without_signs
from decision_log.reports.tables.maintenance import name_table, reject_table
from decision_log.reports.tables.period import summary_table
from decision_log.reports.tables.rates import (
    conversion_table,
    group_table,
    insight_table,
    return_table,
)

if TYPE_CHECKING:
    from decision_log.reports.tables.table import Table


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[int, int | None], None]]:
    """Show progress on stderr, if that is a terminal; give the function that reports it."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def show_empty(home: str | Path) -> None:
    """Say that there is nothing to show, where it was looked for, and what to do next."""
    folder = Path(home).absolute()
    why = "" if folder.is_dir() else " The folder does not exist."
    out = console()
    out.print(plain(f"The log in {folder} holds no decisions yet.{why}"), soft_wrap=True)
    out.print(
        "Log one with 'decision-log log', load history with 'decision-log import FILE', "
        "or choose another folder with --home."
    )


def _show_kinds(
    table: Table, rows: Rows, home: str | Path, currency: str, *, as_json: bool, as_csv: bool
) -> None:
    if rows or as_json or as_csv:
        show_rows(table, as_json=as_json, as_csv=as_csv, answer=list(rows), currency=currency)
    else:
        show_empty(home)


def show_conversions(
    rows: Rows, *, home: str | Path, currency: str, as_json: bool, as_csv: bool
) -> None:
    """Show `DecisionLog.get_conversion_rates`."""
    _show_kinds(conversion_table(rows), rows, home, currency, as_json=as_json, as_csv=as_csv)


def show_groups(
    rows: Rows, *, by: str, home: str | Path, currency: str, as_json: bool, as_csv: bool
) -> None:
    """Show `DecisionLog.get_group_rates`."""
    _show_kinds(group_table(rows, by), rows, home, currency, as_json=as_json, as_csv=as_csv)


def show_returns(
    rows: Rows,
    *,
    totals: Rows = (),
    home: str | Path,
    currency: str,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Show `DecisionLog.calculate_roi_by_type`, with the totals of types where some have several sources."""
    _show_kinds(return_table(rows), rows, home, currency, as_json=as_json, as_csv=as_csv)
    if 1 < len(totals) < len(rows):
        show_rows(
            return_table(totals),
            as_json=False,
            as_csv=False,
            answer=list(totals),
            currency=currency,
        )


def show_place(home: str | Path, text: str, *further: str) -> None:
    """Say that something is not there, in which log, and what to do next."""
    folder = Path(home).absolute()
    where = f"The log is in {folder}." if folder.is_dir() else f"There is no folder {folder}."
    out = console()
    out.print(plain(f"{text} {where}".strip()), soft_wrap=True)
    for line in further:
        out.print(plain(line))


def show_names(
    rows: Rows, *, of: str, home: str | Path, as_json: bool, as_csv: bool = False
) -> None:
    """Show `DecisionLog.types`."""
    if not (rows or as_json or as_csv):
        show_empty(home)
        return
    show_rows(name_table(rows, of), as_json=as_json, as_csv=as_csv, answer=list(rows))


def show_rejects(rows: Rows, *, home: str | Path, as_json: bool, as_csv: bool = False) -> None:
    """Show `DecisionLog.rejects`."""
    if not (rows or as_json or as_csv):
        show_place(home, "No record was rejected.", "'decision-log doctor' checks the rest.")
        return
    show_rows(reject_table(rows), as_json=as_json, as_csv=as_csv, answer=list(rows))


def show_count(count: int, what: str, *, as_json: bool) -> None:
    """Show how many there were."""
    if as_json:
        print_json({"count": count})
        return
    console().print(plain(f"{count} {what}."))


def show_repair(repaired: Mapping[str, Any], *, as_json: bool) -> None:
    """Show `DecisionLog.repair`."""
    if as_json:
        print_json(repaired)
        return
    counts = ", ".join(f"{count} {name}" for name, count in repaired["counts"].items() if count)
    console().print(plain(f"Rebuilt the database from the journal: {counts or 'no facts'}."))
    if repaired["quarantined"]:
        console().print(plain(f"The old one was kept as {repaired['quarantined']}."))


def show_name_change(change: Mapping[str, Any], done: str, *, as_json: bool) -> None:
    """Show `DecisionLog.merge_types` or `DecisionLog.rename_type`."""
    if as_json:
        print_json(change)
        return
    console().print(
        plain(
            f"{done}: the {change['field']} {change['name']!r} is now {change['target']!r}. "
            f"To take it back: decision-log undo {change['alias_id']}"
        )
    )


def show_insights(rows: Rows, *, home: str | Path, as_json: bool, as_csv: bool = False) -> None:
    """Show `DecisionLog.generate_insights`."""
    if as_json or as_csv:
        show_rows(insight_table(rows), as_json=as_json, as_csv=as_csv, answer=list(rows))
        return
    out = console()
    if not rows:
        out.print(
            plain(
                f"No insight yet: the log in {Path(home).absolute()} holds too little to compare. "
                "Record more outcomes; 'decision-log conversions' shows what is known."
            )
        )
    for row in rows:
        out.print(Text(_sentence(row["title"]), style="bold"))
        out.print(plain(_sentence(row["description"])), "\n")


def _sentence(text: str) -> str:
    """Begin a sentence with a capital."""
    return text[:1].upper() + text[1:]


def show_summary(
    summary: Mapping[str, Any],
    paths: tuple[Path, Path] | None,
    *,
    home: str | Path,
    as_json: bool,
    as_csv: bool = False,
) -> None:
    """Show a summary's text and say where it was saved; as CSV its counts."""
    if as_json or as_csv:
        show_rows(summary_table(summary), as_json=as_json, as_csv=as_csv, answer=summary)
        return
    out = console()
    text = summary["performance_summary"]
    signs = is_unicode(sys.stdout) and out.is_terminal
    piped = not out.is_terminal and not os.environ.get("COLUMNS", "").isdigit()
    out.print(plain(text if signs else without_signs(text)), soft_wrap=piped)
    if not summary["overview"]["total_decisions"]:
        show_empty(home)
    if paths:
        out.print()
        for path in paths:
            out.print(plain(f"Saved as {path}"), style="dim", soft_wrap=True)


def show_report(path: Path, *, as_json: bool) -> None:
    """Say where the page was written."""
    if as_json:
        print_json({"path": str(path)})
        return
    console().print(plain(f"Written to {path}"), soft_wrap=True)


def show_next(command: str, home: str | Path = ".") -> None:
    """Say what can be done next, on one line to be copied."""
    text = plain(at_home(command, home)).plain
    console().print(Text(f"Next: {text}", style="dim"), soft_wrap=True)


def at_home(command: str, home: str | Path) -> str:
    """Add ``--home`` to a command where the log is neither in the current folder nor named by the environment."""
    chosen = os.environ.get("DECISION_LOG_HOME") or "."
    if Path(home).absolute() == Path(chosen).expanduser().absolute():
        return command
    return f"{command} --home {shlex.quote(str(home))}"


def show_diagnosis(diagnosis: Mapping[str, Any], *, as_json: bool) -> None:
    """Show what the doctor found."""
    if as_json:
        print_json(diagnosis)
        return
    out = console()
    store = diagnosis["store"]
    facts = [
        ("Home", diagnosis["home"] + ("" if diagnosis["writable"] else " (read only)")),
        ("Database", diagnosis["database"] if diagnosis["exists"] else "none yet"),
        ("Schema", f"version {store['schema_version']} of {store['newest_schema']}"),
        (
            "Journal",
            f"{store['journal_files']} files, {store['journal_bytes']:,} bytes, "
            f"{store['pending_records']:,} records not folded yet, {store['segments']} bulk loads",
        ),
        ("Zone", diagnosis["zone"]),
        ("Model", diagnosis["model"]),
        (
            "Holds",
            ", ".join(f"{n:,} {name}" for name, n in store["counts"].items() if n) or "nothing",
        ),
    ]
    facts += [("Note", remark) for remark in diagnosis["remarks"]]
    facts += [("PROBLEM", problem) for problem in diagnosis["problems"]]
    show_lines(facts)
    if diagnosis["healthy"]:
        out.print("Healthy.")
