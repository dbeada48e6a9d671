"""Calibration of the stored predictions, by predictor, and drift of what comes in."""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from decision_features import OpportunityFrame, describe
from decision_log.models.backtest import matured
from decision_log.models.challenger import challenger_report
from decision_log.models.dataset import read_history
from decision_log.models.verdict import interval_row
from decision_log.predicting.champion import usable_champion
from decision_log.predicting.estimate import RATES_VERSION
from decision_log.text.terminal_text import safe_text
from decision_model.anytime import blocks_of
from decision_model.evaluation.drift import drifts
from decision_model.evaluation.grading import grade, last_before_decision
from decision_model.hyperparameters import FALSE_ALARMS
from decision_model.inputs.history import aware
from decision_store.names import sender_key

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from decision_log.log import Log
    from decision_log.records import Moment
    from decision_model.evaluation.calibration import ReliabilityTable
    from decision_model.evaluation.drift import Drift, Value
    from decision_model.evaluation.grading import Grade
    from decision_model.inputs.history import History

Row = dict[str, Any]

DRAWS = 1000

LEAST_NOW = 30
"""With fewer new decisions drift is not tested: hardly any level would be expected to be seen often enough."""

By = Literal["version", "predictor"]

OUR_MODEL = "model"
VERSION = re.compile(r"m\d{8}T\d{6}-")
"""How the names of our model's versions begin."""

_DRIFTING = frozenset({"number", "category"})
"""Kinds of fields looked at. Dates always move on, and texts have no few levels."""


def calibration(log: Log, as_of: Moment | None = None, *, by: By = "version") -> Row:
    """Grade the predictions that were kept, by model version, and look for drift.

    Of the predictions of one version about one decision the last one made no later than the
    decision counts: people could act on it. It is graded once the decision has been followed long
    enough, in whatever state it is. A prediction that was entered once the outcome was known, or had
    happened, is kept and counted, but not graded, whatever moment it states. Predictions in shadow mode were
    not shown, so the challenger is graded apart, beside what serves and on the same opportunities.

    Parameters
    ----------
    log : Log
        The log.
    as_of : moment, optional
        Use only facts recorded by then; by default all.
    by : {"version", "predictor"}
        ``predictor`` takes all versions of our model together, as ``model``, beside the rates, people, agents
        and other systems.

    Returns
    -------
    dict
        ``as_of``; ``sentence``; ``versions``: one row each, with ``version``, ``serves``,
        ``predictions`` and ``opportunities`` (how many were kept), ``graded`` and ``waiting``
        (decisions), ``entered_afterwards`` (predictions), ``expected`` and ``won`` (wins, of the graded),
        ``log_loss`` and ``brier`` (``value``, ``low``, ``high``; None where nothing is graded),
        ``calibration`` (the CORP part
        of the Brier score), ``surprise`` (p-value of the probabilities being calibrated, valid at every
        look), ``sentence``, and
        ``table``: per tenth ``lower``, ``upper``, ``decisions``, ``predicted``, ``observed``,
        ``low``, ``high`` (fractions) and ``sentence``; ``challenger``: see
        :func:`decision_log.models.challenger.challenger_report`; ``drift``: of the serving version, with
        ``version``, ``since``, ``then`` and ``now`` (decisions), ``sentence`` and ``fields``
        (``field``, ``psi``, ``threshold``, ``p_value``, ``alarm``).

    Notes
    -----
    Each of the two alarms, miscalibration and drift, is ever raised for a version that is calibrated, or since
    whose training nothing moved, with a probability of at most 5 %, however often one looks.
    """
    moment = log.moment(as_of)
    history = read_history(log.store, moment)
    judged = matured(history).ids
    champion, problem = usable_champion(log.settings.home.models)
    serving = champion[0] if champion else RATES_VERSION
    grades = {one.version: one for one in _grades(log, moment, judged, by)}
    late = log.ask("late_predictions", as_of=moment, by_predictor=by == "predictor").to_pylist()
    afterwards = {row["model_version"]: row["predictions"] for row in late}
    rows = [
        _version(made, grades.get(made["model_version"]), serving, afterwards)
        for made in log.ask(
            "prediction_counts", as_of=moment, shadow=False, by_predictor=by == "predictor"
        ).to_pylist()
    ]
    graded, waiting = (sum(row[name] for row in rows) for name in ("graded", "waiting"))
    cut = None if champion is None else champion[1].as_of
    return {
        "as_of": moment.isoformat(),
        "sentence": _summary(rows, graded, waiting),
        "versions": rows,
        "challenger": challenger_report(log, moment, serving, judged),
        "drift": _drift(history, serving, cut, problem),
    }


