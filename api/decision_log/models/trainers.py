"""Who can be asked to learn from the log as it was known at a moment, and to predict what followed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from decision_features import OpportunityFrame
from decision_log.evidence import STATE_CODES, learn_rates
from decision_log.models.dataset import read_training
from decision_model.evaluation.baselines import BaseRate, BaseScore, LastRows, OdooScoring
from decision_model.evaluation.history import History, OutcomeRows
from decision_model.trained.model import TrainedModel
from decision_store.facts import Decision

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from decision_log.log import Log
    from decision_model.evaluation.replay import Trainer
    from decision_model.rates.model import RateModel

AsKnown = Callable[[datetime], History]

MODEL = "model"
RATES = "rates"
BASE_RATE = "base rate"
BASE_SCORE = "base score"
LAST_ROWS = "last 20 rows"
ODOO = "Odoo"

_FACTS = tuple(one.name for one in fields(Decision))
_MOMENTS = frozenset({"timestamp", "recorded_at", "received_at"})


def as_known(log: Log) -> AsKnown:
    """Give the function that reads a log as it was known at a moment.

    Asked for the same moment twice, it reads once. Decisions never change, so those read for one
    moment serve the others too; their states are asked for every moment anew.
    """
    read: dict[datetime, History] = {}
    seen: dict[str, Decision] = {}

    def known(moment: datetime) -> History:
        if moment not in read:
            read[moment] = _read(log, moment, seen)
        return read[moment]

    return known


def all_trainers(log: Log, *, seed: int = 0) -> dict[str, Trainer]:
    """Give the model and everything it is compared with, by the names people are shown."""
    return {
        MODEL: model_trainer(log, seed=seed),
        RATES: rates_trainer(log),
        BASE_RATE: base_rate_trainer(),
        BASE_SCORE: lambda history: BaseScore().fit(history),
        LAST_ROWS: lambda history: LastRows().fit(history),
        ODOO: lambda history: OdooScoring().fit(history),
    }


def model_trainer(log: Log, *, seed: int = 0) -> Trainer:
    """Train the model anew, as ``train`` would have done at a history's moment."""

    def trained(history: History) -> FrameModel:
        data = read_training(log.store, history.as_of)
        return FrameModel(TrainedModel.fit(data.frame, data.labels, seed=seed))

    return trained


def rates_trainer(log: Log) -> Trainer:
    """Learn the rates of the log as known at a history's moment."""
    return lambda history: CellRates(learn_rates(log.store, history.as_of))


def base_rate_trainer() -> Trainer:
    """Say one number for all: the share won of what has closed."""
    return lambda history: BaseRate().fit(history)


def served(log: Log, model: TrainedModel) -> Trainer:
    """Ask a model as it would have served: frozen, pooled with the rates of the history's moment."""
    return lambda history: FrameModel(model, learn_rates(log.store, history.as_of))


@dataclass(frozen=True, slots=True)
class FrameModel:
    """A trained model, asked with decisions.

    Parameters
    ----------
    model : TrainedModel
    rates : RateModel, optional
        Newer rates than those it was trained with.
    """

    model: TrainedModel
    rates: RateModel | None = None

    def predict(self, decisions: Sequence[Decision], /) -> NDArray[np.float64]:
        """Return P(won) of each, fractions, shape (N,)."""
        frame = OpportunityFrame.from_decisions(decisions)
        return self.model.predict(frame, rate=self.rates).probability

    def expected_revenue(self, decisions: Sequence[Decision], /) -> NDArray[np.float64]:
        """Return the expected revenue of each, in the log's currency, shape (N,)."""
        frame = OpportunityFrame.from_decisions(decisions)
        return self.model.predict(frame, rate=self.rates).expected_revenue


@dataclass(frozen=True, slots=True)
class CellRates:
    """The rate model, asked with decisions."""

    rates: RateModel

    def predict(self, decisions: Sequence[Decision], /) -> NDArray[np.float64]:
        """Return P(won) of each, fractions, shape (N,)."""
        return self.rates.predict(*_cells(decisions)).mean

    def expected_revenue(self, decisions: Sequence[Decision], /) -> NDArray[np.float64]:
        """Return the expected revenue of each, in the log's currency, shape (N,)."""
        return self.rates.predict(*_cells(decisions)).revenue


def _cells(decisions: Sequence[Decision]) -> tuple[list[str], list[str]]:
    return (
        [one.opportunity_type for one in decisions],
        [one.opportunity_source for one in decisions],
    )


def _read(log: Log, moment: datetime, seen: dict[str, Decision]) -> History:
    table = log.ask("decisions", as_of=moment, since=None, until=None, limit=None)
    table = table.sort_by([("timestamp", "ascending"), ("decision_id", "ascending")])
    ids: list[str] = table.column("decision_id").to_pylist()
    new = [place for place, one in enumerate(ids) if one not in seen]
    for row in table.select(_FACTS).take(np.array(new, dtype=np.intp)).to_pylist():
        seen[row["decision_id"]] = _decision(row)
    states = [STATE_CODES[state] for state in table.column("state").to_pylist()]
    return History(
        as_of=moment,
        decisions=[seen[one] for one in ids],
        state=np.array(states, dtype=np.int8),
        # A win cannot come before its decision; a clock that ran ahead may say so.
        hours=np.maximum(table.column("delay_hours").to_numpy(), 0.0),
        revenue=table.column("revenue").to_numpy(),
        rows=_rows(log.ask("outcome_rows", as_of=moment), ids),
    )


def _rows(told: pa.Table, ids: Sequence[str]) -> OutcomeRows:
    place = {one: i for i, one in enumerate(ids)}
    owners = [place[one] for one in told.column("decision_id").to_pylist()]
    return OutcomeRows(
        decision=np.array(owners, dtype=np.intp),
        recorded_at=np.asarray(told.column("recorded_at").to_numpy(), dtype="datetime64[us]"),
        converted=told.column("converted").to_numpy(zero_copy_only=False).astype(np.bool_),
    )


def _decision(row: Mapping[str, Any]) -> Decision:
    facts = {
        name: value.replace(tzinfo=UTC) if name in _MOMENTS and value is not None else value
        for name, value in row.items()
    }
    facts["context"] = msgspec.json.decode(facts["context"] or "{}")
    return Decision(**facts)
