"""``demo`` and ``doctor``: a first look, and a look under the bonnet."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from decision_cli.options import HomeOption, JsonOption
from decision_cli.session import open_log


def register(app: typer.Typer) -> None:
    """Add these commands to the front door."""
    app.command("demo")(demo)
    app.command("doctor")(doctor)


def demo(
    context: typer.Context,
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another world.")] = 20260208,
    days: Annotated[int, typer.Option("--days", min=30, help="How much history.")] = 75,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a believable log in a folder of its own (./demo), and score its opportunities."""
    chosen = home if home is not None else context.obj
    with open_log(context, chosen if chosen is not None else Path("demo")) as log:
        from decision_cli.output.rendering import show_demo
        from decision_log.demo.world import make_demo

        report = make_demo(log.settings.home.folder, now=datetime.now(UTC), seed=seed, days=days)
        show_demo(report, log.scorer().score_file(), as_json=as_json)


def doctor(
    context: typer.Context,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read every column of every table, too.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say which home is used, what the log holds, and anything odd."""
    with open_log(context, home) as log:
        from decision_cli.output.rendering import show_diagnosis
        from decision_log.doctor import diagnose

        diagnosis = diagnose(log, verify=verify)
        show_diagnosis(diagnosis, as_json=as_json)
    if not diagnosis["healthy"]:
        raise typer.Exit(1)
