"""Putting the log right: undo, void, correct, teach words. Each is a further fact; nothing is deleted."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from decision_log.rows import iso
from decision_store.database.amending import CORRECTABLE
from decision_store.errors import DecisionLogError, InvalidRecord, UnknownDecision
from decision_store.facts import Amendment
from decision_store.store import Store
from decision_store.vocabulary import KINDS, STATES, Vocabulary, fold_word, parse_mapping

Row = dict[str, Any]

FEW_AMOUNTS = 5
"""Below so many amounts none is judged to be unusual."""

FAR = 10.0
"""An amount is far outside what was seen above so many times the largest, or below the smallest divided by it."""


class NothingToUndo(DecisionLogError, LookupError):
    """There is nothing that could be taken back, or nothing of that id."""

    def __init__(self, record_id: str | None) -> None:
        self.record_id = record_id
        super().__init__(record_id)

    def __str__(self) -> str:
        if self.record_id is None:
            return "The log holds nothing that could be taken back."
        return (
            f"Nothing with the id {self.record_id!r} is in the log: neither a decision, nor an outcome, "
            "nor something taken back or corrected. 'decision-log show ID' lists the ids of a decision."
        )


def undo(store: Store, record_id: str | None, reason: str, *, dry_run: bool = False) -> Row:
    """Take back the last fact or the one of an id, and return what that was.

    Raises
    ------
    NothingToUndo
        There is no such fact.
    """
    rows = store.ask("undoable", id=record_id).to_pylist()
    if not rows:
        raise NothingToUndo(record_id)
    fact = rows[0]
    if fact["voided"] or (record_id is None and fact["is_undo"]):
        # Repeating an undo takes nothing else back.
        return {**_undone(fact), "amendment_id": fact["voided_by"] or fact["id"], "new": False}
    if dry_run:
        return {**_undone(fact), "amendment_id": None, "new": True}
    amendment = _reverse_of(fact, reason)
    store.amend([amendment])
    return {**_undone(fact), "amendment_id": amendment.amendment_id, "new": True}


def void_outcome(store: Store, outcome_id: str, reason: str) -> Row:
    """Take back one outcome entirely, its revenue too.

    Raises
    ------
    NothingToUndo
        There is no such outcome.
    """
    rows = [r for r in store.ask("undoable", id=outcome_id).to_pylist() if r["kind"] == "outcome"]
    if not rows:
        raise NothingToUndo(outcome_id)
    fact = rows[0]
    if fact["voided"]:
        return {**_undone(fact), "amendment_id": fact["voided_by"], "new": False}
    amendment = _amendment(
        "void", decision_id=fact["decision_id"], outcome_id=outcome_id, reason=reason
    )
    store.amend([amendment])
    return {**_undone(fact), "amendment_id": amendment.amendment_id, "new": True}


def correct(store: Store, decision_id: str, changes: Mapping[str, str], reason: str) -> list[Row]:
    """Correct fields of a decision; answers as of earlier moments keep the old values.

    Returns
    -------
    list of dict
        ``field``, ``before``, ``after`` and ``amendment_id`` of what really changed.

    Raises
    ------
    InvalidRecord
        A field cannot be corrected, or not to this value.
    UnknownDecision
        There is no such decision.
    """
    for field, value in changes.items():
        if field not in CORRECTABLE:
            raise InvalidRecord(field, value, f"cannot be corrected; {', '.join(CORRECTABLE)} can")
        if not isinstance(value, str):
            raise InvalidRecord(field, value, "must be text")
        if not value.strip() and field not in {"opportunity_content", "sender"}:
            raise InvalidRecord(field, value, "must not be empty")
    now = datetime.now(UTC)
    rows = store.ask("decision", decision_id=decision_id, as_of=now).to_pylist()
    if not rows:
        raise UnknownDecision(decision_id)
    changed = {f: v for f, v in changes.items() if rows[0][f] != v}
    amendments = {
        field: _amendment(
            "correct", decision_id=decision_id, field=field, value=value, reason=reason
        )
        for field, value in changed.items()
    }
    store.amend(amendments.values())
    return [
        {
            "field": field,
            "before": rows[0][field],
            "after": value,
            "amendment_id": amendments[field].amendment_id,
        }
        for field, value in changed.items()
    ]


def map_word(store: Store, mapping: str, *, is_type: bool, words: Vocabulary) -> Row:
    """Teach the log what a word means, ``WORD=MEANING``, for earlier outcomes too.

    Returns
    -------
    dict
        ``word``, ``meaning``, ``outcomes`` (how many with that word are stored) and ``new``.

    Raises
    ------
    UnknownMeaning
        There is no such meaning.
    """
    word, meaning = parse_mapping(mapping, KINDS if is_type else STATES)
    field = "outcome_type" if is_type else "outcome_status"
    counts = store.ask("words").to_pylist()
    used = sum(row["outcomes"] for row in counts if fold_word(row[field]) == fold_word(word))
    known = words.kind(word) if is_type else words.status(word)
    is_new = known != meaning or _has_unread(counts, field, word)
    if is_new:
        store.amend([_amendment("map", field=field, word=word, value=meaning)])
    return {"word": word, "meaning": meaning, "outcomes": used, "new": is_new}


def mappings(store: Store, settings: Vocabulary, as_of: datetime) -> list[Row]:
    """List the words that a log was taught, then those of the settings; see :meth:`Log.mappings`."""
    counts = store.ask("words").to_pylist()

    def used(field: str, word: str) -> int:
        return sum(row["outcomes"] for row in counts if fold_word(row[field]) == fold_word(word))

    taught = [
        {
            "word": row["word"],
            "is_type": row["field"] == "outcome_type",
            "meaning": row["value"],
            "source": "log",
            "outcomes": used(row["field"], row["word"]),
            "recorded_at": iso(row["recorded_at"]),
            "amendment_id": row["amendment_id"],
        }
        for row in store.ask("mappings", as_of=as_of).to_pylist()
        if row["holds"] and row["value"]
    ]
    fields = (("outcome_status", settings.statuses), ("outcome_type", settings.types))
    return taught + [
        {
            "word": word,
            "is_type": field == "outcome_type",
            "meaning": meaning,
            "source": "decision-log.toml",
            "outcomes": used(field, word),
            "recorded_at": None,
            "amendment_id": None,
        }
        for field, words in fields
        for word, meaning in words.items()
    ]


def unusual_amount(store: Store, decision_id: str, amount: float) -> str | None:
    """Say what is odd about an amount of a decision, None: nothing."""
    (seen,) = store.ask("amounts", decision_id=decision_id).to_pylist()
    if amount < 0:
        received = seen["received"] or 0.0
        if -amount > received + 0.005:
            return (
                f"{-amount:,.2f} goes back, but only {received:,.2f} was received for {decision_id}"
            )
        return None
    if not amount or seen["amounts"] < FEW_AMOUNTS:
        return None
    if amount > FAR * seen["highest"]:
        times = amount / seen["highest"]
        return f"{amount:,.2f} is {times:,.0f} times the largest amount so far ({seen['highest']:,.2f})"
    if amount < seen["lowest"] / FAR:
        return f"{amount:,.2f} is far below the smallest amount so far ({seen['lowest']:,.2f})"
    return None


def _has_unread(counts: list[Row], field: str, word: str) -> bool:
    """Tell whether some stored outcome with this word has no meaning yet."""
    key = fold_word(word)
    return any(row["unread"] and fold_word(row[field]) == key for row in counts)


def _undone(fact: Row) -> Row:
    return {name: fact[name] for name in ("kind", "id", "decision_id", "what")}


def _reverse_of(fact: Row, reason: str) -> Amendment:
    given = {"reason": reason, "undoes": fact["id"]}
    makers: dict[str, Callable[[], Amendment]] = {
        "outcome": lambda: _amendment(
            "void", decision_id=fact["decision_id"], outcome_id=fact["id"], **given
        ),
        "decision": lambda: _amendment("void", decision_id=fact["id"], **given),
        "void": lambda: _amendment(
            "restore", decision_id=fact["decision_id"], outcome_id=fact["outcome_id"], **given
        ),
        "restore": lambda: _amendment(
            "void", decision_id=fact["decision_id"], outcome_id=fact["outcome_id"], **given
        ),
        "correct": lambda: _amendment(
            "correct",
            decision_id=fact["decision_id"],
            field=fact["field"],
            value=fact["before"],
            **given,
        ),
        "map": lambda: _amendment(
            "map", field=fact["field"], word=fact["word"], value=fact["before"], **given
        ),
    }
    return makers[fact["kind"]]()


def _amendment(action: str, **given: str) -> Amendment:
    now = datetime.now(UTC)
    amendment_id = f"amd_{now:%Y%m%dT%H%M%S}_{secrets.token_hex(4)}"
    return Amendment(amendment_id=amendment_id, action=action, recorded_at=now, **given)
