"""Proof of completeness: every journalled id is a row or a reject, and every row is in the journal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pyarrow as pa

from decision_store.database import journal_positions
from decision_store.database.fold import CONFLICT
from decision_store.facts import BY_KIND, DECISIONS, FACT_TABLES
from decision_store.journal import append as journal
from decision_store.journal.id_cache import IdCache
from decision_store.journal.segment_reader import segment_ids, segment_of
from decision_store.record_classes import FactTable

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PROVED_UP_TO = 64 << 20
"""Bytes of journal and segments up to which the proof is part of every check; beyond, only of a thorough one."""

Ids = dict[str, list[str]]


def problems(
    connection: DuckDBPyConnection, folder: Path, positions: Mapping[str, tuple[int, int]]
) -> Iterator[str]:
    """Compare the database with the part of the journal that was folded into it.

    Yields
    ------
    str
        A sentence for each kind of row that is missing in one of them.
    """
    folded, waiting = _journalled_ids(folder, positions)
    for facts in FACT_TABLES:
        absent, uncovered = _differences(connection, facts, folded[facts.kind])
        if absent:
            yield (
                f"{len(absent)} {facts.name} of the journal are not in the database (e.g. {absent[0]!r}): another "
                "program removed them. 'decision-log repair' rebuilds the database from the journal"
            )
        if uncovered:
            yield (
                f"{len(uncovered)} {facts.name} of the database are in no file of the journal (e.g. {uncovered[0]!r}): "
                "the database could not be rebuilt. Restore the missing files of the journal from a backup"
            )
    yield from _lost(connection, folder, [*folded[DECISIONS.kind], *waiting[DECISIONS.kind]])


def journal_is_complete(folder: Path) -> bool:
    """Tell whether the journal provably holds every decision that was acknowledged, with all of its segments."""
    cache = IdCache(folder / "ids")
    if not cache.exists or journal.unreadable(folder) or journal.newer(folder):
        return False
    for file, size in journal.sizes(folder).items():
        for line in journal.read(folder, file, 0, size).lines:
            segment = segment_of(line.payload or b"")
            facts = BY_KIND.get(segment["table_kind"]) if segment else None
            if segment and facts:
                ids = segment_ids(folder / Path(segment["file"]).name, facts)
                if len(ids) != segment["rows"]:
                    return False
    _, waiting = _journalled_ids(folder, {})
    return cache.digests() <= {cache.digest(name) for name in waiting[DECISIONS.kind]}


def missing_files(positions: Mapping[str, tuple[int, int]], sizes: Mapping[str, int]) -> list[str]:
    """Return the journal files that the database was made from and that are gone."""
    present = {name.removeprefix(journal.RETIRED) for name in sizes} | sizes.keys()
    return sorted(positions.keys() - present)


def uncovered_rows(
    connection: DuckDBPyConnection, folder: Path, positions: Mapping[str, tuple[int, int]]
) -> int:
    """Count the rows that a rebuild from the journal would lose."""
    folded, _ = _journalled_ids(folder, positions)
    return sum(len(_differences(connection, facts, folded[facts.kind])[1]) for facts in FACT_TABLES)


def _journalled_ids(folder: Path, positions: Mapping[str, tuple[int, int]]) -> tuple[Ids, Ids]:
    """Return the ids in the folded and in the pending part of the journal, by kind."""
    folded: Ids = defaultdict(list)
    waiting: Ids = defaultdict(list)
    for file, size in journal.sizes(folder).items():
        folded_to = journal_positions.progress(positions, file)[0]
        for line in journal.read(folder, file, 0, size).lines:
            if line.payload is None:
                continue
            found = folded if line.offset < folded_to else waiting
            for kind, ids in _ids(line.payload, folder):
                found[kind] += ids
    return folded, waiting


def _ids(payload: bytes, folder: Path) -> Iterator[tuple[str, list[str]]]:
    if segment := segment_of(payload):
        if facts := BY_KIND.get(segment["table_kind"]):
            yield facts.kind, segment_ids(folder / Path(segment["file"]).name, facts)
        return
    try:
        parsed = orjson.loads(payload)
        facts = BY_KIND[parsed["kind"]]
        found = parsed["record"][facts.key]
    except (ValueError, KeyError, TypeError):
        return  # rejected by the fold, under no id
    if isinstance(found, str):
        yield facts.kind, [found]


def _differences(
    connection: DuckDBPyConnection, facts: FactTable, ids: Iterable[str]
) -> tuple[list[str], list[str]]:
    """Return the ids that are in the journal alone, and those that are in the database alone."""
    connection.register("journalled", pa.table({"id": pa.array(ids, pa.string())}))
    tables = connection.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_catalog = current_database()"
    ).fetchall()
    # Decisions that were taken back are rows of this view, but not of the table.
    stored = (
        "every_decision" if facts is DECISIONS and ("every_decision",) in tables else facts.name
    )
    absent = f"""
        SELECT DISTINCT id FROM journalled AS j
        WHERE NOT EXISTS (SELECT 1 FROM {stored} AS s WHERE s.{facts.key} = j.id)
            AND NOT EXISTS (SELECT 1 FROM rejects AS r WHERE r.kind = '{facts.kind}' AND r.id = j.id
                AND r.reason <> '{CONFLICT}')
        ORDER BY id
    """  # noqa: S608 - names of the field table
    uncovered = f"""
        SELECT DISTINCT {facts.key} FROM {stored} AS s
        WHERE NOT EXISTS (SELECT 1 FROM journalled AS j WHERE s.{facts.key} = j.id) ORDER BY ALL
    """  # noqa: S608
    try:
        return tuple(
            [row[0] for row in connection.execute(q).fetchall()] for q in (absent, uncovered)
        )  # type: ignore[return-value]
    finally:
        connection.unregister("journalled")


def _lost(connection: DuckDBPyConnection, folder: Path, journalled: Iterable[str]) -> Iterator[str]:
    """Look for decisions that the cache of ids knows from the call that logged them, and nothing else."""
    cache = IdCache(folder / "ids")
    if not cache.exists:
        return
    acknowledged = cache.digests()
    rows = connection.execute("SELECT decision_id FROM every_decision").fetchall()
    rejected = connection.execute("SELECT id FROM rejects WHERE kind = 'decision'").fetchall()
    known = {*journalled, *(row[0] for row in rows), *(row[0] for row in rejected)}
    if lost := acknowledged - {cache.digest(decision_id) for decision_id in known}:
        yield (
            f"{len(lost)} decisions were acknowledged that are in neither the journal nor the database: files of the "
            "journal were cut, emptied or removed. Restore them from a backup"
        )
