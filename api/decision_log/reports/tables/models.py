"""The tables about models: versions, fields, differences, backtests and calibration."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from decision_log.reports.tables.table import NOTHING, Column, Table

Rows = Sequence[Mapping[str, Any]]

_STATES = (
    Column("won", "Won", "count"),
    Column("lost", "Lost", "count"),
    Column("open", "Open", "count"),
)


def version_table(rows: Rows) -> Table:
    """Trained versions; rows of `Models.list`."""
    shown = [{**row, "alias": _alias(row)} for row in rows]
    columns = (
        Column("version", "Version", "key"),
        Column("alias", "Role", "key"),
        Column("as_of", "Trained as of", "moment"),
        *_STATES,
    )
    return Table(
        "Models",
        columns,
        shown,
        empty="There is no model yet; the rates answer. Train one with 'decision-log train'.",
    )


def field_table(rows: Rows) -> Table:
    """The data dictionary; rows of `describe_fields`."""
    shown = [{**row, "remark": _remark(row)} for row in rows]
    columns = (
        Column("name", "Field", "name"),
        Column("kind", "Kind", "name"),
        Column("present", "Present", "share"),
        Column("distinct", "Distinct", "count"),
        Column("remark", "Remark"),
    )
    return Table("Fields", columns, shown)


def difference_table(rows: Rows, first: str, second: str) -> Table:
    """Differences between two versions; rows of `Models.diff`."""
    shown = [
        {"key": row["key"], "first": _short(row["first"]), "second": _short(row["second"])}
        for row in rows
    ]
    columns = (
        Column("key", "Entry", "key"),
        Column("first", first, "name"),
        Column("second", second, "name"),
    )
    return Table("Differences", columns, shown, empty="The two versions are the same.")


def method_table(evaluation: Mapping[str, Any]) -> Table:
    """The model and the baselines of a backtest; `evaluate`."""
    rows = [
        {
            "method": row["method"],
            **_estimates(row, {"log_loss": 3, "brier": 3}),
            "calibration": row["calibration"]["value"],
            "auc": row["auc"]["value"],
            "top_wins": row["top_wins"]["value"],
            "top_revenue": row["top_revenue"]["value"],
        }
        for row in evaluation["methods"]
    ]
    columns = (
        Column("method", "Method", "name"),
        Column("log_loss", "Log loss", "number"),
        Column("log_loss_range", "95 %", "figure"),
        Column("brier", "Brier", "number", 3),
        Column("calibration", "Calib.", "number", 3, optional=True),
        Column("auc", "AUC", "number", 2),
        Column("top_wins", "Wins*", "share"),
        Column("top_revenue", "Revenue*", "share", optional=True),
    )
    note = "* Share of all wins, or of all revenue, among the best-ranked 20 %."
    return Table("Methods", columns, rows, note=note)


def method_difference_table(evaluation: Mapping[str, Any]) -> Table:
    """The model minus each baseline, on the same decisions; `evaluate`."""
    rows = [
        {"method": row["method"], **_estimates(row, {"log_loss": 4, "brier": 4})}
        for row in evaluation["differences"]
    ]
    columns = (Column("method", "The model minus", "name"), *_LOSSES)
    return Table("Differences, below zero is better", columns, rows)


def reliability_table(evaluation: Mapping[str, Any]) -> Table:
    """Predicted chances against shares won; `evaluate`."""
    rows = [
        {
            "given": [100 * row["lower"], 100 * row["upper"]],
            "decisions": row["decisions"],
            "predicted": row["predicted"],
            "observed": row["observed"],
            "interval": [100 * row["low"], 100 * row["high"]],
        }
        for row in evaluation["reliability"]
    ]
    columns = (
        Column("given", "Predicted", "range"),
        Column("decisions", "Decisions", "count"),
        Column("predicted", "On average", "share"),
        Column("observed", "Won", "share"),
        Column("interval", "Range", "range"),
    )
    return Table("Reliability of the model", columns, rows)


def fold_table(evaluation: Mapping[str, Any]) -> Table:
    """Log loss of model, rates and base rate at each cut-off; `evaluate`."""
    rows = [{**fold, **fold["log_loss"]} for fold in evaluation["folds"]]
    columns = (
        Column("cutoff", "Cut-off", "moment"),
        *(Column(n, n.capitalize(), "count") for n in ("known", "followed", "judged", "won")),
        Column("model", "Model", "number"),
        Column("rates", "Rates", "number"),
        Column("base rate", "Base rate", "number"),
    )
    return Table("Log loss by cut-off", columns, rows)


def graded_table(calibration: Mapping[str, Any]) -> Table:
    """Graded predictions of each version; `calibration`."""
    rows = [
        {
            **row,
            "log_loss": row["log_loss"] and row["log_loss"]["value"],
            "brier": row["brier"] and row["brier"]["value"],
            "champion": row["serves"],
        }
        for row in calibration["versions"]
    ]
    columns = (
        Column("version", "Version", "key"),
        Column("graded", "Graded", "count"),
        Column("waiting", "Waiting", "count"),
        Column("entered_afterwards", "Afterwards", "count", optional=True),
        Column("expected", "Expected", "score"),
        Column("won", "Won", "count"),
        Column("log_loss", "Log loss", "number"),
        Column("brier", "Brier", "number"),
        Column("champion", "Champion", "flag", optional=True),
    )
    return Table("Predictions by version", columns, rows)


def challenger_table(challenger: Mapping[str, Any]) -> Table:
    """Champion and challenger on the same decisions; ``challenger`` of `calibration`."""
    rows = [
        {"name": name, **_estimates(challenger[key], {"log_loss": 4, "brier": 4})}
        for name, key in (
            ("champion", "served"),
            ("challenger", "tried"),
            ("difference", "difference"),
        )
    ]
    title = f"Challenger and champion on {challenger['graded']:,} decisions"
    return Table(title, (Column("name", "", "key"), *_LOSSES), rows)


def drift_table(calibration: Mapping[str, Any]) -> Table:
    """Population stability index of each field; ``drift`` of `calibration`."""
    columns = (
        Column("field", "Field", "name"),
        Column("psi", "PSI", "number"),
        Column("threshold", "Alarm above", "number"),
        Column("p_value", "p, any look", "number"),
        Column("alarm", "Alarm", "flag"),
    )
    return Table("Drift", columns, calibration["drift"]["fields"])


_LOSSES = (
    Column("log_loss", "Log loss", "number", 4),
    Column("log_loss_range", "95 %", "figure"),
    Column("brier", "Brier", "number", 4),
    Column("brier_range", "95 %", "figure"),
)


def _estimates(row: Mapping[str, Any], digits: Mapping[str, int]) -> dict[str, Any]:
    """Part estimates into value and interval."""
    values: dict[str, Any] = {}
    for name, places in digits.items():
        values[name] = row[name]["value"]
        low, high = row[name]["low"], row[name]["high"]
        values[f"{name}_range"] = None if low is None else f"{low:.{places}f} to {high:.{places}f}"
    return values


def _alias(row: Mapping[str, Any]) -> str:
    return "damaged" if row["problem"] else ", ".join(row["aliases"]) or NOTHING


def _remark(row: Mapping[str, Any]) -> str:
    if row["refused"]:
        return f"left out: {row['refused']}"
    return f"e.g. {row['example']}" if row["example"] else ""


def _short(value: object) -> str:
    """Write a manifest entry in little room: an estimate with its interval, the start of a hash."""
    if value is None:
        return NOTHING
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list) and len(value) == 3 and all(isinstance(x, float) for x in value):
        return f"{value[0]:.4f} ({value[1]:.4f} to {value[2]:.4f})"
    if isinstance(value, str):
        if re.fullmatch(r"[0-9a-f]{64}", value):
            return f"{value[:12]}…"
        is_moment = re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:", value)
        return value[:16].replace("T", " ") if is_moment else value
    return json.dumps(value, ensure_ascii=False)[:200]
