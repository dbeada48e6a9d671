"""Options that several commands share, each with one help text."""

from __future__ import annotations

from contextvars import ContextVar
from pathlib import Path
from typing import Annotated

import typer

WIDE: ContextVar[bool] = ContextVar("wide", default=False)
"""Whether the tables of this command take all the room they need, whatever the terminal has."""


def _set_wide(wide: bool) -> bool:  # typer calls it so
    WIDE.set(wide)
    return wide


HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home",
        metavar="FOLDER",
        help="Folder of the log, before or after the command. "
        "[env: DECISION_LOG_HOME; default: the current folder]",
        show_default=False,
    ),
]
CreateOption = Annotated[
    bool, typer.Option("--create", help="Create the home folder if it does not exist.")
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print JSON and nothing else on stdout, errors too.")
]
CsvOption = Annotated[
    bool, typer.Option("--csv", help="Print CSV: every column and digit, nothing cut.")
]
WideOption = Annotated[
    bool,
    typer.Option(
        "--wide",
        callback=_set_wide,
        help="Show every column, also where lines get longer than the terminal.",
    ),
]
AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="TIME",
        help="Use only what was recorded by then, e.g. 2026-02-08 (its end).",
    ),
]
RecordOption = Annotated[
    bool | None,
    typer.Option(
        "--record/--no-record",
        help="Keep the predictions to be graded later. [default: yes, except with --as-of]",
        show_default=False,
    ),
]

ContentOption = Annotated[
    str,
    typer.Option("--content", "-c", metavar="TEXT", help="Its text; '-' reads standard input."),
]
DecisionArgument = Annotated[str, typer.Argument(metavar="ID", help="Id of the decision.")]
NotesOption = Annotated[str, typer.Option("--notes", metavar="TEXT", help="Free text.")]
PredictorOption = Annotated[
    str | None,
    typer.Option("--predictor", metavar="NAME", help="Who gives --probability, e.g. jarvis."),
]
ProbabilityOption = Annotated[
    float | None,
    typer.Option(
        "--probability",
        metavar="NUMBER",
        help="Their probability of a win, 0 to 1; graded beside ours.",
    ),
]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")]
ScoreOption = Annotated[
    float | None, typer.Option("--score", metavar="NUMBER", help="Base score, 0 to 100.")
]
SenderOption = Annotated[str, typer.Option("--sender", metavar="TEXT", help="Who sent it.")]
SourceOption = Annotated[
    str | None,
    typer.Option("--source", "-s", metavar="TEXT", help="Where it came from, e.g. email."),
]
TypeOption = Annotated[
    str | None,
    typer.Option("--type", "-t", metavar="TEXT", help="Kind of opportunity, e.g. coaching."),
]
