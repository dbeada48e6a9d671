"""``evaluate`` and ``calibration``: a backtest of the model, and the grades of past predictions."""

from __future__ import annotations

from typing import Annotated

import typer

from decision_cli.options import AsOfOption, HomeOption, JsonOption
from decision_cli.session import note, open_log


def evaluate(
    context: typer.Context,
    cutoffs: Annotated[int, typer.Option("--cutoffs", min=1, help="Number of folds.")] = 5,
    seed: Annotated[
        int,
        typer.Option("--seed", help="Random seed; the same log and seed give the same figures."),
    ] = 0,
    report: Annotated[
        bool, typer.Option("--report/--no-report", help="Write Markdown and charts into reports/.")
    ] = True,
    as_of: AsOfOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare the model with baselines in a backtest.

    The log is replayed in time order: at each cut-off a model is trained on what was known then and
    judged on later decisions.

    Examples
    --------
    $ decision-log evaluate
    $ decision-log evaluate --cutoffs 3 --no-report
    """
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
        note(context, judged=found.judged if found.methods else 0)
        show_evaluation(found.told(), files.report if files else None, as_json=as_json)


def calibration(
    context: typer.Context,
    as_of: AsOfOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare past predictions with their outcomes.

    Shows calibration and drift for each model version, and the challenger beside the champion.

    Examples
    --------
    $ decision-log calibration
    """
    with open_log(context, home) as log:
        from decision_cli.output.evaluation import show_calibration
        from decision_log.models.calibration import calibration as graded

        show_calibration(graded(log, as_of), as_json=as_json)
