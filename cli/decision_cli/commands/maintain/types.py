"""``types list|merge|rename``: names of types, sources and decision makers."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from decision_cli.groups import command_group
from decision_cli.options import AsOfOption, CsvOption, HomeOption, JsonOption
from decision_cli.session import open_log

OfOption = Annotated[
    Literal["type", "source", "maker"],
    typer.Option("--of", help="Names of types, of sources, or of decision makers."),
]


def list_names(
    context: typer.Context,
    of: OfOption = "type",
    as_of: AsOfOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """List the types, how often each is used, its spellings.

    Case, blanks, hyphens, underscores and invisible characters make no difference; a name is shown as it was
    first written.

    Examples
    --------
    $ decision-log types list
    $ decision-log types list --of source
    """
    with open_log(context, home) as log:
        from decision_cli.output.rendering import show_names

        show_names(
            log.types(of=of, as_of=as_of),
            of=of,
            home=log.settings.home.folder,
            as_json=as_json,
            as_csv=as_csv,
        )


def merge(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The name to give up.")],
    into: Annotated[str, typer.Argument(help="The name to keep.")],
    of: OfOption = "type",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make two types one, in all decisions.

    Nothing is deleted: the merge is recorded as a fact. Later decisions with either name count for the one kept.

    Examples
    --------
    $ decision-log types merge coachin coaching
    $ decision-log types merge e-mail email --of source
    """
    with open_log(context, home, create=False) as log:
        from decision_cli.output.rendering import show_name_change

        show_name_change(log.merge_types(name, into, of=of), "Merged", as_json=as_json)


def rename(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The name as it is now.")],
    new: Annotated[str, typer.Argument(help="The new name.")],
    of: OfOption = "type",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a type under another name, in all decisions.

    Examples
    --------
    $ decision-log types rename golf_coaching "Golf Coaching"
    """
    with open_log(context, home, create=False) as log:
        from decision_cli.output.rendering import show_name_change

        show_name_change(log.rename_type(name, new, of=of), "Renamed", as_json=as_json)


types = command_group(
    "List, merge and rename types, sources and decision makers.",
    {"list": list_names, "merge": merge, "rename": rename},
)
