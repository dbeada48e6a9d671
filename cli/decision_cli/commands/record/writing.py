"""``log``, ``outcome``, ``won`` and ``lost``: decisions and their outcomes, one at a time."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from decision_cli.commands.record.amending import report, show_undone
from decision_cli.inputs import check_predictor, json_object, text_or_standard_input
from decision_cli.options import (
    ContentOption,
    CreateOption,
    DecisionArgument,
    HomeOption,
    JsonOption,
    NotesOption,
    PredictorOption,
    ProbabilityOption,
    ScoreOption,
    SenderOption,
    SourceOption,
    TypeOption,
)
from decision_cli.output.streams import say
from decision_cli.session import note, open_log
from decision_log.text.money import money_text

if TYPE_CHECKING:
    from decision_log import DecisionLog
    from decision_log.records import Recorded

_ONE_CENT = 0.005

LearntOption = Annotated[
    str | None,
    typer.Option(
        "--recorded-at", metavar="TIME", help="When the log learnt of it; only for history."
    ),
]

WhenOption = Annotated[
    str | None, typer.Option("--at", metavar="TIME", help="When it happened. [default: now]")
]
AgainOption = Annotated[
    bool, typer.Option("--again", help="Record it even if it looks like a repeat.")
]

CurrencyOption = Annotated[
    str | None,
    typer.Option(
        "--currency",
        metavar="CODE",
        help="Currency of the amount; refused unless it is that of the log.",
    ),
]
YesOption = Annotated[
    bool, typer.Option("--yes", "-y", help="Record an unusual amount without asking.")
]


def log(
    context: typer.Context,
    action_taken: Annotated[
        str, typer.Option("--action", "-a", metavar="TEXT", help="What you did about it.")
    ],
    opportunity_type: TypeOption = None,
    opportunity_source: SourceOption = None,
    scored: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="OPPORTUNITY_ID",
            help="Take type, source, text, score and sender from the scored file.",
        ),
    ] = None,
    decision_id: Annotated[
        str | None,
        typer.Option("--id", metavar="ID", help="Id of the decision. [default: generated]"),
    ] = None,
    opportunity_content: ContentOption = "",
    opportunity_score: ScoreOption = None,
    sender: SenderOption = "",
    decision_maker: Annotated[
        str | None,
        typer.Option("--by", metavar="TEXT", help="Who decided. [default: the setting 'maker']"),
    ] = None,
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
        str | None, typer.Option("--cost", metavar="AMOUNT", help="Cost of acting on it.")
    ] = None,
    effort_minutes: Annotated[
        float | None, typer.Option("--effort", metavar="NUMBER", help="Minutes spent on it.")
    ] = None,
    predictor: PredictorOption = None,
    probability: ProbabilityOption = None,
    again: AgainOption = False,
    create: CreateOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Log one decision: what came in and what you did.

    --type and --source are needed unless --from names an opportunity that was scored; then its
    predictions are graded once the outcome is known.

    Logging the same decision again changes nothing. What came of it is recorded with
    'decision-log outcome'.

    Examples
    --------
    $ decision-log log --type coaching --source email --action "Replied with offer"
    $ decision-log log -t coaching -s email -a "Sent prices" --id d-7 --score 72
    $ decision-log log --from opp-014 --action "Replied with offer"
    $ decision-log log -t partnership -s twitter -a Declined --at 2026-02-07T18:30
    $ decision-log log -t job -s email -a Sent --predictor ann --probability 0.7
    """
    check_predictor(predictor, probability, opportunity_id or "its own id")
    with open_log(context, home, create=create) as decisions:
        predicted_at = timestamp or datetime.now(UTC).isoformat()
        given: dict[str, Any] = {
            "decision_id": decision_id,
            "opportunity_type": opportunity_type,
            "opportunity_source": opportunity_source,
            "opportunity_content": text_or_standard_input(opportunity_content, "--content"),
            "opportunity_score": opportunity_score,
            "sender": sender,
            "decision_maker": decision_maker or decisions.settings.maker,
            "context": json_object(attributes, "--context"),
            "timestamp": timestamp,
            "received_at": received_at,
            "recorded_at": recorded_at,
            "cost_usd": cost_usd and decisions.read_amount(cost_usd, field="cost_usd"),
            "effort_minutes": effort_minutes,
        }
        if scored is None:
            _require(opportunity_type, "--type / -t")
            _require(opportunity_source, "--source / -s")
            logged = decisions.log_decision(
                action_taken=action_taken, opportunity_id=opportunity_id, again=again, **given
            )
        else:
            if opportunity_id is not None:
                raise typer.BadParameter("does not go with --from", param_hint="--opportunity-id")
            logged = decisions.log_opportunity(scored, action_taken, again=again, **given)
        if predictor is not None and probability is not None:
            known = {} if scored is None else decisions.get_opportunity(scored)
            decisions.record_prediction(
                scored or opportunity_id or logged.id,
                probability,
                predictor=predictor,
                opportunity_type=opportunity_type or str(known.get("type") or "general"),
                opportunity_source=opportunity_source or str(known.get("source") or "unknown"),
                predicted_at=predicted_at,
            )
        note(context, decision_id=logged.id, added=int(logged.new))
        hints = logged.hints
    text = f"Logged {logged.id}." if logged else _already(logged, again=decision_id is None)
    facts = {"decision_id": logged.id, "added": logged.new, "warnings": hints}
    report(text, facts, as_json=as_json)
    for hint in [] if as_json else hints:
        say(f"Note: {hint}", err=True)


