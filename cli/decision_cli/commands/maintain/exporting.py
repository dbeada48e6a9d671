"""``export``: all facts as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from decision_cli.options import HomeOption, JsonOption
from decision_cli.output.streams import say
from decision_cli.session import note, open_log
from decision_log.text.terminal_text import counted


def export(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Gets one file for each kind of fact.")
    ],
    parquet: Annotated[bool, typer.Option("--parquet", help="Write Parquet. [default]")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Write CSV.")] = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Write JSON Lines.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write all facts to files.

    Importing them (decision-log import FOLDER/*) into an empty home gives the identical log, its currency too.
    Settings, trained models, recipes and dismissed rejects are no facts: 'decision-log backup' takes settings
    and models along. In CSV a text that a spreadsheet would take for a formula gets an apostrophe before it,
    which the import takes off again.

    Examples
    --------
    $ decision-log export backup-2026 --csv
    """
    if parquet + as_csv + jsonl > 1:
        raise typer.BadParameter("choose one format", param_hint="--parquet, --csv, --jsonl")
    with open_log(context, home, create=False) as log:
        from decision_cli.output.tables import print_json

        written = log.export(folder, "csv" if as_csv else "jsonl" if jsonl else "parquet")
        note(context, rows=sum(written.values()))
        if as_json:
            print_json({str(path): rows for path, rows in written.items()})
            return
        for path, rows in written.items():
            say(f"{path}: {counted(rows, 'row')}")
