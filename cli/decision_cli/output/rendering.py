"""What each command shows: a table for people, or the same facts as JSON."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from decision_cli.output.tables import (
    Row,
    console,
    draw,
    duration,
    interval,
    money,
    plain,
    print_json,
    rate,
)
from decision_log.reports.tables import (
    conversion_table,
    name_table,
    return_table,
    scored_table,
    similar_table,
)

if TYPE_CHECKING:
    from decision_log.demo.world import DemoReport
    from decision_log.reports.table import Table as TableValue
    from decision_log.scoring.reader import Rejected
    from decision_log.scoring.writer import ScoredFile

REJECTED_SHOWN = 20
CONTRIBUTIONS_SHOWN = 5

OUTCOME_WORDS = {
    "conversion": "more likely than not to convert",
    "no_conversion": "more likely not to convert",
    "unknown": "nothing known yet",
}


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


def show_conversions(rows: Sequence[Row], *, as_json: bool) -> None:
    """Show `DecisionLog.get_conversion_rates`."""
    if as_json:
        print_json(list(rows))
        return
    show_table(conversion_table(rows))


def show_returns(rows: Sequence[Row], *, as_json: bool) -> None:
    """Show `DecisionLog.calculate_roi_by_type`."""
    if as_json:
        print_json(list(rows))
        return
    show_table(return_table(rows))


def show_names(rows: Sequence[Row], *, of: str, as_json: bool) -> None:
    """Show `DecisionLog.types`."""
    if as_json:
        print_json(list(rows))
        return
    show_table(name_table(rows, of))


def show_name_change(change: Row, done: str, *, as_json: bool) -> None:
    """Show `DecisionLog.merge_types` or `DecisionLog.rename_type`."""
    if as_json:
        print_json(change)
        return
    console().print(
        plain(f"{done}: the {change['field']} {change['name']!r} is now {change['target']!r}.")
    )


def show_table(shown: TableValue) -> None:
    """Show a table with its note, or what to do where it is empty."""
    out = console()
    if not shown.rows:
        out.print(plain(shown.empty))
        return
    out.print(draw(shown, width=out.width))
    if shown.note:
        out.print(Text(shown.note, style="dim"))


def show_insights(rows: Sequence[Row], *, as_json: bool) -> None:
    """Show `DecisionLog.generate_insights`."""
    if as_json:
        print_json(list(rows))
        return
    out = console()
    if not rows:
        out.print("No insight yet: the log holds too little to compare.")
    for row in rows:
        out.print(Text(row["title"], style="bold"))
        out.print(plain(row["description"]), "\n")


def show_summary(summary: Row, paths: tuple[Path, Path] | None, *, as_json: bool) -> None:
    """Show a summary's text and say where it was saved."""
    if as_json:
        print_json(summary)
        return
    out = console()
    out.print(plain(summary["performance_summary"]))
    if paths:
        out.print(Text(f"\nSaved as {paths[0]} and {paths[1]}", style="dim"))


def show_prediction(opportunity: Row, prediction: Row, *, as_json: bool) -> None:
    """Show `DecisionLog.predict_outcome`."""
    if as_json:
        print_json(prediction)
        return
    out = console()
    cell = f"{opportunity['type']} from {opportunity['source']}"
    said = OUTCOME_WORDS[prediction["predicted_outcome"]]
    out.print(Text(f"{safe(cell)}: {said}", style="bold"))
    out.print(
        f"Probability {rate(prediction['conversion_probability'])} % "
        f"({interval(prediction['interval'])} %), expected revenue "
        f"{money(prediction['predicted_revenue'])} USD, time to close "
        f"{duration(prediction['avg_time_to_close_hours'])}, "
        f"confidence {prediction['confidence']:.2f}."
    )
    out.print(plain(prediction["reasoning"]))
    if prediction["contributions"]:
        told = [
            f"{part['field']} {part['log_odds']:+.2f}"
            for part in prediction["contributions"][:CONTRIBUTIONS_SHOWN]
        ]
        out.print(plain(f"On the log-odds scale: {', '.join(told)}; --json lists all."))
    similar = prediction["similar_decisions"]
    if similar:
        show_table(similar_table(similar))


def show_scored(scored: ScoredFile, *, as_json: bool) -> None:
    """Show what a run of scoring wrote: the best, the totals, what was refused, and where it is."""
    if as_json:
        facts = {**scored.envelope(), "rejected": [asdict(one) for one in scored.rejected]}
        print_json({"path": str(scored.path), **facts, "top": scored.top})
        return
    out = console()
    if scored.top:
        show_table(scored_table(scored.top))
    for tier, count in scored.priority_breakdown.items():
        out.print(plain(f"{count:>6,}  {tier}"))
    out.print(
        f"{scored.total_opportunities:,} scored by {scored.model_version}, expected revenue "
        f"{money(scored.total_predicted_revenue)} USD in all."
    )
    _show_warnings(scored.warnings)
    _show_rejected(scored.rejected)
    out.print(Text(f"Written to {scored.path}", overflow="fold"))


def _show_warnings(warnings: Sequence[str]) -> None:
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    for one in warnings:
        errors.print(plain(f"Warning: {one}"))


def _show_rejected(rejected: Sequence[Rejected]) -> None:
    if not rejected:
        return
    errors = Console(stderr=True, highlight=False)
    errors.print(f"{len(rejected):,} items could not be scored; the others were:")
    for one in rejected[:REJECTED_SHOWN]:
        errors.print(plain(f"  item {one.index}: {one.reason}"))
    if len(rejected) > REJECTED_SHOWN:
        errors.print(
            f"  … and {len(rejected) - REJECTED_SHOWN:,} more, in the file under 'rejected'"
        )


def show_demo(report: DemoReport, scored: ScoredFile, *, as_json: bool) -> None:
    """Show what the demo made, then its ranking."""
    if as_json:
        print_json(
            {
                "home": str(report.home),
                "decisions": report.decisions,
                "outcomes": report.outcomes,
                "opportunities": report.opportunities,
                "scored": {**scored.envelope(), "path": str(scored.path)},
            }
        )
        return
    out = console()
    made = "An invented log" if report.written else "The demo you have added to was kept: a log"
    out.print(
        f"{made} of {report.decisions} decisions and {report.outcomes} outcomes, "
        f"{report.since:%Y-%m-%d} to {report.until:%Y-%m-%d}, is in {report.home}.\n"
    )
    show_scored(scored, as_json=False)
    out.print(Text(f"Next: decision-log --home {report.home} conversions", style="dim"))


def show_diagnosis(diagnosis: Row, *, as_json: bool) -> None:
    """Show what the doctor found."""
    if as_json:
        print_json(diagnosis)
        return
    out = console()
    store = diagnosis["store"]
    lines = [
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
    for name, said in lines:
        out.print(plain(f"{name:<9} {said}"), overflow="fold")
    for remark in diagnosis["remarks"]:
        out.print(plain(f"Note      {remark}"))
    for problem in diagnosis["problems"]:
        out.print(plain(f"PROBLEM   {problem}"))
    if diagnosis["healthy"]:
        out.print("Healthy.")


def safe(text: object) -> str:
    """Shorten nothing, but make an outside text safe to print."""
    return plain(text).plain


def _place(row: Any) -> str:
    return f"{row.path.name}, {row.kind or 'file'} row {row.row_number}"


def _plain(value: Any) -> Any:
    """Paths as text, the rest as it is."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, Path) else value
