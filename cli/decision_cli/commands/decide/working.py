"""``today``, ``list``, ``show`` and ``history``: what to do, and what was done."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from decision_cli.options import (
    AsOfOption,
    CsvOption,
    DecisionArgument,
    HomeOption,
    JsonOption,
    WideOption,
)
from decision_cli.output.streams import say
from decision_cli.session import note, open_log

LimitOption = Annotated[
    int | None, typer.Option("--limit", "-n", min=1, metavar="NUMBER", help="How many at most.")
]


def today(
    context: typer.Context,
    limit: Annotated[
        int,
        typer.Option(
            "--limit", "-n", min=1, metavar="NUMBER", help="How many open decisions to list."
        ),
    ] = 10,
    review: Annotated[
        bool,
        typer.Option("--review", help="Go through the open decisions on a terminal, one key each."),
    ] = False,
    as_of: AsOfOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    wide: WideOption = False,  # noqa: ARG001  # its callback keeps it
) -> None:
    """Show what to answer, follow up and close today.

    One list, most expected revenue first, with the command to act. Answer: scored opportunities without a
    decision, as many as 'capacity_per_day' in the settings. Follow up: open decisions. Chase: those open for
    longer than 95 of 100 wins of the type take. Where closed decisions grew by a tenth and it takes a few
    seconds, the model is refreshed first (setting auto_train).

    With --review the open decisions are shown one after the other, overdue ones first, and a key records each:
    w won (then its revenue), l lost, n no answer, z later, u undo, q quit.

    Examples
    --------
    $ decision-log today
    $ decision-log today --review
    $ decision-log today --limit 3 --json
    """
    if review and (as_of is not None or as_json or as_csv):
        raise typer.BadParameter("does not go with --as-of, --json or --csv", param_hint="--review")
    with open_log(context, home) as log:
        from decision_cli.output.working import show_work

        if review:
            from decision_cli.commands.decide.review import review_decisions

            note(context, **review_decisions(log))
            return

        if as_of is None and (refreshed := log.refresh_model()):
            say(refreshed, err=True)
        work = log.work_list(as_of=as_of, limit=limit)
        note(context, **work["totals"])
        home_folder = log.settings.home.folder
        show_work(work, home=home_folder, currency=log.currency, as_json=as_json, as_csv=as_csv)


def list_decisions(
    context: typer.Context,
    state: Annotated[
        Literal["won", "lost", "open"] | None, typer.Option("--state", help="Only those.")
    ] = None,
    is_open: Annotated[bool, typer.Option("--open", help="Only open ones.")] = False,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only overdue ones.")] = False,
    opportunity_type: Annotated[
        str | None, typer.Option("--type", "-t", metavar="TEXT", help="Only this type.")
    ] = None,
    opportunity_source: Annotated[
        str | None, typer.Option("--source", "-s", metavar="TEXT", help="Only this source.")
    ] = None,
    sender: Annotated[
        str | None, typer.Option("--sender", metavar="TEXT", help="Part of the sender.")
    ] = None,
    text: Annotated[
        str | None, typer.Option("--text", metavar="TEXT", help="Part of the text or the action.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="Decided then or later, e.g. -7d, yesterday."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Decided before its end.")
    ] = None,
    limit: LimitOption = None,
    as_of: AsOfOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    wide: WideOption = False,  # noqa: ARG001  # its callback keeps it
) -> None:
    """List decisions, newest first.

    On a terminal 50 are listed unless --limit says otherwise; JSON and CSV have all that match.

    Examples
    --------
    $ decision-log list --open --type coaching
    $ decision-log list --since "last week" --text lesson --csv
    """
    if is_open and state not in {None, "open"}:
        raise typer.BadParameter(f"does not go with --state {state}", param_hint="--open")
    with open_log(context, home) as log:
        from decision_cli.output.working import show_found

        rows = log.find_decisions(
            state="open" if is_open else state,
            overdue=True if overdue else None,
            opportunity_type=opportunity_type,
            opportunity_source=opportunity_source,
            sender=sender,
            text=text,
            since=since,
            until=until,
            as_of=as_of,
            limit=limit,
        )
        note(context, found=len(rows))
        filtered = any(
            (
                state,
                is_open,
                overdue,
                opportunity_type,
                opportunity_source,
                sender,
                text,
                since,
                until,
            )
        )
        unknown = (
            []
            if rows
            else log.unknown_names(
                opportunity_type=opportunity_type, opportunity_source=opportunity_source
            )
        )
        show_found(
            rows,
            home=log.settings.home.folder,
            currency=log.currency,
            filtered=filtered,
            unknown=unknown,
            shown=limit,
            as_json=as_json,
            as_csv=as_csv,
        )


def show(
    context: typer.Context,
    decision_id: DecisionArgument,
    as_of: AsOfOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Show one decision with its outcomes and predictions.

    Examples
    --------
    $ decision-log show d-7
    """
    with open_log(context, home) as log:
        from decision_cli.output.working import show_history

        found = log.get_decision(decision_id, as_of=as_of)
        note(context, decision_id=decision_id)
        show_history(found, currency=log.currency, as_json=as_json, as_csv=as_csv)


def history(
    context: typer.Context,
    decision_id: DecisionArgument,
    as_of: AsOfOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """List everything recorded about a decision, in order.

    The decision, its outcomes, corrections and predictions, and what was taken back or restored, each with the
    time at which it happened and at which it was recorded. It works for a decision that was taken back, too.

    Examples
    --------
    $ decision-log history d-7
    """
    with open_log(context, home) as log:
        from decision_cli.output.working import show_facts

        facts = log.get_history(decision_id, as_of=as_of)
        note(context, decision_id=decision_id, facts=len(facts))
        show_facts(facts, currency=log.currency, as_json=as_json, as_csv=as_csv)
