"""Current predictor: the rates and the champion, learnt again once the log has grown or another model serves."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from decision_log.evidence import learn_rates
from decision_log.log import Log
from decision_log.names import KnownNames
from decision_log.predicting.champion import NO_ALIASES, aliases_token, knows_later, usable_champion
from decision_log.predicting.estimate import Predictor
from decision_log.predicting.prediction_facts import Source
from decision_log.predicting.rates_predictor import RatesPredictor
from decision_log.predicting.shadow import Shadow
from decision_log.predicting.similar import SimilarDecisions

if TYPE_CHECKING:
    from decision_model.trained.model import TrainedModel

Row = dict[str, Any]

NO_FACTS = datetime(1970, 1, 1, tzinfo=UTC)
"""When the newest fact was recorded, where the log is empty."""

LOOK_AGAIN_SECONDS = 1.0
"""How often a warm scorer looks whether the log has grown; a look costs a few file stats."""

LEARN_AGAIN_SECONDS = 3600.0
"""How old what a warm scorer knows may become where the log does not grow: open decisions age."""


class CurrentPredictor:
    """The predictor of one log, and what belongs to its predictions: their source, similar decisions, the shadow.

    Parameters
    ----------
    log : Log
        What it learns from.
    as_of : datetime, optional
        Use what was known then, for good; by default what is known now.
    before_look : callable
        Called before the log is looked at: buffered predictions are written, so that they do not count as growth.
    """

    def __init__(self, log: Log, as_of: datetime | None, before_look: Callable[[], None]) -> None:
        self.shadow = Shadow(log.settings.home.models)
        self.source: Source | None = None
        self.similar = SimilarDecisions(log.store, datetime.now(UTC))
        self.known: Predictor | None = None
        self._log = log
        self._as_of = as_of
        self._before_look = before_look
        self._facts: Row = {}
        self._champion: tuple[str, TrainedModel] | None = None
        self._aliases: object = None
        self._token: object = None
        self._journalled: Mapping[str, int] = {}
        self._learnt_at = self._looked_at = float("-inf")

    def get(self) -> Predictor:
        """Return the predictor; fitted on first use, and again once the log has grown."""
        if self.known is None or self._outdated():
            return self._learn()
        return self.known

    def _learn(self) -> Predictor:
        store = self._log.store
        # The tokens are taken first: a fact that arrives while we learn makes us learn again.
        self._token, self._journalled = store.token(), store.journal_sizes()
        moment = self._as_of or datetime.now(UTC)
        self._facts = self._known_facts(moment)
        self.similar = SimilarDecisions(store, moment)
        self._load_champion()
        rates = learn_rates(store, moment)
        names = KnownNames(store.names())
        predictor: Predictor = RatesPredictor(rates, moment, names)
        if self._champion is not None and not knows_later(self._champion[1], moment):
            from decision_log.predicting.model_predictor import ModelPredictor

            predictor = ModelPredictor(*self._champion, rates, moment, names)
        until = self._facts["last_recorded"] or NO_FACTS
        self.source = Source(predictor.version, until.replace(tzinfo=UTC))
        self.shadow.follow(self.source, rates, moment, names)
        self.known = predictor
        self._looked_at = self._learnt_at = time.monotonic()
        return predictor

    def _known_facts(self, moment: datetime) -> Row:
        facts: Row = self._log.ask("facts", as_of=moment).to_pylist()[0]
        return facts

    def _load_champion(self) -> None:
        """Load the model that serves, if that has changed."""
        models = self._log.settings.home.models
        token = aliases_token(models)
        if token == self._aliases:
            return
        self._champion = None
        if token != NO_ALIASES:
            self._champion, _ = usable_champion(models)
        self._aliases = token

    def _outdated(self) -> bool:
        now = time.monotonic()
        if self._as_of is not None or now - self._looked_at < LOOK_AGAIN_SECONDS:
            return False
        self._looked_at = now
        self._before_look()
        if now - self._learnt_at > LEARN_AGAIN_SECONDS:
            return True
        if aliases_token(self._log.settings.home.models) != self._aliases:
            return True
        token = self._log.store.token()
        if token == self._token:
            return False
        # Predictions make the log grow, too, but there is nothing to learn from them.
        journalled = self._log.store.journal_sizes()
        if self._log.store.only_predictions_since(self._journalled):
            self._token, self._journalled = token, journalled
            return False
        facts = self._known_facts(datetime.now(UTC))
        self._token, self._journalled = token, journalled
        return facts != self._facts
