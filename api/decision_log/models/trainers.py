"""The methods that a backtest compares: each learns from a `History` alone, and predicts a frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from decision_log.models.recipe import Recipe
from decision_model.evaluation.baselines import BaseRate, BaseScore, LastRows, OdooScoring
from decision_model.rates.cells import evidence_of
from decision_model.rates.model import RateModel
from decision_model.trained.model import TrainedModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from decision_features import OpportunityFrame
    from decision_model.evaluation.replay import Predictor, Trainer
    from decision_model.inputs.history import History

MODEL = "model"
RATES = "rates"
BASE_RATE = "base rate"
BASE_SCORE = "base score"
LAST_ROWS = "last 20 rows"
ODOO = "Odoo"


def all_trainers(*, recipe: Recipe | None = None, seed: int = 0) -> dict[str, Trainer]:
    """Return the model and everything it is compared with, by the names people are shown."""
    return {
        MODEL: ModelTrainer(recipe or Recipe(), seed),
        RATES: RatesTrainer(),
        BASE_RATE: BaselineTrainer(BaseRate),
        BASE_SCORE: BaselineTrainer(BaseScore),
        LAST_ROWS: BaselineTrainer(LastRows),
        ODOO: BaselineTrainer(OdooScoring),
    }


@dataclass(frozen=True, slots=True)
class ModelTrainer:
    """Trains as ``train`` would have done at a history's moment."""

    recipe: Recipe
    seed: int = 0

    def __call__(self, history: History) -> Predictor:
        """Train."""
        found = self.recipe.fields_of(history.frame, history.labels)
        return FrameModel(
            TrainedModel.fit(history.frame, history.labels, dictionary=found, seed=self.seed)
        )


@dataclass(frozen=True, slots=True)
class FrozenModel:
    """A model as it would have served: trained once, pooled with the rates of each history's moment."""

    model: TrainedModel

    def __call__(self, history: History) -> Predictor:
        """Learn the rates."""
        return FrameModel(self.model, rates_of(history))


@dataclass(frozen=True, slots=True)
class RatesTrainer:
    """Learns the rates of the log as of a history's moment."""

    def __call__(self, history: History) -> Predictor:
        """Learn."""
        return CellRates(rates_of(history))


@dataclass(frozen=True, slots=True)
class BaselineTrainer:
    """Fits a baseline."""

    kind: type[BaseRate | BaseScore | LastRows | OdooScoring]

    def __call__(self, history: History) -> Predictor:
        """Fit."""
        return self.kind().fit(history)


@dataclass(frozen=True, slots=True)
class FrameModel:
    """A trained model.

    Parameters
    ----------
    model : TrainedModel
    rates : RateModel, optional
        Newer rates than those it was trained with.
    """

    model: TrainedModel
    rates: RateModel | None = None

    def predict(self, frame: OpportunityFrame, /) -> NDArray[np.float64]:
        """Return P(won) of each, fractions, shape (N,)."""
        return self.model.predict(frame, rate=self.rates).probability

    def expected_revenue(self, frame: OpportunityFrame, /) -> NDArray[np.float64]:
        """Return the expected revenue of each, in the log's currency, shape (N,)."""
        return self.model.predict(frame, rate=self.rates).expected_revenue


@dataclass(frozen=True, slots=True)
class CellRates:
    """The rate model."""

    rates: RateModel

    def predict(self, frame: OpportunityFrame, /) -> NDArray[np.float64]:
        """Return P(won) of each, fractions, shape (N,)."""
        return self.rates.mean(frame.type.tolist(), frame.source.tolist())

    def expected_revenue(self, frame: OpportunityFrame, /) -> NDArray[np.float64]:
        """Return the expected revenue of each, in the log's currency, shape (N,)."""
        return self.rates.predict(frame.type.tolist(), frame.source.tolist()).revenue


def rates_of(history: History) -> RateModel:
    """Fit the rate model to a history."""
    return RateModel.fit(evidence_of(history.frame, history.labels))
