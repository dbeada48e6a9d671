"""Corrections: fields of decisions, and what words mean. Each is a further fact; nothing is deleted."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from decision_log.rows import iso
from decision_store.database.amending import CORRECTABLE
from decision_store.errors import InvalidRecord, UnknownDecision
from decision_store.facts import Amendment
from decision_store.store import Store
from decision_store.vocabulary import KINDS, STATES, Vocabulary, parse_mapping
from decision_store.word_folding import fold_word

Row = dict[str, Any]

FEW_AMOUNTS = 5
"""Below so many amounts none is judged to be unusual."""

FAR = 10.0
"""An amount is far outside what was seen above so many times the largest, or below the smallest divided by it."""


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
    group = amendment_id(now)
    amendments = {
        field: amendment(
            "correct",
            given=group if len(changed) == 1 else f"{group}.{number}",
            now=now,
            decision_id=decision_id,
            field=field,
            value=value,
            reason=reason,
        )
        for number, (field, value) in enumerate(changed.items(), start=1)
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
        store.amend([amendment("map", field=field, word=word, value=meaning)])
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


def amendment(
    action: str, *, given: str | None = None, now: datetime | None = None, **fields: str
) -> Amendment:
    """Return an amendment recorded now; several of one call share the time and the beginning of their ids."""
    moment = now or datetime.now(UTC)
    return Amendment(
        amendment_id=given or amendment_id(moment), action=action, recorded_at=moment, **fields
    )


def amendment_id(now: datetime) -> str:
    """Return a new id; those of several amendments of one call are this one, a full stop and a number."""
    return f"amd_{now:%Y%m%dT%H%M%S}_{os.urandom(4).hex()}"
