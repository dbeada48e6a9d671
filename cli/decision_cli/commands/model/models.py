"""``models``: the trained versions, and which of them is the champion."""

from __future__ import annotations

from typing import Annotated

import typer

from decision_cli.groups import command_group
from decision_cli.options import CsvOption, HomeOption, JsonOption
from decision_cli.session import note, open_log
from decision_log import Models

WhyOption = Annotated[str, typer.Option("--why", help="Reason, kept in the history.")]
VersionArgument = Annotated[
    str, typer.Argument(metavar="VERSION", help="Its name, or 'champion' or 'challenger'.")
]


def list_versions(
    context: typer.Context,
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """List the trained versions.

    Examples
    --------
    $ decision-log models list
    """
    with open_log(context, home) as log:
        from decision_cli.output.models import show_models

        show_models(
            Models(settings=log.settings).list(),
            home=log.settings.home.folder,
            as_json=as_json,
            as_csv=as_csv,
        )


def show(
    context: typer.Context,
    version: VersionArgument = "champion",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show how a version was trained and judged.

    Examples
    --------
    $ decision-log models show
    $ decision-log models show challenger --json
    """
    with open_log(context, home) as log:
        from decision_cli.output.models import show_model

        show_model(Models(settings=log.settings).show(version), as_json=as_json)


def promote(
    context: typer.Context,
    version: VersionArgument,
    why: WhyOption = "promoted by hand",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a version the champion.

    Examples
    --------
    $ decision-log models promote challenger --why "better on mobile leads"
    """
    with open_log(context, home) as log:
        from decision_cli.output.models import show_change

        change = Models(settings=log.settings).promote(version, why=why)
        note(context, champion=change["to"])
        show_change(change, as_json=as_json)


def rollback(
    context: typer.Context,
    why: WhyOption = "rolled back by hand",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Restore the previous champion, or the rates alone.

    Examples
    --------
    $ decision-log models rollback
    """
    with open_log(context, home) as log:
        from decision_cli.output.models import show_change

        change = Models(settings=log.settings).rollback(why=why)
        note(context, champion=change["to"])
        show_change(change, as_json=as_json)


def challenge(
    context: typer.Context,
    version: Annotated[
        str | None, typer.Argument(metavar="[VERSION]", help="Its name; leave it out with --clear.")
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Disable shadow mode.")] = False,
    why: WhyOption = "chosen by hand",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run a version in shadow mode, or none with --clear.

    The challenger predicts whatever is scored, but only the champion's predictions are shown;
    'decision-log calibration' compares the two.

    Examples
    --------
    $ decision-log models challenge challenger
    $ decision-log models challenge --clear
    """
    if (version is None) != clear:
        raise typer.BadParameter("name a version, or give --clear", param_hint="VERSION")
    with open_log(context, home) as log:
        from decision_cli.output.models import show_change

        found = Models(settings=log.settings)
        change = (
            found.clear_challenger(why=why)
            if version is None
            else found.challenge(version, why=why)
        )
        note(context, challenger=change["to"])
        show_change(change, as_json=as_json)


def diff(
    context: typer.Context,
    first: VersionArgument,
    second: VersionArgument,
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Show what differs between two versions.

    Examples
    --------
    $ decision-log models diff champion challenger
    """
    with open_log(context, home) as log:
        from decision_cli.output.models import show_difference

        rows = Models(settings=log.settings).diff(first, second)
        show_difference(rows, first, second, as_json=as_json, as_csv=as_csv)


models = command_group(
    "List, compare and choose trained models.",
    {
        "list": list_versions,
        "show": show,
        "promote": promote,
        "rollback": rollback,
        "challenge": challenge,
        "diff": diff,
    },
)
