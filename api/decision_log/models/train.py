"""Training: from what the log knows to a version that may serve."""

from __future__ import annotations

import math
import platform
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from decision_features import describe
from decision_log.models import versions
from decision_log.models.dataset import TrainingData, read_training
from decision_log.predicting.champion import usable_champion
from decision_model.artifacts import registry
from decision_model.delays.follow_up import settled_decisions

if TYPE_CHECKING:
    from pathlib import Path

    from decision_features import DataDictionary
    from decision_log.log import Log
    from decision_log.models.gate import Verdict
    from decision_log.records import Moment
    from decision_model.trained.model import TrainedModel

Row = dict[str, Any]
Progress = Callable[[int, int | None], None]

LEAST_WON = LEAST_LOST = 5
"""With fewer of either, a regression says more about its priors than about the log: the rates, which
pool all cells, know as much with less to go wrong."""

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

    @property
    def more_won(self) -> int:
        """How many more wins are needed before anything is trained."""
        return max(0, LEAST_WON - self.won)

    @property
    def more_lost(self) -> int:
        """How many more losses, recorded or matured, are needed."""
        return max(0, LEAST_LOST - self.lost - self.matured)


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
        ``reason`` and ``evidence`` of the promotion gate; empty where it was not asked.
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

    def told(self) -> Row:
        """As JSON has it."""
        return {
            **asdict(self),
            "as_of": self.as_of.isoformat(),
            "counts": {**asdict(self.counts), "closed": self.counts.closed},
            "needed": {"won": self.counts.more_won, "lost": self.counts.more_lost},
        }


def train(
    log: Log,
    *,
    seed: int = 0,
    if_needed: bool = False,
    as_of: Moment | None = None,
    promote: bool = True,
    progress: Progress | None = None,
) -> TrainingReport:
    """Train a model on what the log knew at a moment, and let it serve if it is better.

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
        Whether the gate may let it serve; otherwise it waits as challenger.
    progress : callable, optional
        Called with the number of steps done and their total.

    Returns
    -------
    TrainingReport
        Where there is too little to learn from it says how much is missing; the rates serve then.
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
            step=_Steps(progress),
        )


def _train(
    log: Log, seed: int, *, moment: datetime, if_needed: bool, promote: bool, step: _Steps
) -> TrainingReport:
    began = time.monotonic()
    models = log.settings.home.models
    registry.read_aliases(
        models
    )  # a file that cannot be understood is told before the work, not after
    data = read_training(log.store, moment)
    counts = count(data)
    step.done()
    found = describe(data.frame, data.labels)
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

    if counts.more_won or counts.more_lost:
        return report(_not_yet(counts))
    if if_needed and (reason := _why_not(log, data, counts)):
        return report(reason)
    from decision_model.trained.model import TrainedModel

    model = TrainedModel.fit(data.frame, data.labels, dictionary=found, seed=seed)
    step.done()
    serving, _ = usable_champion(models)
    from decision_log.models.gate import judge

    verdict = judge(log, model, serving[1] if serving else None, as_of=moment, seed=seed)
    gate: Row = {"reason": verdict.reason, "evidence": _plain(verdict.evidence)}
    step.done()
    manifest = {**_manifest(data, counts, found, model, seed), "evaluation": gate}
    version = versions.save_model(models, model, moment, manifest)
    said, promoted = _install(models, version, verdict, may_promote=promote)
    step.done()
    return report(
        f"Trained {version}. {said}", trained=True, version=version, promoted=promoted, gate=gate
    )


def describe_fields(log: Log, *, as_of: Moment | None = None) -> list[Row]:
    """Give the data dictionary: every field of the log, whether a model may use it, and why not."""
    data = read_training(log.store, log.moment(as_of))
    return field_rows(describe(data.frame, data.labels))


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


def count(data: TrainingData) -> Counts:
    """Count what there is to learn from."""
    labels = data.labels
    age = np.nan_to_num((labels.as_of - labels.decided_at) / np.timedelta64(1, "h"))
    hours = np.nan_to_num(labels.hours, nan=0.0)
    found = settled_decisions(labels.state, hours, age, list(data.frame.type))
    return Counts(
        won=int(labels.won.sum()),
        lost=int(labels.lost.sum()),
        open=int(labels.open.sum()),
        matured=int(np.sum(found.judged & labels.open)),
    )


def _not_yet(counts: Counts) -> str:
    missing = [
        f"{n} more {name}"
        for n, name in ((counts.more_won, "won"), (counts.more_lost, "lost"))
        if n
    ]
    return (
        f"Not yet: {' and '.join(missing)} decisions are needed before a model can be trained "
        f"(at least {LEAST_WON} won and {LEAST_LOST} lost). Until then the rates answer."
    )


def _why_not(log: Log, data: TrainingData, counts: Counts) -> str | None:
    """Say why no new version is needed; None where one is."""
    usable = [row for row in versions.list_models(log.settings.home.models) if row["as_of"]]
    if not usable:
        return None
    last = usable[-1]
    training = registry.show(log.settings.home.models, last["version"])["training"]
    cut = np.datetime64(datetime.fromisoformat(last["as_of"]).replace(tzinfo=None), "us")
    fresh = int(np.sum(data.labels.closed_at > cut))
    fresh += max(0, counts.matured - training["matured"])
    before = training["won"] + training["lost"] + training["matured"]
    # History loaded since may say that it had been recorded before.
    fresh = max(fresh, counts.closed - before)
    if fresh >= NEW_SHARE * before:
        return None
    return (
        f"Not needed: since {last['version']}, which learnt from {before} outcomes, {fresh} are new; "
        f"it is trained again from {int(np.ceil(NEW_SHARE * before))} on."
    )


def _manifest(
    data: TrainingData, counts: Counts, found: DataDictionary, model: TrainedModel, seed: int
) -> Row:
    from decision_model.trained.members import NAMES

    newest = data.frame.timestamp.max()
    return {
        "training": {
            "as_of": data.labels.as_of.astype(datetime).replace(tzinfo=UTC).isoformat(),
            "seed": seed,
            "decisions": len(data),
            **asdict(counts),
            "first_decision": str(data.frame.timestamp.min()),
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
    models: Path, version: str, verdict: Verdict, *, may_promote: bool
) -> tuple[str, bool]:
    """Let a version serve or wait; say which, and whether it serves."""
    known = registry.read_aliases(models)
    if version == known.champion:
        return "It is the champion already.", True
    if may_promote and verdict.promote:
        registry.promote(
            models,
            version,
            who=versions.whoever(),
            why=verdict.reason,
            when=datetime.now(UTC),
            expected=known.champion,
        )
        if known.challenger not in (None, version):
            with suppress(registry.NothingToClear):  # another process was faster
                versions.clear_challenger(models, why=f"{version} serves, and knows more")
        return f"It serves from now on: {verdict.reason}", True
    if version != known.challenger:
        registry.promote(
            models,
            version,
            who=versions.whoever(),
            why=verdict.reason,
            when=datetime.now(UTC),
            alias="challenger",
        )
    asked = "" if may_promote else "promotion was not asked for; "
    return f"It waits as challenger: {asked}{verdict.reason}", False


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
