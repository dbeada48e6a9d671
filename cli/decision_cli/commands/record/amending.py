"""``undo``, ``correct`` and ``map``: putting right what was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from decision_cli.options import (
    CsvOption,
    DecisionArgument,
    HomeOption,
    JsonOption,
    ReasonOption,
)
from decision_cli.output.streams import say, write_json
from decision_cli.session import note, open_log
from decision_log.text.terminal_text import counted

if TYPE_CHECKING:
    from decision_log import DecisionLog


def undo(
    context: typer.Context,
    record_id: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID]",
            help="Of a decision, an outcome, or of what took something back. [default: the last one]",
            show_default=False,
        ),
    ] = None,
    reason: ReasonOption = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take back what the last command recorded, or an id.

    That is a decision, an outcome, a correction of all its fields, a taught word, merged or renamed types, or
    a whole import. Predictions, trained models and 'forget' are not taken back.

    Nothing is deleted: that it was taken back is a further fact, which can itself be undone by its id.
    Repeating the command takes nothing else back.

    Examples
    --------
    $ decision-log undo
    $ decision-log undo out_4f2a --reason "wrong customer"
    """
    with open_log(context, home, create=False) as decisions:
        taken = decisions.undo(record_id, reason=reason)
        show_undone(context, decisions, taken, as_json=as_json)


def correct(
    context: typer.Context,
    decision_id: DecisionArgument,
    opportunity_type: Annotated[
        str | None, typer.Option("--type", "-t", metavar="TEXT", help="The right type.")
    ] = None,
    opportunity_source: Annotated[
        str | None, typer.Option("--source", "-s", metavar="TEXT", help="The right source.")
    ] = None,
    opportunity_content: Annotated[
        str | None, typer.Option("--content", "-c", metavar="TEXT", help="The right text.")
    ] = None,
    sender: Annotated[
        str | None, typer.Option("--sender", metavar="TEXT", help="Who really sent it.")
    ] = None,
    action_taken: Annotated[
        str | None, typer.Option("--action", "-a", metavar="TEXT", help="What was really done.")
    ] = None,
    decision_maker: Annotated[
        str | None, typer.Option("--by", metavar="TEXT", help="Who really decided.")
    ] = None,
    reason: ReasonOption = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Correct what was logged about a decision.

    The correction is a further fact: answers as of earlier moments keep the old value, and it can be undone.

    Examples
    --------
    $ decision-log correct d-7 --type coaching
    $ decision-log correct d-7 --sender pat@example.com --reason "typing error"
    """
    given = {
        "opportunity_type": opportunity_type,
        "opportunity_source": opportunity_source,
        "opportunity_content": opportunity_content,
        "sender": sender,
        "action_taken": action_taken,
        "decision_maker": decision_maker,
    }
    fields = {name: value for name, value in given.items() if value is not None}
    if not fields:
        raise typer.BadParameter("say what to correct, e.g. --type coaching")
    with open_log(context, home, create=False) as decisions:
        changes = decisions.correct_decision(decision_id, reason=reason, **fields)
        note(context, decision_id=decision_id, changed=len(changes))
    lines = [
        f"{c['field']}: {c['before']!r} is now {c['after']!r}. "
        f"To take it back: decision-log undo {c['amendment_id']}"
        for c in changes
    ]
    if len(changes) > 1:
        group = changes[0]["amendment_id"].partition(".")[0]
        lines.append(f"To take back all: decision-log undo {group}")
    text = "\n".join(lines) or f"{decision_id} says so already; nothing changed."
    report(text, {"decision_id": decision_id, "changes": changes}, as_json=as_json)


def map_word(
    context: typer.Context,
    mapping: Annotated[
        str | None,
        typer.Argument(
            metavar="[WORD=MEANING]",
            help="E.g. 'Closed Won=won'. [default: list the words taught so far]",
            show_default=False,
        ),
    ] = None,
    is_type: Annotated[
        bool, typer.Option("--type", help="The word is an outcome type, e.g. 'workshop=activity'.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Teach the log what a word means, or list what it was taught.

    A status means won, lost, open, reversed or refund; an outcome type is closing, activity, refund, reversed
    or cancellation. Earlier outcomes with that word count from now on; answers as of earlier moments stay.
    'decision-log undo' takes the last one back, with an id any.

    Examples
    --------
    $ decision-log map 'handshake=won'
    $ decision-log map --type 'workshop=activity'
    $ decision-log map
    """
    with open_log(context, home, create=False) as decisions:
        if mapping is None:
            from decision_cli.output.tables import show_rows
            from decision_log.reports.tables.maintenance import mapping_table

            rows = decisions.mappings()
            note(context, words=len(rows))
            if not (rows or as_json or as_csv):
                from decision_cli.output.rendering import show_place

                show_place(
                    decisions.settings.home.folder,
                    "This log was taught no words.",
                    "The built-in ones cover English and six more languages; add one with: "
                    "decision-log map 'handshake=won'",
                )
                return
            show_rows(mapping_table(rows), as_json=as_json, as_csv=as_csv, answer=rows)
            return
        mapped = decisions.map_word(mapping, is_type=is_type)
        note(context, outcomes=mapped["outcomes"], added=int(mapped["new"]))
    text = f"{mapped['word']!r} means {mapped['meaning']}; {counted(mapped['outcomes'], 'outcome')} with it so far."
    if not mapped["new"]:
        text += " That was known; nothing changed."
    report(text, mapped, as_json=as_json)


_NAMES = {
    "correct": "the correction",
    "map": "the taught word",
    "alias": "the merge or new name",
    "void": "the taking back",
    "restore": "the restoring",
    "call": "the last call",
}


def show_undone(
    context: typer.Context, log: DecisionLog, taken: dict[str, Any], *, as_json: bool
) -> None:
    """Print what was taken back, how to restore it, and the state that results."""
    decision_id = taken["decision_id"]
    state = log.state_of(decision_id) if decision_id else None
    note(context, undone=taken["id"], added=int(taken["new"]))
    what = f"{_NAMES.get(taken['kind'], taken['kind'])} {taken['id']} ({taken['what']})"
    if taken["kind"] == "import":
        what = f"the last import ({taken['what']})"
    restore = f"decision-log undo {taken['amendment_id']}"
    if taken["new"]:
        text = f"Took back {what}. To restore {'it' if taken['records'] == 1 else 'all'}: {restore}"
    elif taken["amendment_id"] == taken["id"]:
        text = f"The last thing recorded takes something back already: {what}. Name what to undo."
    else:
        text = f"Was taken back already: {what}; nothing changed. To restore it: {restore}"
    if state:
        text += f"\n{decision_id} is {state}."
    report(text, {**taken, "state": state}, as_json=as_json)


def report(text: str, facts: dict[str, Any], *, as_json: bool) -> None:
    """Print a sentence, or facts as JSON."""
    if as_json:
        write_json(facts)
    else:
        say(text)
