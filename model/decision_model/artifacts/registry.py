"""Which version is champion, since when, and why.

``<models>/aliases.json`` names the version that serves (``champion``) and, where there is one, the
one that is tried beside it (``challenger``), and keeps every change: when, who, why, from, to. It
is changed under an inter-process lock, written to a hidden file, fsynced and renamed, so readers
need no lock and never see half of it.

No champion means that the rates alone serve.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from decision_model.artifacts.artifact import (
    ArtifactMismatch,
    check_version_name,
    read_manifest,
)
from decision_store.durable_files import atomic_write_text, make_folder
from decision_store.errors import DecisionLogError

if TYPE_CHECKING:
    from pathlib import Path

Alias = Literal["champion", "challenger"]
ALIASES: tuple[Alias, ...] = ("champion", "challenger")
Action = Literal["promote", "rollback", "clear"]
_ACTIONS = ("promote", "rollback", "clear")
ALIAS_FILE = "aliases.json"
_LOCK_FILE = ".aliases.lock"
_FORMAT_VERSION = 1


_ANY = object()


class UnknownVersion(DecisionLogError, KeyError):
    """There is no such model."""

    def __init__(self, models: Path, version: str) -> None:
        self.models = models
        self.version = version
        super().__init__(models, version)

    def __str__(self) -> str:
        what = f"No model is {self.version}" if self.version in ALIASES else (
            f"No model {self.version!r} in {self.models}"
        )  # fmt: skip
        return f"{what}. 'decision-log models list' shows what is there, 'decision-log train' makes one."


class AliasesDamaged(ArtifactMismatch):
    """The alias file is damaged."""

    def __str__(self) -> str:
        return (
            f"{self.path} cannot be used: {self.reason}. Put a copy back, or move the file away: then "
            "the rates serve until 'decision-log models promote' chooses a version again."
        )


class AliasMoved(DecisionLogError):
    """Somebody changed an alias since one looked."""

    def __init__(self, alias: str, expected: str | None, found: str | None) -> None:
        self.alias = alias
        self.expected = expected
        self.found = found
        super().__init__(alias, expected, found)

    def __str__(self) -> str:
        return (
            f"The {self.alias} is {self.found!r} now, no longer {self.expected!r} that the new one "
            "was compared with. Compare again, then promote."
        )


class NothingToRollBack(DecisionLogError):
    """An alias has no earlier state."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        super().__init__(alias)

    def __str__(self) -> str:
        return f"There is no earlier {self.alias} to go back to."


