"""Import, once more, of what was taken back: its facts come again under further ids, and later exports find them there.

The id of a decision that was taken back stays taken, for its history. A file that is imported again, because it was
read wrongly, gives each of its decisions the next free one: ``deal-7`` is ``deal-7~2`` then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from decision_store.importing.history import History

_FURTHER = re.compile(r"~([0-9]+)$")


def with_current_ids(
    history: History,
    taken_back: Collection[str],
    ask: Callable[..., pa.Table],
    *,
    again: bool = False,
) -> History:
    """Return an import in which decisions that were taken back have the ids under which they stand now.

    Parameters
    ----------
    taken_back : collection of str
        Ids of decisions that are taken back now.
    ask : callable
        ``Store.ask``.
    again : bool, default=False
        Whether those that stand under no id come again, under the next one.
    """
    if not taken_back:
        return history
    read = {*history.decisions.column("decision_id").to_pylist()}
    read |= {*history.outcomes.column("decision_id").to_pylist()}
    met = sorted(read.intersection(taken_back))
    if not met:
        return history
    last = dict.fromkeys(met, 1)
    for row in ask("imported_again", ids=met).to_pylist():
        base, number = row["base"], int(_FURTHER.search(row["decision_id"])[1])  # type: ignore[index]
        last[base] = max(last[base], number)
    current = {}
    for base, number in last.items():
        name = f"{base}~{number}" if number > 1 else base
        if name in taken_back and again:
            name = f"{base}~{number + 1}"
        if name != base:
            current[base] = name
    return _renamed(history, current) if current else history


def _renamed(history: History, current: Mapping[str, str]) -> History:
    import pyarrow as pa

    def named(table: pa.Table, column: str, ids: list[str]) -> pa.Table:
        place = table.column_names.index(column)
        return table.set_column(place, table.schema.field(column), pa.array(ids, pa.string()))

    decisions, outcomes = history.decisions, history.outcomes
    ids = [current.get(each, each) for each in decisions.column("decision_id").to_pylist()]
    decisions = named(decisions, "decision_id", ids)
    owners = outcomes.column("decision_id").to_pylist()
    own = outcomes.column("outcome_id").to_pylist()
    outcomes = named(outcomes, "decision_id", [current.get(each, each) for each in owners])
    outcomes = named(
        outcomes,
        "outcome_id",
        [_outcome_id(each, owner, current) for each, owner in zip(own, owners, strict=True)],
    )
    deals = pa.array([current.get(each, each) for each in history.deals.to_pylist()], pa.string())
    return replace(history, decisions=decisions, outcomes=outcomes, deals=deals)


def _outcome_id(outcome_id: str, decision_id: str, current: Mapping[str, str]) -> str:
    """Return the id of an outcome beside its decision's: as that begins it, or with the same number."""
    name = current.get(decision_id)
    if name is None:
        return outcome_id
    if outcome_id.startswith(f"{decision_id}:"):
        return name + outcome_id[len(decision_id) :]
    return f"{outcome_id}~{name.rpartition('~')[2]}"
