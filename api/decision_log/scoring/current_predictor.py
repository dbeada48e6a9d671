"""Current predictor: the rates and the champion, learnt again once the log has grown or another model serves."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from decision_log.log import Log
from decision_log.names import KnownNames
from decision_log.predicting.champion import (
    NO_ALIASES,
    aliases_token,
    predictor_of,
    usable_champion,
)
from decision_log.predicting.interface import Predictor
from decision_log.predicting.prediction_facts import Source
from decision_log.predicting.shadow import Shadow
from decision_log.predicting.similar import SimilarDecisions
from decision_log.predicting.stated import StatedPredictions
from decision_store.names import name_tables

if TYPE_CHECKING:
    from decision_log.rate_fits import RateFit
    from decision_model.trained.model import TrainedModel

NO_FACTS = datetime(1970, 1, 1, tzinfo=UTC)
"""When the newest fact was recorded, where the log is empty."""

LOOK_AGAIN_SECONDS = 1.0
"""How often a warm scorer looks whether the log has grown; a look costs a few file stats."""


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

    Attributes
    ----------
    moment : datetime
        At which opportunities are decided on.
    champion : (str, TrainedModel) or None
        The version that serves; None where the rates do.
    fit : RateFit or None
        The rates; None before the first `get`.
    """

    def __init__(self, log: Log, as_of: datetime | None, before_look: Callable[[], None]) -> None:
        self.shadow = Shadow(log.settings.home.models)
        self.source: Source | None = None
        self.similar = SimilarDecisions(log.store, datetime.now(UTC))
        self.known: Predictor | None = None
        self._log = log
        self._as_of = as_of
        self._before_look = before_look
        self.champion: tuple[str, TrainedModel] | None = None
        self._aliases: object = None
        self._revision = -1
        self.fit: RateFit | None = None
        self.moment = datetime.now(UTC)
        self._looked_at = float("-inf")

    def get(self) -> Predictor:
        """Return the predictor; made on first use, and again once the log has grown or the hour has passed."""
        if self.known is None or self._outdated():
            return self._learn()
        return self.known

    def look_again(self) -> None:
        """Look at the next call whether the log has grown, however short ago the last look was."""
        self._looked_at = float("-inf")

    @property
    def may_have_model(self) -> bool:
        """Whether a version serves, as far as can be told before anything is loaded."""
        return aliases_token(self._log.settings.home.models) != NO_ALIASES

    @property
    def listens(self) -> bool:
        """Whether the model that serves uses probabilities that others stated."""
        return self.champion is not None and bool(self.champion[1].named)

    def _learn(self) -> Predictor:
        store = self._log.store
        # Read first: a fact that arrives while we learn makes us learn again.
        self._revision = self._log.revision()
        moment = self.moment = self._as_of or datetime.now(UTC)
        self._load_champion()
        fit = self.fit = self._rates()
        # A moment in the past is asked for seldom, and by few.
        answers = None if self._as_of else self._log.rate_fits.answers()
        self.similar = SimilarDecisions(store, moment, answers)
        names = KnownNames(name_tables(answers.rows("names")) if answers else store.names())
        stated = StatedPredictions(store, self._as_of)
        predictor = predictor_of(self.champion, fit.model, moment, names, stated)
        self.source = Source(predictor.version, fit.newest or NO_FACTS)
        self.shadow.follow(self.source, fit.model, moment, names, stated)
        self.known = predictor
        self._looked_at = time.monotonic()
        return predictor

    def _rates(self) -> RateFit:
        fits = self._log.rate_fits
        return fits.recent() if self._as_of is None else fits.at(self._as_of)

    def _load_champion(self) -> None:
        """Load the model that serves, if that has changed."""
        models = self._log.settings.home.models
        token = aliases_token(models)
        if token == self._aliases:
            return
        self.champion = None
        if token != NO_ALIASES:
            self.champion, _ = usable_champion(models)
        self._aliases = token

    def _outdated(self) -> bool:
        now = time.monotonic()
        if self._as_of is not None or now - self._looked_at < LOOK_AGAIN_SECONDS:
            return False
        self._looked_at = now
        self._before_look()
        if aliases_token(self._log.settings.home.models) != self._aliases:
            return True
        return self._log.revision() != self._revision or self._rates() is not self.fit
