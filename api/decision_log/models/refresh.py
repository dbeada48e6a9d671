"""Refresh of the model before a file is scored or a day planned, where it is due and takes seconds."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from decision_log.models.fields import recipe_in_use
from decision_log.models.recipe import Recipe
from decision_log.models.training_lock import TrainingInProgress
from decision_model.artifacts import registry
from decision_model.artifacts.artifact import ArtifactMismatch
from decision_store.errors import DecisionLogError

if TYPE_CHECKING:
    from decision_log.log import Log

GROWTH = 0.1
"""A refresh is due once closed decisions grew by this share."""

FEW_SECONDS = 5.0
"""A refresh that is expected to take longer is left to ``train``."""

SMALL_LOG = 2_000
"""Decisions up to which training takes a few seconds, however busy the machine was the last time."""

TIME_POWER = 0.5
"""Training time grows as the decisions to this power (300, 5,000 and 100,000: 2, 7 and 27 s of processor time)."""

_NEEDED = frozenset({"won", "lost", "decisions"})


@dataclass(frozen=True, slots=True)
class Refresh:
    """What `refresh` did.

    Parameters
    ----------
    trained : bool
    version : str or None
        The version made.
    sentence : str
        One line for people; empty where nothing was due.
    """

    trained: bool = False
    version: str | None = None
    sentence: str = ""


def refresh(log: Log) -> Refresh:
    """Train a refresh of the champion if closed decisions grew by a tenth and it takes a few seconds.

    Not where the setting ``auto_train`` is off, the home cannot be written, another process is training, or
    people have rolled back to the rates. Nothing that goes wrong here disturbs what is asked for next.
    """
    if not log.settings.auto_train or not _writable(log.settings.home.folder):
        return Refresh()
    try:
        due = _due(log)
        if due is None:
            return Refresh()
        new, seconds, first = due
        if seconds > FEW_SECONDS:
            since = ", and no model was trained yet" if first else " since the last training"
            return Refresh(
                sentence=f"'decision-log train' is due: {_decisions(new)} closed{since}. It takes about "
                f"{seconds:.0f} s, so it is not done now."
            )
        from decision_log.models.train import train

        report = train(log)
    except TrainingInProgress:
        return Refresh(sentence="Another process is training; the model in use answers.")
    except DecisionLogError as error:
        return Refresh(sentence=f"The model was not refreshed: {error}")
    served = "" if report.promoted else f" {report.reason}"
    done = (
        f"Trained a first model on {_decisions(new)} closed so far"
        if first
        else f"Refreshed the model with {_decisions(new)} closed since the last training"
    )
    return Refresh(
        trained=report.trained,
        version=report.version,
        sentence=f"{done}: {report.version} ({report.seconds:.1f} s).{served}",
    )


def _due(log: Log) -> tuple[int, float, bool] | None:
    """Return newly closed decisions, expected seconds, and whether it is the first; None where not due."""
    models = log.settings.home.models
    known = registry.read_aliases(models)
    if known.champion is None and known.history:
        return None  # somebody has chosen the rates
    cells = log.rate_fits.at().cells  # what is asked for next needs these rates, too
    closed = sum(cells.column("won").to_pylist()) + sum(cells.column("lost").to_pylist())
    decisions = sum(cells.column("decisions").to_pylist())
    last = _last_training(models, recipe_in_use(log), frozenset(log.settings.allow))
    before = 0 if last is None else last["won"] + last["lost"]
    new = closed - before
    if new < max(1.0, GROWTH * before):
        return None
    if decisions <= SMALL_LOG:
        return new, 0.0, last is None
    seconds, at = FEW_SECONDS, SMALL_LOG
    if last is not None and last.get("seconds"):
        seconds, at = last["seconds"], max(last["decisions"], 1)
    return new, seconds * max(1.0, decisions / at) ** TIME_POWER, last is None


def _last_training(models: Path, recipe: Recipe, standing: frozenset[str]) -> dict[str, Any] | None:
    """Return what the newest version of a recipe was trained on; version names sort by cut-off.

    Fields that the settings allow make no difference: a version has only those that its log had then.
    """
    folders = sorted((one.name for one in models.glob("m*") if one.is_dir()), reverse=True)
    for version in folders:
        try:
            manifest = registry.show(models, version)
        except (ArtifactMismatch, registry.UnknownVersion):
            continue
        training: dict[str, Any] = manifest.get("training") or {}
        found = Recipe.from_manifest(manifest)
        is_same = found.exclude == recipe.exclude and (
            {*found.allow, *standing} == {*recipe.allow, *standing}
        )
        if is_same and training.keys() >= _NEEDED:
            return training
    return None


def _decisions(count: int) -> str:
    return f"{count:,} decision{'' if count == 1 else 's'}"


def _writable(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
