"""Output of ``score`` and ``demo``: the best, the totals, what was refused, and where it is."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from decision_cli.output.rendering import at_home, show_next
from decision_cli.output.tables import console, plain, print_json, show_rows, show_table
from decision_log.reports.tables.scoring import scored_table
from decision_log.text.money import money_text

if TYPE_CHECKING:
    from decision_log.scoring.partitions.run import ScoredFiles
    from decision_log.scoring.reader import Rejected
    from decision_log.scoring.scored_file import ScoredFile

REJECTED_SHOWN = 20


def show_scored(
    scored: ScoredFile,
    *,
    home: str | Path,
    currency: str,
    as_json: bool,
    as_csv: bool = False,
    next_step: bool = True,
) -> None:
    """Show what a run of scoring wrote: the best, the totals, what was refused, and where it is."""
    if as_json:
        facts = {**scored.envelope(), "rejected": [asdict(one) for one in scored.rejected]}
        print_json(
            {"path": str(scored.path), "unchanged": scored.unchanged, **facts, "top": scored.top}
        )
        return
    if as_csv:
        show_rows(scored_table(scored.top), as_json=False, as_csv=True)
        _show_rejected(scored.rejected)
        return
    out = console()
    if not scored.total_opportunities and not scored.rejected:
        out.print(
            plain(
                "There was nothing to score: the input holds no opportunities. "
                f"{scored.path} says so, too."
            ),
            soft_wrap=True,
        )
        return
    _show_best(scored, currency)
    _show_warnings([*scored.warnings, *_repeated(scored.repeated_ids)])
    _show_rejected(scored.rejected)
    out.print(plain(_written(scored)), soft_wrap=True)
    if next_step and scored.top and scored.top[0].get("id") is not None:
        show_next("decision-log today", home)


def _repeated(count: int) -> list[str]:
    """Say what several items of one id mean."""
    if not count:
        return []
    items = "id is that of several items" if count == 1 else "ids are each that of several items"
    return [f"{count:,} {items}; 'decision-log log --from' finds one of them only."]


def _show_warnings(warnings: Sequence[str]) -> None:
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    for one in warnings:
        errors.print(plain(f"Warning: {one}"))


def _show_rejected(rejected: Sequence[Rejected]) -> None:
    if not rejected:
        return
    errors = Console(stderr=True, highlight=False)
    items = "item" if len(rejected) == 1 else "items"
    errors.print(f"{len(rejected):,} {items} could not be scored; all others were. Not scored:")
    for one in rejected[:REJECTED_SHOWN]:
        errors.print(plain(f"  item {one.index}: {one.reason}"))
    if len(rejected) > REJECTED_SHOWN:
        errors.print(
            f"  … and {len(rejected) - REJECTED_SHOWN:,} more, in the file under 'rejected'"
        )


def show_scored_files(
    scored: ScoredFiles, *, currency: str, as_json: bool, as_csv: bool = False
) -> None:
    """Show what a run over many files wrote: the best of all, the totals, and where they are."""
    if as_json:
        print_json(asdict(scored) | _paths(scored))
        return
    if as_csv:
        show_rows(scored_table(scored.top), as_json=False, as_csv=True)
        return
    out = console()
    _show_best(scored, currency)
    _show_warnings([*scored.warnings, *_repeated(scored.repeated_ids)])
    if scored.rejected:
        items = "item" if scored.rejected == 1 else "items"
        files = ", ".join(map(str, scored.rejected_files[:REJECTED_SHOWN]))
        _show_warnings(
            [f"{scored.rejected:,} {items} could not be scored, with the reason in {files}"]
        )
    files = "file" if scored.files == 1 else "files"
    kept = f", {scored.kept:,} of them as they were: nothing had changed" if scored.kept else ""
    out.print(plain(f"{scored.files:,} {files} in {scored.folder}{kept}."), soft_wrap=True)


def _paths(scored: ScoredFiles) -> dict[str, Any]:
    return {
        "folder": str(scored.folder),
        "generated_at": scored.generated_at.isoformat(),
        "rejected_files": [str(path) for path in scored.rejected_files],
    }


def _show_best(scored: ScoredFile | ScoredFiles, currency: str) -> None:
    """Show the table of the best, the tiers, and the totals."""
    out = console()
    if scored.top:
        show_table(scored_table(scored.top), currency)
    for tier, count in scored.priority_breakdown.items():
        out.print(plain(f"{count:>6,}  {tier}"))
    by = f" by {scored.model_version}" if scored.model_version else ""
    out.print(
        f"{scored.total_opportunities:,} scored{by}, "
        f"{money_text(scored.total_predicted_revenue, currency)} expected in all."
    )


def _written(scored: ScoredFile) -> str:
    if not scored.unchanged:
        return f"Written to {scored.path}"
    return (
        f"Nothing has changed since {scored.generated_at:%H:%M:%S} UTC: {scored.path} stays as it is. "
        "With --again it is scored all the same."
    )


def show_demo(
    report: Mapping[str, Any], scored: ScoredFile, page: Path, *, currency: str, as_json: bool
) -> None:
    """Show the sample data, the ranking of its opportunities, where the page is, and what to try."""
    if as_json:
        counts = {name: report[name] for name in ("home", "decisions", "outcomes", "opportunities")}
        written = {**scored.envelope(), "path": str(scored.path)}
        print_json({**counts, "scored": written, "page": str(page)})
        return
    out = console()
    made = "Sample data" if report["written"] else "The demo you have added to was kept: a log"
    out.print(
        f"{made} of {report['decisions']} decisions and {report['outcomes']} outcomes, "
        f"{report['since'][:10]} to {report['until'][:10]}, is in {report['home']}.\n"
    )
    home = str(report["home"])
    show_scored(scored, home=home, currency=currency, as_json=False, next_step=False)
    out.print(plain(f"Page:  {page.absolute()}"), soft_wrap=True)
    for word, command in (
        ("Try:", "decision-log today"),
        ("", f"decision-log predict --from {shlex.quote(str(scored.top[0]['id']))}"),
        ("", "decision-log conversions"),
    ):
        out.print(plain(f"{word:<7}{at_home(command, home)}"), soft_wrap=True)