class NothingToClear(DecisionLogError):
    """An alias names no version."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        super().__init__(alias)

    def __str__(self) -> str:
        return f"There is no {self.alias}, so there is nothing to clear."


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


@dataclass(frozen=True, slots=True)
class Listed:
    """One version in the list.

    Parameters
    ----------
    version : str
        Its name.
    aliases : tuple of str
        What it is.
    manifest : mapping or None
        None where it is unusable.
    problem : str or None
        Why it is unusable.
    """

    version: str
    aliases: tuple[Alias, ...]
    manifest: Mapping[str, Any] | None
    problem: str | None


def list_versions(models: Path) -> tuple[Listed, ...]:
    """Return every version in the folder by name, damaged ones with the reason."""
    known = read_aliases(models)
    found = []
    for folder in sorted(models.iterdir()) if models.is_dir() else []:
        if not folder.is_dir() or folder.name.startswith("."):
            continue
        names = tuple(alias for alias in ALIASES if known.of(alias) == folder.name)
        try:
            found.append(Listed(folder.name, names, read_manifest(folder), None))
        except ArtifactMismatch as error:
            found.append(Listed(folder.name, names, None, error.reason))
    return tuple(found)


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


def resolve(models: Path, name: str) -> Path:
    """Return the folder of a version, or of the version that an alias names.

    Raises
    ------
    UnknownVersion
        There is none.
    """
    version = read_aliases(models).of(name) if name in ALIASES else name
    if version is None:
        raise UnknownVersion(models, name)
    try:
        check_version_name(version)
    except ValueError:
        raise UnknownVersion(models, version) from None
    if not (models / version).is_dir():
        raise UnknownVersion(models, version)
    return models / version


def show(models: Path, name: str) -> Mapping[str, Any]:
    """Return the manifest of a version or alias, checked against its checksums.

    Raises
    ------
    UnknownVersion, ArtifactMismatch
        There is none, or it is damaged.
    """
    return read_manifest(resolve(models, name))


def promote(
    models: Path,
    version: str,
    *,
    who: str,
    why: str,
    when: datetime,
    alias: Alias = "champion",
    expected: str | object | None = _ANY,
) -> Change:
    """Let an alias name a version from now on.

    A challenger that becomes champion is challenger no longer.

    Parameters
    ----------
    version : str
        Its name, or an alias: ``challenger`` to make that one champion.
    who, why : str
        Kept in the history; must not be empty.
    when : datetime
        UTC.
    expected : str or None, optional
        Promote only if the alias still names this version: what the new one was compared with.

    Raises
    ------
    UnknownVersion, ArtifactMismatch
        There is no such version, or it is damaged.
    AliasMoved
        The alias names another version than expected.
    ValueError
        No name or reason, or it names that version already.
    """
    with _locked(models):
        version = resolve(models, version).name
        read_manifest(models / version)
        known = read_aliases(models)
        before = known.of(alias)
        if expected is not _ANY and before != expected:
            raise AliasMoved(alias, expected, before)  # type: ignore[arg-type]
        if before == version:
            raise ValueError(f"{version!r} is {alias} already")
        change = Change(
            _utc(when), _checked_text(who), _checked_text(why), "promote", alias, before, version
        )
        changes = [change]
        if alias == "champion" and known.challenger == version:
            changes.append(_cleared(known, who=who, why="it is champion now", when=when))
        _write(models, known, changes)
    return change


def clear_challenger(models: Path, *, who: str, why: str, when: datetime) -> Change:
    """Let no version be tried beside the champion from now on.

    Raises
    ------
    NothingToClear
        There is no challenger.
    """
    if not models.is_dir():  # then nothing is made either
        raise NothingToClear("challenger")
    with _locked(models):
        known = read_aliases(models)
        if known.challenger is None:
            raise NothingToClear("challenger")
        change = _cleared(known, who=who, why=why, when=when)
        _write(models, known, [change])
    return change


def rollback(
    models: Path, *, who: str, why: str, when: datetime, alias: Alias = "champion"
) -> Change:
    """Undo the last promotion that is not undone yet; doing it again goes one further back.

    Undoing the first promotion leaves no version: then the rates alone serve.

    Raises
    ------
    NothingToRollBack
        No promotion is left to undo.
    UnknownVersion, ArtifactMismatch
        The earlier version is gone or damaged.
    """
    if not models.is_dir():  # then nothing is made either
        raise NothingToRollBack(alias)
    with _locked(models):
        known = read_aliases(models)
        standing = _standing(known, alias)
        if not standing:
            raise NothingToRollBack(alias)
        undone = standing[-1]
        if undone.before is not None:
            read_manifest(resolve(models, undone.before))
        change = Change(
            _utc(when),
            _checked_text(who),
            _checked_text(why),
            "rollback",
            alias,
            known.of(alias),
            undone.before,
        )
        _write(models, known, [change])
    return change


def diff(models: Path, first: str, second: str) -> dict[str, tuple[Any, Any]]:
    """Return what differs between two manifests: dotted key to (first, second); None is missing.

    Raises
    ------
    UnknownVersion, ArtifactMismatch
        One of them is not there, or damaged.
    """
    one, other = _flat(show(models, first)), _flat(show(models, second))
    return {
        key: (one.get(key), other.get(key))
        for key in sorted(one.keys() | other.keys())
        if one.get(key) != other.get(key)
    }


def rollback_target(known: Aliases) -> str | None:
    """Return the version that a rollback of the champion would return to; None is the rates alone."""
    standing = _standing(known, "champion")
    return standing[-1].before if standing else None


def delete(models: Path, version: str) -> None:
    """Delete a version that no alias names.

    Raises
    ------
    UnknownVersion
        There is none.
    ValueError
        An alias names it.
    """
    with _locked(models):
        folder = resolve(models, version)
        known = read_aliases(models)
        if folder.name in {known.champion, known.challenger}:
            raise ValueError(f"{version!r} is in use")
        # Renamed first: nobody sees half a version.
        hidden = models / f".{folder.name}.deleted"
        folder.rename(hidden)
        shutil.rmtree(hidden)


def _standing(known: Aliases, alias: Alias) -> list[Change]:
    """Return the changes that no rollback has undone."""
    standing: list[Change] = []
    for change in known.history:
        if change.alias == alias and change.action == "rollback":
            standing.pop()
        elif change.alias == alias:
            standing.append(change)
    return standing


def _cleared(known: Aliases, *, who: str, why: str, when: datetime) -> Change:
    return Change(
        _utc(when),
        _checked_text(who),
        _checked_text(why),
        "clear",
        "challenger",
        known.challenger,
        None,
    )


@contextmanager
def _locked(models: Path) -> Iterator[None]:
    """Hold the inter-process lock on the aliases; waits until it is free."""
    make_folder(models)
    handle = os.open(models / _LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _write(models: Path, known: Aliases, changes: Sequence[Change]) -> None:
    """Append changes; only under the lock."""
    now: dict[str, str | None] = {alias: known.of(alias) for alias in ALIASES}
    now |= {change.alias: change.after for change in changes}
    content = {
        "format_version": _FORMAT_VERSION,
        **now,
        "history": [_change_entry(entry) for entry in (*known.history, *changes)],
    }
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    atomic_write_text(models / ALIAS_FILE, text)


def _change_entry(change: Change) -> dict[str, Any]:
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
        when=_utc(datetime.fromisoformat(entry["when"])),
        who=_checked_text(entry["who"]),
        why=_checked_text(entry["why"]),
        action=entry["action"],
        alias=entry["alias"],
        before=entry["from"],
        after=entry["to"],
    )


def _utc(when: datetime) -> datetime:
    if when.tzinfo is None:
        raise ValueError(f"{when!r} has no time zone")
    return when.astimezone(UTC)


def _checked_text(text: str) -> str:
    if not isinstance(text, str) or not text.strip():
        raise ValueError("a change needs who made it and why")
    return text


def _flat(manifest: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in manifest.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat
