"""``import``: history from exports of other programs, plain sheets and tables of the log."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from decision_cli.options import HomeOption, JsonOption
from decision_cli.output.streams import say
from decision_cli.session import note, open_log

if TYPE_CHECKING:
    from decision_log import DecisionLog
    from decision_log.importing.prepare import PreparedImport
    from decision_log.importing.recipe import ImportOptions
    from decision_log.importing.report import ImportReport

Repeated = list[str] | None


def import_files(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="CSV, JSON, JSON Lines, Parquet or the predecessor's SQLite."
        ),
    ],
    layout: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="LAYOUT",
            help="hubspot, salesforce, pipedrive, odoo, stripe, calendly, typeform or sheet. "
            "[default: recognised by the headings]",
            show_default=False,
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option("--kind", metavar="KIND", help="Take only decisions, or only outcomes."),
    ] = None,
    columns: Annotated[
        Repeated,
        typer.Option(
            "--map",
            metavar="THEIRS=OURS",
            help="Say what a column is (THEIRS= leaves it out; of several with one field the first "
            "filled one counts). Repeatable.",
        ),
    ] = None,
    values: Annotated[
        Repeated,
        typer.Option(
            "--value",
            metavar="WORD=STATE",
            help='What a status word means: --value "In contract=won". Repeatable.',
        ),
    ] = None,
    dates: Annotated[
        Repeated,
        typer.Option(
            "--dates",
            metavar="[COLUMN=]FORMAT",
            help="dmy, mdy, ymd, serial, seconds, milliseconds or month. Repeatable.",
        ),
    ] = None,
    decimal: Annotated[
        Repeated,
        typer.Option(
            "--decimal", metavar="[COLUMN=]SIGN", help="point (1,234.50) or comma (1.234,50)."
        ),
    ] = None,
    constants: Annotated[
        Repeated,
        typer.Option(
            "--set", metavar="FIELD=VALUE", help="Give all rows a value: --set source=hubspot."
        ),
    ] = None,
    currency: Annotated[
        str | None, typer.Option("--currency", metavar="CODE", help="Currency of the log.")
    ] = None,
    rates: Annotated[
        Repeated,
        typer.Option(
            "--rate", metavar="CODE=RATE", help="Value of another currency in the log's: EUR=1.08."
        ),
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option("--encoding", metavar="NAME", help="Text encoding, e.g. utf-8 or cp1252."),
    ] = None,
    allow: Annotated[
        Repeated,
        typer.Option(
            "--allow",
            metavar="COLUMN",
            help="Keep it as an attribute although it tells how a deal ended. Repeatable.",
        ),
    ] = None,
    recipe: Annotated[
        Path | None,
        typer.Option(
            "--recipe",
            metavar="FILE",
            help="Use the answers kept in FILE; where it does not exist, keep them there.",
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask; take what is shown as it is.")
    ] = False,
    again: Annotated[
        bool,
        typer.Option(
            "--again",
            help="Take decisions that were taken back once more, as read now, under further ids.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what is understood, but write nothing.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load history from files.

    Reads exports of HubSpot, Salesforce, Pipedrive, Odoo, Stripe, Calendly and Typeform, plain sheets,
    and tables in the log's own columns. What was understood is shown before anything is written. On a
    terminal open questions are asked; elsewhere a doubtful file is refused with the option that settles
    it. Importing a file twice changes nothing; tomorrow's export of the same program adds what is new.

    Examples
    --------
    $ decision-log import hubspot-deals.csv
    $ decision-log import sheet.csv --map "Origin=source" --dates dmy
    $ decision-log import payments.csv --recipe stripe.toml --yes
    $ decision-log import sheet.csv --again --dates dmy
    """
    with open_log(context, home, announce=True) as log:
        from decision_cli.output.importing import show_import, show_understood
        from decision_log.importing.recipe import ImportOptions, load_recipe, save_recipe

        stated = ImportOptions(
            kind=kind,  # type: ignore[arg-type]  # a text is read as a Kind
            mapping=pairs(columns, "--map"),
            layout=layout,
            values=pairs(values, "--value"),
            dates=formats(dates),
            decimal=formats(decimal),
            constants=pairs(constants, "--set"),
            encoding=encoding,
            currency=currency,
            rates={code: _rate(rate) for code, rate in pairs(rates, "--rate").items()},
            allow=tuple(allow or ()),
        )
        if recipe is not None and recipe.exists():
            stated = stated.over(load_recipe(recipe))
        prepared = _read(log, files, stated, again=again)
        if not as_json:
            show_understood(prepared)
        asking = sys.stdin.isatty() and sys.stdout.isatty() and not (yes or as_json or dry_run)
        if asking:
            prepared, stated = _ask(log, files, prepared, stated, again=again)
        report = prepared.write(accept=yes or asking, dry_run=dry_run)
        if recipe is not None and not recipe.exists() and not dry_run:
            save_recipe(recipe, stated, report)
            if not as_json:
                say(f"Kept as a recipe: {recipe}")
        note(
            context,
            added=report.added,
            unchanged=report.unchanged,
            rejected=len(report.rejected) + len(report.conflicting),
        )
        show_import(report, as_json=as_json)
    if _refused(report):
        raise typer.Exit(1)


def _read(
    log: DecisionLog, files: list[Path], stated: ImportOptions, *, again: bool
) -> PreparedImport:
    from decision_cli.output.rendering import progress_bar

    with progress_bar("Reading") as progress:
        return log.prepare_import(files, options=stated, again=again, progress=progress)


def _ask(
    log: DecisionLog,
    files: list[Path],
    prepared: PreparedImport,
    stated: ImportOptions,
    *,
    again: bool,
) -> tuple[PreparedImport, ImportOptions]:
    """Ask what the files leave open, then whether to write."""
    from decision_cli.output.importing import show_understood

    answered: set[str] = set()
    changed = False
    while question := next(
        (each for each in prepared.questions if each.choices and each.text not in answered), None
    ):
        answered.add(question.text)
        say(f"{question.text}?")
        for number, (words, _) in enumerate(question.choices, start=1):
            say(f"  {number}  {words}")
        while (
            not 1 <= (chosen := typer.prompt("Which", type=int, default=1)) <= len(question.choices)
        ):
            say(f"Type a number from 1 to {len(question.choices)}.")
        stated = stated.answering(question.target, question.choices[chosen - 1][1])
        prepared = _read(log, files, stated, again=again)
        changed = True
    if changed:
        show_understood(prepared)
    if prepared.history.understood and not typer.confirm("Import this?", default=True):
        raise typer.Abort
    return prepared, stated


def _refused(report: ImportReport) -> bool:
    return bool(report.rejected or report.conflicting)


def pairs(given: Sequence[str] | None, option: str) -> dict[str, str]:
    """Read ``NAME=VALUE`` options; the value is what follows the last ``=``."""
    found = {}
    for text in given or []:
        name, equals, value = text.rpartition("=")
        if not (name and equals):
            raise typer.BadParameter(f"{text!r} must look like NAME=VALUE", param_hint=option)
        found[name] = value
    return found


def formats(given: Sequence[str] | None) -> dict[str, str]:
    """Read ``FORMAT`` and ``COLUMN=FORMAT`` options; the key of all columns is empty."""
    return {name: value for name, _, value in (text.rpartition("=") for text in given or [])}


def _rate(text: Any) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not rate > 0:
        raise typer.BadParameter(f"{text!r} must be a number above 0", param_hint="--rate")
    return rate
