"""Rows of an import that the log holds as they are, found by columns: a file that comes every night has few others."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from decision_store.vocabulary import LOST, WON

CENT = 0.005
"""Amounts that differ by less are equal."""


def unchanged_decisions(decisions: pa.Table, stored: pa.Table, names: list[str]) -> pa.Array:
    """Tell for each decision whether the log holds it with the same content.

    Parameters
    ----------
    decisions, stored : pyarrow.Table
        With the columns of decisions; ids are unique.
    names : list of str
        The columns that are compared; a missing value is equal to an empty one.
    """
    place = pc.index_in(_column(decisions, "decision_id"), value_set=_column(stored, "decision_id"))
    same = pc.is_valid(place)
    for name in names:
        same = pc.and_(same, _equal(_column(decisions, name), _column(stored, name).take(place)))
    return same


def unchanged_outcomes(outcomes: pa.Table, states: pa.Table, earlier: pa.Table) -> pa.Array:
    """Tell for each ending of a deal whether the log has it: as the deal's state, won with the same amount.

    False also where that takes a closer look.

    Parameters
    ----------
    outcomes : pyarrow.Table
        With the columns of outcomes.
    states, earlier : pyarrow.Table
        Answers to ``states`` and ``outcomes_of``.
    """
    decision_ids, outcome_ids = _column(outcomes, "decision_id"), _column(outcomes, "outcome_id")
    place = pc.index_in(decision_ids, value_set=_column(states, "decision_id"))
    state = _column(states, "state").take(place)
    as_stored = pc.equal(outcome_ids, pc.binary_join_element_wise(decision_ids, state, ":"))
    counts = earlier.group_by("decision_id").aggregate([([], "count_all")])
    place = pc.index_in(decision_ids, value_set=_column(counts, "decision_id"))
    alone = pc.equal(_column(counts, "count_all").take(place), 1)
    place = pc.index_in(outcome_ids, value_set=_column(earlier, "outcome_id"))
    before = _column(earlier, "revenue_generated").take(place)
    difference = pc.abs(pc.subtract(_column(outcomes, "revenue_generated"), before))
    same_amount = pc.and_(alone, pc.less(difference, CENT))
    won = pc.and_(pc.equal(state, WON), same_amount)
    found = pc.and_(as_stored, pc.or_kleene(pc.equal(state, LOST), won))
    return pc.fill_null(found, False)  # noqa: FBT003 - what is not there is not unchanged


def _column(table: pa.Table, name: str) -> pa.Array:
    column = table.column(name).combine_chunks()
    return column.storage if isinstance(column, pa.ExtensionArray) else column


def _equal(one: pa.Array, other: pa.Array) -> pa.Array:
    if one.type != other.type:
        other = other.cast(one.type)
    if pa.types.is_string(one.type):
        one, other = pc.fill_null(one, ""), pc.fill_null(other, "")
    elif pa.types.is_floating(one.type):
        one, other = pc.fill_null(one, 0.0), pc.fill_null(other, 0.0)
    both_missing = pc.and_(pc.is_null(one), pc.is_null(other))
    return pc.or_(both_missing, pc.fill_null(pc.equal(one, other), False))  # noqa: FBT003 - one is missing
