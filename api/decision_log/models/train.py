"""Training: from what the log knows to a version that serves."""

from __future__ import annotations

import math
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np

from decision_log.models import versions
from decision_log.models.backtest import matured
from decision_log.models.dataset import read_history
from decision_log.models.recipe import Recipe
from decision_log.predicting.champion import usable_challenger, usable_champion
from decision_model.artifacts import registry
from decision_store.errors import DecisionLogError

if TYPE_CHECKING:
    from pathlib import Path

    from decision_features import DataDictionary
    from decision_log.log import Log
    from decision_log.models.gate import Replacement
    from decision_log.records import Moment
    from decision_model.evaluation.history import History
    from decision_model.trained.model import TrainedModel

Row = dict[str, Any]
Progress = Callable[[int, int | None], None]

NEW_SHARE = 0.05
"""``if_needed`` trains once so many outcomes, as a share of those trained on, are new."""

_STEPS = 5


@dataclass(frozen=True, slots=True)
class Counts:
    """What there is to learn from.

    Parameters
    ----------
    won, lost, open : int
        Decisions by state.
    matured : int
        Open ones that are older than the settled age of their type.
    """

    won: int
    lost: int
    open: int
    matured: int

    @property
    def closed(self) -> int:
        """Won, lost or matured."""
        return self.won + self.lost + self.matured


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What a training run did.

    Parameters
    ----------
    as_of : datetime
        Facts up to then were used.
    seed : int
    counts : Counts
    trained : bool
        Whether a version was made.
    reason : str
        One sentence: what was done, or why not.
    serving : str
        Who answers from now on: a version, or ``rates``.
    version : str or None
        The version made.
    promoted : bool
        Whether it serves now.
    gate : dict
        ``reason`` and ``evidence`` of the comparison with the champion; empty where nothing was trained.
    fields : list of dict
        The data dictionary: ``name``, ``kind``, ``present`` (a fraction), ``distinct``, ``example``,
        ``used``, ``refused`` (why it is left out; empty where it is not).
    seconds : float
        How long it took.
    """

    as_of: datetime
    seed: int
    counts: Counts
    trained: bool
    reason: str
    serving: str
    version: str | None = None
    promoted: bool = False
    gate: Row = field(default_factory=dict)
    fields: list[Row] = field(default_factory=list)
    seconds: float = 0.0

    def to_dict(self) -> Row:
        """As JSON has it."""
        return {
            **asdict(self),
            "as_of": self.as_of.isoformat(),
            "counts": {**asdict(self.counts), "closed": self.counts.closed},
        }


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
    """
    from threadpoolctl import threadpool_limits

    # The matrices are small: on a busy machine more threads wait for each other far longer than they
    # work, and one thread always adds up in the same order.
    with threadpool_limits(1):
        return _train(
            log,
            seed,
            moment=log.moment(as_of),
            if_needed=if_needed,
            promote=promote,
            recipe=_stated(log, exclude, allow),
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
    _check_excluded(recipe, found)
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
            **{"trained": False, **more},
        )

    if not counts.closed:
        return report("Not yet: no decision has closed. Until one has, the rates answer.")
    if if_needed and (reason := _why_not(log, history, counts)):
        return report(reason)
    from decision_model.trained.model import TrainedModel

    model = TrainedModel.fit(history.frame, history.labels, dictionary=found, seed=seed)
    step.done()
    serving, _ = usable_champion(models)
    from decision_log.models.gate import judge

    replacement = judge(
        log,
        model,
        serving[1] if serving else None,
        as_of=moment,
        recipe=recipe,
        champion_recipe=versions.champion_recipe(models),
        seed=seed,
    )
    gate: Row = {"reason": replacement.reason, "evidence": _plain(replacement.evidence)}
    step.done()
    manifest = {**_manifest(history, counts, found, model, seed), "recipe": recipe.to_dict()}
    manifest["training"]["seconds"] = round(time.monotonic() - began, 2)
    version = versions.save_model(models, model, moment, {**manifest, "evaluation": gate})
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


