"""Undo: what the last call recorded, or the fact of an id, is taken back by further facts; nothing is deleted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from decision_log.amending.corrections import amendment, amendment_id
from decision_store.errors import DecisionLogError
from decision_store.facts import Alias, Amendment
from decision_store.store import Store

Row = dict[str, Any]

_SHOWN = 3
"""Facts of one call that are described one by one."""

_AMENDING = {
    "void": "void",
    "restore": "restoration",
    "correct": "correction",
    "map": "taught word",
}
_PLURALS = {"alias": "aliases"}


class NothingToUndo(DecisionLogError, LookupError):
    """There is nothing that could be taken back, or nothing of that id."""

    def __init__(self, record_id: str | None, folder: str = "") -> None:
        self.record_id = record_id
        self.place = f" in {folder}" if folder else ""
        super().__init__(record_id)

    def __str__(self) -> str:
        if self.record_id is None:
            return f"The log{self.place} holds nothing that could be taken back."
        return (
            f"Nothing with the id {self.record_id!r} is in the log{self.place}: neither a decision, nor an outcome, "
            "nor something taken back or corrected. 'decision-log show ID' lists the ids of a decision."
        )


@dataclass(frozen=True, slots=True)
class _Action:
    """Facts that are taken back together."""

    facts: Sequence[Row]
    is_import: bool = False
    recorded_at: datetime | None = None

    def described(self, record_id: str | None) -> Row:
        """Return what they are, under one id where there are several."""
        first = self.facts[0]
        if len(self.facts) == 1 and not self.is_import:
            return {name: first[name] for name in ("kind", "id", "decision_id", "what")} | {
                "records": 1
            }
        decisions = {row["decision_id"] for row in self.facts}
        kinds = Counter(row["kind"] for row in self.facts)
        counted = " and ".join(_counted(count, kind) for kind, count in kinds.items())
        if self.is_import:
            moment = self.recorded_at or datetime.now(UTC)
            what = f"{counted}, imported {moment:%Y-%m-%d %H:%M} UTC"
        elif len(self.facts) <= _SHOWN:
            what = "; ".join(row["what"] for row in self.facts)
        else:
            what = counted
        return {
            "kind": "import" if self.is_import else (*kinds,)[0] if len(kinds) == 1 else "call",
            "id": record_id or _common_id(self.facts),
            "decision_id": decisions.pop() if len(decisions) == 1 else "",
            "what": what,
            "records": len(self.facts),
        }


def undo(
    store: Store, record_id: str | None, reason: str, *, dry_run: bool = False, folder: str = ""
) -> Row:
    """Take back all that the last call recorded, or the facts of an id; see `Log.undo`.

    Raises
    ------
    NothingToUndo
        There is no such fact.
    """
    action = _latest(store) if record_id is None else _Action(_facts(store, [record_id]))
    if not action.facts:
        raise NothingToUndo(record_id, folder)
    described = action.described(record_id)
    standing = [row for row in action.facts if not row["voided"]]
    repeats = record_id is None and all(row["is_undo"] for row in action.facts)
    if not standing or repeats:
        # Repeating an undo takes nothing else back.
        by = described["id"] if repeats else action.facts[0]["voided_by"]
        return {**described, "amendment_id": _group(by), "new": False}
    if dry_run:
        return {**described, "amendment_id": None, "new": True}
    return {**described, "amendment_id": _take_back(store, standing, reason), "new": True}


def void_outcome(store: Store, outcome_id: str, reason: str) -> Row:
    """Take back one outcome entirely, its revenue too.

    Raises
    ------
    NothingToUndo
        There is no such outcome.
    """
    facts = [row for row in _facts(store, [outcome_id]) if row["kind"] == "outcome"]
    if not facts:
        raise NothingToUndo(outcome_id)
    (fact,) = facts
    described = _Action(facts).described(None)
    if fact["voided"]:
        return {**described, "amendment_id": fact["voided_by"], "new": False}
    void = amendment("void", decision_id=fact["decision_id"], outcome_id=outcome_id, reason=reason)
    store.amend([void])
    return {**described, "amendment_id": void.amendment_id, "new": True}


def _latest(store: Store) -> _Action:
    """Find what the last call recorded, predictions left aside."""
    store.fold()
    for call in store.latest_calls():
        wanted = dict.fromkeys(call.facts)
        kinds = {(_kind(fact.kind), fact.id) for fact in wanted}
        facts = [
            row
            for row in _facts(store, [fact.id for fact in wanted])
            if (_kind(row["kind"]), row["id"]) in kinds
        ]
        if facts:
            return _Action(facts, is_import=call.is_load, recorded_at=call.recorded_at)
    return _Action(())


def _kind(kind: str) -> str:
    return "amendment" if kind in _AMENDING else kind


def _facts(store: Store, ids: Sequence[str]) -> list[Row]:
    rows: list[Row] = store.ask("undoable", ids=ids).to_pylist()
    return rows


def _take_back(store: Store, facts: Sequence[Row], reason: str) -> str:
    """Write what takes facts back; return the id with which that can be undone."""
    aliases = [row for row in facts if row["kind"] == "alias"]
    # An outcome goes with its decision.
    decisions = {row["id"] for row in facts if row["kind"] == "decision"}
    others = [
        row
        for row in facts
        if row["kind"] != "alias"
        and not (row["kind"] == "outcome" and row["decision_id"] in decisions)
    ]
    now = datetime.now(UTC)
    group = amendment_id(now)
    if others:
        ids = [group] if len(others) == 1 else [f"{group}.{n + 1}" for n in range(len(others))]
        store.amend(
            _reverse_of(row, each, now, reason) for row, each in zip(others, ids, strict=True)
        )
    for row in aliases:
        store.add_alias(
            Alias(
                alias_id=f"undo_{row['id']}",
                field=row["field"],
                name=row["word"],
                target=row["before"],
                recorded_at=now,
            )
        )
    _rebuild_names(store, aliases)
    return group if others else f"undo_{aliases[0]['id']}"


def _rebuild_names(store: Store, facts: Iterable[Row]) -> None:
    """Give decisions the names back that they were logged with, where an alias was taken back."""
    if not any(row["kind"] == "alias" for row in facts):
        return
    if (kept := store.rebuild()) is not None:
        kept.unlink(missing_ok=True)


def _reverse_of(fact: Row, new_id: str, now: datetime, reason: str) -> Amendment:
    given = {"reason": reason, "undoes": fact["id"]}
    owner = fact["decision_id"]

    def new(action: str, **fields: str) -> Amendment:
        return amendment(action, given=new_id, now=now, **fields, **given)

    makers: dict[str, Callable[[], Amendment]] = {
        "outcome": lambda: new("void", decision_id=owner, outcome_id=fact["id"]),
        "decision": lambda: new("void", decision_id=fact["id"]),
        "void": lambda: new("restore", decision_id=owner, outcome_id=fact["outcome_id"]),
        "restore": lambda: new("void", decision_id=owner, outcome_id=fact["outcome_id"]),
        "correct": lambda: new(
            "correct", decision_id=owner, field=fact["field"], value=fact["before"]
        ),
        "map": lambda: new("map", field=fact["field"], word=fact["word"], value=fact["before"]),
    }
    return makers[fact["kind"]]()


def _common_id(facts: Sequence[Row]) -> str:
    """Return the id of several facts: that of their call, or of the last one."""
    groups = {_group(row["id"]) for row in facts if row["kind"] in _AMENDING}
    return str(groups.pop()) if len(groups) == 1 else str(facts[-1]["id"])


def _group(record_id: str | None) -> str | None:
    """Return the id under which all amendments of a call are taken back."""
    if record_id is None or not record_id.startswith("amd_"):
        return record_id
    return record_id.partition(".")[0]


def _counted(count: int, kind: str) -> str:
    name = _AMENDING.get(kind, kind)
    return f"{count} {name if count == 1 else _PLURALS.get(name, f'{name}s')}"
