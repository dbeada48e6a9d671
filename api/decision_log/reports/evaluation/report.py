"""An evaluation as a folder of files: Markdown with charts beside it, and the figures as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from decision_log.models.trainers import MODEL
from decision_log.reports.evaluation.charts import Bar, bar_chart, reliability_chart
from decision_log.reports.tables.markdown import markdown_table
from decision_log.reports.tables.table import NOTHING, Column, Table
from decision_store.durable_files import atomic_write_text

if TYPE_CHECKING:
    from decision_log.models.evaluate import Evaluation, Figure, Figures
    from decision_log.settings import Settings

_COLUMNS = (
    ("log_loss", "Log loss", 4, False),
    ("brier", "Brier score", 4, False),
    ("calibration", "Calibration part", 4, False),
    ("auc", "AUC", 3, False),
    ("top_wins", "Wins in top 20 %", 0, True),
    ("top_revenue", "Revenue in top 20 %", 0, True),
)

_WORDS = """\
- **Log loss**: mean of −ln(probability given to what came); lower is better.
- **Brier score**: mean squared error of the probability; lower is better. Its **calibration part** is how
  far predicted probabilities lie from the share won, over ten groups of like probability.
- **AUC**: chance that a won decision ranks above one that was not, within a fold; 0.5 is chance.
- **Top 20 %**: which share of all wins, or of all revenue, lies in the best-ranked fifth of a fold.
- **Rates**: what the log's cells alone say. **Base rate**: the share won of all closed decisions.
  **Base score**: the aggregator's score alone. **Last 20 rows**: the mean of the cell's last 20
  outcome rows. **Odoo**: its predictive lead scoring, on type, source and your own fields.
- Intervals hold 95 % and come from a bootstrap over the judged decisions; those of differences are paired.
"""


@dataclass(frozen=True, slots=True)
class EvaluationFiles:
    """What was written.

    Parameters
    ----------
    report, figures : Path
        Markdown, and JSON.
    charts : tuple of Path
        SVG; none where nothing could be judged.
    """

    report: Path
    figures: Path
    charts: tuple[Path, ...]


def report_folder(settings: Settings, evaluation: Evaluation) -> Path:
    """Return where the report of an evaluation belongs: a folder for its day."""
    day = evaluation.as_of.astimezone(settings.zone).date()
    return settings.home.reports.parent / "evaluations" / f"evaluation-{day.isoformat()}"


def write_report(evaluation: Evaluation, folder: Path) -> EvaluationFiles:
    """Write an evaluation into a folder; files of the same names are replaced.

    Raises
    ------
    CannotWrite
        The folder cannot be made or written.
    """
    charts = tuple(
        atomic_write_text(folder / name, text) for name, text in _charts(evaluation).items()
    )
    figures = json.dumps(evaluation.to_dict(), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    return EvaluationFiles(
        report=atomic_write_text(folder / "evaluation.md", markdown(evaluation)),
        figures=atomic_write_text(folder / "evaluation.json", figures),
        charts=charts,
    )


def markdown(evaluation: Evaluation) -> str:
    """Write an evaluation as Markdown that links to the charts beside it."""
    one = evaluation
    parts = [
        f"# Evaluation as of {one.as_of:%Y-%m-%d %H:%M} UTC",
        one.sentence,
        f"The log knows {one.decisions:,} decisions; {one.matured:,} of them have matured.",
    ]
    if not one.methods:
        return "\n\n".join(parts) + "\n"
    parts.append(
        f"At each of {len(one.folds)} cut-offs every method learnt from what was known then and "
        f"predicted the decisions that followed. {one.judged:,} of these have matured and were "
        f"judged by what is known now: {one.won:,} won, {one.judged - one.won:,} not."
    )
    if not one.ample:
        parts.append(
            "Wins still arrive late in this log, so some decisions judged as not won may yet be won."
        )
    parts += [
        "## Methods",
        _figures_table(one.methods),
        "![Log loss of each method](log-loss.svg)",
        "## The model minus each other method",
        "Below zero is better for the first three, above zero for the others.",
        _figures_table(one.differences),
        "![Log loss of the model minus that of each other method](difference.svg)",
        "## Calibration",
        _reliability_table(one),
        "![Share won against probability given](reliability.svg)",
        "## Cut-offs",
        _folds_table(one),
        "## Words",
        _WORDS.rstrip(),
    ]
    return "\n\n".join(parts) + "\n"


def _charts(evaluation: Evaluation) -> dict[str, str]:
    charts = {}
    if bars := _bars(evaluation.methods):
        charts["log-loss.svg"] = bar_chart(
            "Log loss", f"On {evaluation.judged:,} judged decisions; lower is better.", bars
        )
    if bars := _bars(evaluation.differences):
        charts["difference.svg"] = bar_chart(
            "Log loss of the model minus that of …",
            "On the same decisions. An interval left of zero: the model is better.",
            bars,
            digits=4,
        )
    if evaluation.reliability:
        charts["reliability.svg"] = reliability_chart(evaluation.reliability)
    return charts


def _bars(rows: Sequence[Figures]) -> list[Bar]:
    return [
        Bar(row.method, loss.value, loss.low, loss.high, ours=row.method == MODEL)
        for row in rows
        if (loss := row.log_loss).value is not None
        and loss.low is not None
        and loss.high is not None
    ]


def _figures_table(rows: Sequence[Figures]) -> str:
    columns = (
        Column("method", "Method", "key"),
        *(Column(name, title, "figure") for name, title, _, _ in _COLUMNS),
    )
    body = [
        {"method": row.method}
        | {n: _figure(getattr(row, n), digits, share) for n, _, digits, share in _COLUMNS}
        for row in rows
    ]
    return markdown_table(Table("", columns, body), limit=None)


def _figure(figure: Figure, digits: int, share: bool) -> str:  # a column of the table above
    if figure.value is None:
        return NOTHING
    factor = 100.0 if share else 1.0
    value, low, high = (
        NOTHING if x is None else f"{factor * x:.{digits}f}"
        for x in (figure.value, figure.low, figure.high)
    )
    return f"{value}{' %' if share else ''} ({low} to {high})"


def _reliability_table(evaluation: Evaluation) -> str:
    columns = (
        Column("given", "Given", "range"),
        Column("decisions", "Decisions", "count"),
        Column("predicted", "On average", "share"),
        Column("observed", "Won", "share"),
        Column("interval", "95 % interval", "range"),
    )
    body = [
        {
            "given": [100 * row.lower, 100 * row.upper],
            "decisions": row.decisions,
            "predicted": row.predicted,
            "observed": row.observed,
            "interval": [100 * row.low, 100 * row.high],
        }
        for row in evaluation.reliability
    ]
    return markdown_table(Table("", columns, body), limit=None)


def _folds_table(evaluation: Evaluation) -> str:
    names = [row.method for row in evaluation.methods]
    columns = (
        Column("cutoff", "Cut-off", "key"),
        *(Column(n, n.capitalize(), "count") for n in ("known", "followed", "judged", "won")),
        *(Column(f"loss of {name}", name, "number", 4) for name in names),
    )
    body = [
        {"cutoff": f"{fold.cutoff:%Y-%m-%d}"}
        | {name: getattr(fold, name) for name in ("known", "followed", "judged", "won")}
        | {f"loss of {name}": fold.log_loss[name] for name in names}
        for fold in evaluation.folds
    ]
    table = markdown_table(Table("", columns, body), limit=None)
    return f"Log loss of each method, by cut-off.\n\n{table}"
