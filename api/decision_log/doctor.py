"""Diagnosis of a log: where it lives, what it holds, and problems."""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from decision_log.models.recipe import Recipe
from decision_log.names import lookalike_remarks
from decision_log.predicting.champion import (
    NO_ALIASES,
    aliases_token,
    unrecognised_senders,
    usable_champion,
)
from decision_log.predicting.estimate import RATES_VERSION
from decision_log.records import CLOCK_SKEW
from decision_model.artifacts import registry
from decision_store.errors import StoreError

if TYPE_CHECKING:
    from decision_log.log import Log

Row = dict[str, Any]

SHOWN = 5
"""How many ids a sentence lists."""


def diagnose(log: Log, *, verify: bool = False) -> Row:
    """Examine a log without changing it.

    Parameters
    ----------
    log : Log
        The log.
    verify : bool
        Also read every value of every table and check every bulk file; seconds per gigabyte.

    Returns
    -------
    dict
        ``home``, ``database``, ``zone``, ``exists``, ``writable``, ``store`` (what
        :class:`decision_store.database.status.StoreStatus` holds), ``model`` (the version that serves, or
        ``rates``), ``problems`` and ``remarks`` (sentences),
        ``healthy`` (there are no problems).
    """
    home = log.settings.home
    status = log.status(verify=verify)
    remarks = [] if status.damage else list(_remarks(log, status.counts))
    problems = list(status.damage)
    problems += [
        f"{n} records were rejected: {reason} (see 'decision-log rejects list')."
        for reason, n in status.rejects.items()
    ]
    problems += [] if status.damage else _future_facts(log, status.counts)
    champion, unusable = _champion(log)
    problems += [unusable] if unusable else []
    if not home.folder.is_dir():
        remarks.append("There is no such folder: check the path, or --home and DECISION_LOG_HOME.")
    if status.torn:
        remarks.append(
            f"{len(status.torn)} journal files end in an unfinished record: a process was stopped "
            "while writing it, before it was acknowledged."
        )
    if not status.proved and status.counts.get("decisions") and not status.damage:
        remarks.append(
            "Database and journal were not compared, because they are large: 'decision-log doctor --verify' does it."
        )
    if status.schema_version and status.schema_version < status.newest_schema:
        remarks.append("The schema is of an older version; the next write brings it up to date.")
    return {
        "home": str(home.folder.absolute()),
        "database": str(status.database.absolute()),
        "zone": str(log.settings.zone),
        "exists": status.database.exists() or status.journal_files > 0,
        "writable": _writable(log),
        "store": {
            **asdict(status),
            "database": str(status.database),
            "journal": str(status.journal),
        },
        "model": champion,
        "problems": problems,
        "remarks": remarks,
        "healthy": not problems,
    }


def _champion(log: Log) -> tuple[str, str | None]:
    """Say who answers, and why the chosen model does not, if so."""
    models = log.settings.home.models
    if aliases_token(models) == NO_ALIASES:
        return RATES_VERSION, None
    champion, problem = usable_champion(models)
    if champion and (limit := unrecognised_senders(champion[1], models)):
        return champion[0], f"The model {champion[0]} serves with a limit. {limit}"
    sentence = None if problem is None else f"{problem} Until then the rates answer."
    return champion[0] if champion else RATES_VERSION, sentence


def _remarks(log: Log, counts: dict[str, int]) -> list[str]:
    if not counts.get("decisions"):
        return []
    try:
        rows = log.get_conversion_rates(as_of=datetime.now(UTC) + CLOCK_SKEW)
    except StoreError as error:
        return [str(error)]
    remarks = lookalike_remarks(log.store)
    remarks += _word_remarks(log)
    remarks += _allowed_remarks(log)
    waiting = [row for row in rows if row["immature"]]
    if waiting:
        remarks.append(
            f"{len(waiting)} of {len(rows)} cells are immature: most of their evidence is still open."
        )
    if not any(row["lost"] for row in rows) and any(row["won"] for row in rows):
        remarks.append(
            "No loss has ever been recorded; rates then rest on how long open decisions have waited. "
            "Recording losses (status failed) makes them sharper."
        )
    return remarks


def _allowed_remarks(log: Log) -> list[str]:
    """Name the fields that the model in use was allowed and the settings do not allow, or no longer."""
    models = log.settings.home.models
    version, _ = _champion(log)
    if version == RATES_VERSION:
        return []
    allowed = set(Recipe.from_manifest(registry.show(models, version)).allow)
    left = sorted(allowed - set(log.settings.allow))
    if not left:
        return []
    return [
        f"The model {version} uses {', '.join(left)}, which the setting allow does not name: it was allowed when the "
        "model was trained. 'decision-log train --exclude FIELD' takes a field out; to keep it, do nothing."
    ]


def _future_facts(log: Log, counts: dict[str, int]) -> list[str]:
    """Name the facts that were recorded while a clock stood in the future, and what to do."""
    if not counts.get("decisions"):
        return []
    try:
        facts = log.ask("future_facts", as_of=datetime.now(UTC) + CLOCK_SKEW).to_pylist()
    except StoreError:
        return []  # why is said elsewhere
    if not facts:
        return []
    first = facts[0]
    counted = (
        f"{len(facts)} decisions and outcomes lie"
        if len(facts) > 1
        else f"One {first['kind']} lies"
    )
    return [
        f"{counted} in the future of this clock, so that no answer counts them yet: {_ids(facts)}. If a clock was "
        "wrong, take each back with 'decision-log undo ID' and record it again under another id."
    ]


def _ids(facts: list[Row]) -> str:
    shown = ", ".join(f"{row['id']} ({row['moment']:%Y-%m-%d %H:%M} UTC)" for row in facts[:SHOWN])
    return f"{shown}, …" if len(facts) > SHOWN else shown


def _word_remarks(log: Log) -> list[str]:
    """List words that are not known, with the command that maps them, and what a migration changed."""
    remarks = [
        f"{note['note']}, since schema {note['version']} of {note['noted_at']:%Y-%m-%d}."
        for note in log.ask("schema_notes").to_pylist()
    ]
    words = log.store.vocabulary(log.settings.vocabulary)
    for row in log.ask("unknown_words", as_of=datetime.now(UTC) + CLOCK_SKEW).to_pylist():
        is_status = words.status(row["outcome_status"]) is None
        word = row["outcome_status"] if is_status else row["outcome_type"]
        kind = "status" if is_status else "type"
        command = (
            f"map '{word}=won' (or lost, open)" if is_status else f"map --type '{word}=closing'"
        )
        remarks.append(
            f"{row['outcomes']} outcomes of {row['decisions']} decisions have a {kind} that is not known, "
            f"{word!r}; they count as open. What it means is taught by: decision-log {command}"
        )
    return remarks


def _writable(log: Log) -> bool:
    folder = log.store.path.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return os.access(folder, os.W_OK)
