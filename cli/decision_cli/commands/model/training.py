"""``train`` and ``fields``: fit a model on the log."""

from __future__ import annotations

from typing import Annotated

import typer

from decision_cli.options import AsOfOption, CsvOption, HomeOption, JsonOption
from decision_cli.session import note, open_log

AllowOption = Annotated[
    list[str] | None,
    typer.Option(
        "--allow",
        metavar="FIELD",
        help="Use it although it tells won from lost nearly without error; may be repeated.",
    ),
]


def train(
    context: typer.Context,
    seed: Annotated[
        int, typer.Option("--seed", help="Random seed; the same log and seed give the same model.")
    ] = 0,
    if_needed: Annotated[
        bool, typer.Option("--if-needed", help="Only if 5 % of the outcomes are new; for cron.")
    ] = False,
    promote: Annotated[
        bool,
        typer.Option("--promote/--no-promote", help="Promote it unless it is shown worse."),
    ] = True,
    exclude: Annotated[
        list[str] | None,
        typer.Option("--exclude", metavar="FIELD", help="Do not use it; may be repeated."),
    ] = None,
    allow: AllowOption = None,
    as_of: AsOfOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train a model on the log.

    A refresh replaces the champion unless it is shown to be worse; a version by another recipe (other
    fields) becomes the challenger.

    Examples
    --------
    $ decision-log train
    $ decision-log train --if-needed --json
    $ decision-log train --exclude context.budget --allow context.coupon
    """
    with open_log(context, home) as log:
        from decision_cli.output.models import show_training
        from decision_cli.output.rendering import progress_bar
        from decision_log import train as train_on

        with progress_bar("Training") as progress:
            result = train_on(
                log=log,
                seed=seed,
                if_needed=if_needed,
                as_of=as_of,
                promote=promote,
                exclude=exclude,
                allow=allow,
                progress=progress,
            )
        note(context, version=result["version"], promoted=int(result["promoted"]))
        show_training(result, home=log.settings.home.folder, as_json=as_json)


def fields(
    context: typer.Context,
    allow: AllowOption = None,
    as_of: AsOfOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """List the fields that a model may use.

    A field that is refused is shown with the reason: what is filled in or changed when a decision is
    closed gives the answer away.

    Examples
    --------
    $ decision-log fields
    """
    with open_log(context, home) as log:
        from decision_cli.output.models import show_fields
        from decision_log import describe_fields

        rows = describe_fields(log=log, as_of=as_of, allow=allow)
        show_fields(rows, home=log.settings.home.folder, as_json=as_json, as_csv=as_csv)
