"""Estimates by the champion model, pooled with the rates as they are now, and why in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from decision_log.predicting.estimate import Contribution, Contributions, Estimate
from decision_log.predicting.explain import (
    cell_sentence,
    model_sentence,
    pull,
    shortened,
)
from decision_log.predicting.frame import opportunity_frame
from decision_log.predicting.rates_predictor import RatesPredictor
from decision_log.predicting.reasons import Reasons, ReasonsOf
from decision_log.predicting.stated import stated_sentences
from decision_log.predicting.template import escaped, percent
from decision_model.trained.predictor import ServedModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from decision_features import OpportunityFrame
    from decision_log.names import KnownNames
    from decision_log.opportunity import Opportunity
    from decision_log.predicting.stated import StatedPredictions
    from decision_model.rates.model import RateModel
    from decision_model.trained.model import TrainedModel
    from decision_model.trained.predictor import ExplainedPredictions, Predictions

CHUNK = 1_000
"""Opportunities encoded together; more are no faster."""

_RATE, _BASE = 0, 1  # places of the two parts of `ExplainedPredictions.parts` that are no field


class ModelPredictor:
    """Estimates by a trained model; what is known of the cell stays beside it.

    Parameters
    ----------
    version : str
        The model's version.
    model : TrainedModel
        It pools regression, rate and base rate.
    rates : RateModel
        The rates as known now; they move on with every outcome, the regression when it is trained.
    names : KnownNames, optional
        The names of types, sources and decision makers in the log.
    stated : StatedPredictions, optional
        Probabilities that people, agents and other systems stated.
    as_of : datetime
        The moment up to which the rates know the log, and at which the opportunities are decided on.
    """

    def __init__(
        self,
        version: str,
        model: TrainedModel,
        rates: RateModel,
        as_of: datetime,
        names: KnownNames | None = None,
        stated: StatedPredictions | None = None,
    ) -> None:
        self.version = version
        self.as_of = as_of
        self.repeats = False
        self._model = ServedModel(model)
        self._named = self._model.named
        self._stated = stated
        self._rates = rates
        self._cells = RatesPredictor(rates, as_of, names)
        self.names = self._cells.names
        self._average = 1 / (1 + math.exp(-model.base))
        self._cell_sentences: dict[tuple[str, str], str] = {}
        self._reasons = Reasons(model, self._model.pairs)

    def estimate(self, items: Sequence[Opportunity]) -> list[Estimate]:
        """Estimate each item, in order."""
        estimates: list[Estimate] = []
        for start in range(0, len(items), CHUNK):
            estimates += self._chunk(items[start : start + CHUNK])
        return estimates

    def explain(self, item: Opportunity) -> tuple[Estimate, Contributions]:
        """Estimate one item, and list what each field adds to its log-odds; the sum is exact."""
        frame = self._frame([item])
        predicted = self._model.explain(frame, rate=self._rates)
        reasons = self._reasons.of(frame, predicted.encoded)
        (estimate,) = self._estimates([item], predicted, reasons)
        names, parts = self._model.names, predicted.parts[0].tolist()
        kind, source = item.cell
        first_named = len(names) - len(self._named)
        action = f"the action {shortened(frame.action[0])}"

        def value(place: int) -> str:
            if place == _RATE:
                return f"how often {kind} from {source} is won"
            if self._model.first_stated <= place < first_named:
                return action
            if place >= first_named:
                name = self._named[place - first_named]
                return f"{name} gives it {percent(frame.stated[0][name])}"
            return reasons.value(place - 2, 0)

        added = [
            Contribution(name, part, value(place))
            for place, (name, part) in enumerate(zip(names, parts, strict=True))
            if place != _BASE and part
        ]
        return estimate, Contributions(parts[_BASE], sorted(added, key=lambda c: -abs(c.log_odds)))

    def _chunk(self, items: Sequence[Opportunity]) -> list[Estimate]:
        if not items:
            return []
        frame = self._frame(items)
        predicted = self._model.explain(frame, rate=self._rates)
        return self._estimates(items, predicted, self._reasons.of(frame, predicted.encoded))

    def _estimates(
        self, items: Sequence[Opportunity], predicted: ExplainedPredictions, reasons: ReasonsOf
    ) -> list[Estimate]:
        fields = self._model.first_stated
        sentences = reasons.sentences(predicted.parts[:, 2:fields])
        added = predicted.parts[:, fields:]
        if added.any():
            stated = reasons.frame
            named = self._named
            sentences = stated_sentences(named, stated.action, stated.stated, added, sentences)
        cells = self._cells.estimate(items)
        numbers = _lists(predicted.predictions)
        return list(map(self._joined, items, cells, sentences, *numbers))

    def _joined(
        self,
        item: Opportunity,
        cell: Estimate,
        why: str,
        probability: float,
        low: float,
        high: float,
        revenue: float,
    ) -> Estimate:
        # The spread of revenue is that of the cell, moved to where the model expects it.
        scale = revenue / cell.revenue if cell.revenue > 0 else 0.0
        known = self._cell_sentences.get(item.cell)
        if known is None:
            sentence = cell_sentence(*item.cell, cell._replace(revenue=0.0), with_interval=False)
            known = escaped(f"{sentence} {self.names.note(*item.cell)}".rstrip())
            self._cell_sentences[item.cell] = known
        moved = pull(probability, cell.probability, self._average, why)
        why = f"{why} {moved}".strip()
        return Estimate(
            probability,
            low,
            high,
            cell.confidence,
            revenue,
            min(scale * cell.revenue_low, revenue),
            max(scale * cell.revenue_high, revenue),
            *cell[7:-1],  # hours, the cell's own rate, revenue and decisions stay as they are
            f"{known} {model_sentence(revenue)} {escaped(why)}".rstrip(),
        )

    def _frame(self, items: Sequence[Opportunity]) -> OpportunityFrame:
        stated = None if self._stated is None else self._stated.of(items, self._named)
        return opportunity_frame(
            items, self.as_of, attributes=self._model.attributes, names=self.names, stated=stated
        )


def _lists(predicted: Predictions) -> tuple[list[float], ...]:
    arrays: tuple[NDArray[np.float64], ...] = (
        predicted.probability, predicted.low, predicted.high, predicted.expected_revenue,
    )  # fmt: skip
    return tuple(array.tolist() for array in arrays)
