"""``evaluate`` and ``calibration``: a backtest of the model, and the grades of past predictions."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from decision_cli.options import AsOfOption, CsvOption, HomeOption, JsonOption
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
    as_csv: CsvOption = False,
) -> None:
    """Compare the model with baselines in a backtest.

    The log is replayed in time order: at each cut-off a model is trained on what was known then and
    judged on later decisions.

    Examples
    --------
    $ decision-log evaluate
    $ decision-log evaluate --cutoffs 3 --no-report
    """
    with open_log(context, home, create=False) as log:
        from decision_cli.output.evaluation import show_evaluation
        from decision_cli.output.rendering import progress_bar
        from decision_log import evaluate as backtest

        with progress_bar("Evaluating") as progress:
            result = backtest(
                log=log,
                cutoffs=cutoffs,
                as_of=as_of,
                seed=seed,
                report=report,
                progress=progress,
            )
        note(context, judged=result["judged"])
        show_evaluation(result, home=log.settings.home.folder, as_json=as_json, as_csv=as_csv)


def calibration(
    context: typer.Context,
    by: Annotated[
        Literal["version", "predictor"],
        typer.Option(
            "--by",
            help="Grade each model version, or the model beside people and agents.",
        ),
    ] = "version",
    as_of: AsOfOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Compare past predictions with their outcomes.

    Shows calibration and drift for each model version, and the challenger beside the champion.

    Examples
    --------
    $ decision-log calibration
    $ decision-log calibration --by predictor
    """
    with open_log(context, home) as log:
        from decision_cli.output.evaluation import show_calibration
        from decision_log import calibration as graded

        show_calibration(
            graded(log=log, as_of=as_of, by=by),
            home=log.settings.home.folder,
            as_json=as_json,
            as_csv=as_csv,
        )
