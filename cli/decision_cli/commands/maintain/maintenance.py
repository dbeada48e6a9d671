"""``demo``, ``doctor`` and ``repair``: sample data, a check of the log, and its repair."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from decision_cli.groups import invocation
from decision_cli.options import CsvOption, HomeOption, JsonOption
from decision_cli.output.streams import say
from decision_cli.session import note, open_log


def demo(
    context: typer.Context,
    seed: Annotated[int, typer.Option("--seed", help="Random seed of the sample data.")] = 20260208,
    days: Annotated[int, typer.Option("--days", min=30, help="Days of history.")] = 400,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Check eight steps on the sample, in a folder for that, one line each."
        ),
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Generate a sample log, train on it, and score.

    Ends with the ranked opportunities, the page made of them, and three commands to try. The log is made in
    ./demo unless --home says otherwise; a folder with another log is refused.

    With --check the sample is made in a temporary folder, and logging, outcomes, rates, returns, insights,
    predictions, scores and summaries are compared with counts made another way; the exit code is 1 where one differs.

    Examples
    --------
    $ decision-log demo
    $ decision-log demo --check --days 30
    $ decision-log demo --days 120 --home sample
    """
    chosen = home if home is not None else invocation(context).home
    if check:
        _check_demo(seed, days, as_json=as_json)
        return
    folder = chosen if chosen is not None else Path("demo")
    with open_log(context, folder, announce=True) as log:
        from decision_cli.output.scoring import show_demo
        from decision_log import make_demo

        report = make_demo(log.settings.home.folder, seed=seed, days=days)
        if refreshed := log.refresh_model():
            say(refreshed, err=True)
        scored = log.scorer().score_file()
        page = log.write_report()
        show_demo(report, scored, page, currency=log.currency, as_json=as_json)


def _check_demo(seed: int, days: int, *, as_json: bool) -> None:
    from decision_cli.output.checking import show_checks
    from decision_log import check_demo

    checks = check_demo(seed=seed, days=days)
    show_checks(checks, as_json=as_json)
    if not all(check["passed"] for check in checks):
        raise typer.Exit(1)


def doctor(
    context: typer.Context,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read every value of every table, too.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check the log and its folder for problems.

    Shows which home is used and what the log holds. The exit code is 1 if there is a problem.

    Examples
    --------
    $ decision-log doctor
    $ decision-log doctor --verify
    """
    with open_log(context, home) as log:
        from decision_cli.output.rendering import show_diagnosis
        from decision_log import diagnose

        diagnosis = diagnose(log=log, verify=verify)
        note(context, problems=len(diagnosis["problems"]))
        show_diagnosis(diagnosis, as_json=as_json)
    if not diagnosis["healthy"]:
        raise typer.Exit(1)


def repair(
    context: typer.Context,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rebuild the database from the journal.

    The old database is kept beside the new one. Nothing is changed where rows would be lost.

    Examples
    --------
    $ decision-log repair
    """
    with open_log(context, home, create=False) as log:
        from decision_cli.output.rendering import show_repair

        show_repair(log.repair(), as_json=as_json)


def settings(
    context: typer.Context,
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Show every setting with its value, default and source.

    Settings stand in decision-log.toml in the home; an environment variable wins over the file.

    Examples
    --------
    $ decision-log settings
    """
    with open_log(context, home) as log:
        from decision_cli.output.working import show_settings

        show_settings(
            log.settings.described(),
            path=log.settings.home.settings,
            as_json=as_json,
            as_csv=as_csv,
        )
