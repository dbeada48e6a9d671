"""``forget``: a person, a decision, or old texts leave the log and all files written from it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from decision_cli.options import HomeOption, JsonOption
from decision_cli.session import note, open_log


def forget(
    context: typer.Context,
    sender: Annotated[
        str | None, typer.Option("--sender", help="Forget this sender, in any spelling.")
    ] = None,
    decision_id: Annotated[
        str | None, typer.Option("--decision", metavar="ID", help="Forget one decision.")
    ] = None,
    texts_before: Annotated[
        str | None,
        typer.Option("--texts-before", metavar="TIME", help="Forget the texts of older decisions."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Forget a person; counts and money stay.

    They leave the database, the journal, predictions, reports, all files that 'score' wrote, models and, with its
    next run, each backup. It cannot be undone. Every file of the home is searched afterwards, and each scored file
    elsewhere that could not be reached is named.

    Examples
    --------
    $ decision-log forget --sender pat@example.com
    $ decision-log forget --decision d-42 --yes
    $ decision-log forget --texts-before -365d --yes
    """
    if sender is None and decision_id is None and texts_before is None:
        raise typer.BadParameter("name what to forget", param_hint="--sender, --decision")
    if not yes:
        if not sys.stdin.isatty():
            raise typer.BadParameter("it cannot be undone: add --yes", param_hint="--yes")
        typer.confirm("This cannot be undone. Forget it?", abort=True)
    with open_log(context, home, create=False) as log:
        from decision_cli.output.operating import show_forgotten

        forgotten = log.forget(sender=sender, decision_id=decision_id, texts_before=texts_before)
        note(context, decisions=forgotten["decisions"])
        show_forgotten(forgotten, as_json=as_json)
    if forgotten["found"] or forgotten["values_in_log"] or forgotten["unreached"]:
        raise typer.Exit(1)
