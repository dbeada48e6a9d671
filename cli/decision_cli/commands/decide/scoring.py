"""``score`` and ``predict``: rank a file of opportunities, or predict one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from decision_cli.commands.decide.score_runs import ScoreRun, check_runs
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
    WideOption,
)
from decision_cli.session import note, open_log


def score(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[IN] [OUT]",
            help="Opportunities: JSON, JSON Lines, CSV or Parquet, '-' is standard input; and the scored file. "
            "With --out any number of files and patterns. "
            "[default: data/opportunities.json data/opportunities_scored.json]",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FOLDER",
            help="Score many files, each into a file of its own there; finished ones are kept.",
        ),
    ] = None,
    top: Annotated[
        int, typer.Option("--top", min=0, help="How many to show; the files have all.")
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
    watch: Annotated[
        bool,
        typer.Option(
            "--watch", help="Score again whenever the input or the log changes; Ctrl-C ends it."
        ),
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Score even where nothing has changed.")
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", min=1, help="Processes. [default: one a core where it pays]"),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            "--cluster",
            metavar="ADDRESS",
            help="Dask scheduler whose workers score, with --out, e.g. tcp://10.0.0.5:8786.",
        ),
    ] = None,
    as_of: AsOfOption = None,
    record: RecordOption = None,
    home: HomeOption = None,
    wide: WideOption = False,  # noqa: ARG001 - its callback has taken it
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Score a file of opportunities and rank them.

    Writes them to another file, best first, and shows the best. Items that cannot be scored are in
    that file with the reason; then the exit code is 1. Where closed decisions grew by a tenth and it takes a
    few seconds, the model is refreshed first (setting auto_train). Where nothing has changed, nothing is written.

    Examples
    --------
    $ decision-log score
    $ decision-log score leads.json ranked.json --top 5
    $ decision-log score leads.csv --map lead_type=type --scale 10
    $ decision-log score 'in/*.parquet' --out scored
    $ decision-log score --watch
    """
    check_runs(paths or [], out, watch=watch, as_of=as_of, cluster=cluster)
    with open_log(context, home, announce=True) as log:
        run = ScoreRun(
            log,
            paths or [],
            out,
            as_of=as_of,
            record=record,
            again=again,
            options={"top": top, "mapping": name_pairs(keys or [], "--map"), "scale": scale},
            jobs=jobs,
            cluster=cluster,
            show={"as_json": as_json, "as_csv": as_csv},
        )
        if watch:
            run.follow()
            return
        scored, rejected = run.once()
        note(context, scored=scored, rejected=rejected)
    if rejected:
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