def _grades(log: Log, moment: datetime, judged: Collection[str], by: By) -> tuple[Grade, ...]:
    table = log.ask("graded_predictions", as_of=moment)
    names: list[str] = table.column("model_version").to_pylist()
    if by == "predictor":
        names = [OUR_MODEL if VERSION.match(name) else name for name in names]
        last = last_before_decision(
            names,
            table.column("decision_id").to_pylist(),
            table.column("predicted_at").to_numpy(),
            table.column("decided_at").to_numpy(),
        )
        table, names = table.take(last), [names[place] for place in last.tolist()]
    states: list[str] = table.column("state").to_pylist()
    followed = [one in judged for one in table.column("decision_id").to_pylist()]
    return grade(
        names,
        # What a foreign writer has put in may lie a little outside.
        np.clip(table.column("probability").to_numpy(), 0.0, 1.0),
        np.array([state == "won" for state in states], dtype=np.float64),
        np.array(followed, dtype=np.bool_),
        senders=[sender_key(one) if one else None for one in table.column("sender").to_pylist()],
        days=np.asarray(table.column("decided_at").to_numpy(), dtype="datetime64[D]").tolist(),
        draws=DRAWS,
    )


def _version(made: Row, found: Grade | None, serving: str, afterwards: Mapping[str, int]) -> Row:
    name = made["model_version"]
    common: Row = {
        "version": name,
        "serves": name in {serving, OUR_MODEL if VERSION.match(serving) else serving},
        "predictions": made["predictions"],
        "opportunities": made["opportunities"],
        "entered_afterwards": afterwards.get(name, 0),
    }
    late = _entered_afterwards(common["entered_afterwards"])
    if found is None or not found.graded:
        waiting = 0 if found is None else found.waiting
        return {
            **common, "graded": 0, "waiting": waiting, "expected": 0.0, "won": 0, "log_loss": None,
            "brier": None, "calibration": None, "surprise": None,
            "sentence": _none_graded(name, made["opportunities"], waiting) + late, "table": [],
        }  # fmt: skip
    return {
        **common,
        "graded": found.graded,
        "waiting": found.waiting,
        "expected": found.expected,
        "won": int(found.won),
        "log_loss": interval_row(found.log_loss),
        "brier": interval_row(found.brier),
        "calibration": found.calibration.miscalibration,
        "surprise": None if math.isnan(found.surprise) else found.surprise,
        "sentence": _graded(found) + late,
        "table": _table(found.table),
    }


def _table(table: ReliabilityTable) -> list[Row]:
    names = ("lower", "upper", "decisions", "predicted", "observed", "low", "high")
    columns = (
        table.lower, table.upper, table.count, table.predicted, table.observed, table.low,
        table.high,
    )  # fmt: skip
    rows = [
        dict(zip(names, row, strict=True))
        for row in zip(*(column.tolist() for column in columns), strict=True)
    ]
    return [{**row, "sentence": _bin_sentence(row)} for row in rows]


def _bin_sentence(row: Row) -> str:
    return (
        f"Of {row['decisions']:,} that we gave {100 * row['lower']:.0f}–{100 * row['upper']:.0f} %, "
        f"{100 * row['observed']:.0f} % converted "
        f"(95 %: {100 * row['low']:.0f} to {100 * row['high']:.0f} %)."
    )


def _graded(found: Grade) -> str:
    summary = (
        f"{found.version}: {found.won:.0f} of {found.graded:,} converted, "
        f"{found.expected:.1f} were expected"
    )
    if math.isnan(found.surprise):
        return f"{summary}."
    if found.surprise <= FALSE_ALARMS:
        return (
            f"{summary}; what was said and what was seen differ by more than chance explains "
            f"(p = {found.surprise:.2g}, however often one looks): it is miscalibrated."
        )
    return f"{summary}; no miscalibration has been seen so far."


