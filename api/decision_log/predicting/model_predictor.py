"""Estimates by the champion model, pooled with the rates as they are now, and why in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from decision_log.predicting.estimate import Contribution, Contributions
from decision_log.predicting.estimates import CellEstimates, Estimates
from decision_log.predicting.explain import (
    MATERIAL_SHIFT,
    SPEAKS_AGAINST,
    SPEAKS_FOR,
    cell_sentence,
    pull,
    shortened,
)
from decision_log.predicting.frame import opportunity_frame
from decision_log.predicting.rates_predictor import RatesPredictor
from decision_log.predicting.reasons import Reasons, ReasonsOf
from decision_log.predicting.stated import stated_sentences
from decision_log.predicting.template import percent
from decision_model.trained.predictor import ServedModel

if TYPE_CHECKING:
    from decision_features import OpportunityFrame
    from decision_log.names import KnownNames
    from decision_log.opportunity import Opportunity
    from decision_log.predicting.stated import Stated
    from decision_model.rates.model import RateModel
    from decision_model.trained.model import TrainedModel
    from decision_model.trained.predictor import ExplainedPredictions

    Cell = tuple[str, str]

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
    stated : Stated, optional
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
        stated: Stated | None = None,
    ) -> None:
        self.version = version
        self.as_of = as_of
        self.repeats = False
        self._model = ServedModel(model)
        self._named = self._model.named
        self._stated = stated
        self._rates = rates
        self._by_rates = RatesPredictor(rates, as_of, names)
        self._cells = CellEstimates()
        self.names = self._by_rates.names
        self._average = 1 / (1 + math.exp(-model.base))
        self._reasons = Reasons(model, self._model.pairs)

    def estimate(self, items: Sequence[Opportunity]) -> Estimates:
        """Estimate each item, in order."""
        frame = self._frame(items)
        predicted = self._model.explain(frame, rate=self._rates)
        return self._estimates(items, predicted, self._reasons.of(frame, predicted.encoded))

    def explain(self, item: Opportunity) -> tuple[Estimates, Contributions]:
        """Estimate one item, and list what each field adds to its log-odds; the sum is exact."""
        frame = self._frame([item])
        predicted = self._model.explain(frame, rate=self._rates)
        reasons = self._reasons.of(frame, predicted.encoded)
        estimates = self._estimates([item], predicted, reasons)
        names, parts = self._model.names, predicted.parts[0].tolist()
        kind, source = item.cell
        first_named = len(names) - len(self._named)
        action = f"the action {shortened(frame.action[0])}"

        def value(place: int, part: float) -> str:
            if place == _RATE:
                return f"how often {kind} from {source} is won"
            if self._model.first_stated <= place < first_named:
                return action
            if place >= first_named:
                name = self._named[place - first_named]
                return f"{name} gives it {percent(frame.stated[0][name])}"
            return reasons.value(place - 2, math.copysign(1.0, part))

        added = [
            Contribution(name, part, value(place, part))
            for place, (name, part) in enumerate(zip(names, parts, strict=True))
            if place != _BASE and part
        ]
        return estimates, Contributions(parts[_BASE], sorted(added, key=lambda c: -abs(c.log_odds)))

    def _estimates(
        self, items: Sequence[Opportunity], predicted: ExplainedPredictions, reasons: ReasonsOf
    ) -> Estimates:
        fields = self._model.first_stated
        why = reasons.sentences(predicted.parts[:, 2:fields])
        added = predicted.parts[:, fields:]
        if added.any():
            stated = reasons.frame
            why = stated_sentences(self._named, stated.action, stated.stated, added, why)
        cells = self._of_cells([item.cell for item in items])
        found = predicted.predictions
        moved = found.probability - cells.probability
        for row in (np.abs(moved) >= MATERIAL_SHIFT).nonzero()[0].tolist():
            said = why[row]
            if SPEAKS_FOR in said and SPEAKS_AGAINST in said:
                continue
            rate = float(cells.probability[row])
            moves = pull(float(found.probability[row]), rate, self._average, said)
            why[row] = f"{said} {moves}".strip()
        return Estimates(
            cells.cells,
            cells.codes,
            found.probability,
            found.low,
            found.high,
            cells.confidence,
            found.expected_revenue,
            why,
        )

    def _of_cells(self, cells: Sequence[Cell]) -> Estimates:
        """Estimate by the cells alone, put into words as the model's estimate goes on."""
        fresh = self._cells.unknown(cells)
        if fresh:
            found = self._by_rates.of_cells(fresh)
            sentences = [
                f"{cell_sentence(*cell, one._replace(revenue=0.0), with_interval=False)} "
                f"{self.names.note(*cell)}".rstrip()
                for cell, one in zip(fresh, found, strict=True)
            ]
            self._cells.add(fresh, found, sentences)
        return self._cells.of(self._cells.codes(cells))

    def _frame(self, items: Sequence[Opportunity]) -> OpportunityFrame:
        stated = None if self._stated is None else self._stated.of(items, self._named)
        return opportunity_frame(
            items, self.as_of, attributes=self._model.attributes, names=self.names, stated=stated
        )