def outcome(
    context: typer.Context,
    decision_id: Annotated[
        str | None, typer.Argument(metavar="ID", help="Id of the decision.", show_default=False)
    ] = None,
    outcome_type: Annotated[
        str | None,
        typer.Option("--type", "-t", metavar="TEXT", help="E.g. response, conversion or refund."),
    ] = None,
    outcome_status: Annotated[
        str | None,
        typer.Option("--status", "-s", metavar="TEXT", help="E.g. pending, won, lost or reversed."),
    ] = None,
    revenue_generated: Annotated[
        str,
        typer.Option(
            "--revenue",
            "-r",
            metavar="AMOUNT",
            help="Revenue, e.g. 499 or '1.200,50 €'; negative for a refund.",
            show_default=False,
        ),
    ] = "0",
    currency: CurrencyOption = None,
    customer_acquired: Annotated[
        bool, typer.Option("--customer", help="It won a customer.")
    ] = False,
    deal_closed: Annotated[bool, typer.Option("--deal", help="The deal is closed.")] = False,
    response_received: Annotated[bool, typer.Option("--response", help="They answered.")] = False,
    notes: NotesOption = "",
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
    again: AgainOption = False,
    void: Annotated[
        str | None,
        typer.Option("--void", metavar="ID", help="Take back the outcome of this id instead."),
    ] = None,
    yes: YesOption = False,
    create: CreateOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record an outcome of a decision.

    Type and status can be words of your CRM or language; the resulting state is printed. The same
    outcome twice within 24 hours is a repeat, which changes nothing. Refunds are negative.

    Examples
    --------
    $ decision-log outcome d-7 --type response --status pending --response
    $ decision-log outcome d-7 --type conversion --status success --revenue 499
    $ decision-log outcome d-7 --type refund --status refunded --revenue -100
    $ decision-log outcome --void out_4f2a
    """
    if void is not None:
        with open_log(context, home) as decisions:
            taken = decisions.void_outcome(void, reason=notes)
            show_undone(context, decisions, taken, as_json=as_json)
        return
    if decision_id is None or outcome_type is None or outcome_status is None:
        raise typer.BadParameter("give the ID of the decision, --type and --status, or --void ID")
    with open_log(context, home, create=create) as decisions:
        revenue = decisions.read_amount(revenue_generated, currency)
        warnings = _check_amount(decisions, decision_id, revenue, asked=not (yes or as_json))
        recorded = decisions.record_outcome(
            decision_id,
            outcome_type,
            outcome_status,
            revenue,
            customer_acquired,
            deal_closed,
            response_received,
            notes,
            time_to_outcome_hours=time_to_outcome_hours,
            occurred_at=occurred_at,
            recorded_at=recorded_at,
            outcome_id=outcome_id,
            again=again,
        )
        text = f"Recorded {outcome_type} ({outcome_status}) for {decision_id}"
        _show_recorded(
            context, decisions, decision_id, recorded, text, revenue, warnings, as_json=as_json
        )


def won(
    context: typer.Context,
    decision_id: DecisionArgument,
    amount: Annotated[
        str,
        typer.Argument(
            metavar="[AMOUNT]",
            help="What it brought, e.g. 499 or '1.200,50 €'.",
            show_default=False,
        ),
    ] = "0",
    currency: CurrencyOption = None,
    notes: NotesOption = "",
    occurred_at: WhenOption = None,
    again: AgainOption = False,
    yes: YesOption = False,
    create: CreateOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record that a decision is won, with the amount it brought.

    Examples
    --------
    $ decision-log won d-7 499
    $ decision-log won d-7 '1.200,50 €'
    $ decision-log won d-7 --at yesterday
    """
    with open_log(context, home, create=create) as decisions:
        revenue = decisions.read_amount(amount, currency, field="amount")
        warnings = _check_amount(decisions, decision_id, revenue, asked=not (yes or as_json))
        recorded = decisions.won(
            decision_id, revenue, notes=notes, occurred_at=occurred_at, again=again
        )
        paid = f" for {money_text(revenue, decisions.currency, 2)}" if revenue else ""
        text = f"Won {decision_id}{paid}"
        _show_recorded(
            context, decisions, decision_id, recorded, text, revenue, warnings, as_json=as_json
        )


def lost(
    context: typer.Context,
    decision_id: DecisionArgument,
    notes: Annotated[
        str, typer.Option("--notes", "--reason", metavar="TEXT", help="Why, in free text.")
    ] = "",
    occurred_at: WhenOption = None,
    again: AgainOption = False,
    create: CreateOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record that a decision is lost.

    Examples
    --------
    $ decision-log lost d-7 --reason "too expensive"
    """
    with open_log(context, home, create=create) as decisions:
        recorded = decisions.lost(decision_id, notes=notes, occurred_at=occurred_at, again=again)
        text = f"Lost {decision_id}"
        _show_recorded(context, decisions, decision_id, recorded, text, 0.0, [], as_json=as_json)


def _check_amount(log: DecisionLog, decision_id: str, amount: float, *, asked: bool) -> list[str]:
    """Return what is odd about an amount; on a terminal, ask first."""
    warning = log.unusual_amount(decision_id, amount) if amount else None
    if warning is None:
        return []
    if asked and sys.stdin.isatty() and sys.stderr.isatty():
        typer.confirm(f"{warning}. Record it?", abort=True, err=True)
        return []
    return [f"{warning}. If that is wrong: decision-log undo"]


def _show_recorded(
    context: typer.Context,
    log: DecisionLog,
    decision_id: str,
    recorded: Recorded,
    text: str,
    amount: float,
    warnings: list[str],
    *,
    as_json: bool,
) -> None:
    state, revenue = recorded.standing
    note(context, decision_id=decision_id, added=int(recorded.new))
    facts = {
        "decision_id": decision_id,
        "outcome_id": recorded.id,
        "added": recorded.new,
        "state": state,
        "revenue": revenue,
        "warnings": warnings if recorded else [],
    }
    shown = f"it is {state}" if state else "it was taken back"
    if amount and abs(revenue - amount) >= _ONE_CENT and state:
        shown += f", with {money_text(revenue, log.currency, 2)} in all"
    if recorded:
        text = f"{text}: {shown}."
        for warning in [] if as_json else warnings:
            say(f"Warning: {warning}", err=True)
    else:
        text = f"{_already(recorded, again=True)} {decision_id}: {shown}."
    report(text, facts, as_json=as_json)


def _already(recorded: Recorded, *, again: bool) -> str:
    moment = f"{recorded.recorded_at:%Y-%m-%d %H:%M} UTC"
    if recorded.in_future:
        return (
            f"Already recorded as {recorded.id} at {moment}, in the future of this clock, so that no answer counts it "
            f"yet; nothing changed. If a clock was wrong: 'decision-log undo {recorded.id}', then record it again "
            "under another id."
        )
    hint = "; --again adds another" if again else ""
    return f"Already recorded as {recorded.id} at {moment}; nothing changed{hint}."


def _require(value: str | None, option: str) -> None:
    if value is None:
        raise typer.BadParameter("is needed, unless --from is given", param_hint=option)
