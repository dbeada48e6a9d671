"""The trained versions of a home: saved, listed, promoted, rolled back, compared.

A version is a folder ``artifacts/models/<version>/`` that never changes; ``aliases.json`` beside them
says which one serves, and keeps who changed that, when and why.
"""

from __future__ import annotations

import getpass
import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from decision_log.models.composition import composition
from decision_log.models.recipe import Recipe
from decision_log.predicting.champion import journal_of, load_model
from decision_model.artifacts import registry
from decision_model.artifacts.array_archive import pack_arrays, plain_array
from decision_model.artifacts.artifact import ArtifactMismatch, read_manifest, write_artifact
from decision_model.artifacts.sender_hashes import key_id, pack_hashes, sender_hash
from decision_model.trained.arrays import to_arrays
from decision_model.trained.schema import MODEL_KEY, SCHEMA
from decision_store.errors import DecisionLogError
from decision_store.home_key import make_home_key

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from decision_log.log import Log
    from decision_model.trained.model import TrainedModel

Row = dict[str, Any]


class InvalidPromotion(DecisionLogError, ValueError):
    """A version cannot be given the alias."""


def save_model(
    models: Path, model: TrainedModel, as_of: datetime, manifest: Mapping[str, Any]
) -> str:
    """Write a model as a new version, named after its cut-off and its arrays.

    Parameters
    ----------
    models : Path
        The folder of versions; made where it is missing.
    model : TrainedModel
        The model.
    as_of : datetime
        Its training cut-off.
    manifest : mapping
        What else is known about it; JSON.

    Returns
    -------
    str
        The version. In one home the same data, cut-off and seed give the same name and the same bytes; a
        version that is there already is left as it is.

    Raises
    ------
    HomeKeyDamaged
        The key of the home, with which senders are hashed, cannot be used.
    """
    arrays, metadata = to_arrays(model)
    key = make_home_key(journal_of(models))
    metadata["sender_key"] = key_id(key)
    names = [sender_hash(key, sender) for sender in metadata.pop("senders")]
    order = np.argsort(names)  # rows in the order of the names would tell something of them
    arrays["sender_hashes"] = pack_hashes(names)[order]
    for name in ("sender_counts", "sender_last"):
        arrays[name] = arrays[name][order]
    for block in metadata["encoder"]:
        if block["field"] == "sender":
            block["levels"] = [sender_hash(key, sender) for sender in block["levels"]]
    packed = pack_arrays({name: plain_array(array) for name, array in arrays.items()})
    digest = hashlib.sha256(packed).hexdigest()[:8]
    version = f"m{as_of.astimezone(UTC):%Y%m%dT%H%M%S}-{digest}"
    if (models / version).exists():
        read_manifest(
            models / version
        )  # one that has been damaged since must not pass for this one
    else:
        write_artifact(models / version, arrays, {**manifest, MODEL_KEY: metadata}, schema=SCHEMA)
    return version


def champion_recipe(models: Path) -> Recipe:
    """Return how the champion was made; the default recipe where there is none or it cannot be read."""
    try:
        champion = registry.read_aliases(models).champion
        if champion is None:
            return Recipe()
        return Recipe.from_manifest(registry.show(models, champion, arrays=False))
    except (registry.UnknownVersion, ArtifactMismatch):
        return Recipe()


def prune_models(log: Log, *, keep: int, matured: Collection[str]) -> list[str]:
    """Delete the oldest versions beyond the newest ``keep``.

    Never the champion, the challenger, the version that a rollback returns to, nor one with predictions
    whose decisions have not matured yet.

    Parameters
    ----------
    keep : int
        Versions to keep; 0 keeps all.
    matured : collection of str
        Ids of the matured decisions.

    Returns
    -------
    list of str
        What was deleted.
    """
    models = log.settings.home.models
    rows = [row for row in list_models(models) if row["as_of"] is not None]
    if not keep or len(rows) <= keep:
        return []
    known = registry.read_aliases(models)
    needed = {known.champion, known.challenger, registry.rollback_target(known)}
    now = datetime.now(UTC)
    graded = log.ask("graded_predictions", as_of=now)
    for version, decision in zip(
        graded.column("model_version").to_pylist(),
        graded.column("decision_id").to_pylist(),
        strict=True,
    ):
        if decision not in matured:
            needed.add(version)
    pruned = [row["version"] for row in rows[:-keep] if row["version"] not in needed]
    for version in pruned:
        registry.delete(models, version)
    return pruned


def list_models(models: Path) -> list[Row]:
    """List every version, newest training cut-off last; one that cannot be used says why."""
    rows = []
    for listed in registry.list_versions(models):
        manifest = listed.manifest or {}
        training = manifest.get("training") or {}
        rows.append(
            {
                "version": listed.version,
                "aliases": list(listed.aliases),
                "as_of": training.get("as_of"),
                "seed": training.get("seed"),
                "won": training.get("won"),
                "lost": training.get("lost"),
                "open": training.get("open"),
                "problem": listed.problem,
            }
        )
    return sorted(rows, key=lambda row: (row["as_of"] or "", row["version"]))


