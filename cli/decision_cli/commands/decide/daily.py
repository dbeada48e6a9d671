"""``daily``: a day's work in one cron line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from decision_cli.options import HomeOption, JsonOption
from decision_cli.output.streams import say
from decision_cli.session import note, open_log


def daily(
    context: typer.Context,
    backup: Annotated[
        Path | None,
        typer.Option("--backup", metavar="FOLDER", help="Bring a backup there up to date, too."),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Do a day's work: import the inbox, score, summarise, report.

    Imports the files in inbox/ in the home, each by the recipe there whose name its own begins with
    (hubspot.toml reads hubspot-0208.csv), and moves them to inbox/done. Then refreshes the model if it is due,
    scores data/opportunities.json, saves the summaries of the day and of the last seven days, writes the page, and
    compacts the log. A step that fails does not stop the others; then the exit code is 1.

    Examples
    --------
    $ decision-log daily
    $ decision-log daily --backup backup
    """
    with open_log(context, home, create=False) as log:
        from decision_cli.output.tables import print_json
        from decision_log import run_day

        steps = run_day(log, backup=backup)
        failed = [step for step in steps if not step.done]
        note(context, steps=len(steps), failed_steps=len(failed))
        if as_json:
            print_json({"steps": [step._asdict() for step in steps], "failed": len(failed)})
        else:
            width = max(len(step.name) for step in steps)
            for step in steps:
                mark = "" if step.done else "FAILED: "
                say(f"{step.name:<{width}}  {mark}{step.what}", err=not step.done)
    if failed:
        raise typer.Exit(1)
