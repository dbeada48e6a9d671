"""``score`` and ``predict``: rank a file of opportunities, or predict one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from decision_cli.inputs import check_predictor, name_pairs, text_or_standard_input
from decision_cli.options import (
    AsOfOption,
    ContentOption,
    CsvOption,
    HomeOption,
    JsonOption,
    PredictorOption,
    ProbabilityOption,
    RecordOption,
    ScoreOption,
    SenderOption,
    SourceOption,
    TypeOption,
)
from decision_cli.session import note, open_log


def score(
    context: typer.Context,
    source: Annotated[
        Path | None,
        typer.Argument(
            metavar="[IN]",
            help="Opportunities: JSON, JSON Lines, CSV or Parquet; '-' is standard input. "
            "[default: data/opportunities.json in the home]",
        ),
    ] = None,
    target: Annotated[
        Path | None,
        typer.Argument(
            metavar="[OUT]", help="Scored file. [default: data/opportunities_scored.json]"
        ),
    ] = None,
    top: Annotated[
        int, typer.Option("--top", min=0, help="How many to show; the file has all.")
    ] = 15,
    keys: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="THEIRS=OURS",
            help="Name the key that holds type, source, score, content, sender or opportunities; "
            "dots lead into objects (score.overall=score); may be repeated.",
        ),
    ] = None,
    scale: Annotated[
        float, typer.Option("--scale", help="Highest score of the input's scale, e.g. 1 or 10.")
    ] = 100.0,
    as_of: AsOfOption = None,
    record: RecordOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Score a file of opportunities and rank them.

    Writes them to another file, best first, and shows the best. Items that cannot be scored are in
    that file with the reason; then the exit code is 1. Where closed decisions grew by a tenth and it takes a
    few seconds, the model is refreshed first (setting auto_train).

    Examples
    --------
    $ decision-log score
    $ decision-log score leads.json ranked.json --top 5
    $ decision-log score leads.csv --map lead_type=type --scale 10
    """
    with open_log(context, home, announce=True) as log:
        from decision_cli.output.rendering import progress_bar, show_scored

        if as_of is None and (refreshed := log.refresh_model()):
            typer.echo(refreshed, err=True)
        with progress_bar("Scoring") as progress:
            scorer = log.scorer(as_of, record=record)
            scored = scorer.score_file(
                source,
                target,
                top=top,
                mapping=name_pairs(keys or [], "--map"),
                scale=scale,
                progress=progress,
            )
        note(context, scored=scored.total_opportunities, rejected=len(scored.rejected))
        show_scored(
            scored,
            home=log.settings.home.folder,
            currency=log.currency,
            as_json=as_json,
            as_csv=as_csv,
        )
    if scored.rejected:
        raise typer.Exit(1)


def predict(
    context: typer.Context,
    opportunity_type: TypeOption = None,
    opportunity_source: SourceOption = None,
    content: ContentOption = "",
    base_score: ScoreOption = None,
    sender: SenderOption = "",
    opportunity_id: Annotated[
        str | None,
        typer.Option(
            "--opportunity-id", metavar="ID", help="By which its decision finds the prediction."
        ),
    ] = None,
    predictor: PredictorOption = None,
    probability: ProbabilityOption = None,
    scored: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="OPPORTUNITY_ID", help="Take what is not given from the scored file."
        ),
    ] = None,
    as_of: AsOfOption = None,
    record: RecordOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Predict the outcome of one opportunity.

    Examples
    --------
    $ decision-log predict --type coaching --source email -c "Lessons for my son?"
    $ decision-log predict -t partnership -s twitter --score 60 --json
    $ decision-log predict --opportunity-id o-7 --predictor ann --probability 0.7
    $ decision-log predict --from opp-014
    """
    subject = opportunity_id or scored
    check_predictor(predictor, probability, subject)
    options = {
        "type": opportunity_type,
        "source": opportunity_source,
        "content": text_or_standard_input(content, "--content"),
        "score": base_score,
        "sender": sender,
        "opportunity_id": opportunity_id,
    }
    given = {name: value for name, value in options.items() if value is not None and value != ""}
    is_kept = record if record is not None else as_of is None
    with open_log(context, home, create=not is_kept) as log:
        from decision_cli.output.predicting import show_prediction

        known = {} if scored is None else log.get_opportunity(scored)
        opportunity = {"type": "general", "source": "unknown", **known, **given}
        predicted = log.predict_outcome(opportunity, as_of=as_of, record=record)
        if predictor is not None and probability is not None and subject is not None:
            log.record_prediction(
                subject,
                probability,
                predictor=predictor,
                opportunity_type=str(opportunity["type"]),
                opportunity_source=str(opportunity["source"]),
            )
        show_prediction(
            opportunity,
            predicted,
            home=log.settings.home.folder,
            currency=log.currency,
            as_json=as_json,
        )
