"""``rejects list|retry|dismiss``: records that could not become facts."""

from __future__ import annotations

from typing import Annotated

import typer

from decision_cli.groups import command_group
from decision_cli.options import CsvOption, HomeOption, JsonOption
from decision_cli.session import open_log

NumbersArgument = Annotated[
    list[str] | None,
    typer.Argument(help="Numbers from the list, or how they begin. [default: all]"),
]


def list_rejects(
    context: typer.Context,
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """List the rejected records with their reasons.

    Examples
    --------
    $ decision-log rejects list
    """
    with open_log(context, home) as log:
        from decision_cli.output.rendering import show_rejects

        show_rejects(log.rejects(), home=log.settings.home.folder, as_json=as_json, as_csv=as_csv)


def retry(
    context: typer.Context,
    numbers: NumbersArgument = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Try rejected records again, e.g. after an upgrade.

    Examples
    --------
    $ decision-log rejects retry
    $ decision-log rejects retry 3f2a
    """
    with open_log(context, home) as log:
        from decision_cli.output.rendering import show_count

        show_count(log.retry_rejects(numbers or None), "rejects have become facts", as_json=as_json)


def dismiss(
    context: typer.Context,
    numbers: NumbersArgument = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put rejected records away after looking at them.

    Examples
    --------
    $ decision-log rejects dismiss 3f2a
    $ decision-log rejects dismiss
    """
    with open_log(context, home) as log:
        from decision_cli.output.rendering import show_count

        show_count(log.dismiss_rejects(numbers or None), "rejects dismissed", as_json=as_json)


rejects = command_group(
    "List, retry and dismiss records that could not become facts.",
    {"list": list_rejects, "retry": retry, "dismiss": dismiss},
)
