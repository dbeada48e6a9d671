"""``score`` and ``predict``: what to answer first."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from decision_cli.options import AsOfOption, HomeOption, JsonOption, RecordOption
from decision_cli.session import open_log


def register(app: typer.Typer) -> None:
    """Add these commands to the front door."""
    app.command("score")(score)
    app.command("predict")(predict)


def score(
    context: typer.Context,
    source: Annotated[
        Path | None,
        typer.Argument(metavar="[IN]", help="Default: data/opportunities.json in the home."),
    ] = None,
    target: Annotated[
        Path | None,
        typer.Argument(metavar="[OUT]", help="Default: data/opportunities_scored.json."),
    ] = None,
    top: Annotated[int, typer.Option("--top", min=0, help="How many to show.")] = 15,
    as_of: AsOfOption = None,
    record: RecordOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Score a file of opportunities and write them ranked, best first."""
    with open_log(context, home) as log:
        from decision_cli.output.rendering import progress_bar, show_scored

        with progress_bar("Scoring") as progress:
            scorer = log.scorer(as_of, record=record)
            scored = scorer.score_file(source, target, top=top, progress=progress)
        show_scored(scored, as_json=as_json)


def predict(
    context: typer.Context,
    opportunity_type: Annotated[
        str, typer.Option("--type", "-t", help="Such as coaching or partnership.")
    ] = "general",
    opportunity_source: Annotated[
        str, typer.Option("--source", "-s", help="Such as email or twitter.")
    ] = "unknown",
    content: Annotated[str, typer.Option("--content", "-c", help="Its text.")] = "",
    base_score: Annotated[
        float | None, typer.Option("--score", help="Base score, 0 to 100.")
    ] = None,
    sender: Annotated[str, typer.Option("--sender", help="Who sent it.")] = "",
    as_of: AsOfOption = None,
    record: RecordOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Predict what will become of one opportunity."""
    opportunity = {
        "type": opportunity_type,
        "source": opportunity_source,
        "content": content,
        "score": base_score,
        "sender": sender,
    }
    with open_log(context, home) as log:
        from decision_cli.output.rendering import show_prediction

        predicted = log.predict_outcome(opportunity, as_of=as_of, record=record)
        show_prediction(opportunity, predicted, as_json=as_json)