def show_model(models: Path, version: str) -> Row:
    """Return all that is known about a version, or the one that an alias names.

    Beside the manifest, ``composition`` tells what it is made of (`decision_log.models.composition`).

    Raises
    ------
    UnknownVersion, ArtifactMismatch
        There is none, or it is damaged.
    """
    folder = registry.resolve(models, version)
    manifest = registry.show(models, version)
    known = registry.read_aliases(models)
    history = [
        registry.change_entry(change)
        for change in known.history
        if folder.name in {change.before, change.after}
    ]
    serves = [alias for alias in registry.ALIASES if known.of(alias) == folder.name]
    return {
        "version": folder.name,
        "aliases": serves,
        "history": history,
        **manifest,
        "composition": composition(load_model(models, folder.name)),
    }


def promote_model(
    models: Path,
    version: str,
    *,
    why: str,
    who: str | None = None,
    when: datetime | None = None,
) -> Row:
    """Let a version serve from now on; ``challenger`` names the one in shadow mode.

    A challenger that is promoted is challenger no longer. Promoting the champion changes nothing: the
    row's action is ``none``.

    Raises
    ------
    UnknownVersion, ArtifactMismatch
        There is none, or it cannot be used.
    InvalidPromotion
        The reason is empty.
    """
    load_model(models, version)
    name, now = registry.resolve(models, version).name, when or datetime.now(UTC)
    if name == registry.read_aliases(models).champion:
        return {
            "when": now.isoformat(), "who": who or current_user(), "why": why, "action": "none",
            "alias": "champion", "from": name, "to": name,
        }  # fmt: skip
    try:
        change = registry.promote(models, name, who=who or current_user(), why=why, when=now)
    except ValueError as error:
        raise InvalidPromotion(str(error)) from None
    return registry.change_entry(change)


def challenge_model(
    models: Path,
    version: str,
    *,
    why: str,
    who: str | None = None,
    when: datetime | None = None,
) -> Row:
    """Run a version in shadow mode: it predicts the same opportunities, and is not shown.

    Raises
    ------
    UnknownVersion, ArtifactMismatch
        There is none, or it cannot be used.
    InvalidPromotion
        It serves, or is the challenger already.
    """
    load_model(models, version)
    if registry.resolve(models, version).name == registry.read_aliases(models).champion:
        raise InvalidPromotion(f"{version!r} serves: it cannot be tried beside itself")
    try:
        change = registry.promote(
            models,
            version,
            who=who or current_user(),
            why=why,
            when=when or datetime.now(UTC),
            alias="challenger",
        )
    except ValueError as error:
        raise InvalidPromotion(str(error)) from None
    return registry.change_entry(change)


def clear_challenger(
    models: Path, *, why: str, who: str | None = None, when: datetime | None = None
) -> Row:
    """Disable shadow mode.

    Raises
    ------
    NothingToClear
        There is no challenger.
    """
    change = registry.clear_challenger(
        models, who=who or current_user(), why=why, when=when or datetime.now(UTC)
    )
    return registry.change_entry(change)


def rollback_model(
    models: Path, *, why: str, who: str | None = None, when: datetime | None = None
) -> Row:
    """Go back to the version that served before, or to the rates alone.

    Raises
    ------
    NothingToRollBack
        No promotion is left to undo.
    UnknownVersion, ArtifactMismatch
        The earlier version is gone or damaged.
    """
    change = registry.rollback(
        models, who=who or current_user(), why=why, when=when or datetime.now(UTC)
    )
    return registry.change_entry(change)


def diff_models(models: Path, first: str, second: str) -> list[Row]:
    """Return what differs between two versions: key, first, second; None where it is missing.

    Each field says whether it is used, as ``fields.<name>``: ``used``, or why it is left out.
    """
    rows = []
    for key, (one, other) in registry.diff(models, first, second).items():
        if key == "fields":
            used, also_used = _uses(one), _uses(other)
            rows += [
                {"key": f"fields.{name}", "first": used.get(name), "second": also_used.get(name)}
                for name in sorted(used.keys() | also_used.keys())
                if used.get(name) != also_used.get(name)
            ]
        # The checksum stands for what the arrays hold; vocabularies fill pages.
        elif not key.startswith((f"{MODEL_KEY}.encoder", "arrays.")):
            rows.append({"key": key, "first": one, "second": other})
    return rows


def _uses(rows: list[Row] | None) -> dict[str, str]:
    """Tell of each row of a data dictionary whether the field is used, or why not."""
    return {row["name"]: "used" if row["used"] else row["refused"] for row in rows or []}


def current_user() -> str:
    """Return the name of the user of this process."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"
