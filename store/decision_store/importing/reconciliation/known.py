"""Comparison of an import with what the log holds: what is new, what is unchanged, what differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pyarrow as pa

from decision_store.facts import DECISIONS, OUTCOMES
from decision_store.importing.history import History
from decision_store.wording import counted

Ask = Callable[..., pa.Table]
"""One of the store's questions, by name and parameters."""

_EXAMPLES = 3
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
    ids = sorted(history.deals)
    if not ids:
        return Settled(history, 0, ())
    stored = {row["decision_id"]: row for row in ask("stored_decisions", ids=ids).to_pylist()}
    if not stored and not taken_ids:
        return Settled(history, 0, ())
    decisions, differing = _new_decisions(history, stored)
    unchanged = history.decisions.num_rows - decisions.num_rows
    notes = []
    if differing:
        fields = ", ".join(f"{field} of {count}" for field, count in differing.most_common(4))
        notes.append(
            f"decisions in the log differ from the file and stay as they are: {fields}; "
            "'decision-log correct ID' changes one"
        )
    states = {
        row["decision_id"]: row["state"] for row in ask("states", ids=ids, as_of=now).to_pylist()
    }
    earlier: dict[str, list[dict[str, Any]]] = {}
    for row in ask("outcomes_of", ids=ids).to_pylist():
        earlier.setdefault(row["decision_id"], []).append(row)
    outcomes, same, more = _new_outcomes(history, states, earlier, now, taken_ids)
    ended = set(_column(history.outcomes, "decision_id"))
    reopened = [each for each in stored if states.get(each, "open") != "open" and each not in ended]
    if reopened and any(each.states for each in history.understood):
        notes.append(_reopened(reopened))
    settled = replace(history, decisions=decisions, outcomes=outcomes)
    return Settled(settled, unchanged + same, tuple(filter(None, [*notes, *more])))


def _new_decisions(
    history: History, stored: dict[str, dict[str, Any]]
) -> tuple[pa.Table, Counter[str]]:
    """Return the decisions that are not in the log, and which fields of the others differ."""
    differing: Counter[str] = Counter()
    kept = []
    for row in history.decisions.to_pylist():
        known = stored.get(row["decision_id"])
        if known is None or row["decision_id"] not in history.deals:
            kept.append(row)
            continue
        for name in DECISIONS.names:
            if (
                name not in _NOT_COMPARED
                and row[name] != known[name]
                and (row[name] or known[name])
            ):
                differing[name] += 1
    if len(kept) == history.decisions.num_rows:
        return history.decisions, differing
    return pa.Table.from_pylist(kept, schema=DECISIONS()), differing


def _new_outcomes(
    history: History,
    states: dict[str, str],
    earlier: dict[str, list[dict[str, Any]]],
    now: datetime,
    taken_ids: frozenset[str],
) -> tuple[pa.Table, int, list[str]]:
    kept: list[dict[str, Any]] = []
    same, changed, again = 0, [], 0
    moment = now.replace(tzinfo=None)
    for row in history.outcomes.to_pylist():
        decision = row["decision_id"]
        past = earlier.get(decision, [])
        state = row["outcome_id"].rpartition(":")[2]
        if decision not in history.deals or state not in {"won", "lost"}:
            kept.append(row)
            continue
        if states.get(decision, "open") == state:
            same += 1
            if state == "won" and (difference := _other_amount(row, past)):
                changed.append(difference)
            continue
        if row["outcome_id"] in taken_ids or past:
            again += 1
            taken = {each["outcome_id"] for each in past} | taken_ids
            late = any(each["recorded_at"] >= row["recorded_at"] for each in past)
            # It ended otherwise before: that it ended like this is news.
            kept.append(_with_free_id(row, taken) | ({"recorded_at": moment} if late else {}))
        else:
            kept.append(row)
    notes = []
    if changed:
        shown = "; ".join(changed[:_EXAMPLES])
        notes.append(
            f"amounts of {counted(len(changed), 'won deal')} differ from the log and stay as they are: {shown}; "
            f"to take a new one: {_HOW}, then decision-log won ID AMOUNT"
        )
    if again:
        notes.append(f"{counted(again, 'deal')} that had ended before ended otherwise")
    if len(kept) == history.outcomes.num_rows and not again:
        return history.outcomes, same, notes
    return pa.Table.from_pylist(kept, schema=OUTCOMES()), same, notes


def _other_amount(row: dict[str, Any], past: list[dict[str, Any]]) -> str:
    own = [each for each in past if each["outcome_id"].startswith(f"{row['decision_id']}:won")]
    if not own:
        return ""
    before, after = own[-1]["revenue_generated"], row["revenue_generated"]
    if abs(before - after) < 0.005:
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


def _column(table: pa.Table, name: str) -> list[Any]:
    return list(table.column(name).to_pylist())
