"""Output of ``evaluate`` and ``calibration``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from decision_cli.output.rendering import show_place
from decision_cli.output.tables import NOTHING, console, plain, show_rows, show_table
from decision_log.reports.tables import models as tables


def show_evaluation(
    result: Mapping[str, Any], *, home: str | Path, as_json: bool, as_csv: bool = False
) -> None:
    """Show a backtest, and where its report lies; as CSV its table of methods."""
    if as_json or as_csv:
        table = tables.method_table(result)
        show_rows(table, as_json=as_json, as_csv=as_csv, answer=result)
        return
    out = console()
    out.print(plain(result["sentence"]))
    if not result["methods"]:
        text = "Record what came of decisions with 'decision-log won' and 'lost', or load history with 'import'."
        show_place(home, "", text)
        return
    out.print(
        f"{result['judged']:,} decisions judged ({result['won']:,} won), {result['matured']:,} matured "
        f"of {result['decisions']:,}; as of {result['as_of'][:16].replace('T', ' ')}.\n"
    )
    for made in (
        tables.method_table,
        tables.method_difference_table,
        tables.reliability_table,
        tables.fold_table,
    ):
        show_table(made(result))
        out.print()
    if result["report"] is not None:
        out.print(plain(f"Report: {result['report']}"), soft_wrap=True)


def show_calibration(
    result: Mapping[str, Any], *, home: str | Path, as_json: bool, as_csv: bool = False
) -> None:
    """Show how past predictions compare with their outcomes; as CSV the table of versions."""
    if as_json or as_csv:
        table = tables.graded_table(result)
        show_rows(table, as_json=as_json, as_csv=as_csv, answer=result)
        return
    out = console()
    out.print(plain(result["sentence"]))
    rows = result["versions"]
    if not rows:
        text = f"The log is in {Path(home).absolute()}. Next: decision-log score"
        out.print(plain(text), soft_wrap=True)
    else:
        show_table(tables.graded_table(result))
    for row in rows:
        out.print(plain(row["sentence"]))
        if row["graded"]:
            out.print(
                f"  Log loss {_with_bounds(row['log_loss'])}, "
                f"Brier score {_with_bounds(row['brier'])}."
            )
        for one in row["table"]:
            out.print(plain(f"  {one['sentence']}"))
    challenger = result["challenger"]
    if not (challenger["version"] is None and challenger["problem"] is None):
        out.print(plain(challenger["sentence"]))
        if challenger["graded"]:
            show_table(tables.challenger_table(challenger))
    out.print(plain(result["drift"]["sentence"]))
    if any(one["alarm"] for one in result["drift"]["fields"]):
        show_table(tables.drift_table(result))


def _with_bounds(figure: Mapping[str, Any]) -> str:
    value, low, high = (
        NOTHING if figure[name] is None else f"{figure[name]:.3f}"
        for name in ("value", "low", "high")
    )
    return f"{value} (95 %: {low} to {high})"
