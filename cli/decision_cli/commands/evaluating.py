"""``evaluate`` and ``calibration``: how good the predictions would have been, and how good they were."""

from __future__ import annotations

from typing import Annotated

import typer

from decision_cli.options import AsOfOption, HomeOption, JsonOption
from decision_cli.session import open_log


def register(app: typer.Typer) -> None:
    """Add these commands to the front door."""
    app.command("evaluate")(evaluate)
    app.command("calibration")(calibration)


def evaluate(
    context: typer.Context,
    cutoffs: Annotated[
        int, typer.Option("--cutoffs", min=1, help="How often the model is trained anew.")
    ] = 5,
    seed: Annotated[
        int, typer.Option("--seed", help="The same log and seed give the same figures.")
    ] = 0,
    report: Annotated[
        bool, typer.Option("--report/--no-report", help="Write Markdown and charts into reports/.")
    ] = True,
    as_of: AsOfOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Replay the log in time order, to see whether the model earns its place."""
    with open_log(context, home) as log:
        from decision_cli.output.evaluation import show_evaluation
        from decision_cli.output.rendering import progress_bar
        from decision_log.models.backtest import evaluate as replay
        from decision_log.reports.evaluation_report import report_folder, write_report

        with progress_bar("Evaluating") as progress:
            found = replay(log, cutoffs=cutoffs, as_of=as_of, seed=seed, progress=progress)
        # Where nothing could be judged there is nothing worth a file.
        files = (
            write_report(found, report_folder(log.settings, found))
            if report and found.methods
            else None
        )
        show_evaluation(found.told(), files.report if files else None, as_json=as_json)


def calibration(
    context: typer.Context,
    as_of: AsOfOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Grade the predictions that were kept: what came of what each version said."""
    with open_log(context, home) as log:
        from decision_cli.output.evaluation import show_calibration
        from decision_log.models.calibration import calibration as graded

        show_calibration(graded(log, as_of), as_json=as_json)
