"""Rows of a later export that were changed or are gone: asked about or noted, never counted twice."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pyarrow.compute as pc

from decision_store.importing.history import History
from decision_store.importing.layouts import layout
from decision_store.importing.reconciliation.known import Ask
from decision_store.importing.understanding import Question
from decision_store.wording import counted

_MADE = re.compile(r"-[0-9a-f]{16}(-[0-9]+)?$")
"""Ids that were made from the content of a row."""

_COMPARED = ("opportunity_type", "opportunity_source", "opportunity_content", "sender")


def asking_about_changed_rows(history: History, ask: Ask) -> History:
    """Ask where a row without an id resembles one of the log that the file has no longer.

    Ids are made from what never changes; where somebody changes it all the same, such as a type, the row would count
    as another one beside the earlier.

    Parameters
    ----------
    history : History
        With only those decisions that the log does not hold; `deals` has the ids of all.
    ask : callable
        ``Store.ask``.
    """
    ids = history.decisions["decision_id"]
    rows = history.decisions.filter(pc.match_substring_regex(ids, _MADE.pattern))
    rows = rows.filter(pc.is_in(rows["decision_id"], history.deals))
    new = [row for row in rows.to_pylist() if _MADE.search(row["decision_id"])]
    if not new or not history.understood:
        return history
    times = sorted({row["timestamp"] for row in new})
    earlier: dict[Any, list[dict[str, Any]]] = {}
    like = ask("decisions_like", times=times)
    like = like.filter(pc.invert(pc.is_in(like["decision_id"], history.deals)))
    for row in like.to_pylist():
        earlier.setdefault(row["timestamp"], []).append(row)
    pairs = [
        (row, each)
        for row in new
        for each in earlier.get(row["timestamp"], [])[:1]
        if _resemble(row, each)
    ]
    if not pairs:
        return history
    row, each = pairs[0]
    differing = [name for name in _COMPARED if row[name] != each[name]]
    changed = " and ".join(f"{name} {each[name]!r} is {row[name]!r}" for name in differing[:2])
    first = history.understood[0]
    question = Question(
        first.path,
        f"{counted(len(pairs), 'row')} without an id would count twice, having changed since the last import: "
        f"{each['decision_id']} ({changed or 'another title'}); 'decision-log correct' changes the earlier one",
        "--map COLUMN=decision_id where a column tells the rows apart",
        acceptable=True,
    )
    asked = replace(first, questions=(*first.questions, question))
    return replace(history, understood=(asked, *history.understood[1:]))


def absent_rows(history: History, ask: Ask) -> list[str]:
    """Say how many deals of a program are in the log and no longer in its file."""
    notes = []
    programs = dict.fromkeys(each.layout for each in history.understood if each.layout)
    for program in programs:
        prefix = layout(program).prefix
        if not prefix or not pc.any(pc.starts_with(history.deals, prefix)).as_py():
            continue
        ids = ask("decisions_with_prefix", prefix=prefix)["decision_id"]
        absent = ids.filter(pc.invert(pc.is_in(ids, history.deals)))
        if count := len(absent):
            notes.append(
                f"{counted(count, 'decision')} from {program} in the log "
                f"{'is' if count == 1 else 'are'} not in this file and {'stays' if count == 1 else 'stay'} as "
                f"{'it is' if count == 1 else 'they are'} (first: {pc.min(absent).as_py()})"
            )
    return notes


def _resemble(row: dict[str, Any], earlier: dict[str, Any]) -> bool:
    """Tell whether two rows of one moment are about one thing: the same person, or the same text."""
    same = {name for name in _COMPARED if row[name] and row[name] == earlier[name]}
    return bool(same & {"sender", "opportunity_content"}) or len(same) > 1
