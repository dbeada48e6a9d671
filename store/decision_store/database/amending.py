"""Amendments applied: corrected decisions, voided outcomes, words that were given a meaning later.

All that is derived here follows from the facts alone, so that a rebuild from the journal gives the same tables.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from decision_store.database import names
from decision_store.database.history import derive_history
from decision_store.database.transactions import registered
from decision_store.facts import DECISIONS
from decision_store.vocabulary import Vocabulary
from decision_store.word_folding import fold_word

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

CORRECTABLE = (
    "opportunity_type",
    "opportunity_source",
    "opportunity_content",
    "sender",
    "action_taken",
    "decision_maker",
)
"""Fields of a decision that can be corrected."""

BEGINNING = datetime(1900, 1, 1)  # noqa: DTZ001 - as the database holds times: naive UTC
END = datetime(9999, 1, 1)  # noqa: DTZ001


@dataclass(frozen=True, slots=True)
class Mapping:
    """What a word of a column means from a moment on."""

    field: str
    word: str
    value: str
    since: datetime


# ---- words -----------------------------------------------------------------------------------------


def vocabulary_of(connection: DuckDBPyConnection) -> Vocabulary:
    """Return the built-in vocabulary with all mappings that the log holds."""
    words = Vocabulary()
    for mapping in recorded_mappings(connection):
        words = _extended(words, mapping)
    return words


def meanings_of(outcomes: pa.Table, mappings: Iterable[Mapping]) -> pa.Table:
    """Return what the pairs of words mean of outcomes whose writer did not say it, from when until when."""
    silent = outcomes.filter(outcomes.column("outcome_meaning").is_null())
    # No text in the database holds the character between them.
    words = pc.binary_join_element_wise(
        silent.column("outcome_type"), silent.column("outcome_status"), "\0"
    )
    rows = []
    for joined in words.unique().to_pylist():
        kind, _, status = joined.partition("\0")
        pair = (kind, status)
        changes = _meanings(pair, mappings)
        ends = [since for _, since in changes[1:]] + [END]
        rows += [(*pair, m, since, end) for (m, since), end in zip(changes, ends, strict=True)]
    names = ("outcome_type", "outcome_status", "meaning", "known_from", "known_until")
    return _table(rows, names)


def interpret_all(connection: DuckDBPyConnection) -> str | None:
    """Give every outcome without one its meaning, and derive the history of all decisions again.

    Returns
    -------
    str or None
        How many decisions are in another state than before, by state; None where none is.
    """
    (row,) = connection.execute("SELECT count(*) FROM outcomes").fetchall()
    if not row[0]:
        return None
    before = _states(connection)
    pairs = connection.execute(
        "SELECT DISTINCT outcome_type, outcome_status FROM outcomes WHERE outcome_meaning IS NULL"
    ).fetchall()
    words = Vocabulary()
    rows = [(*pair, meaning) for pair in pairs if (meaning := words.meaning(*pair))]
    with registered(
        connection, _table(rows, ("outcome_type", "outcome_status", "meaning")), "given"
    ):
        connection.execute(
            "UPDATE outcomes SET outcome_meaning = given.meaning FROM given "
            "WHERE outcomes.outcome_meaning IS NULL AND outcomes.outcome_type = given.outcome_type "
            "AND outcomes.outcome_status = given.outcome_status"
        )
    every = connection.sql("SELECT DISTINCT decision_id FROM outcomes").to_arrow_table()
    _derive_history(connection, every)
    after = _states(connection)
    moved: dict[tuple[str, str], int] = {}
    for decision_id in before.keys() | after.keys():
        change = (before.get(decision_id, "open"), after.get(decision_id, "open"))
        if change[0] != change[1]:
            moved[change] = moved.get(change, 0) + 1
    if not moved:
        return None
    parts = [f"{n} from {old} to {new}" for (old, new), n in sorted(moved.items())]
    return f"{sum(moved.values())} decisions changed their state: {', '.join(parts)}"


def derive(connection: DuckDBPyConnection, amended: Collection[str]) -> None:
    """Bring the history of amended decisions, and of those whose words were mapped, up to date."""
    ids = set(amended) | _remap(connection)
    if ids:
        _derive_history(connection, _table([(i,) for i in ids], ("decision_id",)))


def _remap(connection: DuckDBPyConnection) -> set[str]:
    """Derive what mappings made of stored outcomes; return the decisions for which that changed."""
    mappings = recorded_mappings(connection)
    if not mappings:
        return set()
    names = ("outcome_type", "outcome_status", "meaning", "known_from")
    pairs = connection.execute(
        "SELECT DISTINCT outcome_type, outcome_status FROM outcomes"
    ).fetchall()
    wanted = {
        (*pair, meaning, since)
        for pair in pairs
        for meaning, since in _meanings(pair, mappings)[1:]
    }
    stored = set(connection.execute(f"SELECT {', '.join(names)} FROM remapped_outcomes").fetchall())  # noqa: S608
    changed = wanted ^ stored
    if not changed:
        return set()
    connection.execute("DELETE FROM remapped_outcomes")
    with registered(connection, _table(sorted(wanted, key=str), names), "given"):
        connection.execute("INSERT INTO remapped_outcomes SELECT * FROM given")
    with registered(connection, _table(sorted(changed, key=str), names), "given"):
        rows = connection.execute(
            "SELECT DISTINCT decision_id FROM outcomes JOIN given USING (outcome_type, outcome_status)"
        ).fetchall()
    return {decision_id for (decision_id,) in rows}


def _meanings(
    pair: tuple[str, str], mappings: Iterable[Mapping]
) -> list[tuple[str | None, datetime]]:
    """Return what a type and a status mean together, and since when; the first entry is built in."""
    words = Vocabulary()
    found = [(words.meaning(*pair), BEGINNING)]
    for mapping in mappings:
        words = _extended(words, mapping)
        meaning = words.meaning(*pair)
        word = pair[0] if mapping.field == "outcome_type" else pair[1]
        if meaning != found[-1][0] or fold_word(word) == fold_word(mapping.word):
            found.append((meaning, mapping.since))
    return found


def _extended(words: Vocabulary, mapping: Mapping) -> Vocabulary:
    given = words.types if mapping.field == "outcome_type" else words.statuses
    key = fold_word(mapping.word)
    kept = {word: value for word, value in given.items() if fold_word(word) != key}
    if mapping.value:
        kept[mapping.word] = mapping.value
    if mapping.field == "outcome_type":
        return Vocabulary(words.statuses, kept)
    return Vocabulary(kept, words.types)


def recorded_mappings(connection: DuckDBPyConnection) -> list[Mapping]:
    """Return the mappings of words that the log holds, in their order."""
    rows = connection.execute(
        "SELECT field, word, value, recorded_at FROM amendments_in_order WHERE action = 'map' "
        "ORDER BY recorded_at, sequence NULLS FIRST, row_order"
    ).fetchall()
    return [Mapping(*row) for row in rows]


# ---- decisions -------------------------------------------------------------------------------------


def exist(connection: DuckDBPyConnection) -> bool:
    """Tell whether the log holds any amendment."""
    (row,) = connection.execute("SELECT count(*) FROM amendments").fetchall()
    return bool(row[0])


def correct(connection: DuckDBPyConnection, named: Collection[str]) -> None:
    """Derive the versions of those decisions that corrections or voids concern."""
    with registered(connection, _table([(i,) for i in named], ("decision_id",)), "given"):
        amendments = connection.execute(
            "SELECT decision_id, action, field, value, recorded_at FROM amendments_in_order "
            "WHERE decision_id IN (FROM given) "
            "AND (action = 'correct' OR action IN ('void', 'restore') AND outcome_id = '') "
            "ORDER BY recorded_at, sequence NULLS FIRST, row_order"
        ).fetchall()
    ids = {row[0] for row in amendments}
    if not ids:
        return
    with registered(connection, _table([(i,) for i in ids], ("decision_id",)), "given"):
        logged = connection.sql(
            "SELECT * FROM logged_decisions WHERE decision_id IN (FROM given)"
        ).to_arrow_table()
        connection.execute("DELETE FROM decisions WHERE decision_id IN (FROM given)")
        connection.execute("DELETE FROM decision_versions WHERE decision_id IN (FROM given)")
    current: list[dict[str, Any]] = []
    former: list[dict[str, Any]] = []
    by_decision: dict[str, list[tuple[str, str, str, datetime]]] = {}
    for decision_id, *amendment in amendments:
        by_decision.setdefault(decision_id, []).append(tuple(amendment))
    for row in logged.to_pylist():
        mine = by_decision.get(row["decision_id"], [])
        last, versions = _versions({**row, "corrected_at": None}, mine)
        current += [last] if last else []
        former += versions
    _insert_rows(connection, "decisions", current)
    _insert_rows(connection, "decision_versions", former)
    with registered(connection, _table([(i,) for i in ids], ("decision_id",)), "given"):
        connection.execute(
            "UPDATE outcomes SET opportunity_type = d.opportunity_type, "
            "opportunity_source = d.opportunity_source FROM every_decision AS d "
            "WHERE d.decision_id = outcomes.decision_id AND d.decision_id IN (FROM given)"
        )


def _versions(
    row: dict[str, Any], amendments: list[tuple[str, str, str, datetime]]
) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """Return a decision as it is now, None: void, and its earlier versions."""
    versions = []
    is_void, since = False, BEGINNING
    for action, field, value, at in amendments:
        after = {**row, field: value} if action == "correct" and field in CORRECTABLE else row
        void_after = action == "void" if action != "correct" else is_void
        if (after, void_after) == (row, is_void):
            continue
        if not is_void and at > since:
            versions.append({**row, "known_from": since, "known_until": at})
        row, is_void, since = {**after, "corrected_at": at}, void_after, at
    return None if is_void else row, versions


def _insert_rows(connection: DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    columns = connection.sql(f"SELECT * FROM {table} LIMIT 0").to_arrow_table().schema  # noqa: S608
    plain = pa.schema(
        [pa.field(f.name, pa.string() if f.name == "context" else f.type) for f in columns]
    )
    shown = names.canonical_table(connection, DECISIONS, pa.Table.from_pylist(rows, schema=plain))
    with registered(connection, shown, "given"):
        connection.execute(f'INSERT INTO {table} SELECT * FROM given ORDER BY "timestamp"')  # noqa: S608


# ---- shared ----------------------------------------------------------------------------------------


def _derive_history(connection: DuckDBPyConnection, ids: pa.Table) -> None:
    with registered(connection, ids):
        derive_history(connection)


def _states(connection: DuckDBPyConnection) -> dict[str, str]:
    rows = connection.execute(
        "SELECT decision_id, state FROM decision_history WHERE known_until = 'infinity'"
    ).fetchall()
    return dict(rows)


def _table(rows: Iterable[tuple[Any, ...]], names: tuple[str, ...]) -> pa.Table:
    listed = list(rows)
    types = [pa.timestamp("us") if name.startswith("known_") else pa.string() for name in names]
    columns = [pa.array([row[i] for row in listed], kind) for i, kind in enumerate(types)]
    return pa.table(columns, names=list(names))
