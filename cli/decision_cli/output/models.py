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

LEAST_SHARE = 0.005
"""Share of the pool below which a member is not named."""

ACTIONS_SHOWN = 6
"""Of more actions the two best and the two worst are shown."""


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
    made_of = model["composition"]
    libraries = model.get("libraries", {}).items()
    facts = [
        ("Trained", _trained(model.get("training", {}))),
        ("Made of", _members(made_of["members"])),
        *((f"  {one['name']}", _named(one)) for one in made_of["named"]),
        *([("Actions", _actions(made_of["actions"]))] if made_of["actions"] else []),
        ("Settings", _settings(model.get("recipe") or {}, model.get("training", {}))),
        ("Made with", ", ".join(f"{name} {version}" for name, version in libraries)),
        ("Evaluated", model.get("evaluation", {}).get("reason", NOTHING)),
        *((_moment(change["when"]), _change(change)) for change in model["history"]),
    ]
    show_lines(facts)
    _show_fields(model.get("fields", []))


def _members(rows: Rows) -> str:
    """Name what is pooled with its share; what has none is left out."""
    return ", ".join(
        f"{row['meaning']} {100 * row['weight']:.0f} %"
        for row in rows
        if row["weight"] >= LEAST_SHARE
    )


def _named(row: Mapping[str, Any]) -> str:
    """Say how sure it is that a named predictor knows something, and what its probabilities do."""
    low, high = row["lowest"], row["highest"]
    return (
        f"knows something that the model does not with a probability of {_percent(row['weight'])}, by "
        f"{row['decisions']:,} matured decisions. Where the model alone gives {_percent(row['at'])}, a stated "
        f"{_percent(low['stated'])} makes it {_percent(low['becomes'])}, and {_percent(high['stated'])} makes it "
        f"{_percent(high['becomes'])}."
    )


def _actions(row: Mapping[str, Any]) -> str:
    """Say what followed each action that an opportunity may give."""
    if row["weight"] < LEAST_SHARE:
        return "an action that an opportunity gives tells nothing beyond its other fields"
    found = list(row["becomes"].items())
    shown = found if len(found) <= ACTIONS_SHOWN else [*found[:2], *found[-2:]]
    chances = ", ".join(f"{action} {_percent(chance)}" for action, chance in shown)
    return (
        f"an action that an opportunity gives tells something with a probability of {_percent(row['weight'])}. In "
        f"place of {_percent(row['at'])} for all: {chances}."
    )


def _settings(recipe: Mapping[str, Any], training: Mapping[str, Any]) -> str:
    """Name the choices by which versions may differ."""
    parts = [
        f"{what} {', '.join(names)}"
        for what, names in (
            ("without the fields", recipe.get("exclude")),
            ("with fields that were allowed by name:", recipe.get("allow")),
        )
        if names
    ]
    seed = f"seed {training['seed']}" if "seed" in training else ""
    return "; ".join(filter(None, [*(parts or ["every field that is known in time"]), seed]))


def _percent(share: float) -> str:
    if share > 1 - LEAST_SHARE:
        return "over 99 %"
    return "under 1 %" if share < LEAST_SHARE else f"{100 * share:.0f} %"


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
        f"({training['matured']:,} of them matured)"
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
