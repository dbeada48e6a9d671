"""Output of ``train``, ``fields`` and ``models``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.text import Text

from decision_cli.output.rendering import show_empty
from decision_cli.output.tables import (
    NOTHING,
    Rows,
    console,
    plain,
    print_json,
    show_lines,
    show_rows,
    show_table,
)
from decision_log.reports.tables.models import difference_table, field_table, version_table

RATES_ALONE = "the rates alone"


def show_training(result: Mapping[str, Any], *, home: str | Path, as_json: bool) -> None:
    """Show what a training run did."""
    if as_json:
        print_json(result)
        return
    out = console()
    counts = result["counts"]
    if not counts["won"] + counts["lost"] + counts["open"]:
        show_empty(home)
        return
    out.print(
        f"{counts['won']:,} won, {counts['lost']:,} lost, {counts['open']:,} open "
        f"({counts['matured']:,} of them matured), as of {_moment(result['as_of'])}."
    )
    out.print(plain(result["reason"]))
    if result["lacks"]:
        out.print(plain(f"History: {result['lacks']}"))
    if result["trained"]:
        _show_fields(result["fields"])
    champion = RATES_ALONE if result["serving"] == "rates" else result["serving"]
    out.print(plain(f"Champion: {champion}. Took {result['seconds']:.1f} s."))


def show_fields(rows: Rows, *, home: str | Path, as_json: bool, as_csv: bool) -> None:
    """Show the data dictionary."""
    if as_json or as_csv:
        show_rows(field_table(rows), as_json=as_json, as_csv=as_csv, answer=list(rows))
    elif any(row["present"] for row in rows):
        _show_fields(rows)
    else:
        show_empty(home)


def show_models(rows: Rows, *, home: str | Path, as_json: bool, as_csv: bool) -> None:
    """Show every version."""
    if not (rows or as_json or as_csv):
        text = f"No model in {Path(home).absolute()} yet; the rates answer."
        console().print(plain(text), soft_wrap=True)
        console().print(
            "Train one with 'decision-log train', or choose another folder with --home."
        )
        return
    show_rows(version_table(rows), as_json=as_json, as_csv=as_csv, answer=list(rows))
    if as_json or as_csv:
        return
    out = console()
    for row in rows:
        if row["problem"]:
            out.print(plain(f"{row['version']} cannot be used: {row['problem']}."))
    if rows and not any("champion" in row["aliases"] for row in rows):
        out.print("None of them is the champion; the rates answer.")


def show_model(model: Mapping[str, Any], *, as_json: bool) -> None:
    """Show one version."""
    if as_json:
        print_json(model)
        return
    out = console()
    aliases = f" ({', '.join(model['aliases'])})" if model["aliases"] else ""
    out.print(Text(f"{model['version']}{aliases}", style="bold"))
    pool = model.get("pool", {}).items()
    libraries = model.get("libraries", {}).items()
    facts = [
        ("Trained", _trained(model.get("training", {}))),
        ("Pool", ", ".join(f"{name} {100 * weight:.0f} %" for name, weight in pool)),
        ("Made with", ", ".join(f"{name} {version}" for name, version in libraries)),
        ("Evaluated", model.get("evaluation", {}).get("reason", NOTHING)),
        *((_moment(change["when"]), _change(change)) for change in model["history"]),
    ]
    show_lines(facts)
    _show_fields(model.get("fields", []))


def show_change(change: Mapping[str, Any], *, as_json: bool) -> None:
    """Show which version is champion or challenger now."""
    if as_json:
        print_json(change)
        return
    console().print(plain(_change(change)))


def show_difference(rows: Rows, first: str, second: str, *, as_json: bool, as_csv: bool) -> None:
    """Show what differs between two versions."""
    table = difference_table(rows, first, second)
    show_rows(table, as_json=as_json, as_csv=as_csv, answer=list(rows))


def _show_fields(rows: Rows) -> None:
    show_table(field_table(rows))
    out = console()
    for row in rows:
        if row["refused"]:
            out.print(plain(f"{row['name']} is left out: {row['refused']}"))


def _trained(training: Mapping[str, Any]) -> str:
    if "decisions" not in training:
        return f"as of {_moment(training.get('as_of'))}"
    return (
        f"as of {_moment(training['as_of'])} on {training['decisions']:,} decisions of "
        f"{training['first_decision'][:10]} to {training['last_decision'][:10]}: "
        f"{training['won']:,} won, {training['lost']:,} lost, {training['open']:,} open "
        f"({training['matured']:,} of them matured); seed {training['seed']}"
    )


def _change(change: Mapping[str, Any]) -> str:
    champion = change["alias"] == "champion"
    if change["action"] == "none":
        return f"{change['to']} is the champion already; nothing was changed."
    before, after = (change[key] or (RATES_ALONE if champion else "none") for key in ("from", "to"))
    done = {
        "promote": "promoted" if champion else "chosen",
        "rollback": "rolled back",
        "clear": "cleared",
    }
    return (
        f"{change['alias'].capitalize()}: {after}, before {before} "
        f"({done[change['action']]} by {change['who']}: {change['why'].removesuffix('.')})."
    )


def _moment(text: str | None) -> str:
    return NOTHING if text is None else text[:16].replace("T", " ")
