"""``train``, ``fields`` and ``models``: learning from the log, and which version serves."""

from __future__ import annotations

from typing import Annotated

import typer

from decision_cli.options import AsOfOption, HomeOption, JsonOption
from decision_cli.session import open_log

WhyOption = Annotated[str, typer.Option("--why", help="Kept in the history.")]
VersionArgument = Annotated[
    str, typer.Argument(metavar="VERSION", help="Its name, or champion or challenger.")
]

models = typer.Typer(
    name="models",
    no_args_is_help=True,
    help="List, show, compare and choose the trained models.",
    rich_markup_mode=None,
)


def register(app: typer.Typer) -> None:
    """Add these commands to the front door."""
    app.command("train")(train)
    app.command("fields")(fields)
    models.command("list")(list_versions)
    models.command("show")(show)
    models.command("promote")(promote)
    models.command("rollback")(rollback)
    models.command("challenge")(challenge)
    models.command("diff")(diff)
    app.add_typer(models)


def train(
    context: typer.Context,
    seed: Annotated[
        int, typer.Option("--seed", help="The same log and seed give the same model.")
    ] = 0,
    if_needed: Annotated[
        bool, typer.Option("--if-needed", help="Only if 5 % of the outcomes are new; for cron.")
    ] = False,
    promote: Annotated[
        bool,
        typer.Option(
            "--promote/--no-promote", help="Let it serve if it is better by the evidence."
        ),
    ] = True,
    as_of: AsOfOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train a model on the log, and let it serve if it is better than what serves."""
    with open_log(context, home) as log:
        from decision_cli.output.models import show_training
        from decision_cli.output.rendering import progress_bar
        from decision_log.models.train import train as train_on

        with progress_bar("Training") as progress:
            report = train_on(
                log,
                seed=seed,
                if_needed=if_needed,
                as_of=as_of,
                promote=promote,
                progress=progress,
            )
        show_training(report.told(), as_json=as_json)


def fields(
    context: typer.Context,
    as_of: AsOfOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the data dictionary: every field, whether a model may use it, and why not."""
    with open_log(context, home) as log:
        from decision_cli.output.models import show_fields
        from decision_log.models.train import describe_fields

        show_fields(describe_fields(log, as_of=as_of), as_json=as_json)


def list_versions(
    context: typer.Context, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """List the versions, and which one serves."""
    with open_log(context, home) as log:
        from decision_cli.output.models import show_models
        from decision_log.models.versions import list_models

        show_models(list_models(log.settings.home.models), as_json=as_json)


def show(
    context: typer.Context,
    version: VersionArgument = "champion",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a version was trained on, how it was judged, and when it served."""
    with open_log(context, home) as log:
        from decision_cli.output.models import show_model
        from decision_log.models.versions import show_model as read

        show_model(read(log.settings.home.models, version), as_json=as_json)


def promote(
    context: typer.Context,
    version: VersionArgument,
    why: WhyOption = "promoted by hand",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a version serve from now on."""
    with open_log(context, home) as log:
        from decision_cli.output.models import show_change
        from decision_log.models.versions import promote_model

        show_change(promote_model(log.settings.home.models, version, why=why), as_json=as_json)


def rollback(
    context: typer.Context,
    why: WhyOption = "rolled back by hand",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go back to what served before: an earlier version, or the rates alone."""
    with open_log(context, home) as log:
        from decision_cli.output.models import show_change
        from decision_log.models.versions import rollback_model

        show_change(rollback_model(log.settings.home.models, why=why), as_json=as_json)


def challenge(
    context: typer.Context,
    version: Annotated[
        str | None, typer.Argument(metavar="[VERSION]", help="Its name; none with --clear.")
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Try none any longer.")] = False,
    why: WhyOption = "chosen by hand",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Try a version in the shadow: it predicts too, nobody is shown, 'calibration' compares."""
    if (version is None) != clear:
        raise typer.BadParameter("name a version, or give --clear", param_hint="VERSION")
    with open_log(context, home) as log:
        from decision_cli.output.models import show_change
        from decision_log.models.versions import challenge_model, clear_challenger

        folder = log.settings.home.models
        change = (
            clear_challenger(folder, why=why)
            if version is None
            else challenge_model(folder, version, why=why)
        )
        show_change(change, as_json=as_json)


def diff(
    context: typer.Context,
    first: VersionArgument,
    second: VersionArgument,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare what is told about two versions."""
    with open_log(context, home) as log:
        from decision_cli.output.models import show_difference
        from decision_log.models.versions import diff_models

        rows = diff_models(log.settings.home.models, first, second)
        show_difference(rows, first, second, as_json=as_json)
