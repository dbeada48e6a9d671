"""Comparison of an import with what the log holds: what is new, what is unchanged, what differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from decision_store.facts import DECISIONS, OUTCOMES
from decision_store.importing.history import History
from decision_store.importing.reconciliation.unchanged import (
    CENT,
    unchanged_decisions,
    unchanged_outcomes,
)
from decision_store.wording import counted

Ask = Callable[..., pa.Table]
"""One of the store's questions, by name and parameters."""

_EXAMPLES = 3
_DEALS_AT_ONCE = 100_000
"""Deals that are compared with the log at once; it bounds the memory."""

_HOW = "decision-log outcome --void OUTCOME_ID ('decision-log show ID' lists them)"
_NOT_COMPARED = {"decision_id", "recorded_at", "timestamp"}


@dataclass(frozen=True, slots=True)
class Settled:
    """An import of which only new facts are left.

    Parameters
    ----------
    history : History
        Decisions and outcomes that the log does not hold.
    unchanged : int
        Facts that it holds already.
    notes : tuple of str
        What differs and was not taken.
    """

    history: History
    unchanged: int
    notes: tuple[str, ...]


def settle_with_log(
    history: History, ask: Ask, now: datetime, *, taken_ids: frozenset[str] = frozenset()
) -> Settled:
    """Take out of a program's export what the log knows already.

    A decision that is there stays as it was first imported. A deal adds an outcome only where its
    state is another one than in the log: one that was open and is won now is one more outcome.
    Tables in the log's own columns are left alone: there the same id with other content is a conflict.

    Parameters
    ----------
    history : History
        As read from the files.
    ask : callable
        ``Store.ask``.
    now : datetime
        The moment of the import: when the log learns of a deal's second ending.
    taken_ids : frozenset of str
        Ids of outcomes that were taken back: a deal that ended again gets another one.
    """
    if not len(history.deals) or not ask("has_decisions").column("found")[0].as_py():
        return Settled(history, 0, ())
    found: list[_Part] = []
    others = history.outcomes.filter(
        pc.invert(pc.is_in(history.outcomes["decision_id"], history.deals))
    )
    outcomes = [others]
    for part in _parts(history):
        if (settled := _settled_part(part, ask, now, taken_ids)) is None:
            outcomes.append(part.outcomes)
        else:
            outcomes.append(settled.outcomes)
            found.append(settled)
        pa.default_memory_pool().release_unused()
    if not found:
        return Settled(history, 0, ())
    known = pa.concat_arrays([part.known for part in found])
    ids = history.decisions["decision_id"]
    new = replace(
        history,
        decisions=history.decisions.filter(pc.invert(pc.is_in(ids, known))),
        outcomes=pa.concat_tables(outcomes),
    )
    unchanged = history.decisions.num_rows - new.decisions.num_rows
    unchanged += history.outcomes.num_rows - new.outcomes.num_rows
    return Settled(new, unchanged, tuple(_notes(history, found)))


@dataclass(frozen=True, slots=True)
class _Part:
    """What the log has of some decisions, which of their outcomes are new, and how it differs from the file."""

    known: pa.Array
    outcomes: pa.Table
    differing: Counter[str]
    changed: list[str]
    again: int
    reopened: list[str]


def _parts(history: History) -> Iterator[History]:
    """Yield an import's deals in parts, with all of their outcomes."""
    ids = history.deals.drop_null().unique()
    for start in range(0, len(ids), _DEALS_AT_ONCE):
        own = ids.slice(start, _DEALS_AT_ONCE)
        decisions, outcomes = (
            table.filter(pc.is_in(table["decision_id"], own))
            for table in (history.decisions, history.outcomes)
        )
        yield replace(history, decisions=decisions, outcomes=outcomes, deals=own)


def _settled_part(
    history: History, ask: Ask, now: datetime, taken_ids: frozenset[str]
) -> _Part | None:
    """Take out what the log knows of some deals; None where it knows none of them."""
    ids = history.deals
    stored = ask("stored_decisions", ids=ids)
    if not stored.num_rows and not taken_ids:
        return None
    known, differing = _known_decisions(history, stored)
    states = ask("states", ids=ids, as_of=now)
    earlier = ask("outcomes_of", ids=ids)
    outcomes, changed, again = _new_outcomes(history, states, earlier, now, taken_ids)
    reopened = _ended_here_only(history, stored, states)
    return _Part(known, outcomes, differing, changed, again, reopened)


def _notes(history: History, parts: list[_Part]) -> list[str]:
    notes = []
    if differing := sum((part.differing for part in parts), Counter()):
        fields = ", ".join(f"{field} of {count}" for field, count in differing.most_common(4))
        notes.append(
            f"decisions in the log differ from the file and stay as they are: {fields}; "
            "'decision-log correct ID' changes one"
        )
    reopened = [each for part in parts for each in part.reopened]
    if reopened and any(each.states for each in history.understood):
        notes.append(_reopened(reopened))
    changed = [each for part in parts for each in part.changed]
    return notes + _about(changed, sum(part.again for part in parts))