def _promote_earned(log: Log, history: History) -> str:
    """Promote a challenger that is shown to be better than the champion; say so."""
    from decision_log.models.challenger import compare_challenger

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


class UnknownField(DecisionLogError, ValueError):
    """A field to exclude or to allow is not in the log."""

    def __init__(self, name: str, known: Sequence[str], *, allowed: bool = False) -> None:
        self.allowed = allowed
        self.name = name
        self.known = tuple(known)
        super().__init__(name, self.known)

    def __str__(self) -> str:
        close = get_close_matches(self.name, self.known, n=1)
        hint = f"Did you mean {close[0]!r}? " if close else ""
        return (
            f"The log has no field {self.name!r}, so it cannot be "
            f"{'allowed' if self.allowed else 'excluded'}. {hint}"
            "'decision-log fields' lists them."
        )


def _stated(log: Log, exclude: Sequence[str] | None, allow: Sequence[str] | None) -> Recipe | None:
    """Return the recipe that a caller states; what he leaves out is as the champion has it."""
    if exclude is None and allow is None:
        return None
    champion = versions.champion_recipe(log.settings.home.models)
    return Recipe(
        champion.exclude if exclude is None else tuple(sorted(set(exclude))),
        champion.allow if allow is None else tuple(sorted(set(allow))),
    )


def _check_excluded(recipe: Recipe, found: DataDictionary) -> None:
    names = [one.name for one in found.fields]
    names += [name.removeprefix("context.") for name in names if name.startswith("context.")]
    for name in (*recipe.exclude, *recipe.allow):
        if len(names) > 0 and name not in names:
            raise UnknownField(name, names, allowed=name in recipe.allow)


def describe_fields(
    log: Log, *, as_of: Moment | None = None, allow: Sequence[str] | None = None
) -> list[Row]:
    """Give the data dictionary: every field of the log, whether a model may use it, and why not."""
    history = read_history(log.store, log.moment(as_of))
    recipe = _stated(log, None, allow) or versions.champion_recipe(log.settings.home.models)
    return field_rows(recipe.fields_of(history.frame, history.labels))


def field_rows(found: DataDictionary) -> list[Row]:
    """Write a data dictionary as rows."""
    return [
        {
            "name": one.name,
            "kind": str(one.kind),
            "present": round(one.present, 4),
            "distinct": one.distinct,
            "example": one.example,
            "used": one.used,
            "refused": one.refused,
        }
        for one in found.fields
    ]


def count(history: History) -> Counts:
    """Count what there is to learn from."""
    labels = history.labels
    return Counts(
        won=int(labels.won.sum()),
        lost=int(labels.lost.sum()),
        open=int(labels.open.sum()),
        matured=int((matured(history).settled.judged & labels.open).sum()),
    )


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


def _manifest(
    history: History, counts: Counts, found: DataDictionary, model: TrainedModel, seed: int
) -> Row:
    from decision_model.trained.members import NAMES

    newest = history.moments.max()
    return {
        "training": {
            "as_of": history.as_of.isoformat(),
            "seed": seed,
            "decisions": len(history),
            **asdict(counts),
            "first_decision": str(history.moments.min()),
            "last_decision": str(newest),
        },
        "fields": field_rows(found),
        "pool": dict(zip(NAMES, model.pool.weights.tolist(), strict=True)),
        "libraries": _libraries(),
    }


def _libraries() -> dict[str, str]:
    from importlib.metadata import version

    names = ("decision-log-roi", "numpy", "scipy", "scikit-learn")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}


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


def _plain(value: Any) -> Any:
    """Write evidence as JSON can: numpy's numbers as Python's, what is not finite as None."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(inner) for inner in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, str | int) else str(value)


class _Steps:
    """Reports how many of the steps are done."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._done = 0

    def done(self) -> None:
        self._done += 1
        if self._progress:
            self._progress(self._done, _STEPS)
