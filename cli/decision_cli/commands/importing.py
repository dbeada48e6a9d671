"""``import``: history from files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from decision_cli.inputs import name_pairs
from decision_cli.options import HomeOption, JsonOption
from decision_cli.session import note, open_log


def import_files(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="SQLite, JSON, JSON Lines, CSV or Parquet files."),
    ],
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind", metavar="KIND", help="decisions or outcomes, if the columns do not tell."
        ),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="THEIRS=OURS",
            help="Rename a column (THEIRS= drops it); may be repeated.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and report, but write nothing.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load history from files.

    Importing a file twice changes nothing. Rows that cannot be accepted are listed with their number and
    reason; the others are loaded.

    Examples
    --------
    $ decision-log import decisions.csv outcomes.csv
    $ decision-log import leads.csv --map "Origin=opportunity_source" --dry-run
    """
    with open_log(context, home) as decisions:
        from decision_cli.output.rendering import progress_bar, show_import

        with progress_bar("Reading") as progress:
            report = decisions.import_history(
                files,
                kind=kind,
                mapping=name_pairs(columns or [], "--map"),
                dry_run=dry_run,
                progress=progress,
            )
        note(
            context,
            added=report.added,
            unchanged=report.unchanged,
            rejected=len(report.rejected) + len(report.conflicting),
        )
        show_import(report, as_json=as_json)
    if report.rejected or report.conflicting:
        raise typer.Exit(1)
