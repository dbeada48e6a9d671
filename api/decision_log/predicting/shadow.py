"""Shadow mode: the challenger predicts beside the champion, so that both are graded on the same opportunities.

Its predictions are kept in the log and shown to nobody. A challenger that cannot be used is warned of once
and not asked again; serving goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from decision_log.predicting.champion import (
    NO_ALIASES,
    aliases_token,
    knows_later,
    usable_challenger,
)
from decision_log.predicting.ledger import BulkPredictions, Ledger, SimilarIds
from decision_log.predicting.prediction_facts import Scores, Source
from decision_log.predicting.rates_predictor import RatesPredictor

if TYPE_CHECKING:
    from datetime import datetime

    import pyarrow as pa

    from decision_log.names import KnownNames
    from decision_log.opportunity import Opportunity
    from decision_log.predicting.estimates import Estimates
    from decision_log.predicting.similar import SimilarDecisions
    from decision_log.predicting.stated import Stated
    from decision_model.rates.model import RateModel
    from decision_model.trained.model import TrainedModel
    from decision_model.trained.predictor import ServedModel

TOGETHER = 5_000
"""Opportunities of a file that are encoded together: by the few hundred it takes twice as long."""

_logger = logging.getLogger(__name__)


class _Known:
    """The facts and rates that the champion uses, for the challenger to use too."""

    def __init__(
        self, served: Source, rates: RateModel, moment: datetime, names: KnownNames,
        stated: Stated | None,
    ) -> None:  # fmt: skip
        self.served = served
        self.moment = moment
        self._rates = rates
        self._names = names
        self._stated = stated
        self._cells = RatesPredictor(rates, moment)

    def estimates(self, model: ServedModel, items: Sequence[Opportunity]) -> Estimates:
        """Estimate by a model, without the explanation."""
        from decision_log.predicting.frame import opportunity_frame

        stated = None if self._stated is None else self._stated.of(items, model.named)
        frame = opportunity_frame(
            items, self.moment, attributes=model.attributes, names=self._names, stated=stated
        )
        predicted = model.explain(frame, rate=self._rates).predictions
        return replace(
            self._cells.estimate(items),
            probability=predicted.probability,
            low=predicted.low,
            high=predicted.high,
            revenue=predicted.expected_revenue,
        )


class Shadow:
    """Makes the predictions of the challenger, where there is one, and has them kept.

    Parameters
    ----------
    models : Path
        The folder of versions. It is looked into when the first prediction is kept, not before.
    """

    def __init__(self, models: Path) -> None:
        self._models = models
        self._token: object = None
        self._looked = False
        self._challenger: tuple[str, TrainedModel] | None = None
        self._ready: ServedModel | None = None
        self._known: _Known | None = None

    def follow(
        self, served: Source | None, rates: RateModel, moment: datetime, names: KnownNames,
        stated: Stated | None = None,
    ) -> None:  # fmt: skip
        """Take over the facts and rates of the champion.

        Parameters
        ----------
        served : Source or None
            Who serves, and from what; None where nothing is kept.
        rates : RateModel
            The rates that both pool with.
        moment : datetime
            At which the opportunities are decided on.
        names : KnownNames
            The names in the log.
        stated : Stated, optional
            Probabilities that others stated.
        """
        self._known = None if served is None else _Known(served, rates, moment, names, stated)
        self._looked = False  # what serves follows again once the aliases have changed

    def note(self, ledger: Ledger, items: Sequence[Opportunity], similar: SimilarDecisions) -> None:
        """Keep what the challenger says of items that have just been answered."""
        source = self.source()
        if source is None:
            return
        new = ledger.unknown(source, items)
        if new and (estimates := self.estimate(new)) is not None:
            listed = similar.ids([one.cell for one in new])
            ledger.note(source, new, estimates, None, listed)

    def source(self) -> Source | None:
        """Return the source of shadow predictions; None where there are none.

        Nobody does where there is no challenger, where it serves itself, and where it was trained on
        facts later than the moment: it would know the future.
        """
        if self._known is None:
            return None
        if not self._looked:
            self._load()
            self._looked = True
        served = self._known.served
        if self._challenger is None or self._challenger[0] == served.version:
            return None
        version, model = self._challenger
        if knows_later(model, self._known.moment):
            return None
        return Source(version, served.facts_until, shadow=True)

    @property
    def listens(self) -> bool:
        """Whether the challenger uses probabilities that others stated; known once `source` was asked."""
        return self._challenger is not None and bool(self._challenger[1].named)

    def estimate(self, items: Sequence[Opportunity]) -> Estimates | None:
        """Estimate each item, in order; None where the challenger fails, which is warned of once."""
        if self._known is None or self._challenger is None:
            return None
        version, model = self._challenger
        try:
            if self._ready is None:
                from decision_model.trained.predictor import ServedModel

                self._ready = ServedModel(model)
            return self._known.estimates(self._ready, items)
        except Exception:  # whatever is wrong with it, serving must go on
            self._challenger = None
            _logger.warning(
                "The challenger %s failed and is not asked again by this process; what serves is not "
                "affected. 'decision-log models challenge --clear' disables it.",
                version,
                exc_info=True,
            )
            return None

    def _load(self) -> None:
        """Load the challenger, if the aliases have changed."""
        token = aliases_token(self._models)
        if token == self._token:
            return
        self._token = token
        self._challenger = self._ready = None
        if token != NO_ALIASES:
            self._challenger, _ = usable_challenger(self._models)


class FilePredictions:
    """Collects the predictions of a whole file, those of the challenger too, for the log.

    Parameters
    ----------
    served : Source
        Who serves, and from what.
    shadow : Shadow
        Asked only where there is a challenger.
    similar : SimilarIds
        The similar past decisions of each cell.
    stored : callable, optional
        Gives the ids of the predictions by a source that the log has already.
    """

    def __init__(
        self,
        served: Source,
        shadow: Shadow,
        similar: SimilarIds,
        stored: Callable[[Source], Collection[str]] = lambda _: (),
    ) -> None:
        self._served = BulkPredictions(served, similar, stored(served))
        self._shadow = shadow
        source = shadow.source()
        self._tried = None if source is None else BulkPredictions(source, similar, stored(source))
        self._waiting: list[Opportunity] = []

    def add(self, items: Sequence[Opportunity], estimates: Estimates, scores: Scores) -> None:
        """Collect the predictions of some items."""
        self._served.add(items, estimates, scores)
        if self._tried is not None:
            self._waiting += items
            if len(self._waiting) >= TOGETHER:
                self._ask()

    def take(self) -> list[pa.Table]:
        """Return what was collected since the last call."""
        self._ask()
        return self._served.take() + (self._tried.take() if self._tried else [])

    @property
    def stored(self) -> dict[str, Collection[str]]:
        """The ids of the predictions that the log has already, by the version that predicted."""
        of_version = {self._served.version: self._served.stored}
        if self._tried is not None:
            of_version[self._tried.version] = self._tried.stored
        return of_version

    def _ask(self) -> None:
        """Ask the challenger about the items that wait."""
        items, self._waiting = self._waiting, []
        if self._tried is None or not items:
            return
        estimates = self._shadow.estimate(items)
        if estimates is None:
            self._tried = None  # half a file would be as good, but it says no more
        else:
            self._tried.add(items, estimates, None)
