"""Aliases of versions: which is champion, since when, and why.

``<models>/aliases.json`` names the version that serves (``champion``) and, where there is one, the
one that is tried beside it (``challenger``), and keeps every change: when, who, why, from, to. It
is changed under an inter-process lock, written to a hidden file, fsynced and renamed, so readers
need no lock and never see half of it.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from decision_model.artifacts.artifact import (
    ArtifactMismatch,
    check_version_name,
)
from decision_store.durable_files import atomic_write_text, make_folder

if TYPE_CHECKING:
    from pathlib import Path

Alias = Literal["champion", "challenger"]
ALIASES: tuple[Alias, ...] = ("champion", "challenger")
Action = Literal["promote", "rollback", "clear"]
_ACTIONS = ("promote", "rollback", "clear")
ALIAS_FILE = "aliases.json"
_LOCK_FILE = ".aliases.lock"
_FORMAT_VERSION = 1


class AliasesDamaged(ArtifactMismatch):
    """The alias file is damaged."""

    def __str__(self) -> str:
        return (
            f"{self.path} cannot be used: {self.reason}. Put a copy back, or move the file away: then "
            "the rates serve until 'decision-log models promote' chooses a version again."
        )


@dataclass(frozen=True, slots=True)
class Change:
    """One change of an alias; None is no version."""

    when: datetime
    who: str
    why: str
    action: Action
    alias: Alias
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Aliases:
    """Who serves, and the history, oldest first."""

    champion: str | None = None
    challenger: str | None = None
    history: tuple[Change, ...] = ()

    def of(self, alias: Alias) -> str | None:
        """Return the version an alias names."""
        return self.champion if alias == "champion" else self.challenger


def read_aliases(models: Path) -> Aliases:
    """Return who serves; nobody where there is no alias file.

    Raises
    ------
    AliasesDamaged
        The alias file is damaged or of a newer format.
    """
    path = models / ALIAS_FILE
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Aliases()
    try:
        return _parse(json.loads(content))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise AliasesDamaged(path, f"the alias file is damaged ({error})") from None


@contextmanager
def locked(models: Path) -> Iterator[None]:
    """Hold the inter-process lock on the aliases; waits until it is free."""
    make_folder(models)
    handle = os.open(models / _LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def append_changes(models: Path, known: Aliases, changes: Sequence[Change]) -> None:
    """Append changes; only under the lock."""
    now: dict[str, str | None] = {alias: known.of(alias) for alias in ALIASES}
    now |= {change.alias: change.after for change in changes}
    content = {
        "format_version": _FORMAT_VERSION,
        **now,
        "history": [change_entry(entry) for entry in (*known.history, *changes)],
    }
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    atomic_write_text(models / ALIAS_FILE, text)


def change_entry(change: Change) -> dict[str, Any]:
    """Write a change of an alias as JSON has it."""
    return {
        "when": change.when.isoformat(),
        "who": change.who,
        "why": change.why,
        "action": change.action,
        "alias": change.alias,
        "from": change.before,
        "to": change.after,
    }


def _parse(content: Any) -> Aliases:
    version = content["format_version"]
    if version != _FORMAT_VERSION:
        raise ValueError(f"format version {version!r}, but only {_FORMAT_VERSION} is known")
    history = tuple(_parse_change(entry) for entry in content["history"])
    for alias in ALIASES:
        named = [change.after for change in history if change.alias == alias]
        if content[alias] != (named[-1] if named else None):
            raise ValueError(f"the {alias} is not the one of its history")
    known = Aliases(content["champion"], content["challenger"], history)
    for name in (known.champion, known.challenger, *(change.after for change in history)):
        if name is not None:
            check_version_name(name)
    return known


def _parse_change(entry: Mapping[str, Any]) -> Change:
    if entry["alias"] not in ALIASES or entry["action"] not in _ACTIONS:
        raise ValueError("an entry of the history is none of ours")
    return Change(
        when=in_utc(datetime.fromisoformat(entry["when"])),
        who=checked_text(entry["who"]),
        why=checked_text(entry["why"]),
        action=entry["action"],
        alias=entry["alias"],
        before=entry["from"],
        after=entry["to"],
    )


def in_utc(when: datetime) -> datetime:
    """Return a moment in UTC; one without a zone is refused."""
    if when.tzinfo is None:
        raise ValueError(f"{when!r} has no time zone")
    return when.astimezone(UTC)


def checked_text(text: str) -> str:
    """Return a text that must not be empty."""
    if not isinstance(text, str) or not text.strip():
        raise ValueError("a change needs who made it and why")
    return text
