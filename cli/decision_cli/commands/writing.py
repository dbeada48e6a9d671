"""``log`` and ``outcome``: decisions and their outcomes, one at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from decision_cli.inputs import check_predictor, json_object, text_or_standard_input
from decision_cli.options import CreateOption, HomeOption, JsonOption
from decision_cli.output.streams import write_json
from decision_cli.session import note, open_log
from decision_log import generate_id

LearntOption = Annotated[
    str | None,
    typer.Option(
        "--recorded-at", metavar="TIME", help="When the log learnt of it; only for history."
    ),
]


def log(
    context: typer.Context,
    opportunity_type: Annotated[
        str,
        typer.Option("--type", "-t", metavar="TEXT", help="Kind of opportunity, e.g. coaching."),
    ],
    opportunity_source: Annotated[
        str, typer.Option("--source", "-s", metavar="TEXT", help="Where it came from, e.g. email.")
    ],
    action_taken: Annotated[
        str, typer.Option("--action", "-a", metavar="TEXT", help="What you did about it.")
    ],
    decision_id: Annotated[
        str | None,
        typer.Option("--id", metavar="ID", help="Id of the decision. [default: generated]"),
    ] = None,
    opportunity_content: Annotated[
        str,
        typer.Option("--content", "-c", metavar="TEXT", help="Its text; '-' reads standard input."),
    ] = "",
    opportunity_score: Annotated[
        float | None, typer.Option("--score", metavar="NUMBER", help="Base score, 0 to 100.")
    ] = None,
    sender: Annotated[str, typer.Option("--sender", metavar="TEXT", help="Who sent it.")] = "",
    decision_maker: Annotated[
        str, typer.Option("--by", metavar="TEXT", help="Who decided.")
    ] = "jarvis",
    attributes: Annotated[
        str | None,
        typer.Option("--context", metavar="JSON", help="Further attributes, a JSON object."),
    ] = None,
    timestamp: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME",
            help="When you decided: a date, or 2026-02-08T10:15+01:00. [default: now]",
        ),
    ] = None,
    received_at: Annotated[
        str | None, typer.Option("--received-at", metavar="TIME", help="When it came in.")
    ] = None,
    recorded_at: LearntOption = None,
    opportunity_id: Annotated[
        str | None,
        typer.Option("--opportunity-id", metavar="ID", help="Id of the opportunity."),
    ] = None,
    cost_usd: Annotated[
        float | None, typer.Option("--cost", metavar="NUMBER", help="Cost of acting on it, USD.")
    ] = None,
    effort_minutes: Annotated[
        float | None, typer.Option("--effort", metavar="NUMBER", help="Minutes spent on it.")
    ] = None,
    predictor: Annotated[
        str | None,
        typer.Option("--predictor", metavar="NAME", help="Who gives --probability, e.g. jarvis."),
    ] = None,
    probability: Annotated[
        float | None,
        typer.Option(
            "--probability",
            metavar="NUMBER",
            help="Their probability of a win, 0 to 1; graded beside ours.",
        ),
    ] = None,
    create: CreateOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Log one decision: what came in and what you did.

    Logging the same decision again changes nothing. What came of it is recorded with
    'decision-log outcome'.

    Examples
    --------
    $ decision-log log --type coaching --source email --action "Replied with offer"
    $ decision-log log -t coaching -s email -a "Sent prices" --id d-7 --score 72
    $ decision-log log -t partnership -s twitter -a Declined --at 2026-02-07T18:30
    $ decision-log log -t job -s email -a Sent --predictor ann --probability 0.7
    """
    check_predictor(predictor, probability, opportunity_id or "its own id")
    with open_log(context, home, create=create) as decisions:
        chosen = decision_id or generate_id()
        predicted_at = timestamp or datetime.now(UTC).isoformat()
        added = decisions.log_decision(
            chosen,
            opportunity_type,
            opportunity_source,
            action_taken,
            text_or_standard_input(opportunity_content, "--content"),
            opportunity_score,
            sender,
            decision_maker,
            json_object(attributes, "--context"),
            timestamp=timestamp,
            received_at=received_at,
            recorded_at=recorded_at,
            opportunity_id=opportunity_id,
            cost_usd=cost_usd,
            effort_minutes=effort_minutes,
        )
        if predictor is not None and probability is not None:
            decisions.record_prediction(
                opportunity_id or chosen,
                probability,
                predictor=predictor,
                opportunity_type=opportunity_type,
                opportunity_source=opportunity_source,
                predicted_at=predicted_at,
            )
        note(context, decision_id=chosen, added=int(added))
    text = f"Logged {chosen}." if added else f"{chosen} is already in the log; nothing changed."
    _report(text, {"decision_id": chosen, "added": added}, as_json=as_json)


def outcome(
    context: typer.Context,
    decision_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the decision.")],
    outcome_type: Annotated[
        str,
        typer.Option("--type", "-t", metavar="TEXT", help="E.g. response, conversion or refund."),
    ],
    outcome_status: Annotated[
        str,
        typer.Option(
            "--status", "-s", metavar="TEXT", help="E.g. pending, success, failed or reversed."
        ),
    ],
    revenue_generated: Annotated[
        float,
        typer.Option("--revenue", "-r", metavar="NUMBER", help="Revenue; negative for a refund."),
    ] = 0.0,
    customer_acquired: Annotated[
        bool, typer.Option("--customer", help="It won a customer.")
    ] = False,
    deal_closed: Annotated[bool, typer.Option("--deal", help="The deal is closed.")] = False,
    response_received: Annotated[bool, typer.Option("--response", help="They answered.")] = False,
    notes: Annotated[str, typer.Option("--notes", metavar="TEXT", help="Free text.")] = "",
    time_to_outcome_hours: Annotated[
        float | None,
        typer.Option("--hours", metavar="NUMBER", help="Hours from decision to outcome."),
    ] = None,
    occurred_at: Annotated[
        str | None,
        typer.Option("--at", metavar="TIME", help="When it happened. [default: now]"),
    ] = None,
    recorded_at: LearntOption = None,
    outcome_id: Annotated[
        str | None,
        typer.Option(
            "--id", metavar="ID", help="Idempotency key: the same key is recorded only once."
        ),
    ] = None,
    create: CreateOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record an outcome of a decision.

    A decision can have any number of outcomes; corrections and refunds are further ones.

    Examples
    --------
    $ decision-log outcome d-7 --type response --status pending --response
    $ decision-log outcome d-7 --type conversion --status success --revenue 499
    $ decision-log outcome d-7 --type refund --status refunded --revenue -100
    """
    with open_log(context, home, create=create) as decisions:
        added = decisions.record_outcome(
            decision_id,
            outcome_type,
            outcome_status,
            revenue_generated,
            customer_acquired,
            deal_closed,
            response_received,
            notes,
            time_to_outcome_hours=time_to_outcome_hours,
            occurred_at=occurred_at,
            recorded_at=recorded_at,
            outcome_id=outcome_id,
        )
        note(context, decision_id=decision_id, added=int(added))
    text = (
        f"Recorded {outcome_type} ({outcome_status}) for {decision_id}."
        if added
        else f"Outcome {outcome_id} is already in the log; nothing changed."
    )
    _report(text, {"decision_id": decision_id, "added": added}, as_json=as_json)


def _report(text: str, facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        write_json(facts)
    else:
        typer.echo(text)
