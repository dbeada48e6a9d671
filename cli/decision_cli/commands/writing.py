"""``log``, ``outcome`` and ``import``: facts in."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from decision_cli.options import HomeOption, JsonOption
from decision_cli.session import open_log

TimeHelp = "ISO 8601, a date, or with a zone (2026-02-08T10:15+01:00). Default: now."


def register(app: typer.Typer) -> None:
    """Add these commands to the front door."""
    app.command("log")(log)
    app.command("outcome")(outcome)
    app.command("import")(import_files)


def log(
    context: typer.Context,
    opportunity_type: Annotated[
        str, typer.Option("--type", "-t", help="Such as coaching or partnership.")
    ],
    opportunity_source: Annotated[
        str, typer.Option("--source", "-s", help="Such as email or twitter.")
    ],
    action_taken: Annotated[str, typer.Option("--action", "-a", help="What was done about it.")],
    decision_id: Annotated[
        str | None, typer.Option("--id", help="Your id for it; made up and printed if left out.")
    ] = None,
    content: Annotated[
        str, typer.Option("--content", "-c", help="Its text; '-' reads standard input.")
    ] = "",
    score: Annotated[float | None, typer.Option("--score", help="Base score, 0 to 100.")] = None,
    sender: Annotated[str, typer.Option("--sender", help="Who sent it.")] = "",
    maker: Annotated[str, typer.Option("--by", help="Who decided.")] = "jarvis",
    attributes: Annotated[
        str | None, typer.Option("--context", help="Further attributes, a JSON object.")
    ] = None,
    at: Annotated[str | None, typer.Option("--at", metavar="TIME", help=TimeHelp)] = None,
    received_at: Annotated[
        str | None, typer.Option("--received-at", metavar="TIME", help="When it came in.")
    ] = None,
    recorded_at: Annotated[
        str | None,
        typer.Option("--recorded-at", metavar="TIME", help="When you learnt of it, for history."),
    ] = None,
    opportunity_id: Annotated[
        str | None, typer.Option("--opportunity-id", help="Id of the opportunity it is about.")
    ] = None,
    cost: Annotated[float | None, typer.Option("--cost", help="Cost of acting on it, USD.")] = None,
    effort: Annotated[
        float | None, typer.Option("--effort", help="Effort of acting on it, minutes.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Log one decision: what came in, and what you did about it."""
    with open_log(context, home) as decisions:
        from decision_log.records import new_decision_id

        chosen = decision_id or new_decision_id(datetime.now(UTC))
        added = decisions.log_decision(
            chosen,
            opportunity_type,
            opportunity_source,
            action_taken,
            sys.stdin.read() if content == "-" else content,
            score,
            sender,
            maker,
            _json_object(attributes),
            timestamp=at,
            received_at=received_at,
            recorded_at=recorded_at,
            opportunity_id=opportunity_id,
            cost_usd=cost,
            effort_minutes=effort,
        )
    said = f"Logged {chosen}." if added else f"{chosen} is in the log already; nothing changed."
    _say(said, {"decision_id": chosen, "added": added}, as_json=as_json)


def outcome(
    context: typer.Context,
    decision_id: Annotated[str, typer.Argument(help="The decision it is about.")],
    outcome_type: Annotated[
        str, typer.Option("--type", "-t", help="Such as response, conversion or refund.")
    ],
    status: Annotated[
        str, typer.Option("--status", "-s", help="Such as pending, success, failed or reversed.")
    ],
    revenue: Annotated[
        float, typer.Option("--revenue", "-r", help="What it brought; negative for a refund.")
    ] = 0.0,
    customer: Annotated[bool, typer.Option("--customer", help="A customer was won.")] = False,
    deal: Annotated[bool, typer.Option("--deal", help="The deal is closed.")] = False,
    response: Annotated[bool, typer.Option("--response", help="They answered.")] = False,
    notes: Annotated[str, typer.Option("--notes", help="Anything worth keeping.")] = "",
    hours: Annotated[
        float | None, typer.Option("--hours", help="Hours from decision to outcome, if known.")
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="When it happened. Default: now.")
    ] = None,
    recorded_at: Annotated[
        str | None,
        typer.Option("--recorded-at", metavar="TIME", help="When you learnt of it, for history."),
    ] = None,
    outcome_id: Annotated[
        str | None, typer.Option("--id", help="Makes recording it twice harmless.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record what became of a decision. Corrections and refunds are further outcomes."""
    with open_log(context, home) as decisions:
        added = decisions.record_outcome(
            decision_id,
            outcome_type,
            status,
            revenue,
            customer,
            deal,
            response,
            notes,
            time_to_outcome_hours=hours,
            occurred_at=at,
            recorded_at=recorded_at,
            outcome_id=outcome_id,
        )
    said = (
        f"Recorded {outcome_type} ({status}) for {decision_id}."
        if added
        else f"Outcome {outcome_id} is in the log already; nothing changed."
    )
    _say(said, {"decision_id": decision_id, "added": added}, as_json=as_json)


def import_files(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(help="SQLite, JSON, JSON Lines, CSV or Parquet files.")
    ],
    kind: Annotated[
        str | None,
        typer.Option("--kind", help="decisions or outcomes, where the columns leave it open."),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="THEIRS=OURS",
            help="Rename a column (THEIRS= drops it); may be repeated.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and report, but write nothing.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load history. Importing a file twice changes nothing."""
    with open_log(context, home) as decisions:
        from decision_cli.output.rendering import progress_bar, show_import

        with progress_bar("Reading") as progress:
            report = decisions.import_history(
                files,
                kind=kind,
                mapping=_mapping(columns or []),
                dry_run=dry_run,
                progress=progress,
            )
        show_import(report, as_json=as_json)
    if report.rejected or report.conflicting:
        raise typer.Exit(1)


def _json_object(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise typer.BadParameter(f"not JSON ({error})", param_hint="--context") from None
    if not isinstance(value, dict):
        raise typer.BadParameter(
            'must be a JSON object such as {"followers": 120}', param_hint="--context"
        )
    return value


def _mapping(columns: list[str]) -> dict[str, str]:
    pairs = [column.partition("=") for column in columns]
    for theirs, equals, _ in pairs:
        if not (theirs and equals):
            raise typer.BadParameter(
                f"{theirs!r} must look like their_column=our_column", param_hint="--map"
            )
    return {theirs: ours for theirs, _, ours in pairs}


def _say(text: str, facts: dict[str, Any], *, as_json: bool) -> None:
    typer.echo(json.dumps(facts, ensure_ascii=False) if as_json else text)
