"""Training: from what the log knows to a version that serves."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from decision_log.models import versions
from decision_log.models.backtest import matured
from decision_log.models.challenger import compare_challenger
from decision_log.models.dataset import read_history
from decision_log.models.fields import checked_recipe, field_rows, stated_recipe
from decision_log.models.gate import judge
from decision_log.models.history_check import what_decisions_lack, what_history_lacks
from decision_log.models.manifest import as_json, training_manifest
from decision_log.models.recipe import Recipe
from decision_log.models.training_lock import training_lock
from decision_log.models.training_report import Counts, Row, TrainingReport, count
from decision_log.predicting.champion import usable_challenger, usable_champion
from decision_model.artifacts import registry
from decision_model.regression.threads import one_thread
from decision_model.trained.model import TrainedModel

if TYPE_CHECKING:
    from pathlib import Path

    from decision_log.log import Log
    from decision_log.models.gate import Replacement
    from decision_log.records import Moment
    from decision_model.inputs.history import History

Progress = Callable[[int, int | None], None]

NEW_SHARE = 0.05
"""``if_needed`` trains once so many outcomes, as a share of those trained on, are new."""

_STEPS = 5


def train(
    log: Log,
    *,
    seed: int = 0,
    if_needed: bool = False,
    as_of: Moment | None = None,
    promote: bool = True,
    exclude: Sequence[str] | None = None,
    allow: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> TrainingReport:
    """Train a model on what the log knew at a moment.

    A version made like the champion, with more data, replaces it unless it is shown worse or miscalibrated;
    one made by another recipe waits as challenger in shadow mode, and is promoted by a later training once it
    is shown to be better (:mod:`decision_log.models.gate`, :mod:`decision_log.models.challenger`).

    Parameters
    ----------
    log : Log
        The log.
    seed : int
        The same facts, moment and seed give byte-identical arrays.
    if_needed : bool
        Train only where there is no version yet, or where the outcomes that are new since the newest
        version's cut-off are at least 5 % of those it was trained on.
    as_of : moment, optional
        Use only facts recorded by then; by default all.
    promote : bool
        Whether it may serve at once; otherwise it waits as challenger.
    exclude : sequence of str, optional
        Fields not to use, as :func:`describe_fields` names them: another recipe than the champion's
        where they differ. By default those that the champion does not use either.
    allow : sequence of str, optional
        Fields to use although their values tell won from lost nearly without error. By default those that
        the champion was allowed.
    progress : callable, optional
        Called with the number of steps done and their total.

    Returns
    -------
    TrainingReport
        Where no decision has closed nothing is trained, and the rates answer.

    Raises
    ------
    TrainingInProgress
        Another process is training on this log.
    """
    return _train(
        log,
        seed,
        moment=log.moment(as_of),
        if_needed=if_needed,
        promote=promote,
        recipe=stated_recipe(log, exclude, allow),
        step=_Steps(progress),
    )


def _train(
    log: Log,
    seed: int,
    *,
    moment: datetime,
    if_needed: bool,
    promote: bool,
    recipe: Recipe | None,
    step: _Steps,
) -> TrainingReport:
    began = time.monotonic()
    models = log.settings.home.models
    registry.read_aliases(models)  # a damaged file is reported before the work, not after it
    history = read_history(log.store, moment)
    counts = count(history)
    earned = _promote_earned(log, history) if promote else ""
    step.done()
    recipe = recipe or versions.champion_recipe(models)
    found = recipe.fields_of(history.frame, history.labels)
    recipe = checked_recipe(recipe, found, log.settings.allow)
    step.done()

    def report(reason: str, **more: Any) -> TrainingReport:
        return TrainingReport(
            as_of=moment,
            seed=seed,
            counts=counts,
            reason=reason,
            serving=registry.read_aliases(models).champion or "rates",
            fields=field_rows(found),
            seconds=round(time.monotonic() - began, 2),
            lacks=what_history_lacks(history) or what_decisions_lack(log, history.as_of),
            **{"trained": False, **more},
        )

    if not counts.closed:
        return report("Not yet: no decision has closed. Until one has, the rates answer.")
    if if_needed and (reason := _why_not(log, history, counts)):
        return report(reason)
    with training_lock(models), one_thread():
        model = TrainedModel.fit(history.frame, history.labels, dictionary=found, seed=seed)
        step.done()
        replacement = _compared(log, model, moment, recipe, seed)
        gate: Row = {"reason": replacement.reason, "evidence": as_json(replacement.evidence)}
        step.done()
        manifest = training_manifest(history, counts, found, model, seed)
        manifest |= {"recipe": recipe.to_dict(), "evaluation": gate}
        manifest["training"]["seconds"] = round(time.monotonic() - began, 2)
        version = versions.save_model(models, model, moment, manifest)
        sentence, promoted = _install(models, version, replacement, may_promote=promote)
        versions.prune_models(log, keep=log.settings.keep_models, matured=matured(history).ids)
        step.done()
    return report(
        f"{earned}Trained {version}. {sentence}",
        trained=True,
        version=version,
        promoted=promoted,
        gate=gate,
    )


def _compared(
    log: Log, model: TrainedModel, moment: datetime, recipe: Recipe, seed: int
) -> Replacement:
    """Compare a new model with the champion, where there is a usable one."""
    models = log.settings.home.models
    serving, _ = usable_champion(models)
    return judge(
        log,
        model,
        serving[1] if serving else None,
        as_of=moment,
        recipe=recipe,
        champion_recipe=versions.champion_recipe(models),
        seed=seed,
    )


def _promote_earned(log: Log, history: History) -> str:
    """Promote a challenger that is shown to be better than the champion; say so."""
    models = log.settings.home.models
    challenger, _ = usable_challenger(models)
    known = registry.read_aliases(models)
    if challenger is None or known.champion is None:
        return ""
    version = challenger[0]
    found, _ = compare_challenger(log, history.as_of, version, matured(history).ids)
    if not found.better:
        return ""
    why = f"shown to be better: {found.numbers('the champion')}"
    with suppress(registry.AliasMoved):  # somebody else has just promoted another one
        registry.promote(
            models,
            version,
            who=versions.current_user(),
            why=why,
            when=datetime.now(UTC),
            expected=known.champion,
        )
        return f"Promoted the challenger {version}, {why}. "
    return ""


def _why_not(log: Log, history: History, counts: Counts) -> str | None:
    """Say why no new version is needed; None where one is."""
    usable = [row for row in versions.list_models(log.settings.home.models) if row["as_of"]]
    if not usable:
        return None
    last = usable[-1]
    training = registry.show(log.settings.home.models, last["version"])["training"]
    cut = np.datetime64(datetime.fromisoformat(last["as_of"]).replace(tzinfo=None), "us")
    fresh = int(np.sum(history.labels.closed_at > cut))
    fresh += max(0, counts.matured - training["matured"])
    before = training["won"] + training["lost"] + training["matured"]
    # History loaded since may carry earlier recording times.
    fresh = max(fresh, counts.closed - before)
    if fresh >= NEW_SHARE * before:
        return None
    return (
        f"Not needed: since {last['version']}, which learnt from {before} outcomes, {fresh} are new; "
        f"it is trained again from {int(np.ceil(NEW_SHARE * before))} on."
    )


def _install(
    models: Path, version: str, replacement: Replacement, *, may_promote: bool
) -> tuple[str, bool]:
    """Let a version serve or wait; say which, and whether it serves."""
    known = registry.read_aliases(models)
    if version == known.champion:
        return "It is the champion already.", True
    if may_promote and replacement.replace:
        registry.promote(
            models,
            version,
            who=versions.current_user(),
            why=replacement.reason,
            when=datetime.now(UTC),
            expected=known.champion,
        )
        if known.challenger not in (None, version):
            with suppress(registry.NothingToClear):  # another process was faster
                versions.clear_challenger(models, why=f"{version} serves, and knows more")
        return f"It serves from now on. {replacement.reason}", True
    if replacement.evidence.get("rule") == "older":
        return f"It is kept, but not used. {replacement.reason}", False
    if version != known.challenger:
        registry.promote(
            models,
            version,
            who=versions.current_user(),
            why=replacement.reason,
            when=datetime.now(UTC),
            alias="challenger",
        )
    note = "" if may_promote else " Promotion was not requested."
    return f"It waits as challenger.{note} {replacement.reason}", False


class _Steps:
    """Reports how many of the steps are done."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._done = 0

    def done(self) -> None:
        self._done += 1
        if self._progress:
            self._progress(self._done, _STEPS)