def _entered_afterwards(count: int) -> str:
    if not count:
        return ""
    verb = "was" if count == 1 else "were"
    return (
        f" {count:,} {verb} entered after the outcome was known or had happened: kept, not graded."
    )


def _none_graded(name: str, opportunities: int, waiting: int) -> str:
    return (
        f"{name}: nothing to grade yet; {waiting:,} of {opportunities:,} opportunities have a "
        "decision that was made after the prediction, and wait for it to mature."
    )


def _summary(rows: Sequence[Row], graded: int, waiting: int) -> str:
    if not rows:
        return (
            "No prediction has been kept yet. Predictions are kept when opportunities are scored or "
            "predicted, and graded by the decisions that name the same opportunity_id."
        )
    late = sum(row["entered_afterwards"] for row in rows)
    if not graded and not waiting and late:
        return f"No prediction can be graded.{_entered_afterwards(late)}"
    if not graded and not waiting:
        return (
            "No prediction can be graded: no decision made after one names its opportunity_id (or "
            "has it as its own id)."
        )
    waits = "1 waits for its decision" if waiting == 1 else f"{waiting:,} wait for their decisions"
    are = "1 prediction is" if graded == 1 else f"{graded:,} predictions are"
    return f"{are} graded; {waits} to mature."


def _drift(data: History, version: str, trained: np.datetime64 | None, problem: str | None) -> Row:
    """Compare the decisions made since the serving model was trained with those it learnt from."""
    nothing: Row = {"version": None, "since": None, "then": 0, "now": 0, "fields": []}
    if trained is None:
        why = problem or "No model serves, so there are no training data to have drifted from."
        return {**nothing, "sentence": why}
    late = data.frame.timestamp > trained
    then, now = (data.frame.take(np.flatnonzero(side)) for side in (~late, late))
    common = {
        "version": version,
        "since": aware(trained).isoformat(),
        "then": len(then),
        "now": len(now),
    }
    if len(now) < LEAST_NOW or not len(then):
        few = (
            f"{len(now):,} decisions were made since {version} was trained; "
            f"from {LEAST_NOW} on drift is looked for."
        )
        return {**common, "sentence": few, "fields": []}
    learnt = data.labels.take(np.flatnonzero(~late))
    names = [
        one.name for one in describe(then, learnt).fields if one.used and str(one.kind) in _DRIFTING
    ]
    found = drifts(
        {name: _values(then, name) for name in names}, {name: _values(now, name) for name in names},
        blocks=_alike(then, now),
    ) if names else ()  # fmt: skip
    return {**common, "sentence": _drift_sentence(found, len(now), version), "fields": [
        {
            "field": one.field, "psi": _finite(one.psi), "threshold": one.threshold,
            "p_value": _finite(one.p_value), "alarm": one.alarm,
        }
        for one in found
    ]}  # fmt: skip


def _alike(then: OpportunityFrame, now: OpportunityFrame) -> list[NDArray[np.intp]]:
    """Number the senders and the days of decisions: what comes from one or on one resembles itself."""
    senders = [sender_key(one) if one else None for one in (*then.sender, *now.sender)]
    days = np.concatenate([then.timestamp, now.timestamp]).astype("datetime64[D]")
    return [blocks_of(senders), blocks_of(days.tolist())]


def _values(frame: OpportunityFrame, name: str) -> list[Value]:
    if name.startswith("context."):
        return [_level(one) for one in frame.attribute(name.removeprefix("context."))]
    return [_level(one) for one in getattr(frame, name).tolist()]


def _level(value: Any) -> Value:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value)
    return float(value) if isinstance(value, int | float) else str(value)


def _drift_sentence(found: Sequence[Drift], now: int, version: str) -> str:
    moved = [safe_text(one.field) for one in found if one.alarm]
    if not moved:
        return (
            f"No large change has been seen in the {now:,} decisions since {version} was trained."
        )
    return (
        f"The {now:,} decisions since {version} was trained differ from those it learnt from in "
        f"{', '.join(moved)}, by more than chance and bursts explain; train again."
    )


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
