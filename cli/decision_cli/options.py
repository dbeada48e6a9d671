"""Options that several commands share, each with one help text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Home = Path | None

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home",
        help="Folder the log lives in. [env: DECISION_LOG_HOME; default: the current folder]",
        show_default=False,
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print JSON for programs, and nothing else, on stdout.")
]
AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="TIME",
        help="Use only what was recorded by then: 2026-02-08 (its end) or 2026-02-08T10:15+01:00.",
    ),
]
RecordOption = Annotated[
    bool | None,
    typer.Option(
        "--record/--no-record",
        help="Keep the predictions, to be graded later. [default: yes, but not with --as-of]",
        show_default=False,
    ),
]
