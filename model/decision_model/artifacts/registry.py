"""Registry of model versions: list, show, compare, promote, roll back, delete.

No champion means that the rates alone serve.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from decision_model.artifacts.aliases import (
    ALIAS_FILE,
    ALIASES,
    Action,
    Alias,
    Aliases,
    AliasesDamaged,
    Change,
    append_changes,
    change_entry,
    checked_text,
    in_utc,
    locked,
    read_aliases,
)
from decision_model.artifacts.artifact import (
    ArtifactMismatch,
    check_version_name,
    read_manifest,
)
from decision_store.errors import DecisionLogError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "ALIASES",
    "ALIAS_FILE",
    "Action",
    "Alias",
    "AliasMoved",
    "Aliases",
    "AliasesDamaged",
    "Change",
    "Listed",
    "NothingToClear",
    "NothingToRollBack",
    "UnknownVersion",
    "change_entry",
    "clear_challenger",
    "delete",
    "diff",
    "list_versions",
    "promote",
    "read_aliases",
    "resolve",
    "rollback",
    "rollback_target",
    "show",
]

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


def show(models: Path, name: str, *, arrays: bool = True) -> Mapping[str, Any]:
    """Return the manifest of a version or alias, checked against its checksums; the arrays, too, where wanted.

    Raises
    ------
    UnknownVersion, ArtifactMismatch
        There is none, or it is damaged.
    """
    return read_manifest(resolve(models, name), arrays=arrays)


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
    with locked(models):
        version = resolve(models, version).name
        read_manifest(models / version)
        known = read_aliases(models)
        before = known.of(alias)
        if expected is not _ANY and before != expected:
            raise AliasMoved(alias, expected, before)  # type: ignore[arg-type]
        if before == version:
            raise ValueError(f"{version!r} is {alias} already")
        change = Change(
            in_utc(when), checked_text(who), checked_text(why), "promote", alias, before, version
        )
        changes = [change]
        if alias == "champion" and known.challenger == version:
            changes.append(
                _cleared(known, "challenger", who=who, why="it is champion now", when=when)
            )
        append_changes(models, known, changes)
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
    with locked(models):
        known = read_aliases(models)
        if known.challenger is None:
            raise NothingToClear("challenger")
        change = _cleared(known, "challenger", who=who, why=why, when=when)
        append_changes(models, known, [change])
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
    with locked(models):
        known = read_aliases(models)
        standing = _standing(known, alias)
        if not standing:
            raise NothingToRollBack(alias)
        undone = standing[-1]
        if undone.before is not None:
            read_manifest(resolve(models, undone.before))
        change = Change(
            in_utc(when),
            checked_text(who),
            checked_text(why),
            "rollback",
            alias,
            known.of(alias),
            undone.before,
        )
        append_changes(models, known, [change])
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


def delete(models: Path, version: str, *, who: str = "", why: str = "") -> None:
    """Delete a version.

    Parameters
    ----------
    who, why : str, optional
        Where given, a version that an alias names goes, too: the alias names none from then on.

    Raises
    ------
    UnknownVersion
        There is none.
    ValueError
        An alias names it, and no reason is given.
    """
    with locked(models):
        folder = resolve(models, version)
        known = read_aliases(models)
        serving = [alias for alias in ALIASES if known.of(alias) == folder.name]
        if serving and not why:
            raise ValueError(f"{version!r} is in use")
        if serving:
            now = datetime.now(UTC)
            append_changes(
                models, known, [_cleared(known, a, who=who, why=why, when=now) for a in serving]
            )
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


def _cleared(known: Aliases, alias: Alias, *, who: str, why: str, when: datetime) -> Change:
    before = known.of(alias)
    return Change(in_utc(when), checked_text(who), checked_text(why), "clear", alias, before, None)


def _flat(manifest: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in manifest.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat
