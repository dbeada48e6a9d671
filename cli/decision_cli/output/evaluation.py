"""What ``evaluate`` and ``calibration`` show."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from decision_cli.output.tables import NOTHING, Row, console, plain, print_json, table

_RELIABILITY = [
    ("Given %", "number"), ("Decisions", "number"), ("On average %", "number"),
    ("Won %", "number"), ("95 %", "number"),
]  # fmt: skip


def show_evaluation(told: Row, report: Path | None, *, as_json: bool) -> None:
    """Show an evaluation, and where its report lies."""
    if as_json:
        print_json({**told, "report": None if report is None else str(report)})
        return
    out = console()
    out.print(plain(told["sentence"]))
    if not told["methods"]:
        return
    out.print(
        f"{told['judged']:,} decisions judged ({told['won']:,} won), "
        f"{told['matured']:,} matured of {told['decisions']:,}; as of {told['as_of'][:16].replace('T', ' ')}."
    )
    _methods(told)
    _differences(told)
    out.print(
        table(
            "The model, by what it gave", _RELIABILITY, _bins(told["reliability"]), width=out.width
        )
    )
    _folds(told)
    if report is not None:
        out.print(plain(f"Report: {report}"), soft_wrap=True)


def show_calibration(told: Row, *, as_json: bool) -> None:
    """Show how the kept predictions did."""
    if as_json:
        print_json(told)
        return
    out = console()
    out.print(plain(told["sentence"]))
    rows = told["versions"]
    if rows:
        columns = [
            ("Version", "key"), ("Graded", "number"), ("Waiting", "number"),
            ("Expected", "number"), ("Won", "number"), ("Log loss", "number"),
            ("Brier", "number"),
        ]  # fmt: skip
        body = [
            (
                f"{row['version']}{' *' if row['serves'] else ''}",
                f"{row['graded']:,}",
                f"{row['waiting']:,}",
                f"{row['expected']:,.1f}",
                f"{row['won']:,}",
                *(_number(row[name] and row[name]["value"], 3) for name in ("log_loss", "brier")),
            )
            for row in rows
        ]
        out.print(table("Predictions by version (* serves)", columns, body, width=out.width))
    for row in rows:
        out.print(plain(row["sentence"]))
        if row["graded"]:
            out.print(
                f"  Log loss {_with_bounds(row['log_loss'])}, "
                f"Brier score {_with_bounds(row['brier'])}."
            )
        for one in row["table"]:
            out.print(plain(f"  {one['sentence']}"))
    _challenger(told["challenger"])
    out.print(plain(told["drift"]["sentence"]))
    moved = told["drift"]["fields"]
    if any(one["alarm"] for one in moved):
        heads = [("Field", "name"), ("PSI", "number"), ("Alarm above", "number"), ("", "name")]
        lines = [
            (one["field"], _number(one["psi"], 3), _number(one["threshold"], 3),
             "moved" if one["alarm"] else "")
            for one in moved
        ]  # fmt: skip
        out.print(table("Drift", heads, lines, width=out.width))


def _challenger(told: Row) -> None:
    """Show how the version that is tried compares with the one that serves."""
    if told["version"] is None and told["problem"] is None:
        return
    out = console()
    out.print(plain(told["sentence"]))
    if not told["graded"]:
        return
    columns = [
        ("", "name"), ("Log loss", "number"), ("95 %", "number"), ("Brier", "number"),
        ("95 %", "number"),
    ]  # fmt: skip
    body = [
        (
            name,
            _number(row["log_loss"]["value"], 4),
            _bounds(row["log_loss"], 4),
            _number(row["brier"]["value"], 4),
            _bounds(row["brier"], 4),
        )
        for name, row in (
            ("serves", told["served"]),
            ("challenger", told["tried"]),
            ("difference", told["difference"]),
        )
    ]
    title = f"The challenger beside what serves, on {told['graded']:,} decisions"
    out.print(table(title, columns, body, width=out.width))


def _methods(told: Row) -> None:
    out = console()
    columns = [
        ("Method", "name"), ("Log loss", "number"), ("95 %", "number"), ("Brier", "number"),
        ("Calib.", "number"), ("AUC", "number"), ("Wins*", "number"), ("Rev.*", "number"),
    ]  # fmt: skip
    body = [
        (
            Text(row["method"], style="bold") if row["method"] == "model" else row["method"],
            _number(row["log_loss"]["value"], 3),
            _bounds(row["log_loss"], 3),
            _number(row["brier"]["value"], 3),
            _number(row["calibration"]["value"], 3),
            _number(row["auc"]["value"], 2),
            _percent(row["top_wins"]["value"]),
            _percent(row["top_revenue"]["value"]),
        )
        for row in told["methods"]
    ]
    out.print(table("Methods", columns, body, width=out.width))
    out.print("* Share of all wins, or of all revenue, among the best-ranked 20 %.")


def _differences(told: Row) -> None:
    out = console()
    columns = [
        ("The model minus", "name"), ("Log loss", "number"), ("95 %", "number"),
        ("Brier", "number"), ("95 %", "number"),
    ]  # fmt: skip
    body = [
        (
            row["method"],
            _number(row["log_loss"]["value"], 4),
            _bounds(row["log_loss"], 4),
            _number(row["brier"]["value"], 4),
            _bounds(row["brier"], 4),
        )
        for row in told["differences"]
    ]
    out.print(table("Differences, below zero is better", columns, body, width=out.width))


def _folds(told: Row) -> None:
    out = console()
    columns = [
        ("Cut-off", "number"), ("Known", "number"), ("Followed", "number"), ("Judged", "number"),
        ("Won", "number"), ("Model", "number"), ("Rates", "number"), ("Base", "number"),
    ]  # fmt: skip
    body = [
        (
            fold["cutoff"][:10],
            *(f"{fold[name]:,}" for name in ("known", "followed", "judged", "won")),
            *(_number(fold["log_loss"][name], 3) for name in ("model", "rates", "base rate")),
        )
        for fold in told["folds"]
    ]
    out.print(table("Log loss by cut-off", columns, body, width=out.width))


def _bins(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    return [
        (
            f"{100 * row['lower']:.0f}–{100 * row['upper']:.0f}",
            f"{row['decisions']:,}",
            f"{100 * row['predicted']:.0f}",
            f"{100 * row['observed']:.0f}",
            f"{100 * row['low']:.0f}–{100 * row['high']:.0f}",
        )
        for row in rows
    ]


def _number(value: float | None, digits: int) -> str:
    return NOTHING if value is None else f"{value:.{digits}f}"


def _percent(value: float | None) -> str:
    return NOTHING if value is None else f"{100 * value:.0f} %"


def _bounds(figure: Row, digits: int) -> str:
    return f"{_number(figure['low'], digits)} to {_number(figure['high'], digits)}"


def _with_bounds(figure: Row) -> str:
    return f"{_number(figure['value'], 3)} (95 %: {_bounds(figure, 3)})"