def _known_decisions(history: History, stored: pa.Table) -> tuple[pa.Array, Counter[str]]:
    """Return the ids of the decisions that are in the log, and which of their fields differ there."""
    names = [name for name in DECISIONS.names if name not in _NOT_COMPARED]
    same = unchanged_decisions(history.decisions, stored, names)
    ids = stored["decision_id"].combine_chunks()
    is_known = pc.is_in(history.decisions["decision_id"], ids)
    others = history.decisions.filter(pc.and_not(is_known, same))
    before = {row["decision_id"]: row for row in _of(stored, others).to_pylist()}
    differing: Counter[str] = Counter()
    for row in others.to_pylist():
        known = before[row["decision_id"]]
        for name in names:
            if row[name] != known[name] and (row[name] or known[name]):
                differing[name] += 1
    return ids, differing


def _new_outcomes(
    history: History,
    states: pa.Table,
    earlier: pa.Table,
    now: datetime,
    taken_ids: frozenset[str],
) -> tuple[pa.Table, list[str], int]:
    """Return the outcomes that are news, the deals whose amounts differ, and how many deals ended otherwise."""
    unchanged = unchanged_outcomes(history.outcomes, states, earlier)
    ids = history.outcomes["decision_id"]
    concerned = pc.or_(
        pc.or_(
            pc.is_in(ids, states["decision_id"].combine_chunks()),
            pc.is_in(ids, earlier["decision_id"].combine_chunks()),
        ),
        pc.is_in(history.outcomes["outcome_id"], pa.array(taken_ids, pa.string())),
    )
    new = history.outcomes.filter(pc.invert(pc.or_(concerned, unchanged)))
    others = history.outcomes.filter(pc.and_not(concerned, unchanged))
    state_of = {row["decision_id"]: row["state"] for row in _of(states, others).to_pylist()}
    past_of: dict[str, list[dict[str, Any]]] = {}
    for row in _of(earlier, others).to_pylist():
        past_of.setdefault(row["decision_id"], []).append(row)
    kept: list[dict[str, Any]] = []
    changed, again = [], 0
    moment = now.replace(tzinfo=None)
    for row in others.to_pylist():
        decision = row["decision_id"]
        past = past_of.get(decision, [])
        state = row["outcome_id"].rpartition(":")[2]
        if state not in {"won", "lost"}:
            kept.append(row)
        elif state_of.get(decision, "open") == state:
            if state == "won" and (difference := _other_amount(row, past)):
                changed.append(difference)
        elif row["outcome_id"] in taken_ids or past:
            again += 1
            taken = {each["outcome_id"] for each in past} | taken_ids
            late = any(each["recorded_at"] >= row["recorded_at"] for each in past)
            # It ended otherwise before: that it ended like this is news.
            kept.append(_with_free_id(row, taken) | ({"recorded_at": moment} if late else {}))
        else:
            kept.append(row)
    found = pa.concat_tables([new, pa.Table.from_pylist(kept, schema=OUTCOMES())])
    return found, changed, again


def _about(changed: list[str], again: int) -> list[str]:
    notes = []
    if changed:
        shown = "; ".join(changed[:_EXAMPLES])
        notes.append(
            f"amounts of {counted(len(changed), 'won deal')} differ from the log and stay as they are: {shown}; "
            f"to take a new one: {_HOW}, then decision-log won ID AMOUNT"
        )
    if again:
        notes.append(f"{counted(again, 'deal')} that had ended before ended otherwise")
    return notes


def _of(rows: pa.Table, others: pa.Table) -> pa.Table:
    """Return the rows about the decisions of a table."""
    ids = others["decision_id"].combine_chunks()
    return rows.filter(pc.is_in(rows["decision_id"], ids))


def _ended_here_only(history: History, stored: pa.Table, states: pa.Table) -> list[str]:
    """Return the decisions of the log that ended there and in the files did not, in the order of the files."""
    ids = stored["decision_id"].combine_chunks()
    ended = states.filter(pc.not_equal(states["state"], "open"))["decision_id"].combine_chunks()
    here = pc.and_not(
        pc.is_in(ids, ended), pc.is_in(ids, history.outcomes["decision_id"].combine_chunks())
    )
    found: list[str] = history.deals.filter(pc.is_in(history.deals, ids.filter(here))).to_pylist()
    return found


def _other_amount(row: dict[str, Any], past: list[dict[str, Any]]) -> str:
    own = [each for each in past if each["outcome_id"].startswith(f"{row['decision_id']}:won")]
    if not own:
        return ""
    before, after = own[-1]["revenue_generated"], row["revenue_generated"]
    if abs(before - after) < CENT:
        return ""
    return f"{row['decision_id']} {before:,.2f} → {after:,.2f}"


def _with_free_id(row: dict[str, Any], taken: set[str]) -> dict[str, Any]:
    number, free = 2, row["outcome_id"]
    while free in taken:
        free, number = f"{row['outcome_id']}:{number}", number + 1
    return {**row, "outcome_id": free}


def _reopened(ids: list[str]) -> str:
    shown = ", ".join(ids[:_EXAMPLES])
    many = "" if len(ids) == 1 else "s"
    verbs = ("is", "stays") if len(ids) == 1 else ("are", "stay")
    return (
        f"{len(ids)} deal{many} {verbs[0]} open in the file but ended in the log, and {verbs[1]} so ({shown}); "
        f"to reopen one: {_HOW}"
    )
