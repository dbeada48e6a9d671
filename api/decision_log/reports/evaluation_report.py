"""An evaluation as a folder of files: Markdown with charts beside it, and the figures as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from decision_log.models.trainers import MODEL
from decision_log.reports.charts import Bar, bar_chart, reliability_chart
from decision_log.whole_files import write_whole

if TYPE_CHECKING:
    from decision_log.models.backtest import Evaluation, Figure, Figures
    from decision_log.settings import Settings

NOTHING = "–"

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
  far what was said lies from what came, over ten groups of like probability.
- **AUC**: chance that a won decision ranks above one that was not, within a fold; 0.5 is chance.
- **Top 20 %**: which share of all wins, or of all revenue, lies in the best-ranked fifth of a fold.
- **Rates**: what the log's cells alone say. **Base rate**: the share won of all closed decisions.
  **Base score**: the aggregator's score alone. **Last 20 rows**: the mean of the cell's last 20
  outcome rows. **Odoo**: its predictive lead scoring, on type, source and your own fields.
- Intervals hold 95 % and come from drawing the judged decisions anew; those of differences are paired.
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
    charts = tuple(write_whole(folder / name, text) for name, text in _charts(evaluation).items())
    told = json.dumps(evaluation.told(), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    return EvaluationFiles(
        report=write_whole(folder / "evaluation.md", markdown(evaluation)),
        figures=write_whole(folder / "evaluation.json", told),
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
        "## Does it mean what it says?",
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
    body = [
        (
            row.method,
            *(_figure(getattr(row, name), digits, share) for name, _, digits, share in _COLUMNS),
        )
        for row in rows
    ]
    return _table(("Method", *(title for _, title, _, _ in _COLUMNS)), body)


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
    body = [
        (
            f"{100 * row.lower:.0f}–{100 * row.upper:.0f} %",
            f"{row.decisions:,}",
            f"{100 * row.predicted:.0f} %",
            f"{100 * row.observed:.0f} %",
            f"{100 * row.low:.0f} to {100 * row.high:.0f} %",
        )
        for row in evaluation.reliability
    ]
    return _table(("Given", "Decisions", "On average", "Won", "95 % interval"), body)


def _folds_table(evaluation: Evaluation) -> str:
    names = [row.method for row in evaluation.methods]
    body = [
        (
            f"{fold.cutoff:%Y-%m-%d}",
            f"{fold.known:,}",
            f"{fold.followed:,}",
            f"{fold.judged:,}",
            f"{fold.won:,}",
            *(_loss(fold.log_loss[name]) for name in names),
        )
        for fold in evaluation.folds
    ]
    header = ("Cut-off", "Known", "Followed", "Judged", "Won", *names)
    return f"Log loss of each method, by cut-off.\n\n{_table(header, body)}"


def _loss(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.4f}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
