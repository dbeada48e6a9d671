"""Estimates by the champion model, pooled with the rates as they are now, and why in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from decision_log.estimates import Contribution, Contributions, Estimate, RatesPredictor
from decision_log.opportunity_frame import opportunity_frame
from decision_log.reasoning import cell_sentence, model_sentence
from decision_log.reasons import Reasons
from decision_model.trained import TrainedModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from decision_features import OpportunityFrame
    from decision_log.opportunity import Opportunity
    from decision_model.rates import RateModel
    from decision_model.trained import Predictions

CHUNK = 5_000
"""Opportunities encoded together."""

_RATE, _BASE = 0, 1  # places of the two parts of `TrainedModel.contributions` that are no field


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
    as_of : datetime
        The moment up to which the rates know the log, and at which the opportunities are decided on.
    """

    def __init__(
        self, version: str, model: TrainedModel, rates: RateModel, as_of: datetime
    ) -> None:
        self.version = version
        self.as_of = as_of
        self._model = _EncodingOnce(model)
        self._rates = rates
        self._cells = RatesPredictor(rates, as_of)
        self._cell_sentences: dict[tuple[str, str], str] = {}
        self._reasons = Reasons(model)

    def estimate(self, items: Sequence[Opportunity]) -> list[Estimate]:
        """Estimate each item, in order."""
        estimates: list[Estimate] = []
        for start in range(0, len(items), CHUNK):
            estimates += self._chunk(items[start : start + CHUNK])
        return estimates

    def contributions(self, item: Opportunity) -> Contributions:
        """Tell what each field adds to the log-odds of one item; the sum is exact."""
        frame = self._frame([item])
        names, parts = self._model.contributions(frame, rate=self._rates)
        columns = self._model.columns_of(frame)
        kind, source = item.cell
        added = [
            Contribution(
                name,
                float(part),
                f"the rate of {kind} from {source}"
                if place == _RATE
                else self._reasons.value(frame, columns, place - 2, 0),
            )
            for place, (name, part) in enumerate(zip(names, parts[0].tolist(), strict=True))
            if place != _BASE and part
        ]
        return Contributions(float(parts[0, _BASE]), sorted(added, key=lambda c: -abs(c.log_odds)))

    def _chunk(self, items: Sequence[Opportunity]) -> list[Estimate]:
        if not items:
            return []
        frame = self._frame(items)
        told = self._model.predict(frame, rate=self._rates)
        _, parts = self._model.contributions(frame, rate=self._rates)
        reasons = self._reasons.sentences(frame, self._model.columns_of(frame), parts[:, 2:])
        cells = self._cells.estimate(items)
        return [
            self._joined(item, cell, why, *numbers)
            for item, cell, why, *numbers in zip(items, cells, reasons, *_lists(told), strict=True)
        ]

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
        said = self._cell_sentences.get(item.cell)
        if said is None:
            said = cell_sentence(*item.cell, cell._replace(revenue=0.0))
            self._cell_sentences[item.cell] = said
        return Estimate(
            probability=probability,
            low=low,
            high=high,
            confidence=cell.confidence,
            revenue=revenue,
            revenue_low=min(scale * cell.revenue_low, revenue),
            revenue_high=max(scale * cell.revenue_high, revenue),
            hours=cell.hours,
            hours_low=cell.hours_low,
            hours_high=cell.hours_high,
            rate=cell.rate,
            average_revenue=cell.average_revenue,
            won=cell.won,
            lost=cell.lost,
            open=cell.open,
            immature=cell.immature,
            reasoning=f"{said} {model_sentence(probability, low, high, revenue)} {why}".rstrip(),
        )

    def _frame(self, items: Sequence[Opportunity]) -> OpportunityFrame:
        return opportunity_frame(items, self.as_of)


class _EncodingOnce(TrainedModel):
    """The same model, keeping the columns of the frame it saw last.

    A prediction and its contributions both need them, and encoding texts is most of the work.
    """

    def __init__(self, model: TrainedModel) -> None:
        super().__init__(**{f.name: getattr(model, f.name) for f in fields(TrainedModel)})
        object.__setattr__(self, "_last", (None, None))

    def columns_of(self, frame: OpportunityFrame) -> csr_array:
        """Encode N opportunities, shape (N, P)."""
        seen: tuple[Any, Any] = self._last  # type: ignore[attr-defined]  # one read: other threads write
        if seen[0] is frame:
            return seen[1]
        columns = super().columns_of(frame)
        object.__setattr__(self, "_last", (frame, columns))
        return columns


def _lists(told: Predictions) -> tuple[list[float], ...]:
    arrays: tuple[NDArray[np.float64], ...] = (
        told.probability, told.low, told.high, told.expected_revenue,
    )  # fmt: skip
    return tuple(array.tolist() for array in arrays)
