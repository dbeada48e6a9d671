"""Fitted rates of one log: once for each state of its facts, shared by everything that a process answers."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from decision_log.answer_cache import AnswerCache
from decision_log.fit_process import FitProcess
from decision_log.hour_knowledge import HourKnowledge, News
from decision_log.rate_cache import CachedRates, RateCache, packed_table, unpacked_table
from decision_store.errors import StoreError

if TYPE_CHECKING:
    import pyarrow as pa

    from decision_log.hour_knowledge import DelayBasis
    from decision_log.revision import Revision
    from decision_model.inputs.evidence import Evidence
    from decision_model.rates.model import RateModel
    from decision_model.rates.prediction import RatePrediction
    from decision_store.store import Store

_logger = logging.getLogger(__name__)

KEPT_FITS = 2
"""Fits in memory: that of now, and one of an earlier moment."""

LEAST_PAUSE_SECONDS = 3.0
PAUSE_PER_FIT = 5.0
"""Between two fits in the background lie at least these seconds, and so many times what the last one took."""


QUICK_SECONDS = 1.0
"""A fit in the background that takes longer gets a process of its own."""


class _Closing(Exception):
    """The log is closed while rates are fitted."""


@dataclass(frozen=True, slots=True)
class RateFit:
    """Rates fitted to a log.

    Parameters
    ----------
    as_of : datetime
        It rests on what was known then: the newest fact, or the beginning of the hour, whichever is later.
    newest : datetime, optional
        When the newest of its facts became known; None for an empty log.
    table : pyarrow.Table or bytes
        The answer to the question ``cells``; as bytes, where it comes from the cache.
    rates : RatePrediction
        What the model says of each of these cells, in their order.
    model : RateModel
        The fitted model.
    """

    as_of: datetime
    newest: datetime | None
    table: pa.Table | bytes
    rates: RatePrediction
    model: RateModel

    @property
    def cells(self) -> pa.Table:
        """The answer to the question ``cells``."""
        return unpacked_table(self.table) if isinstance(self.table, bytes) else self.table


@dataclass(frozen=True, slots=True)
class _Kept:
    revision: int
    hour: datetime
    next: datetime | None
    fit: RateFit

    def holds(self, revision: int, moment: datetime) -> bool:
        """Tell whether it is what would be fitted for a moment at or after that of the last facts."""
        known = self.next is None or moment < self.next
        return self.revision == revision and self.hour == hour_of(moment) and known


class RateFits:
    """Rates of one log, fitted when they are asked for and kept while the facts stay the same.

    Open decisions age, so a fit also depends on its moment. Ages are taken at the newest fact or at the beginning of
    the hour, whichever is later: so answers of one hour about the same facts share one fit, and the same question as
    of the same moment gets the same answer at any time. How long outcomes take is learnt from what was known at the
    beginning of the hour, where nearly everything was known then; see `decision_log.hour_knowledge`.

    Parameters
    ----------
    store : Store
        The log.
    revision : Revision
        Tells when its facts have changed.
    """

    def __init__(self, store: Store, revision: Revision) -> None:
        self.patience = 0.0
        """Seconds for which `recent` answers with rates from before the newest facts; a server sets it."""
        self.generation = 0
        """How many fits were made."""
        self.cache = RateCache(store)
        self._answers: tuple[tuple[int, datetime], AnswerCache] | None = None
        self._store = store
        self._revision = revision
        self._fitting = threading.Lock()
        self._fits: OrderedDict[tuple[int, datetime], RateFit] = OrderedDict()
        self._current: _Kept | None = None
        self._outdated_since: float | None = None
        self._pause = LEAST_PAUSE_SECONDS
        self._ended = float("-inf")
        self._worker: threading.Thread | None = None
        self._starting = threading.Lock()
        self._closed = threading.Event()
        self._process = FitProcess()
        self._knowledge = HourKnowledge(store)
        self._is_quick = False

    def at(self, moment: datetime | None = None) -> RateFit:
        """Return the rates of all facts known at a moment, now by default."""
        return self._at(moment, elsewhere=False)

    def _at(self, moment: datetime | None, *, elsewhere: bool) -> RateFit:
        now = utc_now() if moment is None else moment
        with self._fitting:
            # Read first: a fact that arrives meanwhile makes the next caller fit again.
            revision = self._revision.read()
            current = self._current
            if moment is None and current is not None and current.holds(revision, now):
                return current.fit
            hour = hour_of(now)
            cached = self.cache.read(hour) if current is None else None
            if moment is None and cached is not None:
                kept = _Kept(revision, hour, cached.next, _of_cache(cached))
                if kept.holds(revision, now):
                    self._current = kept
                    return kept.fit
            journal = self._store.journal_sizes()
            questions = "fact_moments", "touched_cells"
            moments, touched = self._store.ask_all(questions, as_of=now, hour=hour)
            facts = moments.to_pylist()[0]
            newest, following = (_aware(facts[name]) for name in ("newest", "next"))
            fits = self.generation
            as_of = hour if newest is None else max(hour, newest)
            news = News(hour, as_of, facts, touched)
            fit = self._fit(revision, newest, news, cached, elsewhere=elsewhere)
            if moment is None or (following is None and hour == hour_of(utc_now())):
                self._current = _Kept(revision, hour, following, fit)
                self._outdated_since = None
                if self.generation > fits and not self.patience:  # a server fits often, and stays
                    known = hour, fit.as_of, newest, following
                    cells = packed_table(fit.cells)
                    self.cache.write(CachedRates(*known, journal, cells, fit.model))
            return fit

    def with_answers(self) -> tuple[RateFit, AnswerCache]:
        """Return the rates of now, and the answers about the same facts."""
        for _ in range(3):
            fit = self.at()
            answers = self.answers()
            if self.at() is fit:  # no fact has arrived in between
                return fit, answers
        fit = self.at()
        return fit, AnswerCache(self._store, hour_of(fit.as_of), None)  # which nobody saves

    def kept(self, name: str) -> list[dict[str, Any]] | None:
        """Return an answer about now that another process has kept, None where there is none; reads no rates."""
        if self._current is not None:
            return None
        return AnswerCache(self._store, hour_of(utc_now()), None).known(name)

    def answers(self) -> AnswerCache:
        """Return the answers of this hour about the facts known now; also those that other processes have read.

        The rates of now are asked for first: they tell when the next fact becomes known.
        """
        now, current = utc_now(), self._current
        following = None if current is None else current.next
        key = self._revision.read(), hour_of(now)
        known = self._answers
        if known is None or known[0] != key or (following is not None and following <= now):
            known = self._answers = key, AnswerCache(self._store, key[1], following)
        return known[1]

    def recent(self) -> RateFit:
        """Return the rates of now or, within `patience` seconds of a change, those before it.

        Meanwhile new ones are fitted in the background; `generation` grows once they are there.
        """
        current = self._current
        if not self.patience or current is None:
            return self.at()
        if current.holds(self._revision.read(), utc_now()):
            self._outdated_since = None
            return current.fit
        if self._outdated_since is None:
            self._outdated_since = time.monotonic()
        if time.monotonic() - self._outdated_since > max(self.patience, 2 * self._pause):
            return self.at()
        self._start()
        return current.fit

    def close(self) -> None:
        """End the work in the background, and keep answers for other processes where this one does not stay."""
        if self._answers is not None and not self.patience:
            self._answers[1].save()
        self._closed.set()
        self._process.stop()
        worker = self._worker
        if worker is not None and worker is not threading.current_thread():
            worker.join()

    def _fit(
        self,
        revision: int,
        newest: datetime | None,
        news: News,
        cached: CachedRates | None,
        *,
        elsewhere: bool,
    ) -> RateFit:
        from decision_log.evidence import rates_of_cells

        moment = news.as_of
        key = revision, moment
        current = self._current
        if key in self._fits:
            self._fits.move_to_end(key)
            return self._fits[key]
        if current is not None and (current.revision, current.fit.as_of) == key:
            fit = current.fit
        elif cached is not None and cached.as_of == moment:
            fit = _of_cache(cached)
        else:
            answers = self._knowledge.answers(news)
            basis = self._knowledge.basis(news, answers)
            fitted = partial(self._fit_elsewhere if elsewhere else self._fit_here, basis)
            fit = RateFit(moment, newest, *rates_of_cells(answers, moment, fitted))
            self.generation += 1
        self._fits[key] = fit
        if len(self._fits) > KEPT_FITS:
            self._fits.popitem(last=False)
        return fit

    def _fit_here(self, basis: DelayBasis | None, evidence: Evidence) -> RateModel:
        from decision_model.rates.model import RateModel

        started = time.monotonic()
        delays = None if basis is None else self._knowledge.learnt(basis)
        model = RateModel.fit(evidence, delays=delays)
        self._is_quick = time.monotonic() - started < QUICK_SECONDS
        return model

    def _fit_elsewhere(self, basis: DelayBasis | None, evidence: Evidence) -> RateModel:
        """Fit in another process, unless that is quick enough here."""
        started = time.monotonic()
        model = None if self._is_quick else self._process.fit(evidence, basis)
        self._is_quick |= model is not None and time.monotonic() - started < QUICK_SECONDS
        if model is None and self._closed.is_set():
            raise _Closing
        return self._fit_here(basis, evidence) if model is None else model

    def _start(self) -> None:
        with self._starting:
            if self._worker is None or not self._worker.is_alive():
                self._worker = threading.Thread(
                    target=self._fit_in_background, name="rates", daemon=True
                )
                self._worker.start()

    def _fit_in_background(self) -> None:
        if self._closed.wait(max(self._ended + self._pause - time.monotonic(), 0.0)):
            return
        started = time.monotonic()
        try:
            self._at(None, elsewhere=True)
        except _Closing:
            return
        except StoreError as error:  # the next caller gets the error
            _logger.warning("The rates could not be fitted: %s", error)
        self._ended = time.monotonic()
        self._pause = max(LEAST_PAUSE_SECONDS, PAUSE_PER_FIT * (self._ended - started))


def _of_cache(cached: CachedRates) -> RateFit:
    return RateFit(cached.as_of, cached.newest, cached.cells, cached.model.cells, cached.model)


def utc_now() -> datetime:
    """Return the moment of now."""
    return datetime.now(UTC)


def hour_of(moment: datetime) -> datetime:
    """Return the beginning of the hour, in UTC."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _aware(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)
