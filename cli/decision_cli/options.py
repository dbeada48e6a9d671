"""Options that several commands share, each with one help text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
